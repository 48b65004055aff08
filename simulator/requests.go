package simulator

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Request is a WeChat call that was received, as the journal tells it:
// secrets, codes, tokens and keys are shortened to their first characters.
type Request struct {
	Seq       uint64            `json:"seq"`  // counts up by one, also past a reset
	Time      time.Time         `json:"time"` // real time
	Method    string            `json:"method"`
	Path      string            `json:"path"`
	Query     map[string]string `json:"query,omitempty"`
	Body      any               `json:"body,omitempty"` // of JSON, else a note of its length
	Status    int               `json:"status"`         // HTTP status; 0 where no answer was made
	Errcode   int               `json:"errcode"`        // of the answer; 0 is success
	Answer    any               `json:"answer,omitempty"`
	Fault     string            `json:"fault,omitempty"` // "drop before", "drop after", "errcode", "status", "latency"
	LatencyMS int64             `json:"latency_ms,omitempty"`
}

// Requests are the calls that the journal still holds, oldest first: at most
// the last 1024 since the start or the last reset.
func (s *Server) Requests() []Request {
	s.init()
	records, _ := s.journal.after(0)
	return requestsOf(records)
}

func requestsOf(records []record) []Request {
	out := make([]Request, len(records))
	for i, r := range records {
		out[i] = r.request()
	}
	return out
}

func (r record) request() Request {
	out := Request{
		Seq: r.seq, Time: r.time.UTC(), Method: r.method, Path: r.path, Query: shortQuery(r.query),
		Body: shortJSON(r.body), Status: r.status, Answer: shortJSON(r.answer),
		Fault: r.outcome.name(), LatencyMS: r.outcome.latency.Milliseconds(),
	}
	var answer struct {
		Errcode int `json:"errcode"`
	}
	if json.Unmarshal(r.answer, &answer) == nil {
		out.Errcode = answer.Errcode
	}
	return out
}

func shortQuery(raw string) map[string]string {
	values, _ := url.ParseQuery(raw) // what cannot be parsed is left out
	out := make(map[string]string, len(values))
	for name, v := range values {
		out[name] = short(name, strings.Join(v, ","))
	}
	return out
}

func shortJSON(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "(" + strconv.Itoa(len(b)) + " bytes, not JSON)"
	}
	return shortValue("", v)
}

func shortValue(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			v[k] = shortValue(k, inner)
		}
		return v
	case []any:
		for i, inner := range v {
			v[i] = shortValue(name, inner)
		}
		return v
	case string:
		return short(name, v)
	default:
		return v
	}
}

// short keeps what identifies a secret to a reader and no more.
func short(name, value string) string {
	if isSecret(strings.ToLower(name)) {
		if len(value) > 8 {
			return value[:4] + "…"
		}
		return "…"
	}
	const most = 256
	if len(value) > most {
		return strings.ToValidUTF8(value[:most], "") + "…"
	}
	return value
}

// isSecret errs on the side of silence, so that a misspelt name leaks nothing.
func isSecret(name string) bool {
	return strings.Contains(name, "secret") || strings.Contains(name, "token") || strings.Contains(name, "key") ||
		strings.HasSuffix(name, "code") || strings.HasSuffix(name, "phonenumber") || name == "signature"
}
