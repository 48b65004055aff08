package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hufu-id/hufu/internal/web"
)

// tooLong is the time by which a connection that should have been cut off must
// be, on the clock of a bubble: production's time-outs are tried, and cost none.
const tooLong = 2 * time.Minute

// pipe is a connection in memory, which has an address as others do. It buffers
// nothing.
type pipe struct{ net.Conn }

func (pipe) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// one is a listener at which one connection arrives.
type one struct {
	made   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *one) Accept() (net.Conn, error) {
	select {
	case c := <-l.made:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *one) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *one) Addr() net.Addr { return &net.TCPAddr{} }

// dial returns a connection to a server of its own, as production has it. It
// must be called in a bubble of testing/synctest.
func dial(t *testing.T, h http.Handler) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	l := &one{made: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.made <- pipe{theirs}
	server := web.NewServer(h, web.ServerOptions{})
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = ours.Close()
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	if err := ours.SetDeadline(time.Now().Add(tooLong)); err != nil {
		t.Fatal(err)
	}
	return ours
}

// dialEdge is dial to the API of the tests.
func dialEdge(t *testing.T) net.Conn {
	t.Helper()
	api, _ := newEdge(t, nil)
	return dial(t, api)
}

// send writes text while the answer is read: who is refused need not be read to
// the end.
func send(conn net.Conn, text string) { go func() { _, _ = io.WriteString(conn, text) }() }

// drain reads until the server ends the connection; it is an error if the
// server does not.
func drain(t *testing.T, conn net.Conn) string {
	t.Helper()
	b, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the connection is still open after %v; it said %q", tooLong, b)
	}
	return string(b)
}

const loginHead = "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

func TestSilentClientsAreCutOff(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ sent, want string }{
		"Nothing":            {"", ""},
		"HalfALine":          {"POST /v1/log", ""},
		"HalfAHeader":        {loginHead + "X-A: b", ""},
		"NoBody":             {loginHead + "Content-Length: 10\r\n\r\n", "HTTP/1.1 400"},
		"HalfABody":          {loginHead + "Content-Length: 10\r\n\r\n{\"a\"", "HTTP/1.1 400"},
		"HalfAChunk":         {loginHead + "Transfer-Encoding: chunked\r\n\r\n5\r\n{", "HTTP/1.1 400"},
		"IdleAfterAnAnswer":  {"GET /raw HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200"},
		"ExpectsAndStays":    {loginHead + "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n", "HTTP/1.1 100"},
		"BodyNobodyAskedFor": {"GET /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n", "HTTP/1.1 200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				conn := dialEdge(t)
				send(conn, tc.sent)
				if got := drain(t, conn); !strings.HasPrefix(got, tc.want) || tc.want == "" && strings.Contains(got, " 200 ") {
					t.Fatalf("want %q, got %q", tc.want, got)
				}
			})
		})
	}
}

// TestServerDefaults: no limit is missing, and each time-out is its own.
func TestServerDefaults(t *testing.T) {
	t.Parallel()
	s := web.NewServer(http.NotFoundHandler(), web.ServerOptions{Addr: "127.0.0.1:0"})
	if s.Addr != "127.0.0.1:0" || s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 15*time.Second ||
		s.WriteTimeout != 30*time.Second || s.IdleTimeout != 75*time.Second || s.MaxHeaderBytes != 16<<10 || s.ErrorLog == nil {
		t.Fatalf("%+v", s)
	}
}

// drip writes first, then one more piece every few milliseconds until the
// server hangs up, and returns what the server said.
func drip(t *testing.T, first, piece string, pause time.Duration) (said string, pieces int) {
	t.Helper()
	conn := dialEdge(t)
	answer := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(conn)
		answer <- string(b)
	}()
	if _, err := io.WriteString(conn, first); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(pause)
	defer tick.Stop()
	stop := time.After(tooLong)
	for {
		select {
		case s := <-answer:
			return s, pieces
		case <-stop:
			t.Fatalf("still served after %d pieces", pieces)
		case <-tick.C:
			if _, err := io.WriteString(conn, piece); err == nil {
				pieces++
			}
		}
	}
}

func TestDrippingClientsAreCutOff(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ first, piece, want string }{
		"Header":      {loginHead + "X-A: ", "a", ""},
		"Headers":     {loginHead, "X-A: a\r\n", ""},
		"Body":        {loginHead + "Content-Length: 60000\r\n\r\n{\"appid\":\"", "a", "HTTP/1.1 400"},
		"ChunkedBody": {loginHead + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n{\r\n", "HTTP/1.1 400"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if said, _ := drip(t, tc.first, tc.piece, 100*time.Millisecond); !strings.HasPrefix(said, tc.want) || strings.Contains(said, " 200 ") {
					t.Fatalf("want %q, got %q", tc.want, said)
				}
			})
		})
	}
}

