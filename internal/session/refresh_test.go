package session_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/session"
)

// refresh refreshes and must succeed.
func (w *world) refresh(t secret.String, key string) session.Granted {
	w.t.Helper()
	g, err := w.manager.Refresh(w.t.Context(), t, key)
	must(w.t, err)
	return g
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, w *world, g session.Granted){
		"Rotates": func(t *testing.T, w *world, g session.Granted) {
			next := w.refresh(g.RefreshToken, "")
			if next.RefreshToken.Equal(g.RefreshToken) || next.Session.ID != g.Session.ID || next.Person.User.ID != g.Person.User.ID {
				t.Fatal("not a successor")
			}
			w.refresh(next.RefreshToken, "")
		},
		"SameKeyGivesTheSameSuccessor": func(t *testing.T, w *world, g session.Granted) {
			first := w.refresh(g.RefreshToken, key1)
			w.clock.advance(29 * 24 * time.Hour) // for as long as the successor is unused
			again := w.refresh(g.RefreshToken, key1)
			if !again.RefreshToken.Equal(first.RefreshToken) {
				t.Fatal("another successor")
			}
		},
		"SameKeyOnAnotherReplica": func(t *testing.T, w *world, g session.Granted) {
			first := w.refresh(g.RefreshToken, key1)
			again, err := w.newReplica().manager.Refresh(t.Context(), g.RefreshToken, key1)
			must(t, err)
			if !again.RefreshToken.Equal(first.RefreshToken) {
				t.Fatal("another successor")
			}
		},
		"WithoutKeyWithin30s": func(t *testing.T, w *world, g session.Granted) {
			w.clock.stop()
			first := w.refresh(g.RefreshToken, "")
			w.clock.advance(29 * time.Second)
			if again := w.refresh(g.RefreshToken, ""); !again.RefreshToken.Equal(first.RefreshToken) {
				t.Fatal("another successor")
			}
		},
		"WithoutKeyAfter30sEndsTheSession": func(t *testing.T, w *world, g session.Granted) {
			next := w.refresh(g.RefreshToken, "")
			w.clock.advance(31 * time.Second)
			w.wantReuse(g.RefreshToken, "", next)
		},
		"AnotherKeyEndsTheSession": func(t *testing.T, w *world, g session.Granted) {
			next := w.refresh(g.RefreshToken, key1)
			w.wantReuse(g.RefreshToken, key2, next)
		},
		"AKeyWhereNoneWasEndsTheSession": func(t *testing.T, w *world, g session.Granted) {
			next := w.refresh(g.RefreshToken, "")
			w.wantReuse(g.RefreshToken, key1, next)
		},
		"AfterTheSuccessorWasUsedEndsTheSession": func(t *testing.T, w *world, g session.Granted) {
			next := w.refresh(w.refresh(g.RefreshToken, key1).RefreshToken, key2)
			w.wantReuse(g.RefreshToken, key1, next)
		},
		"SlidesTheIdleEnd": func(t *testing.T, w *world, g session.Granted) {
			for range 5 {
				w.clock.advance(29 * 24 * time.Hour)
				g = w.refresh(g.RefreshToken, "")
			}
			w.clock.advance(30 * 24 * time.Hour)
			_, err := w.manager.Refresh(t.Context(), g.RefreshToken, "")
			wantCode(t, err, problem.TokenExpired)
		},
		"NotBeyondTheAbsoluteEnd": func(t *testing.T, w *world, g session.Granted) {
			for range 6 {
				w.clock.advance(29 * 24 * time.Hour)
				g = w.refresh(g.RefreshToken, "")
			}
			w.clock.advance(6*24*time.Hour + time.Second)
			_, err := w.manager.Refresh(t.Context(), g.RefreshToken, "")
			wantCode(t, err, problem.TokenExpired)
		},
		"AfterLogout": func(t *testing.T, w *world, g session.Granted) {
			must(t, w.manager.Logout(t.Context(), g.Session.ID))
			_, err := w.manager.Refresh(t.Context(), g.RefreshToken, "")
			wantCode(t, err, problem.SessionRevoked)
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test(t, w, w.login(app1, "alice"))
		})
	}
}

