package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestParseHead(t *testing.T) {
	t.Parallel()
	status, length, err := parseHead([]byte("HTTP/1.1 404 Not Found\r\nX-Content-Length: 9\r\nContent-Length: 12\r\nDate: now"))
	if status != 404 || length != 12 || err != nil {
		t.Errorf("got %d, %d, %v", status, length, err)
	}
	for _, head := range []string{
		"", "HTTP/1.1 ", "HTTP/1.0 200 OK\r\nContent-Length: 1", "HTTP/1.1 2x0 OK\r\nContent-Length: 1",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", "HTTP/1.1 200 OK\r\nContent-Length: -1", "HTTP/1.1 200 OK\r\nContent-Length: ",
	} {
		if status, length, err := parseHead([]byte(head)); err == nil {
			t.Errorf("parseHead(%q) = %d, %d", head, status, length)
		}
	}
}

// serveText answers whatever comes with the pieces, each written by itself.
func serveText(t *testing.T, pieces ...string) *client {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { _ = near.Close(); _ = far.Close() })
	go func() {
		request := make([]byte, 1024)
		if _, err := far.Read(request); err != nil {
			return
		}
		for _, piece := range pieces {
			if _, err := io.WriteString(far, piece); err != nil {
				return
			}
		}
		_ = far.Close()
	}()
	_ = near.SetDeadline(time.Now().Add(time.Minute))
	return &client{conn: near, in: make([]byte, 256)}
}

func TestExchange(t *testing.T) {
	t.Parallel()

	t.Run("InPieces", func(t *testing.T) {
		t.Parallel()
		c := serveText(t, "HTTP/1.1 20", "0 OK\r\nContent-Length: 5\r", "\n\r\nhe", "llo")
		got, err := c.exchange([]byte("GET / HTTP/1.1\r\n\r\n"))
		if err != nil || got.status != http.StatusOK || string(got.body) != "hello" {
			t.Errorf("got %d %q, %v", got.status, got.body, err)
		}
	})

	for name, pieces := range map[string][]string{
		"CutOff":       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"},
		"CutInHead":    {"HTTP/1.1 200 OK\r\nContent-"},
		"TooMuch":      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello"},
		"TooLarge":     {"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nhe"},
		"EndlessHead":  {strings.Repeat("x", 300)},
		"NoLength":     {"HTTP/1.1 200 OK\r\n\r\n"},
		"OtherVersion": {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := serveText(t, pieces...).exchange([]byte("GET / HTTP/1.1\r\n\r\n")); err == nil {
				t.Errorf("got %d %q without an error", got.status, got.body)
			}
		})
	}
}
