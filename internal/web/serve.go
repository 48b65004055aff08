package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/hufu-id/hufu/internal/problem"
)

// unmatchedRoute stands for requests that no route takes.
var unmatchedRoute = &route{path: "unmatched"}

// ServeHTTP implements http.Handler: the whole edge.
func (api *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{ResponseWriter: w, api: api, start: api.opts.Now()}
	x.requestID = requestID(r.Header)
	x.request = Request{http: r, requestID: x.requestID, clientIP: api.clientIP(r)}
	h := w.Header()
	h["X-Request-Id"] = []string{x.requestID}
	for _, f := range api.headers {
		h[f.name] = f.value
	}
	api.opts.Metrics.begin()
	defer func() {
		abort := x.recovered(recover())
		x.finish()
		if abort {
			// The answer has begun and can't be completed: the client must not
			// take the part it has for the whole.
			panic(http.ErrAbortHandler)
		}
	}()
	if r.RequestURI == "*" { // OPTIONS *: the mux would answer without us
		x.unmatched(http.StatusNotFound)
		return
	}
	api.mux.ServeHTTP(x, r)
}

// recovered turns a panic into an internal problem; abort is true if the
// answer had begun.
func (x *exchange) recovered(v any) (abort bool) {
	if v == nil {
		return false
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return true
	}
	x.api.opts.Logger.LogAttrs(context.Background(), slog.LevelError, "panic",
		slog.String("request_id", x.requestID),
		slog.String("panic", panicText(v)),
		slog.String("stack", string(debug.Stack())))
	begun := x.wrote
	x.fail(problem.Wrap(problem.Internal, errors.New("panic: "+panicText(v)), "something went wrong on our side"))
	return begun
}

// panicText describes a panic without the values it may carry. The runtime's
// own errors tell indices and types alone.
func panicText(v any) string {
	if err, ok := v.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a value of type %T", v)
}

// finish writes the log line and the metrics.
func (x *exchange) finish() {
	rt, status := x.route, x.status
	if rt == nil {
		rt = unmatchedRoute
	}
	if x.clientGone {
		status = statusClientGone
	} else if status == 0 {
		status = http.StatusOK // the handler wrote nothing: net/http says 200
	}
	method := knownMethod(x.request.http.Method)
	end := x.api.opts.Now()
	took := end.Sub(x.start)
	x.api.opts.Metrics.observe(rt, method, status, took)
	level := slog.LevelInfo
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	} else if x.api.opts.NoAccessLog {
		return
	}
	// Not by way of the Logger: it would look up the line of code each time.
	h := x.api.opts.Logger.Handler()
	if !h.Enabled(context.Background(), level) {
		return
	}
	if own, ok := h.(serverHandler); ok && x.failure == nil && level == slog.LevelInfo {
		own.lines.request(x, end, took, method, rt.path, status)
		return
	}
	line := slog.NewRecord(end, level, "request", 0)
	line.AddAttrs(
		slog.String("method", method),
		slog.String("route", rt.path),
		slog.Int("status", status),
		slog.Int64("took_us", took.Microseconds()),
		slog.String("ip", x.request.clientIP.String()),
		slog.String("request_id", x.requestID))
	if x.failure != nil {
		line.AddAttrs(slog.String("problem", string(x.failure.Code)))
		if cause := errors.Unwrap(x.failure); cause != nil {
			line.AddAttrs(slog.String("cause", causeText(cause)))
		}
	}
	_ = h.Handle(context.Background(), line) // as slog itself: a log that can't be written stops nothing
}

// causeText is what the log says of a cause. Whoever calls WeChat strips the
// URL from errors of net/http, because the AppSecret stands in it; this is the
// second net.
func causeText(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Op + ": " + e.Err.Error() + " (the rest is withheld: it holds a URL)"
	}
	return err.Error()
}

// knownMethod bounds the methods that reach labels and logs.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodHead, http.MethodPut,
		http.MethodPatch, http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return method
	}
	return "other"
}

// maxRequestID is the longest X-Request-Id taken from a caller.
const maxRequestID = 128

// requestID takes the caller's id if it is sane, else makes one.
func requestID(h http.Header) string {
	if v := h["X-Request-Id"]; len(v) == 1 && len(v[0]) > 0 && len(v[0]) <= maxRequestID && saneID(v[0]) {
		return v[0]
	}
	return rand.Text()
}

func saneID(s string) bool {
	for i := range len(s) {
		if !wordByte(s[i]) {
			return false
		}
	}
	return true
}

// noStore is the Cache-Control of whatever is not said to be cacheable.
var noStore = []string{"no-store"}

// fixedHeader is a header that every answer carries.
type fixedHeader struct {
	name  string
	value []string
}

// securityHeaders are for an API: nothing of it is to be cached, framed,
// sniffed or run. There are no CORS headers: a mini program needs none.
func securityHeaders(https bool) []fixedHeader {
	headers := []fixedHeader{
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Cache-Control", noStore},
		{"Referrer-Policy", []string{"no-referrer"}},
		{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
		{"X-Frame-Options", []string{"DENY"}},
	}
	if https {
		headers = append(headers, fixedHeader{"Strict-Transport-Security", []string{"max-age=31536000"}})
	}
	return headers
}

// wrongMethodHint finds the hint of the route that would take r with one of
// the allowed methods.
func (api *API) wrongMethodHint(r *http.Request, allow string) string {
	for method := range strings.SplitSeq(allow, ", ") {
		other := &http.Request{Method: method, URL: r.URL, Host: r.Host, Header: http.Header{}}
		_, pattern := api.mux.Handler(other)
		if rt := api.routes[pattern]; rt != nil && rt.wrongMethodHint != "" {
			return rt.wrongMethodHint
		}
	}
	return ""
}
