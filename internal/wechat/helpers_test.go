package wechat_test

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/wechat"
)

const testCode = "0a3CaNaRyc0de00aBcDe1fGh2IjKl3Mn"

// nobody is where nobody listens. A port that was just given back may be another
// test's by the time it is asked.
const nobody = "http://127.0.0.1:1"

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

// newClient makes a client of url; change may set more of its Config. Over real
// connections its time-outs are for machines under load: production's short
// ones would end handshakes that nothing is wrong with. In a bubble, where no
// time is lost, they are production's.
func newClient(t *testing.T, url string, change func(*wechat.Config)) *wechat.Client {
	t.Helper()
	cfg := wechat.Config{BaseURL: url}
	if change != nil {
		change(&cfg)
	}
	if cfg.Transport == nil {
		cfg.ConnectTimeout = cmp.Or(cfg.ConnectTimeout, patience)
		cfg.Timeout = cmp.Or(cfg.Timeout, patience)
	}
	c, err := wechat.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// inBubble serves h over connections in memory, and returns the transport that
// reaches it: in a bubble of testing/synctest a call's time-out then strikes
// when everything has come to rest, however slow the machine.
func inBubble(t *testing.T, h http.HandlerFunc) http.RoundTripper {
	t.Helper()
	l := &pipes{made: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: h}
	var served sync.WaitGroup
	served.Go(func() { _ = server.Serve(l) })
	transport := &http.Transport{DialContext: l.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		served.Wait()
	})
	return transport
}

// pipes is a listener of connections in memory.
type pipes struct {
	made   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.made <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.made:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

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

const (
	// beat is a time-out that a test must run into, over a real connection.
	beat = 60 * time.Millisecond
	// patience is a time-out that no test runs into.
	patience = time.Minute
)
