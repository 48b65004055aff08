package wechat_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/wechat"
)

const testCode = "0a3CaNaRyc0de00aBcDe1fGh2IjKl3Mn"

// upstream is a stand-in for WeChat that answers with a handler and remembers
// what it was asked.
type upstream struct {
	*httptest.Server
	mu    sync.Mutex
	asked []*http.Request
}

func newUpstream(t *testing.T, h http.HandlerFunc) *upstream {
	t.Helper()
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		u.asked = append(u.asked, r)
		u.mu.Unlock()
		h(w, r)
	}))
	t.Cleanup(u.Close)
	return u
}

func (u *upstream) calls() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.asked)
}

// answers makes a handler that gives each body in turn, the last for ever.
func answers(bodies ...string) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		body := bodies[0]
		if len(bodies) > 1 {
			bodies = bodies[1:]
		}
		mu.Unlock()
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, body)
	}
}

// newClient makes a client of url; change may set more of its Config.
func newClient(t *testing.T, url string, change func(*wechat.Config)) *wechat.Client {
	t.Helper()
	cfg := wechat.Config{BaseURL: url}
	if change != nil {
		change(&cfg)
	}
	c, err := wechat.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// roundTrip is a transport without a network, for tests in a bubble of
// testing/synctest.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func ok(body string) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body))}
}

// failure wants err to be an *Error.
func failure(t *testing.T, err error) *wechat.Error {
	t.Helper()
	e, isError := errors.AsType[*wechat.Error](err)
	if !isError {
		t.Fatalf("error %v (%T), want a *wechat.Error", err, err)
	}
	return e
}

func login(c *wechat.Client) error {
	_, err := c.Code2Session(context.Background(), testApp, testCode)
	return err
}

// beat is a time-out short enough for a test that must run into it, over a real
// connection.
const beat = 60 * time.Millisecond
