package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

const checkSession = "/wxa/checksession"

// TestStaleSessionKey: what WeChat calls stale is stale until the next login, at
// every replica and for every session, without asking again.
func TestStaleSessionKey(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(sim *simulator.Server) error{
		"Rotated": func(sim *simulator.Server) error { return sim.RotateSessionKey(app1, "alice") }, // 87009
		"Expired": func(sim *simulator.Server) error { return sim.ExpireSessionKey(app1, "alice") }, // 87007
	} {
		for database, adjust := range map[string]func(*rig){"SQLite": func(*rig) {}, "PostgreSQL": onPostgres} {
			t.Run(name+"/"+database, func(t *testing.T) {
				t.Parallel()
				c := &clock{}
				r := newRig(t, func(r *rig) { r.now = c.Now }, adjust)
				other := r.start()
				state := func(at *replica, token string) any {
					t.Helper()
					a := r.callAt(at, "GET", "/v1/session?wechat=true", token, nil)
					r.want(a, 200, "")
					return a.body["wechat_session"]
				}
				first := r.login(app1, "alice")
				before := r.steps("alice")
				if got := state(r.replica, first); got != "valid" {
					t.Fatalf("before: %v", got)
				}
				must(t, end(r.sim))
				c.advance(2 * time.Minute)
				if got := state(r.replica, first); got != "expired" {
					t.Fatalf("after: %v", got)
				}
				asked := r.asked(checkSession)
				c.advance(2 * time.Minute)
				if got := state(other, first); got != "expired" || r.asked(checkSession) != asked {
					t.Errorf("marked: %v, and WeChat was asked %d times more", got, r.asked(checkSession)-asked)
				}
				// Data from before still opens; what is sealed under a key that
				// was never told is stale, as it is when nothing is marked.
				r.want(r.call("POST", "/v1/me/decrypt", first, sealedBody(before)), 200, "")
				if name == "Rotated" {
					r.want(r.call("POST", "/v1/me/decrypt", first, sealedBody(r.steps("alice"))), 422, "session_key_stale")
					if !strings.Contains(r.log.String(), "WeChat calls the newest stale") {
						t.Error("the log does not tell why no key fits")
					}
				}
				second := r.login(app1, "alice")
				c.advance(2 * time.Minute)
				for i, token := range []string{first, second} {
					if got := state(other, token); got != "valid" {
						t.Errorf("after the next login, session %d: %v", i+1, got)
					}
				}
				if r.asked(checkSession) == asked {
					t.Error("WeChat was not asked about the new key")
				}
				r.want(r.call("POST", "/v1/me/decrypt", second, sealedBody(r.steps("alice"))), 200, "")
			})
		}
	}
}
