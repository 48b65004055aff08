package wechat_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/wechat"
)

// rawServer speaks HTTP by hand: for each request it reads, on whatever
// connection, reply gets its number (from 1) and answers or not; false closes
// the connection.
type rawServer struct {
	net.Listener
	mu       sync.Mutex
	requests []string // as they came over the wire, without a body
	conns    int
}

func newRawServer(t *testing.T, reply func(n int, conn net.Conn) bool) *rawServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{Listener: l}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns++
			s.mu.Unlock()
			running.Go(func() { s.serve(conn, reply) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	return s
}

func (s *rawServer) serve(conn net.Conn, reply func(int, net.Conn) bool) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	lines := bufio.NewReader(conn)
	for {
		var request strings.Builder
		for !strings.HasSuffix(request.String(), "\r\n\r\n") {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			request.WriteString(line)
		}
		s.mu.Lock()
		s.requests = append(s.requests, request.String())
		n := len(s.requests)
		s.mu.Unlock()
		if !reply(n, conn) {
			return
		}
	}
}

func (s *rawServer) seen() (requests []string, conns int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...), s.conns
}

func (s *rawServer) url() string { return "http://" + s.Addr().String() }

func answerRaw(conn net.Conn, body string) bool {
	_, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	return err == nil
}

// reset closes conn so that the other side reads an error and not an EOF.
func reset(conn net.Conn) bool {
	_ = conn.(*net.TCPConn).SetLinger(0)
	return false
}

// TestWire/PlainGET: what makes a request unrepeatable for net/http must not be
// seen by WeChat.
func TestWire(t *testing.T) {
	t.Parallel()
	t.Run("PlainGET", func(t *testing.T) {
		t.Parallel()
		s := newRawServer(t, func(_ int, conn net.Conn) bool { return answerRaw(conn, goodLogin) })
		if err := login(newClient(t, s.url(), nil)); err != nil {
			t.Fatal(err)
		}
		requests, _ := s.seen()
		want := "GET /sns/jscode2session?appid=wx4f4bc4dec97d474b&secret=" + testApp.Secret.Reveal() +
			"&js_code=" + testCode + "&grant_type=authorization_code HTTP/1.1\r\n" +
			"Host: " + s.Addr().String() + "\r\nUser-Agent: hufu\r\n\r\n"
		if requests[0] != want {
			t.Errorf("on the wire:\n%q\nwant\n%q", requests[0], want)
		}
	})
	t.Run("ConnectionIsKept", func(t *testing.T) {
		t.Parallel()
		s := newRawServer(t, func(_ int, conn net.Conn) bool { return answerRaw(conn, goodLogin) })
		c := newClient(t, s.url(), nil)
		for range 20 {
			if err := login(c); err != nil {
				t.Fatal(err)
			}
		}
		// Net/http lets a connection go if it has not heard within 50 ms after the
		// answer that the request was written: under load that happens.
		if requests, conns := s.seen(); len(requests) != 20 || conns > 10 {
			t.Errorf("%d requests over %d connections, want 20 over 1, or few", len(requests), conns)
		}
	})
	t.Run("BasePath", func(t *testing.T) {
		t.Parallel()
		s := newRawServer(t, func(_ int, conn net.Conn) bool { return answerRaw(conn, goodLogin) })
		if err := login(newClient(t, s.url()+"/sim/", nil)); err != nil {
			t.Fatal(err)
		}
		if requests, _ := s.seen(); !strings.HasPrefix(requests[0], "GET /sim/sns/jscode2session?") {
			t.Errorf("on the wire: %q", requests[0])
		}
	})
}

