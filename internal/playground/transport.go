package playground

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"

	"github.com/hufu-id/hufu/internal/web"
)

// maxSeen is how much of a body a server sends to another is shown, and held
// back until it is.
const maxSeen = 64 << 10

// looker is a RoundTripper that shows what passes it. It changes nothing: what
// is read is given on, bytes and errors alike.
type looker struct {
	next     http.RoundTripper
	tracer   *tracer
	from, to lane
	// faultHeader stands on an answer of the simulator that a fault spoiled;
	// empty where WeChat is real, which has faults of its own.
	faultHeader string
}

// WrapWeChat puts a window into what reaches WeChat.
func (p *Playground) WrapWeChat(next http.RoundTripper) http.RoundTripper {
	return &looker{next: next, tracer: p.tracer, from: laneHufu, to: laneWeChat, faultHeader: p.cfg.FaultHeader}
}

// WrapBackend puts a window into what the sample backend asks of hufu.
func (p *Playground) WrapBackend(next http.RoundTripper) http.RoundTripper {
	return &looker{next: next, tracer: p.tracer, from: laneBackend, to: laneHufu}
}

// RoundTrip implements http.RoundTripper.
func (l *looker) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := message{method: r.Method, url: r.URL, header: r.Header}
	// A request without a length has no body worth reading: package wechat gives
	// its GETs an empty one, which must be sent on as it is.
	if r.Body != nil && r.ContentLength > 0 && r.ContentLength <= maxSeen {
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close() // what it held was read
		if err != nil {
			return nil, err
		}
		r = r.WithContext(r.Context()) // a RoundTripper must not change its request
		r.Body = io.NopCloser(bytes.NewReader(body))
		asked.body = body
	}
	s := l.tracer.begin(l.from, l.to, l.tracer.during(web.RequestID(r.Context())), asked)
	res, err := l.next.RoundTrip(r)
	if err != nil {
		s.end(nil, wordOf(r.Context(), err), l.faultOf(nil, err))
		return nil, err
	}
	answer := message{status: res.StatusCode, header: res.Header}
	body, readErr := io.ReadAll(io.LimitReader(res.Body, maxSeen))
	answer.body = body
	s.end(&answer, wordOf(r.Context(), readErr), l.faultOf(res, readErr))
	res.Body = &regiven{Reader: io.MultiReader(bytes.NewReader(body), failing{readErr}, res.Body), Closer: res.Body}
	return res, nil
}

// faultOf tells whether a fault of the simulator was at work. Where it answers
// nothing at all, it was one: it is on this machine.
func (l *looker) faultOf(res *http.Response, err error) mode {
	switch {
	case l.faultHeader == "", errors.Is(err, context.Canceled):
		return ""
	case err != nil, res != nil && res.Header.Get(l.faultHeader) != "":
		return mode(laneWeChat)
	}
	return ""
}

// wordOf says what went wrong without the error's own text: package net/http
// quotes in it what a broken answer said.
func wordOf(ctx context.Context, err error) string {
	var timeout net.Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "no answer"
}

// regiven is a body of which the beginning was read before.
type regiven struct {
	io.Reader
	io.Closer
}

// failing gives again the error that reading ended with.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

func mediaType(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}
