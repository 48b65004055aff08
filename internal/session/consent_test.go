package session_test

import (
	"database/sql"
	"errors"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/session"
)

// consents counts what is kept of a version, agreed to at a time; zero: any.
func (w *world) consents(version string, at time.Time) (n int) {
	w.t.Helper()
	raw, err := sql.Open("sqlite", w.path+"?_busy_timeout=5000")
	must(w.t, err)
	defer raw.Close()
	must(w.t, raw.QueryRow(`SELECT COUNT(*) FROM consents WHERE policy_version = ?1 AND (?2 = 0 OR agreed_at = ?2)`,
		version, max(at.UnixMilli(), 0)).Scan(&n))
	return n
}

func (w *world) agreeing(version string, at time.Time) session.Call {
	call := w.call(app1, "alice", key1)
	call.Consent = &session.Consent{PolicyVersion: version, AgreedAt: at}
	return call
}

func TestConsent(t *testing.T) {
	t.Parallel()
	agreed := time.Now().UTC().Truncate(time.Millisecond).Add(-time.Minute)
	t.Run("First", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for i := range 3 {
			_, err := w.manager.Login(t.Context(), w.agreeing("2026-05", agreed.Add(time.Duration(i)*time.Second)))
			must(t, err)
		}
		if n, first := w.consents("2026-05", time.Time{}), w.consents("2026-05", agreed); n != 1 || first != 1 {
			t.Errorf("%d consents, %d of the first time", n, first)
		}
	})
	t.Run("AheadIsNow", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		before := time.Now()
		_, err := w.manager.Login(t.Context(), w.agreeing("1", before.Add(8*time.Hour)))
		must(t, err)
		for ms := range time.Since(before).Milliseconds() + 2 {
			if w.consents("1", before.Add(time.Duration(ms)*time.Millisecond)) == 1 {
				return
			}
		}
		t.Error("a phone's clock reaches into the future")
	})
	t.Run("NoneAsksNothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.faults.set(func(op string) (bool, error) {
			if op == "RecordConsent" {
				t.Error("a login without consent asked for one to be kept")
			}
			return true, nil
		})
		_, err := w.manager.Login(t.Context(), w.call(app1, "alice", key1))
		must(t, err)
	})
	t.Run("PartOfTheBody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		call := w.agreeing("1", agreed)
		_, err := w.manager.Login(t.Context(), call)
		must(t, err)
		sameElsewhere := call
		sameElsewhere.Consent = &session.Consent{PolicyVersion: "1", AgreedAt: agreed.In(time.FixedZone("", 8*3600))}
		_, err = w.manager.Login(t.Context(), sameElsewhere)
		must(t, err)
		for what, other := range map[string]*session.Consent{
			"none": nil, "another version": {PolicyVersion: "2", AgreedAt: agreed}, "another time": {PolicyVersion: "1", AgreedAt: agreed.Add(time.Second)},
		} {
			call.Consent = other
			if _, err := w.manager.Login(t.Context(), call); problem.CodeOf(err) != problem.IdempotencyConflict {
				t.Errorf("%s: %v, want a conflict", what, err)
			}
		}
		if n := w.consents("2", time.Time{}); n != 0 {
			t.Error("a refused login left a consent")
		}
	})
}

// TestConsent_CrashBetween: the login was recorded, the consent was not; the
// client repeats, and what it agreed to is kept.
func TestConsent_CrashBetween(t *testing.T) {
	t.Parallel()
	for name, applied := range map[string]bool{"LostRequest": false, "LostAnswer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.faults.set(func(op string) (bool, error) {
				if op == "RecordConsent" {
					return applied, errors.New("connection lost")
				}
				return true, nil
			})
			at := time.Now().UTC().Truncate(time.Millisecond)
			call := w.agreeing("1", at)
			_, err := w.manager.Login(t.Context(), call)
			wantCode(t, err, problem.Internal)
			w.faults.set(nil)
			granted, err := w.newReplica().manager.Login(t.Context(), call) // as after a restart
			must(t, err)
			if n := w.consents("1", at); n != 1 || !granted.IsNewUser {
				t.Errorf("%d consents, new %t", n, granted.IsNewUser)
			}
		})
	}
}

// TestConsent_LostOnce: a single lost answer of the store is no matter of the
// client's.
func TestConsent_LostOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost := 0
	w.faults.set(func(op string) (bool, error) {
		if op == "RecordConsent" && lost == 0 {
			lost++
			return false, errors.New("connection lost")
		}
		return true, nil
	})
	_, err := w.manager.Login(t.Context(), w.agreeing("1", time.Now()))
	must(t, err)
	if n := w.consents("1", time.Time{}); n != 1 || lost != 1 {
		t.Errorf("%d consents, %d lost", n, lost)
	}
}