// TestEndlessInput: who sends without end is stopped by size, not by time.
func TestEndlessInput(t *testing.T) {
	t.Parallel()
	chunk := strings.Repeat("a", 4096)
	for name, tc := range map[string]struct {
		first, piece, want string
		most               int // bytes
	}{
		"Headers":     {loginHead, "X-A: " + chunk + "\r\n", "HTTP/1.1 431", 1 << 20},
		"OneHeader":   {loginHead + "X-A: ", chunk, "HTTP/1.1 431", 1 << 20},
		"RequestLine": {"POST /", chunk, "HTTP/1.1 431", 1 << 20},
		"ChunkedBody": {loginHead + "Transfer-Encoding: chunked\r\n\r\n", fmt.Sprintf("%x\r\n%s\r\n", len(chunk), chunk), "HTTP/1.1 413", 8 << 20},
		"HugeBody":    {loginHead + "Content-Length: 99999999999\r\n\r\n", chunk, "HTTP/1.1 413", 8 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				said, pieces := drip(t, tc.first, tc.piece, 100*time.Microsecond)
				if !strings.HasPrefix(said, tc.want) {
					t.Fatalf("want %q, got %q", tc.want, said)
				}
				if sent := pieces * len(tc.piece); sent > tc.most {
					t.Fatalf("%d bytes were taken", sent)
				}
			})
		})
	}
}

func TestTooLargeBodyIsAnsweredAndClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := dialEdge(t)
		body := strings.Repeat("a", 64<<10+1)
		send(conn, fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", loginHead, len(body), body))
		// The body has not ended, and the answer does not wait for that.
		began := time.Now()
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusRequestEntityTooLarge || !res.Close || time.Since(began) != 0 {
			t.Fatalf("%v, close is %v, after %s", res.Status, res.Close, time.Since(began))
		}
		drain(t, conn)
	})
}

func TestPipelinedGarbage(t *testing.T) {
	t.Parallel()
	for name, garbage := range map[string]string{
		"Text":       "garbage\r\n\r\n",
		"Binary":     "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"TwoCodings": "POST /v1/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"TwoLengths": "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
		"TwoHosts":   "GET /raw HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				conn := dialEdge(t)
				good := loginHead + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(goodLogin), goodLogin)
				send(conn, good+garbage)
				got := drain(t, conn)
				if !strings.HasPrefix(got, "HTTP/1.1 200") || strings.Count(got, "HTTP/1.1 200") != 1 {
					t.Fatalf("%q", got)
				}
				if strings.Contains(got, "garbage") {
					t.Fatalf("it was repeated: %q", got)
				}
			})
		})
	}
}

// TestSlowReaderIsCutOff: a client that never reads its answer does not hold a
// connection for ever.
func TestSlowReaderIsCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api, _ := newAPI(t, nil)
		ended := make(chan struct{})
		api.HandleRaw("GET /endless", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			block := make([]byte, 1<<16)
			for {
				if _, err := w.Write(block); err != nil {
					close(ended)
					return
				}
			}
		}))
		conn := dial(t, api)
		send(conn, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
		select {
		case <-ended:
		case <-time.After(tooLong):
			t.Fatal("still writing")
		}
	})
}

// TestConnectionErrorsDoNotLeak is for the answers that net/http gives itself.
func TestConnectionErrorsDoNotLeak(t *testing.T) {
	t.Parallel()
	const canary = "CaNaRy5ca1"
	for _, raw := range []string{
		canary + "\r\n\r\n",
		"GET /" + canary + " " + canary + "\r\n\r\n",
		"GET /" + canary + " HTTP/9.9\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: " + canary + "\x01\r\n\r\n",
		"GET / HTTP/1.1\r\nX" + canary + "\x01: b\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + canary + "\x01\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n " + canary + "\r\n\r\n",
		"GET / HTTP/1.1\r\nX-A: " + canary + "\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + canary + "\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + canary + "\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nExpect: " + canary + "\r\n\r\n",
		"GET /%zz" + canary + " HTTP/1.1\r\nHost: x\r\n\r\n",
		loginHead + "Transfer-Encoding: chunked\r\n\r\n" + canary + "\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: " + canary + "\r\n\r\n",
		"CONNECT " + canary + ":443 HTTP/1.1\r\nHost: " + canary + "\r\n\r\n",
		"GET http://" + canary + "/v1/login?" + canary + " HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			conn := dialEdge(t)
			send(conn, raw)
			if got := drain(t, conn); strings.Contains(got, canary) || !strings.HasPrefix(got, "HTTP/1.1 ") || strings.HasPrefix(got, "HTTP/1.1 2") {
				t.Errorf("%q was answered by %q", raw, got)
			}
		})
	}
}
