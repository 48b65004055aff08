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
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/web"
)

// patience is the time-out of the test servers, and tooLong the time by which
// a connection that should have been cut off must be.
const (
	patience = 500 * time.Millisecond
	tooLong  = 10 * time.Second
)

// listen starts a server with short time-outs and returns its address.
func listen(t *testing.T) string {
	t.Helper()
	api, _ := newEdge(t, nil)
	server := web.NewServer(api, web.ServerOptions{
		ReadHeaderTimeout: patience, ReadTimeout: patience, WriteTimeout: 2 * patience, IdleTimeout: patience,
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", listen(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(tooLong)); err != nil {
		t.Fatal(err)
	}
	return conn
}

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
			conn := dial(t)
			if _, err := io.WriteString(conn, tc.sent); err != nil {
				t.Fatal(err)
			}
			if got := drain(t, conn); !strings.HasPrefix(got, tc.want) || tc.want == "" && strings.Contains(got, " 200 ") {
				t.Fatalf("want %q, got %q", tc.want, got)
			}
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
	conn := dial(t)
	if _, err := io.WriteString(conn, first); err != nil {
		t.Fatal(err)
	}
	answer := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(conn)
		answer <- string(b)
	}()
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
			if said, _ := drip(t, tc.first, tc.piece, 10*time.Millisecond); !strings.HasPrefix(said, tc.want) || strings.Contains(said, " 200 ") {
				t.Fatalf("want %q, got %q", tc.want, said)
			}
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
			said, pieces := drip(t, tc.first, tc.piece, 100*time.Microsecond)
			// A connection with unread data is reset, which may cost the answer.
			if said != "" && !strings.HasPrefix(said, tc.want) {
				t.Fatalf("want %q, got %q", tc.want, said)
			}
			if sent := pieces * len(tc.piece); sent > tc.most {
				t.Fatalf("%d bytes were taken", sent)
			}
		})
	}
}

func TestTooLargeBodyIsAnsweredAndClosed(t *testing.T) {
	t.Parallel()
	conn := dial(t)
	body := strings.Repeat("a", 64<<10+1)
	if _, err := fmt.Fprintf(conn, "%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", loginHead, len(body), body); err != nil {
		t.Fatal(err)
	}
	// The body has not ended, and the answer does not wait for that.
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusRequestEntityTooLarge || !res.Close {
		t.Fatalf("%v, close is %v", res.Status, res.Close)
	}
	drain(t, conn)
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
			conn := dial(t)
			good := loginHead + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(goodLogin), goodLogin)
			if _, err := io.WriteString(conn, good+garbage); err != nil {
				t.Fatal(err)
			}
			got := drain(t, conn)
			if !strings.HasPrefix(got, "HTTP/1.1 200") || strings.Count(got, "HTTP/1.1 200") != 1 {
				t.Fatalf("%q", got)
			}
			if strings.Contains(got, "garbage") {
				t.Fatalf("it was repeated: %q", got)
			}
		})
	}
}

// TestSlowReaderIsCutOff: a client that never reads its answer does not hold a
// connection for ever.
func TestSlowReaderIsCutOff(t *testing.T) {
	t.Parallel()
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
	server := web.NewServer(api, web.ServerOptions{WriteTimeout: patience})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(tooLong):
		t.Fatal("still writing")
	}
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
		conn := dial(t)
		if _, err := io.WriteString(conn, raw); err != nil {
			t.Fatal(err)
		}
		if got := drain(t, conn); strings.Contains(got, canary) || !strings.HasPrefix(got, "HTTP/1.1 ") || strings.HasPrefix(got, "HTTP/1.1 2") {
			t.Errorf("%q was answered by %q", raw, got)
		}
	}
}
