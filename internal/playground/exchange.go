package playground

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"
)

// lane is one of those who speak with each other.
type lane string

const (
	lanePhone   lane = "phone"
	laneHufu    lane = "hufu"
	laneBackend lane = "backend"
	laneWeChat  lane = "wechat"
)

// exchange is one HTTP exchange as the picture shows it: without secrets.
type exchange struct {
	ID       string         `json:"id"`
	Parent   *string        `json:"parent"`
	Call     *string        `json:"call"`
	From     lane           `json:"from"`
	To       lane           `json:"to"`
	State    string         `json:"state"`
	At       int64          `json:"at"` // real time, in ms since 1970
	TookMS   *int64         `json:"took_ms"`
	Request  shownRequest   `json:"request"`
	Response *shownResponse `json:"response"`
	Error    *string        `json:"error"`
	Fault    *string        `json:"fault"`
}

type shownRequest struct {
	Method  string          `json:"method"`
	Path    string          `json:"path"`
	Query   [][2]any        `json:"query"`
	Headers [][2]any        `json:"headers"`
	Body    json.RawMessage `json:"body"` // nil: null
	Size    int             `json:"size"`
}

type shownResponse struct {
	Status  int             `json:"status"`
	Headers [][2]any        `json:"headers"`
	Body    json.RawMessage `json:"body"`
	Size    int             `json:"size"`
}

// message is a request or a response as it was on the wire.
type message struct {
	method string
	url    *url.URL
	status int
	header http.Header
	body   []byte
	// bodyText stands for a body that is not to be shown as it is.
	bodyText string
	// size is that of the whole body, where body is only its beginning.
	size int
}

// link ties an exchange to the one during which it was made.
type link struct{ exchange, call string }

// tracer makes exchanges and tells the hub of them.
type tracer struct {
	hub   *hub
	vault vault

	mu sync.Mutex
	n  uint64
	// byRequest finds the exchange of a request id. It outlives the exchange:
	// what is begun on the server is finished, though the phone is gone.
	byRequest map[string]link
	order     []string
}

// maxLinks bounds how many request ids are remembered.
const maxLinks = 1024

func newTracer(h *hub) *tracer { return &tracer{hub: h, byRequest: map[string]link{}} }

// remember ties a request id to an exchange.
func (t *tracer) remember(requestID string, l link) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.byRequest[requestID]; !known {
		if len(t.order) == maxLinks {
			delete(t.byRequest, t.order[0])
			t.order = append(t.order[:0], t.order[1:]...)
		}
		t.order = append(t.order, requestID)
	}
	t.byRequest[requestID] = l
}

// during finds the exchange that a request id belongs to; zero if there is none.
func (t *tracer) during(requestID string) link {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byRequest[requestID]
}

// span is an exchange under way.
type span struct {
	t     *tracer
	x     exchange
	began time.Time
}

// begin tells that an exchange has begun. l says what it belongs to: for one of
// the phone only the call is set.
func (t *tracer) begin(from, to lane, l link, m message) *span {
	t.mu.Lock()
	t.n++
	id := "x" + strconv.FormatUint(t.n, 10)
	t.mu.Unlock()
	s := &span{t: t, began: time.Now()}
	r := t.redactor(to, m)
	s.x = exchange{
		ID: id, Parent: textOrNull(l.exchange), Call: textOrNull(l.call), From: from, To: to,
		State: "open", At: s.began.UnixMilli(),
		Request: shownRequest{
			Method: m.method, Path: clip(r.text(m.url.Path)), Query: r.query(m.url.RawQuery),
			Headers: r.headers(m.header), Body: m.shownBody(r), Size: m.length(),
		},
	}
	t.tell(&s.x)
	return s
}

// end tells how it ended. answer is nil where there is none, failure and fault
// are empty where there is none.
func (s *span) end(answer *message, failure string, fault mode) {
	took := time.Since(s.began).Milliseconds()
	s.x.State, s.x.TookMS = "done", &took
	s.x.Error, s.x.Fault = textOrNull(failure), textOrNull(string(fault))
	if answer != nil {
		r := s.t.redactor(s.x.To, *answer)
		s.x.Response = &shownResponse{
			Status: answer.status, Headers: r.headers(answer.header), Body: answer.shownBody(r), Size: answer.length(),
		}
	}
	s.t.tell(&s.x)
}

// phoneCalls take the code of the phone number button, ours and WeChat's.
var phoneCalls = []string{"/v1/me/phone", "/wxa/business/getuserphonenumber"}

func (t *tracer) redactor(to lane, m message) *redactor {
	return &redactor{
		vault: &t.vault, wechat: to == laneWeChat, phone: m.url != nil && slices.Contains(phoneCalls, m.url.Path),
		problem: m.status >= 400 && mediaType(m.header) == "application/problem+json",
	}
}

// tell publishes an exchange. The vault has the last word: a secret that was
// met anywhere before is taken out wherever it stands.
func (t *tracer) tell(x *exchange) {
	raw, err := json.Marshal(x)
	if err != nil {
		return // what was made of strings encodes
	}
	if raw = t.vault.clean(raw); !json.Valid(raw) {
		// What a page called a secret is part of JSON itself. Show none of it.
		bare := exchange{
			ID: x.ID, Parent: x.Parent, Call: x.Call, From: x.From, To: x.To, State: x.State, At: x.At, TookMS: x.TookMS, Fault: x.Fault,
			Request: shownRequest{Query: [][2]any{}, Headers: [][2]any{}},
		}
		raw = mustJSON(bare)
	}
	t.hub.publishJSON(eventExchange, raw)
}

func (m *message) shownBody(r *redactor) json.RawMessage {
	if m.bodyText != "" {
		return mustJSON(clip(r.text(m.bodyText)))
	}
	return r.body(m.header.Get("Content-Type"), m.body)
}

func (m *message) length() int { return max(m.size, len(m.body)) }

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
