package e2e_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// dial opens a raw connection to a server.
func dial(t testing.TB, s *server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// raw sends bytes and reads one answer.
func raw(t testing.TB, s *server, request string) answer {
	t.Helper()
	c := dial(t, s)
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%v after %.80q", err, request)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, body}
}

// TestAttack_SlowClients holds connections open in every way, and looks whether
// they are cut off and others are served meanwhile. After how long, to the
// second, is for the tests of package web, which are no matter of the machine.
func TestAttack_SlowClients(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	srv := newSite(t, w, sqlite).serve()
	const many = 100
	type slow struct {
		name, begin, drip string
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	longest := map[string]time.Duration{}
	for _, s := range []slow{
		{"Silent", "", ""},
		{"SlowHeaders", "GET /healthz HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n"},
		{"SlowBody", "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n", " "},
		{"SlowChunks", "POST /v1/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"},
	} {
		for range many / 4 {
			c := dial(t, srv)
			wg.Go(func() {
				began := time.Now()
				_, _ = io.WriteString(c, s.begin)
				go func() {
					for {
						<-time.After(500 * time.Millisecond)
						if _, err := io.WriteString(c, s.drip); err != nil {
							return
						}
					}
				}()
				_ = c.SetReadDeadline(began.Add(patience))
				_, err := io.Copy(io.Discard, c)
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("%s was not cut off", s.name)
				}
				took := time.Since(began)
				mu.Lock()
				defer mu.Unlock()
				longest[s.name] = max(longest[s.name], took)
			})
		}
	}
	began := time.Now()
	for range 20 {
		login(t, srv.url, app1, w.code(app1, "alice"), "")
	}
	t.Logf("20 logins beside slow clients took %s", time.Since(began))
	wg.Wait()
	t.Logf("slow clients were cut off after %v", longest)
}

// endless is a body that has no end.
type endless struct{ sent atomic.Int64 }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	e.sent.Add(int64(len(b)))
	return len(b), nil
}

func TestAttack_EndlessBodies(t *testing.T) {
	t.Parallel()
	srv := newSite(t, newWeChat(t), sqlite).serve()
	for _, path := range []string{"/v1/login", "/v1/refresh", "/v1/nope", "/healthz", "/oauth2/token", "/oauth2/introspect"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			c := dial(t, srv)
			_ = c.SetDeadline(time.Now().Add(patience))
			if _, err := io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			sent := make(chan int64, 1)
			go func() {
				n, _ := io.Copy(c, io.LimitReader(&endless{}, 1<<30))
				sent <- n
			}()
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err == nil {
				if res.StatusCode < 400 || res.StatusCode >= 500 {
					t.Errorf("status %d", res.StatusCode)
				}
				_, _ = io.Copy(io.Discard, res.Body)
			} else if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Error(err)
			}
			if n := <-sent; n > 8<<20 {
				t.Errorf("%d bytes were taken", n)
			}
		})
	}
	t.Run("EndlessChunks", func(t *testing.T) {
		t.Parallel()
		body := &endless{}
		req, err := http.NewRequest("POST", srv.url+"/v1/login", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if res, err := httpClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode != 413 {
				t.Errorf("status %d, want 413", res.StatusCode)
			}
		}
		if n := body.sent.Load(); n > 8<<20 {
			t.Errorf("%d bytes were taken", n)
		}
	})
}

