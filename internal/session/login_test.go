package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/web"
	"github.com/hufu-id/hufu/simulator"
)

const key1, key2 = "key-1-0123456789abcdef", "key-2-0123456789abcdef"

func TestLogin(t *testing.T) {
	t.Parallel()
	t.Run("FirstMakesUserAndSession", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		g := w.login(app1, "alice")
		openid, err := w.sim.OpenID(string(app1), "alice")
		must(t, err)
		unionid, err := w.sim.UnionID(string(app1), "alice")
		must(t, err)
		if !g.IsNewUser || string(g.Person.Identity.OpenID) != openid || string(g.Person.Identity.UnionID) != unionid {
			t.Fatalf("granted %+v", g)
		}
		claims, err := w.manager.Authenticate(t.Context(), g.AccessToken)
		must(t, err)
		if claims.UserID != g.Person.User.ID || claims.SessionID != g.Session.ID || claims.AppID != app1 {
			t.Fatalf("claims %+v", claims)
		}
	})
	t.Run("SecondIsTheSameUserInAnotherSession", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first, second := w.login(app1, "alice"), w.login(app1, "alice")
		if second.IsNewUser || second.Person.User.ID != first.Person.User.ID || second.Session.ID == first.Session.ID {
			t.Fatalf("first %+v, second %+v", first.Person.User, second.Person.User)
		}
	})
	t.Run("AppsOfOneOpenAccountShareTheUser", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		first, second := w.login(app1, "alice"), w.login(app2, "alice")
		if second.IsNewUser || second.Person.User.ID != first.Person.User.ID {
			t.Fatalf("two users: %s and %s", first.Person.User.ID, second.Person.User.ID)
		}
		if second.Person.Identity.OpenID == first.Person.Identity.OpenID {
			t.Fatal("one openid in two apps")
		}
		if other := w.login(app2, "bob"); other.Person.User.ID == first.Person.User.ID {
			t.Fatal("two people are one user")
		}
	})
	t.Run("ManyAtOnceMakeOneUser", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		users, fresh := map[id.UserID]int{}, 0
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 50 {
			call := w.call([]id.AppID{app1, app2}[i%2], "carol", "")
			wg.Go(func() {
				g, err := w.manager.Login(context.Background(), call)
				if err != nil {
					t.Errorf("login: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				users[g.Person.User.ID]++
				if g.IsNewUser {
					fresh++
				}
			})
		}
		wg.Wait()
		if len(users) != 1 {
			t.Fatalf("50 logins of one person made %d users", len(users))
		}
		if fresh != 1 {
			t.Fatalf("%d logins say that they made the user", fresh)
		}
	})
	t.Run("DoesNotEndWhenTheClientGoesAway", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		must(t, w.sim.SetFaults(simulator.Fault{Path: "/sns/jscode2session", Latency: 100 * time.Millisecond}))
		call := w.call(app1, "alice", key1)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		gone, err := w.manager.Login(ctx, call)
		must(t, err)
		again, err := w.manager.Login(t.Context(), call)
		must(t, err)
		if again.Session.ID != gone.Session.ID || w.exchanges() != 1 {
			t.Fatalf("the session was lost: %s, then %s", gone.Session.ID, again.Session.ID)
		}
	})
}

func TestLoginRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.sim.AddUser(simulator.User{Name: "mallory", Blocked: true})
	must(t, err)
	used := w.code(app1, "alice")
	_, err = w.manager.Login(t.Context(), session.Call{AppID: app1, Code: used, Client: home})
	must(t, err)
	tests := map[string]struct {
		app   id.AppID
		code  string
		want  problem.Code
		asked bool // whether WeChat is to be asked
	}{
		"UnknownApp":      {"wx0000000000000000", w.code(app1, "alice"), problem.UnknownApp, false},
		"EmptyCode":       {app1, "", problem.InvalidCode, false},
		"LongCode":        {app1, strings.Repeat("x", 513), problem.InvalidCode, false},
		"LongestCode":     {app1, strings.Repeat("x", 512), problem.InvalidCode, true},
		"Space":           {app1, "0ab cd", problem.InvalidCode, false},
		"NewLine":         {app1, "0abcd\n", problem.InvalidCode, false},
		"NoBreakSpace":    {app1, "0ab\u00a0cd", problem.InvalidCode, false},
		"Control":         {app1, "0ab\x00cd", problem.InvalidCode, false},
		"DevToolsMock":    {app1, "the code is a mock one", problem.InvalidCode, false},
		"40029":           {app1, "0123456789012345678901234567890a", problem.InvalidCode, true},
		"40029AnotherApp": {app2, w.code(app1, "alice"), problem.InvalidCode, true},
		"40226":           {app1, w.code(app1, "mallory"), problem.UserBlocked, true},
		"CodeUsedHere":    {app1, used, problem.CodeAlreadyUsed, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			before := w.exchanges()
			_, err := w.manager.Login(t.Context(), session.Call{AppID: tt.app, Code: tt.code, Client: home})
			wantCode(t, err, tt.want)
			if asked := w.exchanges() > before; asked != tt.asked {
				t.Errorf("WeChat asked: %t", asked)
			}
		})
	}
	t.Run("MockCodeSaysSo", func(t *testing.T) {
		_, err := w.manager.Login(t.Context(), session.Call{AppID: app1, Code: "the code is a mock one", Client: home})
		if p := problem.Of(err); !strings.Contains(p.Detail, "mock") {
			t.Fatalf("detail is %q", p.Detail)
		}
	})
}

func TestFailedLoginsSpendNoQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *session.Config) { c.FailedLogins = web.NewRateLimiter(5, c.Now) })
	w.clock.stop()
	bad := session.Call{AppID: app1, Code: "0123456789012345678901234567890a", Client: home}
	for range 5 {
		_, err := w.manager.Login(t.Context(), bad)
		wantCode(t, err, problem.InvalidCode)
	}
	_, err := w.manager.Login(t.Context(), bad)
	wantCode(t, err, problem.RateLimited)
	if problem.Of(err).RetryAfter <= 0 {
		t.Error("no retry_after")
	}
	if n := w.exchanges(); n != 5 {
		t.Fatalf("WeChat was asked %d times", n)
	}
	w.clock.advance(time.Minute)
	_, err = w.manager.Login(t.Context(), bad)
	wantCode(t, err, problem.InvalidCode)
}

func TestAppLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *session.Config) { c.AppLoginsPerMinute = 2 })
	w.clock.stop()
	w.login(app1, "alice")
	w.login(app1, "bob")
	_, err := w.manager.Login(t.Context(), w.call(app1, "carol", ""))
	wantCode(t, err, problem.RateLimited)
	w.login(app2, "carol") // another app's limit is its own
}

func TestSessionLimitEndsTheOldest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	granted := make([]session.Granted, 22)
	for i := range granted {
		granted[i] = w.login(app1, "alice")
		w.clock.advance(time.Millisecond)
	}
	for i, g := range granted {
		_, err := w.manager.Authenticate(t.Context(), g.AccessToken)
		if i < 2 {
			wantCode(t, err, problem.SessionRevoked)
		} else {
			must(t, err)
		}
	}
	list, err := w.manager.Sessions(t.Context(), granted[21].Session.ID)
	must(t, err)
	if len(list) != session.DefaultMaxSessions || list[0].ID != granted[21].Session.ID {
		t.Fatalf("%d sessions, the first is %s", len(list), list[0].ID)
	}
}

// TestLoginAmbiguous breaks the recording of a login in both ways: not applied,
// and applied with the answer lost.
func TestLoginAmbiguous(t *testing.T) {
	t.Parallel()
	for name, applied := range map[string]bool{"LostRequest": false, "LostAnswer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var once sync.Once
			w.faults.set(func(op string) (apply bool, err error) {
				apply = true
				if op == "RecordLogin" {
					once.Do(func() { apply, err = applied, errors.New("connection reset") })
				}
				return apply, err
			})
			g, err := w.manager.Login(t.Context(), w.call(app1, "alice", key1))
			must(t, err)
			if !g.IsNewUser {
				t.Error("is_new_user is lost")
			}
			list, err := w.manager.Sessions(t.Context(), g.Session.ID)
			must(t, err)
			if len(list) != 1 {
				t.Fatalf("%d sessions", len(list))
			}
		})
	}
}

