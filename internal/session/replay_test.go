package session_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/web"
	"github.com/hufu-id/hufu/simulator"
)

func TestReplay(t *testing.T) {
	t.Parallel()
	same := func(t *testing.T, a, b session.Granted) {
		t.Helper()
		if a.Session.ID != b.Session.ID || !a.RefreshToken.Equal(b.RefreshToken) || a.IsNewUser != b.IsNewUser {
			t.Fatalf("not the same: %s %t, %s %t", a.Session.ID, a.IsNewUser, b.Session.ID, b.IsNewUser)
		}
		if a.AccessToken.Equal(b.AccessToken) {
			t.Fatal("the access token is not a fresh one")
		}
	}
	t.Run("SameCodeAndKeyIsTheSameSession", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		call := w.call(app1, "alice", key1)
		first, err := w.manager.Login(t.Context(), call)
		must(t, err)
		again, err := w.manager.Login(t.Context(), call)
		must(t, err)
		same(t, first, again)
		if n := w.exchanges(); n != 1 {
			t.Fatalf("WeChat was asked %d times", n)
		}
	})
	t.Run("OnAnotherReplicaAndAfterRestart", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		call := w.call(app1, "alice", key1)
		first, err := w.manager.Login(t.Context(), call)
		must(t, err)
		again, err := w.newReplica().manager.Login(t.Context(), call)
		must(t, err)
		same(t, first, again)
	})
	t.Run("OnAnotherReplicaWhileWeChatIsDown", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		call := w.call(app1, "alice", key1)
		first, err := w.manager.Login(t.Context(), call)
		must(t, err)
		must(t, w.sim.SetFaults(simulator.Fault{Path: "/sns/jscode2session", Status: 503}))
		again, err := w.newReplica().manager.Login(t.Context(), call)
		must(t, err)
		same(t, first, again)
	})
	t.Run("AtOnceOnTwoReplicas", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		other := w.newReplica()
		for range 10 {
			call := w.call(app1, "alice", key1)
			var granted [8]session.Granted
			var wg sync.WaitGroup
			for i := range granted {
				m := []*session.Manager{w.manager, other.manager}[i%2]
				wg.Go(func() {
					var err error
					if granted[i], err = m.Login(context.Background(), call); err != nil {
						t.Errorf("login: %v", err)
					}
				})
			}
			wg.Wait()
			for _, g := range granted[1:] {
				same(t, granted[0], g)
			}
		}
	})
	t.Run("CountsAsNoFailedLogin", func(t *testing.T) {
		t.Parallel()
		limit := func(c *session.Config) { c.FailedLogins = web.NewRateLimiter(2, c.Now) }
		w := newWorld(t)
		other := w.newReplica(limit)
		for range 6 { // WeChat says "used" to each
			call := w.call(app1, "alice", key1)
			first, err := w.manager.Login(t.Context(), call)
			must(t, err)
			again, err := other.manager.Login(t.Context(), call)
			must(t, err)
			same(t, first, again)
		}
	})
	t.Run("LostAnswerOfWeChatIsNoReplay", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		must(t, w.sim.SetFaults(simulator.Fault{Path: "/sns/jscode2session", Drop: simulator.DropAfter, Times: 1}))
		call := w.call(app1, "alice", key1)
		_, err := w.manager.Login(t.Context(), call)
		wantCode(t, err, problem.WeChatUnavailable)
		_, err = w.manager.Login(t.Context(), call)
		wantCode(t, err, problem.CodeAlreadyUsed)
	})
	t.Run("LostRequestToWeChatIsRepeated", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		must(t, w.sim.SetFaults(simulator.Fault{Path: "/sns/jscode2session", Drop: simulator.DropBefore, Times: 1}))
		call := w.call(app1, "alice", key1)
		_, err := w.manager.Login(t.Context(), call)
		wantCode(t, err, problem.WeChatUnavailable)
		_, err = w.manager.Login(t.Context(), call)
		must(t, err)
	})
}

func TestReplayRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		between func(w *world, first session.Granted)
		change  func(*session.Call)
		want    problem.Code
	}{
		"AnotherKey":  {change: func(c *session.Call) { c.Key = key2 }, want: problem.CodeAlreadyUsed},
		"NoKey":       {change: func(c *session.Call) { c.Key = "" }, want: problem.CodeAlreadyUsed},
		"AnotherBody": {change: func(c *session.Call) { c.Device = []byte(`{"name":"other"}`) }, want: problem.IdempotencyConflict},
		"AnotherApp":  {change: func(c *session.Call) { c.AppID = app2 }, want: problem.CodeAlreadyUsed},
		"AfterWindow": {between: func(w *world, _ session.Granted) { w.clock.advance(5*time.Minute + time.Second) }, want: problem.CodeAlreadyUsed},
		"AfterLogout": {between: func(w *world, g session.Granted) { must(w.t, w.manager.Logout(w.t.Context(), g.Session.ID)) }, want: problem.CodeAlreadyUsed},
		"AfterRefresh": {between: func(w *world, g session.Granted) {
			_, err := w.manager.Refresh(w.t.Context(), g.RefreshToken, "")
			must(w.t, err)
		}, want: problem.CodeAlreadyUsed},
	}
	for name, tt := range tests {
		for _, where := range []string{"Here", "Elsewhere"} {
			t.Run(name+where, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				call := w.call(app1, "alice", key1)
				first, err := w.manager.Login(t.Context(), call)
				must(t, err)
				if tt.between != nil {
					tt.between(w, first)
				}
				if tt.change != nil {
					tt.change(&call)
				}
				m := w.manager
				if where == "Elsewhere" {
					m = w.newReplica().manager
				}
				_, err = m.Login(t.Context(), call)
				if name == "AnotherApp" {
					// WeChat says of another app's code that it is none.
					wantCode(t, err, problem.InvalidCode)
					return
				}
				wantCode(t, err, tt.want)
			})
		}
	}
	t.Run("NoKeyWhileWeChatIsDown", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		call := w.call(app1, "alice", key1)
		_, err := w.manager.Login(t.Context(), call)
		must(t, err)
		must(t, w.sim.SetFaults(simulator.Fault{Path: "/sns/jscode2session", Status: 503}))
		call.Key = ""
		_, err = w.newReplica().manager.Login(t.Context(), call)
		wantCode(t, err, problem.CodeAlreadyUsed)
	})
	t.Run("SameKeyWithAnotherCodeIsANewLogin", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		a, err := w.manager.Login(t.Context(), w.call(app1, "alice", key1))
		must(t, err)
		b, err := w.manager.Login(t.Context(), w.call(app1, "alice", key1))
		must(t, err)
		if a.Session.ID == b.Session.ID {
			t.Fatal("another code gave the old session")
		}
	})
	t.Run("AtOnceWithOtherKeysOnlyOneWins", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		code := w.code(app1, "alice")
		won := map[id.SessionID]bool{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				g, err := w.manager.Login(context.Background(), session.Call{AppID: app1, Code: code, Key: key1 + string(rune('a'+i)), Client: home})
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					won[g.Session.ID] = true
				} else if problem.CodeOf(err) != problem.CodeAlreadyUsed {
					t.Errorf("refused with %v", err)
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("one code made %d sessions", len(won))
		}
	})
}