// TestLostAnswer: WeChat reads the request, and the connection dies before the
// answer. The code may be spent, so exactly one request may ever arrive, also
// where net/http by itself would send a GET again: on a reused connection.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	lose := map[string]func(net.Conn) bool{
		"Close": func(net.Conn) bool { return false },
		"Reset": reset,
		"HalfAStatusLine": func(conn net.Conn) bool {
			_, _ = io.WriteString(conn, "HTTP/1.1 2")
			return false
		},
		"HalfABody": func(conn net.Conn) bool {
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(goodLogin), goodLogin[:40])
			return false
		},
		"HalfAChunk": func(conn net.Conn) bool {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"openid")
			return false
		},
	}
	for name, lost := range lose {
		for _, warm := range []int{0, 1, 3} {
			t.Run(fmt.Sprintf("%s/After%d", name, warm), func(t *testing.T) {
				t.Parallel()
				s := newRawServer(t, func(n int, conn net.Conn) bool {
					if n <= warm {
						return answerRaw(conn, goodLogin)
					}
					return lost(conn)
				})
				c := newClient(t, s.url(), nil)
				for range warm {
					if err := login(c); err != nil {
						t.Fatal(err)
					}
				}
				err := login(c)
				e := failure(t, err)
				if e.Kind != wechat.Unavailable || e.Reason != wechat.ReasonConnection || !e.Ambiguous() {
					t.Errorf("%v: kind %d, reason %s, ambiguous %t", e, e.Kind, e.Reason, e.Ambiguous())
				}
				if p := wechat.ToProblem(err); p.Code != problem.WeChatUnavailable {
					t.Errorf("problem %s", p.Code)
				}
				requests, conns := s.seen()
				if len(requests) != warm+1 {
					t.Errorf("%d requests over %d connections, want %d", len(requests), conns, warm+1)
				}
			})
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := newUpstream(t, answers(goodLogin))
	for _, status := range []int{301, 302, 303, 307, 308} {
		u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.RequestURI(), status)
		})
		e := failure(t, login(newClient(t, u.URL, nil)))
		if e.Kind != wechat.Unavailable || e.Reason != wechat.ReasonMalformed || !strings.Contains(e.Detail, fmt.Sprint(status)) {
			t.Errorf("%d: %v", status, e)
		}
		if u.calls() != 1 {
			t.Errorf("%d: %d calls, want 1", status, u.calls())
		}
	}
	if elsewhere.calls() != 0 {
		t.Error("the secret was carried elsewhere")
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	tests := map[int]wechat.Reason{
		201: wechat.ReasonMalformed, 204: wechat.ReasonMalformed, 400: wechat.ReasonMalformed, 404: wechat.ReasonMalformed,
		429: wechat.ReasonMalformed, 500: wechat.ReasonServer, 502: wechat.ReasonServer, 503: wechat.ReasonServer,
	}
	for status, want := range tests {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				if status != http.StatusNoContent {
					_, _ = io.WriteString(w, goodLogin)
				}
			})
			err := login(newClient(t, u.URL, nil))
			if e := failure(t, err); e.Kind != wechat.Unavailable || e.Reason != want || !e.Ambiguous() {
				t.Errorf("%v", e)
			}
			if p := wechat.ToProblem(err); p.Code != problem.WeChatUnavailable || p.RetryAfter <= 0 {
				t.Errorf("problem %+v", p)
			}
			if u.calls() != 1 {
				t.Errorf("%d calls, want 1", u.calls())
			}
		})
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	padded := func(n int) string { return goodLogin + strings.Repeat(" ", n-len(goodLogin)) }
	t.Run("AtTheLimit", func(t *testing.T) {
		t.Parallel()
		u := newUpstream(t, answers(padded(64<<10)))
		if err := login(newClient(t, u.URL, nil)); err != nil {
			t.Error(err)
		}
	})
	t.Run("OneOver", func(t *testing.T) {
		t.Parallel()
		u := newUpstream(t, answers(padded(64<<10+1)))
		if e := failure(t, login(newClient(t, u.URL, nil))); e.Reason != wechat.ReasonMalformed {
			t.Errorf("%v", e)
		}
	})
	t.Run("Endless", func(t *testing.T) {
		t.Parallel()
		var sent int
		done := make(chan struct{})
		u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
			defer close(done)
			chunk := []byte(strings.Repeat(" ", 4096))
			for {
				n, err := w.Write(chunk)
				sent += n
				if err != nil {
					return
				}
			}
		})
		if e := failure(t, login(newClient(t, u.URL, nil))); e.Reason != wechat.ReasonMalformed {
			t.Errorf("%v", e)
		}
		<-done
		if sent > 32<<20 {
			t.Errorf("read %d bytes before giving up", sent)
		}
	})
}
