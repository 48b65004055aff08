package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/hufu-id/hufu/internal/problem"
)

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
)

// Appender is an answer that writes its own JSON, for calls so frequent that it
// pays. A test must hold it against the encoder.
type Appender interface {
	AppendJSON(b []byte) []byte
}

// statusClientGone is written nowhere: it stands in log and metrics for calls
// whose client hung up before there was an answer (nginx has the same habit).
const statusClientGone = 499

// exchange is one request and its answer. It stands in for the ResponseWriter
// of net/http from the mux inwards.
type exchange struct {
	http.ResponseWriter
	api       *API
	request   Request
	requestID string
	start     time.Time
	// route is set by the handler that the mux finds; nil in WriteHeader means
	// that the mux itself answers: not found, wrong method, or a redirect.
	route  *route
	status int
	wrote  bool
	// swallow drops the text of the mux's own answers.
	swallow bool
	// noCredentials says that the call brought none: RFC 6750 §3 then wants a
	// challenge without an error.
	noCredentials bool
	// clientGone says that the client hung up and the work was given up.
	clientGone bool
	failure    *problem.Error
}

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	switch {
	case x.wrote || x.swallow:
		return
	case x.route == nil:
		x.swallow = true
		x.unmatched(status)
		return
	case status >= 200:
		x.status, x.wrote = status, true
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(b []byte) (int, error) {
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	if x.swallow {
		return len(b), nil
	}
	return x.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// Flush implements http.Flusher, for handlers that stream.
func (x *exchange) Flush() {
	if !x.wrote {
		x.WriteHeader(http.StatusOK)
	}
	_ = http.NewResponseController(x.ResponseWriter).Flush()
}

// unmatched turns an answer of the mux's own into a problem. Its redirects to
// cleaned paths become 404: they would repeat the query string.
func (x *exchange) unmatched(status int) {
	e := problem.New(problem.NotFound, "there is nothing at this path")
	if status == http.StatusMethodNotAllowed {
		e = problem.New(problem.InvalidRequest, "this path wants another method")
		e.Status = status
		if hint := x.api.wrongMethodHint(x.request.http, x.Header().Get("Allow")); hint != "" {
			e.Detail += "; " + hint
		}
	}
	x.Header().Del("Location")
	x.swallow = false
	x.route = unmatchedRoute
	x.fail(e)
	x.swallow = true
}

// writeJSON answers with v. A v that can't be encoded is a fault of ours.
func (x *exchange) writeJSON(status int, contentType string, v any) {
	s := x.api.scratch.Get().(*scratch)
	if a, ok := v.(Appender); ok {
		s.body.Write(a.AppendJSON(s.body.AvailableBuffer()))
	} else if err := json.MarshalWrite(&s.body, v); err != nil {
		x.api.release(s)
		x.Header()["Cache-Control"] = noStore
		x.fail(fmt.Errorf("encode the answer: %w", err))
		return
	}
	x.Header().Set("Content-Type", contentType)
	x.WriteHeader(status)
	_, _ = x.Write(s.body.Bytes()) // a client that is gone is no fault of ours
	x.api.release(s)
}

// Problem is the wire form of a problem (RFC 9457).
type Problem struct {
	Type          string       `json:"type" doc:"urn:hufu:problem: and the code"`
	Title         string       `json:"title"`
	Status        int          `json:"status"`
	Detail        string       `json:"detail" doc:"for developers; never holds a value that was sent"`
	Code          problem.Code `json:"code" doc:"the stable word to decide by"`
	RequestID     string       `json:"request_id"`
	Field         string       `json:"field,omitzero" doc:"the field, parameter or header to blame"`
	WeChatErrcode int          `json:"wechat_errcode,omitzero" doc:"where WeChat decided"`
	RetryAfter    int64        `json:"retry_after,omitzero" doc:"seconds to wait, as in Retry-After"`
}

// fail answers with the problem that err stands for.
func (x *exchange) fail(err error) {
	e := problem.Of(err)
	x.failure = e
	if x.wrote {
		return
	}
	x.clientGone = errors.Is(err, context.Canceled) && x.request.http.Context().Err() != nil
	info := infoOf(e.Code)
	body := Problem{
		Type: typePrefix + string(info.Code), Title: info.Title, Status: info.Status,
		Detail: e.Detail, Code: info.Code, RequestID: x.requestID,
		Field: e.Field, WeChatErrcode: e.WeChatErrcode, RetryAfter: retrySeconds(e),
	}
	if e.Status != 0 {
		body.Status = e.Status
	}
	h := x.Header()
	if body.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(body.RetryAfter, 10))
	}
	switch {
	case x.noCredentials:
		h.Set("WWW-Authenticate", "Bearer")
	case body.Status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	case e.Code == problem.InsufficientScope:
		h.Set("WWW-Authenticate", `Bearer error="insufficient_scope"`)
	}
	x.writeJSON(body.Status, problemType, body)
}

// retrySeconds rounds up to whole seconds. A 429 always says how long to wait.
func retrySeconds(e *problem.Error) int64 {
	s := int64((e.RetryAfter + time.Second - 1) / time.Second)
	if s <= 0 && infoOf(e.Code).Status == http.StatusTooManyRequests {
		s = 1
	}
	return max(s, 0)
}

// Fail answers with the problem that err stands for, for handlers under
// HandleRaw. w must be the ResponseWriter they were given; any other gets an
// opaque 500.
func Fail(w http.ResponseWriter, err error) {
	if x, ok := w.(*exchange); ok {
		x.fail(err)
		return
	}
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}
