package session_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/problem"
)

func TestRevocation(t *testing.T) {
	t.Parallel()
	t.Run("HereAtOnce", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.run(w.replica)
		g := w.login(app1, "alice")
		_, err := w.manager.Authenticate(t.Context(), g.AccessToken)
		must(t, err)
		must(t, w.manager.Logout(t.Context(), g.Session.ID))
		_, err = w.manager.Authenticate(t.Context(), g.AccessToken)
		wantCode(t, err, problem.SessionRevoked)
	})
	t.Run("OnAnotherReplica", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		other := w.newReplica()
		w.run(w.replica)
		w.run(other)
		g := w.login(app1, "alice")
		for range 3 { // its cache has seen the token
			_, err := other.manager.Authenticate(t.Context(), g.AccessToken)
			must(t, err)
		}
		must(t, w.manager.Logout(t.Context(), g.Session.ID))
		ended := time.Now()
		for {
			_, err := other.manager.Authenticate(t.Context(), g.AccessToken)
			if problem.CodeOf(err) == problem.SessionRevoked && err != nil {
				break
			}
			if time.Since(ended) > patience {
				t.Fatal("the other replica still takes the token")
			}
		}
		t.Logf("the other replica refused the token after %s", time.Since(ended))
	})
	// The promise of a second, by the clock of the servers: who has not heard
	// for so long looks.
	t.Run("OnAnotherReplicaWithinASecond", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		other := w.newReplica()
		g := w.login(app1, "alice")
		var asked atomic.Int32
		heard := make(chan struct{})
		w.faults.set(func(op string) (bool, error) {
			if op != "Revocations" {
				return true, nil
			}
			n := asked.Add(1)
			if n == 2 { // the first answer has been taken in
				close(heard)
			}
			return n == 1, errors.New("no route to host")
		})
		w.run(other)
		<-heard
		must(t, w.manager.Logout(t.Context(), g.Session.ID))
		w.clock.advance(time.Second)
		_, err := other.manager.Authenticate(t.Context(), g.AccessToken)
		wantCode(t, err, problem.SessionRevoked)
	})
	t.Run("WithoutRunEachRequestLooks", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		other := w.newReplica() // never runs
		g := w.login(app1, "alice")
		_, err := other.manager.Authenticate(t.Context(), g.AccessToken)
		must(t, err)
		must(t, w.manager.Logout(t.Context(), g.Session.ID))
		_, err = other.manager.Authenticate(t.Context(), g.AccessToken)
		wantCode(t, err, problem.SessionRevoked)
	})
	t.Run("WhenTheStoreIsGoneNothingIsBelieved", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		g := w.login(app1, "alice")
		w.faults.set(func(op string) (bool, error) { return false, errors.New("no route to host") })
		w.run(w.replica)
		_, err := w.manager.Authenticate(t.Context(), g.AccessToken)
		wantCode(t, err, problem.Internal)
	})
	t.Run("AfterRestart", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		g := w.login(app1, "alice")
		must(t, w.manager.Logout(t.Context(), g.Session.ID))
		restarted := w.newReplica()
		w.run(restarted)
		_, err := restarted.manager.Authenticate(t.Context(), g.AccessToken)
		wantCode(t, err, problem.SessionRevoked)
	})
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.login(app1, "alice")
	must(t, w.manager.Revoke(t.Context(), g.Session.ID, audit.CLI))
	_, err := w.manager.Authenticate(t.Context(), g.AccessToken)
	wantCode(t, err, problem.SessionRevoked)
	must(t, w.manager.Revoke(t.Context(), g.Session.ID, audit.CLI)) // an operator may click twice
}

func TestEndOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, other := w.login(app1, "alice"), w.login(app1, "alice")
	inOtherApp, stranger := w.login(app2, "alice"), w.login(app1, "bob")
	wantCode(t, w.manager.EndOther(t.Context(), own.Session.ID, inOtherApp.Session.ID), problem.NotFound)
	wantCode(t, w.manager.EndOther(t.Context(), own.Session.ID, stranger.Session.ID), problem.NotFound)
	must(t, w.manager.EndOther(t.Context(), own.Session.ID, other.Session.ID))
	wantCode(t, w.manager.EndOther(t.Context(), own.Session.ID, other.Session.ID), problem.NotFound)
	_, err := w.manager.Authenticate(t.Context(), other.AccessToken)
	wantCode(t, err, problem.SessionRevoked)
	for _, alive := range []string{own.AccessToken.Reveal(), inOtherApp.AccessToken.Reveal(), stranger.AccessToken.Reveal()} {
		if alive == other.AccessToken.Reveal() {
			t.Fatal("tokens are not distinct")
		}
	}
	_, err = w.manager.Authenticate(t.Context(), stranger.AccessToken)
	must(t, err)
}

// run runs a replica's background work until the test ends.
func (w *world) run(r *replica) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.manager.Run(ctx) }()
	w.t.Cleanup(func() { cancel(); <-done })
}
