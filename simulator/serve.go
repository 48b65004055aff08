package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBody is more than any call of these needs.
const maxBody = 1 << 20

// serve is the way of every request: guard, table, answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(Header, "1")
	if why := s.refusal(r); why != "" {
		s.log.LogAttrs(r.Context(), slog.LevelWarn, "request refused", slog.String("host", clip(r.Host)), slog.String("why", why))
		controlError(w, http.StatusForbidden, why)
		return
	}
	found := s.table[r.URL.Path]
	if len(found) == 0 {
		s.unknown(w, r)
		return
	}
	if found[0].wechat != nil {
		s.serveWeChat(w, r, found[0].wechat)
		return
	}
	for _, e := range found {
		if e.Method == r.Method || e.Method == http.MethodGet && r.Method == http.MethodHead {
			s.serveControl(w, r, e)
			return
		}
	}
	for _, e := range found {
		w.Header().Add("Allow", e.Method)
	}
	controlError(w, http.StatusMethodNotAllowed, "this path is not called with this method")
}

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request, e endpoint) {
	if e.Planned {
		controlError(w, http.StatusNotImplemented, "not simulated yet")
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	e.control(s, w, r)
}

// unknown answers a path outside the table. Under WeChat's own prefixes it is
// what WeChat says to a bad URL, and a header tells that it may be our gap.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	for _, prefix := range []string{"/sns/", "/cgi-bin/", "/wxa/"} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			w.Header().Set(Header+"-Note", "this path is not simulated")
			s.log.LogAttrs(r.Context(), slog.LevelWarn, "path is not simulated", slog.String("path", clip(r.URL.Path)))
			s.serveWeChat(w, r, func(*world, *call) reply { return fail(40066) })
			return
		}
	}
	controlError(w, http.StatusNotFound, "no such path")
}

// serveWeChat makes one call as the platform does: HTTP 200 whatever comes.
// The call takes effect before any delay or cut of the answer.
func (s *Server) serveWeChat(w http.ResponseWriter, r *http.Request, handle func(*world, *call) reply) {
	started := s.world.real()
	c, err := readCall(w, r)
	if err != nil {
		var tooLong *http.MaxBytesError
		if !errors.As(err, &tooLong) {
			return // the client went away
		}
	}
	o := s.faults.strike(c.path)
	status, body, contentType := http.StatusOK, []byte(nil), ""
	switch {
	case o.Drop == DropBefore:
		status = 0
	case o.Status != 0:
		status, contentType = o.Status, "text/html"
		body = fmt.Appendf(nil, "<html><body><h1>%d %s</h1></body></html>\n", o.Status, http.StatusText(o.Status))
	default:
		rep := fail(45002)
		switch {
		case o.Errcode != 0:
			rep = fail(o.Errcode)
		case err == nil:
			rep = handle(s.world, c)
		}
		body, contentType = s.world.encode(c, rep), s.world.contentType(c, rep)
	}
	s.journal.add(newRecord(started, c, r.URL.RawQuery, status, body, o))
	if !wait(r.Context(), o.latency) {
		return
	}
	if o.Drop != DropNone {
		cut(w)
		return
	}
	if fault := o.name(); fault != "" {
		w.Header().Set(FaultHeader, fault)
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left wants no answer
}

func readCall(w http.ResponseWriter, r *http.Request) (*call, error) {
	c := &call{method: r.Method, path: r.URL.Path, query: r.URL.Query(), ip: r.RemoteAddr}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		c.ip = host
	}
	if r.Body == nil || r.Body == http.NoBody {
		return c, nil
	}
	var err error
	c.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	return c, err
}

// wait reports whether the client is still there after d.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// cut ends the connection without a byte of answer.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// HTTP/2 and wrapped writers cannot be hijacked; this is net/http's
		// own way to abort the exchange.
		panic(http.ErrAbortHandler)
	}
	_ = conn.Close() // what was lost cannot be lost more
}
