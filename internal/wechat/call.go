package wechat

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/hufu-id/hufu/internal/id"
)

const (
	// maxRetries bounds the repetitions of what is safe to repeat: firstWait to
	// twice that before the first, and double before each further one.
	maxRetries = 2
	firstWait  = 50 * time.Millisecond

	// maxBody bounds an answer; real ones have some hundred bytes.
	maxBody       = 64 << 10
	usualBodySize = 1 << 10

	userAgent = "hufu"

	// retryUnavailable is what a client is told when nothing better is known.
	retryUnavailable = 3 * time.Second
)

// request is one call before it is sent.
type request struct {
	api     string   // names the call in errors and metrics
	path    string   // below the base URL
	app     id.AppID // with api: the circuit it belongs to
	query   string   // holds secrets
	body    []byte   // JSON for a POST; nil means a GET. Holds secrets
	secrets []string // what must not come back out of an errmsg
	// check names what is wrong with an answer that carries no errcode, or
	// returns "".
	check func(*answer) string
}

// do makes a call: circuit breaker, time-out, retries. The error is an *Error.
func (c *Client) do(ctx context.Context, r *request) (answer, error) {
	permit, retryAfter, ok := c.breakers.of(circuit{r.app, r.api}).acquire()
	if !ok {
		c.observe(r.api, string(ReasonOpen), 0)
		return answer{}, &Error{
			API: r.api, Kind: Unavailable, Reason: ReasonOpen,
			Detail: "too many calls failed of late", RetryAfter: retryAfter,
		}
	}
	if permit.probe {
		ctx = context.WithoutCancel(ctx)
	}
	// Should a transport panic, the permit must come back all the same.
	failure := &Error{API: r.api, Kind: Unavailable, Reason: ReasonConnection}
	defer func() { permit.done(failure) }()

	var ans answer
	ans, failure = c.retry(ctx, r)
	if failure != nil {
		return answer{}, failure
	}
	return ans, nil
}

// retry sends r until it is answered, repetition is not safe, or the tries or
// the time are used up.
func (c *Client) retry(caller context.Context, r *request) (answer, *Error) {
	ctx, cancel := context.WithTimeout(caller, c.timeout)
	defer cancel()
	for try := 0; ; try++ {
		start := c.now()
		ans, err := c.attempt(ctx, caller, r)
		took := c.now().Sub(start)
		if err == nil {
			c.observe(r.api, "0", took)
			return ans, nil
		}
		c.observe(r.api, err.outcome(), took)
		if !err.again || try == maxRetries || !pause(ctx, firstWait<<try) {
			return answer{}, err
		}
	}
}

// pause waits between least and twice least, and reports whether ctx has time
// left after that. It does not begin a wait that ctx would cut off.
func pause(ctx context.Context, least time.Duration) bool {
	wait := least + rand.N(least)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// attempt sends r once. Where ctx ended, caller tells by whom.
func (c *Client) attempt(ctx, caller context.Context, r *request) (answer, *Error) {
	// RoundTrip and not http.Client: no redirects, which would carry the secret
	// elsewhere, no cookies, and no *url.Error, whose text holds the query.
	res, err := c.transport.RoundTrip(c.newRequest(ctx, r))
	if err != nil {
		return answer{}, transportError(ctx, caller, r.api, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return answer{}, statusError(r.api, res.StatusCode)
	}
	buf, _ := c.buffers.Get().(*bytes.Buffer)
	if buf == nil {
		buf = bytes.NewBuffer(make([]byte, 0, usualBodySize))
	}
	defer func() {
		clear(buf.Bytes()) // a session key passed through
		buf.Reset()
		c.buffers.Put(buf)
	}()
	if _, err := buf.ReadFrom(io.LimitReader(res.Body, maxBody+1)); err != nil {
		return answer{}, transportError(ctx, caller, r.api, err)
	}
	if buf.Len() > maxBody {
		return answer{}, malformed(r.api, "the answer is too long")
	}
	return c.read(r, buf.Bytes())
}

// newRequest builds the HTTP request of r.
//
// A GET gets an empty body that is not nil: net/http sends a GET without a body
// again by itself when a kept-alive connection dies under it, which would spend
// a code twice after a lost answer (Request.isReplayable). Transfer encoding
// "identity" keeps it from announcing or probing that body, so that on the wire
// the request is a plain GET.
func (c *Client) newRequest(ctx context.Context, r *request) *http.Request {
	u := c.base
	u.Path += r.path
	u.RawQuery = r.query
	if r.body == nil {
		req := c.get.WithContext(ctx)
		req.URL = &u
		return req
	}
	req := c.post.WithContext(ctx)
	req.URL = &u
	req.Body = io.NopCloser(bytes.NewReader(r.body))
	req.ContentLength = int64(len(r.body))
	return req
}

// templates makes what all requests share. Their headers are never changed: a
// RoundTripper must not, by its contract.
func templates(host string) (get, post *http.Request) {
	get = &http.Request{
		Method: http.MethodGet, Host: host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:           http.Header{"User-Agent": {userAgent}},
		Body:             emptyBody{},
		TransferEncoding: []string{"identity"},
	}
	post = &http.Request{
		Method: http.MethodPost, Host: host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"User-Agent": {userAgent}, "Content-Type": {"application/json"}},
	}
	return get, post
}

type emptyBody struct{}

func (emptyBody) Read([]byte) (int, error)         { return 0, io.EOF }
func (emptyBody) WriteTo(io.Writer) (int64, error) { return 0, nil }
func (emptyBody) Close() error                     { return nil }

// pair is one key=value of a query.
func pair(key, value string) string { return key + "=" + url.QueryEscape(value) }