func TestAttack_Headers(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	srv := newSite(t, w, sqlite).serve()
	const start = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
	body := loginBody(app1, "c")
	post := "POST /v1/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
	for name, tt := range map[string]struct {
		request string
		status  int
	}{
		"HugeHeader":       {start + "X-A: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", 431},
		"ManyHeaders":      {start + strings.Repeat("X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", 2000) + "\r\n", 431},
		"HugeTarget":       {"GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
		"NoHost":           {"GET /healthz HTTP/1.1\r\n\r\n", 400},
		"TwoHosts":         {"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		"SpaceBeforeColon": {start + "X-A : b\r\n\r\n", 400},
		"NULInHeader":      {start + "X-A: a\x00b\r\n\r\n", 400},
		"BareCR":           {start + "X-A: a\rX-B: b\r\n\r\n", 400},
		"TwoLengths":       {post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + body, 400},
		"NegativeLength":   {post + "Content-Length: -1\r\n\r\n", 400},
		"LengthWithPlus":   {post + "Content-Length: +5\r\n\r\n", 400},
		"OddEncoding":      {post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
		"TwoEncodings":     {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 501},
		"BadChunk":         {post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		"HTTP3":            {"GET /healthz HTTP/3.0\r\nHost: x\r\n\r\n", 505},
		"NoHTTP":           {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400},
		"AsteriskOptions":  {"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404},
		"AbsoluteTarget":   {"GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 200},
		"Connect":          {"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n", 404},
		"FoldedRequestID":  {start + "X-Request-Id: a\r\n Set-Cookie: x=1\r\n\r\n", 200},
		"KeyWithCR":        {post + "Idempotency-Key: sixteen-chars-xx\rX: y\r\nContent-Length: 2\r\n\r\n{}", 400},
	} {
		t.Run(name, func(t *testing.T) {
			a := raw(t, srv, tt.request)
			if a.status != tt.status {
				t.Errorf("status %d, want %d: %s", a.status, tt.status, a.body)
			}
			if a.header.Get("Set-Cookie") != "" || strings.Contains(a.header.Get("X-Request-Id"), "Set-Cookie") {
				t.Errorf("a header was smuggled in: %v", a.header)
			}
		})
	}
	if n := w.exchanges(); n != 0 {
		t.Errorf("WeChat was asked %d times", n)
	}
	call(t, "GET", srv.url+"/healthz", nil, "").as(t, 200, &map[string]any{})
	srv.stop()
	soundLog(t, srv)
}

// soundLog wants every line of the log to be one JSON object.
func soundLog(t *testing.T, srv *server) {
	t.Helper()
	for line := range strings.Lines(srv.stderr.String()) {
		var entry struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time == "" || entry.Level == "" || entry.Msg == "" {
			t.Errorf("%v in the line %q", err, line)
		}
		if entry.Level == "ERROR" || strings.Contains(line, "superfluous") {
			t.Errorf("the log says %s", line)
		}
	}
}

func TestAttack_ForwardedFor(t *testing.T) {
	t.Parallel()
	const limit = 5
	bad := func(srv *server, forwarded ...string) int {
		t.Helper()
		return call(t, "POST", srv.url+"/v1/login", http.Header{"X-Forwarded-For": forwarded}, loginBody(app1, "bad")).status
	}
	t.Run("IgnoredFromAnybody", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, newWeChat(t), sqlite)
		s.more = fmt.Sprintf("limits: {failed_logins_per_minute_per_ip: %d}", limit)
		srv := s.serve()
		for i := range limit {
			if got := bad(srv, fmt.Sprintf("203.0.113.%d", i)); got != 400 {
				t.Errorf("status %d", got)
			}
		}
		if got := bad(srv, "203.0.113.99"); got != 429 {
			t.Errorf("status %d, want 429: a forged header is a new address", got)
		}
		srv.find(&srv.stderr, `(trusted_proxies)`)
	})
	t.Run("HonouredFromATrustedProxy", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, newWeChat(t), sqlite)
		s.more = fmt.Sprintf("limits: {failed_logins_per_minute_per_ip: %d}\ntrusted_proxies: [127.0.0.1, 10.0.0.0/8]", limit)
		srv := s.serve()
		for range limit {
			bad(srv, "203.0.113.1")
		}
		for _, same := range []string{"203.0.113.1", "198.51.100.7, 203.0.113.1", "203.0.113.1, 10.1.2.3", " 203.0.113.1:4711", "::ffff:203.0.113.1", "x, 203.0.113.1"} {
			if got := bad(srv, same); got != 429 {
				t.Errorf("%q: status %d, want 429", same, got)
			}
		}
		if got := bad(srv, "198.51.100.7", "203.0.113.1"); got != 429 {
			t.Errorf("two lines: status %d, want 429", got)
		}
		if got := bad(srv, "203.0.113.1, 203.0.113.2"); got != 400 {
			t.Errorf("another address: status %d, want 400", got)
		}
		for i := range limit { // one customer's /64 is one address
			bad(srv, fmt.Sprintf("2001:db8::%d", i))
		}
		if got := bad(srv, "2001:db8::ffff"); got != 429 {
			t.Errorf("the same /64: status %d, want 429", got)
		}
		if got := bad(srv, "2001:db8:0:1::1"); got != 400 {
			t.Errorf("another /64: status %d, want 400", got)
		}
		for _, name := range []string{"X-Real-Ip", "Forwarded", "Cf-Connecting-Ip", "True-Client-Ip", "X-Client-Ip"} {
			a := call(t, "POST", srv.url+"/v1/login", header("X-Forwarded-For", "203.0.113.1", name, "192.0.2.1"), loginBody(app1, "bad"))
			if a.status != 429 {
				t.Errorf("%s is believed", name)
			}
		}
	})
}
