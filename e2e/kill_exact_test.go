package e2e_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

// TestKill_BetweenWeChatsAnswerAndCommit: WeChat has spent the code, and nobody
// else knows of it.
func TestKill_BetweenWeChatsAnswerAndCommit(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		w := newWeChat(t)
		s := newSite(t, w, store)
		srv := s.serve()
		code, k := w.code(app1, "alice"), "key-of-the-first-attempt"
		w.faults(simulator.Fault{Path: code2Session, Latency: 5 * time.Minute})
		gone := make(chan error, 1)
		go func() {
			_, err := try("POST", srv.url+"/v1/login", key(k), loginBody(app1, code))
			gone <- err
		}()
		eventually(t, patience, "WeChat was asked", func() bool { return w.exchanges() == 1 })
		srv.kill()
		if err := <-gone; err == nil {
			t.Fatal("there was an answer")
		}
		w.faults()
		srv = s.serve()
		wantProblem(t, call(t, "POST", srv.url+"/v1/login", key(k), loginBody(app1, code)), 409, "code_already_used")
		out := login(t, srv.url, app1, w.code(app1, "alice"), "key-of-the-second-attempt")
		if !*out.IsNewUser {
			t.Error("the lost login left a user")
		}
		srv.stop()
		soundDatabase(t, s, 1)
	})
}

// deaf sends a request and never reads the answer.
func deaf(t *testing.T, s *server, path, k, body string) net.Conn {
	t.Helper()
	c := dial(t, s)
	_, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n%s", path, k, len(body), body)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestKill_BetweenCommitAndReply: the session is recorded, and its owner has
// not heard of it.
func TestKill_BetweenCommitAndReply(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		w := newWeChat(t)
		s := newSite(t, w, store)
		srv := s.serve()
		db := s.database()
		code, k := w.code(app1, "alice"), "key-of-the-login-0001"
		deaf(t, srv, "/v1/login", k, loginBody(app1, code))
		eventually(t, patience, "the login is recorded", func() bool { return ask[int](t, db, "SELECT count(*) FROM sessions") == 1 })
		srv.kill()
		recorded := ask[string](t, db, "SELECT id FROM sessions")

		srv = s.serve()
		first := login(t, srv.url, app1, code, k)
		if first.SessionID != recorded || !*first.IsNewUser {
			t.Errorf("session %s (new user: %t), want %s of a new user", first.SessionID, *first.IsNewUser, recorded)
		}
		if again := login(t, srv.url, app1, code, k); again.RefreshToken != first.RefreshToken {
			t.Error("another refresh token")
		}
		wantProblem(t, call(t, "POST", srv.url+"/v1/login", key("a-key-of-somebody-else"), loginBody(app1, code)), 409, "code_already_used")

		deaf(t, srv, "/v1/refresh", "key-of-the-refresh-0001", refreshBody(first.RefreshToken))
		eventually(t, patience, "the refresh is recorded", func() bool { return ask[int](t, db, "SELECT generation FROM sessions") == 2 })
		srv.kill()
		srv = s.serve()
		second := refresh(t, srv.url, first.RefreshToken, "key-of-the-refresh-0001")
		if second.SessionID != first.SessionID || second.RefreshToken == first.RefreshToken {
			t.Errorf("session %s, want %s with a new token", second.SessionID, first.SessionID)
		}
		refresh(t, srv.url, second.RefreshToken, "")

		c := deaf(t, srv, "/v1/login", k, `{}`) // the server is none the worse for it
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != 400 {
			t.Errorf("%v, %v", res, err)
		} else {
			_ = res.Body.Close()
		}
		srv.stop()
		soundDatabase(t, s, 1)
		for line := range strings.Lines(srv.stderr.String()) {
			// A machine under load may be late with the revocations, as it says.
			if strings.Contains(line, `"level":"ERROR"`) && !strings.Contains(line, "each request looks for itself") {
				t.Errorf("an error in the log: %s", line)
			}
		}
	})
}