// wantReuse asserts that the old token ends the session for everybody.
func (w *world) wantReuse(old secret.String, key string, holder session.Granted) {
	w.t.Helper()
	_, err := w.manager.Refresh(w.t.Context(), old, key)
	wantCode(w.t, err, problem.TokenReused)
	_, err = w.manager.Refresh(w.t.Context(), holder.RefreshToken, "")
	wantCode(w.t, err, problem.SessionRevoked)
	_, err = w.manager.Authenticate(w.t.Context(), holder.AccessToken)
	if code := problem.CodeOf(err); code != problem.SessionRevoked && code != problem.TokenExpired {
		w.t.Fatalf("the access token is still good: %v", err)
	}
}

func TestRefreshInParallelHasOneSuccessor(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"WithKey": key1, "WithoutKey": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			other := w.newReplica()
			g := w.login(app1, "alice")
			successors := map[string]int{}
			var mu sync.Mutex
			var wg sync.WaitGroup
			for i := range 50 {
				m := []*session.Manager{w.manager, other.manager}[i%2]
				wg.Go(func() {
					next, err := m.Refresh(context.Background(), g.RefreshToken, key)
					if err != nil {
						t.Errorf("refresh: %v", err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					successors[next.RefreshToken.Reveal()]++
				})
			}
			wg.Wait()
			if len(successors) != 1 {
				t.Fatalf("%d successors", len(successors))
			}
		})
	}
}

func TestRefreshAmbiguous(t *testing.T) {
	t.Parallel()
	for name, applied := range map[string]bool{"LostRequest": false, "LostAnswer": true} {
		for keyName, key := range map[string]string{"WithKey": key1, "WithoutKey": ""} {
			t.Run(name+keyName, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				g := w.login(app1, "alice")
				var once sync.Once
				w.faults.set(func(op string) (apply bool, err error) {
					apply = true
					if op == "Rotate" {
						once.Do(func() { apply, err = applied, errors.New("connection reset") })
					}
					return apply, err
				})
				next := w.refresh(g.RefreshToken, key)
				w.refresh(next.RefreshToken, key2)
			})
		}
	}
}

func TestRefreshRefusesForgeries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g, victim := w.login(app1, "alice"), w.login(app1, "bob")
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(g.RefreshToken.Reveal(), "hfr_"))
	must(t, err)
	altered := func(change func([]byte)) string {
		b := append([]byte(nil), raw...)
		change(b)
		return "hfr_" + base64.RawURLEncoding.EncodeToString(b)
	}
	victimID, _ := victim.Session.ID.UUID()
	text := g.RefreshToken.Reveal()
	tests := map[string]string{
		"Empty":           "",
		"AccessToken":     g.AccessToken.Reveal(),
		"NoPrefix":        strings.TrimPrefix(text, "hfr_"),
		"Truncated":       text[:len(text)-1],
		"Longer":          text + "A",
		"AnotherSession":  altered(func(b []byte) { copy(b[4:20], victimID[:]) }),
		"NextGeneration":  altered(func(b []byte) { b[23]++ }),
		"Generation0":     altered(func(b []byte) { b[23] = 0 }),
		"AnotherKey":      altered(func(b []byte) { b[3]++ }),
		"MACOff":          altered(func(b []byte) { b[len(b)-1] ^= 1 }),
		"AnotherSpelling": text[:len(text)-1] + string(nextInAlphabet(text[len(text)-1])),
		"UnknownSession":  altered(func(b []byte) { u, _ := id.NewSessionID(time.Now()).UUID(); copy(b[4:20], u[:]) }),
	}
	for name, forged := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := w.manager.Refresh(t.Context(), secret.New(forged), "")
			wantCode(t, err, problem.InvalidToken)
		})
	}
	// None of it ended anything.
	w.refresh(g.RefreshToken, "")
	w.refresh(victim.RefreshToken, "")
}

func nextInAlphabet(c byte) byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[(strings.IndexByte(alphabet, c)+1)%len(alphabet)]
}