// TestLoginErasedBeforeItsAnswer loses the answer of the store, and erases the
// person before it is asked again: they stay erased.
func TestLoginErasedBeforeItsAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var user id.UserID
	var once sync.Once
	w.faults.set(func(op string) (apply bool, err error) {
		switch op {
		case "RecordLogin":
			once.Do(func() { err = errors.New("connection reset") })
		case "Load":
			list, listErr := w.db.Accounts(t.Context(), "", 9)
			must(t, listErr)
			if len(list) == 0 {
				break // gone by now
			}
			user = list[0].User.ID
			_, eraseErr := w.db.Erase(t.Context(), identity.Erasure{
				UserID: user, Scope: identity.EraseUser, At: w.clock.Now(), Until: w.clock.Now().Add(time.Hour),
				Reason: identity.AskedByBusiness, Actor: audit.CLI,
			})
			must(t, eraseErr)
		}
		return true, err
	})
	_, err := w.manager.Login(t.Context(), w.call(app1, "alice", key1))
	wantCode(t, err, problem.CodeAlreadyUsed)
	if _, err := w.db.AccountByID(t.Context(), user); user == "" || !errors.Is(err, identity.ErrNotFound) {
		t.Errorf("the erased user %q is there again: %v", user, err)
	}
	w.faults.set(nil)
	if g := w.login(app1, "alice"); !g.IsNewUser || g.Person.User.ID == user {
		t.Errorf("who comes back is no new user: %+v", g.Person.User)
	}
}

func TestBusyStoreAsksForPatience(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	call := w.call(app1, "alice", key1)
	w.faults.set(func(string) (bool, error) { return false, fmt.Errorf("queue: %w", session.ErrBusy) })
	_, err := w.manager.Login(t.Context(), call)
	if p := problem.Of(err); p.Code != problem.Internal || p.Status != http.StatusServiceUnavailable || p.RetryAfter <= 0 {
		t.Fatalf("problem is %+v", p)
	}
}

// TestManyBadCodesAtOnce makes sure that an address can't spend WeChat's quota by
// sending its codes before the first is refused.
func TestManyBadCodesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *session.Config) { c.FailedLogins = web.NewRateLimiter(60, c.Now) })
	w.clock.stop() // else a slow machine would see more than one minute
	must(t, w.sim.SetFaults(simulator.Fault{Path: "/sns/jscode2session", Errcode: 40029, Latency: 50 * time.Millisecond}))
	var limited atomic.Int64
	var wg sync.WaitGroup
	for range 2000 {
		wg.Go(func() {
			_, err := w.manager.Login(context.Background(), session.Call{AppID: app1, Code: "0123456789012345678901234567890a", Client: home})
			if problem.CodeOf(err) == problem.RateLimited {
				limited.Add(1)
			}
		})
	}
	wg.Wait()
	if asked := 2000 - limited.Load(); asked < 60 || asked > 600 {
		t.Fatalf("WeChat was asked %d times", asked)
	}
}

// TestManyPeopleBehindOneAddress logs a thousand people in at once. On a machine
// too slow for that in the seconds for which the gate has them wait, who was turned
// away there tries again, as a phone does; the limit of failures turns nobody away.
func TestManyPeopleBehindOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *session.Config) { c.FailedLogins = web.NewRateLimiter(60, c.Now) })
	var wg sync.WaitGroup
	for i := range 1000 {
		name := fmt.Sprint("person", i)
		_, err := w.sim.AddUser(simulator.User{Name: name})
		must(t, err)
		call := w.call(app1, name, "")
		wg.Go(func() {
			_, err := w.manager.Login(context.Background(), call)
			for problem.CodeOf(err) == problem.RateLimited && strings.Contains(err.Error(), "at once") {
				_, err = w.manager.Login(context.Background(), call)
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	wg.Wait()
}
