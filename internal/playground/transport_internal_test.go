package playground

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func look(next roundTrip) (*looker, *hub) {
	h := newHub()
	return &looker{next: next, tracer: newTracer(h), from: laneHufu, to: laneWeChat, faultHeader: "X-Fault"}, h
}

func ask(t *testing.T, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.example.com/cgi-bin/stable_token", body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What passes is what was sent, to the byte, also past what is looked at.
func TestLookerChangesNothing(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("0123456789"), maxSeen/5)
	l, h := look(func(r *http.Request) (*http.Response, error) {
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != `{"secret":"`+hidden+`"}` || r.ContentLength != int64(len(got)) {
			t.Errorf("%q %v", got, err)
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(long))}, nil
	})
	req := ask(t, strings.NewReader(`{"secret":"`+hidden+`"}`))
	before := req.Body
	res, err := l.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(res.Body)
	if err != nil || !bytes.Equal(got, long) || req.Body != before {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, e := range h.after(0) {
		if bytes.Contains(e.data, []byte(hidden)) {
			t.Errorf("%s", e.data)
		}
	}
}

// A request without a length is sent on as it is: package wechat means it so.
func TestLookerLeavesAnEmptyBodyAlone(t *testing.T) {
	t.Parallel()
	body := io.NopCloser(strings.NewReader(""))
	l, _ := look(func(r *http.Request) (*http.Response, error) {
		if r.Body != body {
			t.Error("the body was replaced")
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}, nil
	})
	r := ask(t, nil)
	r.Body = body
	if _, err := l.RoundTrip(r); err != nil {
		t.Fatal(err)
	}
}

// Errors are given on as they are, and told without their text.
func TestLookerTellsNoErrorText(t *testing.T) {
	t.Parallel()
	broken := errors.New("malformed HTTP response " + hidden)
	t.Run("OfTheTransport", func(t *testing.T) {
		t.Parallel()
		l, h := look(func(*http.Request) (*http.Response, error) { return nil, broken })
		if _, err := l.RoundTrip(ask(t, nil)); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
		last := string(h.after(0)[1].data)
		if strings.Contains(last, hidden) || !strings.Contains(last, `"error":"no answer","fault":"wechat"`) {
			t.Error(last)
		}
	})
	t.Run("OfTheBody", func(t *testing.T) {
		t.Parallel()
		l, h := look(func(*http.Request) (*http.Response, error) {
			body := io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken))
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(body)}, nil
		})
		res, err := l.RoundTrip(ask(t, nil))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(res.Body); string(got) != "abc" || !errors.Is(err, broken) {
			t.Errorf("%q %v", got, err)
		}
		if last := string(h.after(0)[1].data); strings.Contains(last, hidden) || !strings.Contains(last, `"no answer"`) {
			t.Error(last)
		}
	})
	t.Run("OfTheCaller", func(t *testing.T) {
		t.Parallel()
		l, h := look(func(*http.Request) (*http.Response, error) { return nil, context.Canceled })
		_, _ = l.RoundTrip(ask(t, nil))
		if last := string(h.after(0)[1].data); !strings.Contains(last, `"error":"canceled","fault":null`) {
			t.Error(last)
		}
	})
}

func TestRingIsBounded(t *testing.T) {
	t.Parallel()
	h := newHub()
	for range ringSize + 10 {
		h.publish("x", "y")
	}
	if got := h.after(0); len(got) != ringSize || got[0].seq != 11 || got[len(got)-1].seq != ringSize+10 {
		t.Errorf("%d from %d", len(got), got[0].seq)
	}
	long := []byte(`"` + strings.Repeat("a", 10<<20) + `"`)
	for range 10 {
		h.publishJSON("x", long)
	}
	if got := h.after(0); len(got) != 6 || h.bytes > maxRingBytes {
		t.Errorf("%d events of %d bytes", len(got), h.bytes)
	}
}
