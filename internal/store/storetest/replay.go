package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/session"
)

func findsReplay(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	want := load(t, s, l.SessionID)
	// Whatever lies between the login and its repetition, and though the
	// asker's clock is behind.
	for _, now := range []time.Time{noon, noon.Add(-2 * time.Second), noon.Add(time.Second), noon.Add(4 * time.Minute), noon.Add(session.ReplayWindow)} {
		got, err := s.FindReplay(t.Context(), l.Replay.CodeHash, now.Add(-session.ReplayWindow), now)
		if err != nil {
			t.Fatalf("at %v: %v", now.Sub(noon), err)
		}
		equal(t, "found", got, want)
	}
	after := noon.Add(session.ReplayWindow + time.Millisecond)
	if _, err := s.FindReplay(t.Context(), l.Replay.CodeHash, after.Add(-session.ReplayWindow), after); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("after the window: %v, want not found", err)
	}
	other := l.Replay.CodeHash
	other[15]++
	if _, err := s.FindReplay(t.Context(), other, noon.Add(-time.Minute), noon); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("another code: %v, want not found", err)
	}
}

func findsReplayOfEnded(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	end(t, s, l, noon.Add(time.Second))
	f, err := s.FindReplay(t.Context(), l.Replay.CodeHash, noon, noon.Add(time.Minute))
	if err != nil || !f.Session.EndedAt.Equal(noon.Add(time.Second)) {
		t.Errorf("found %+v, %v; want an ended session", f.Session, err)
	}
}

func findsReplayInLongWindow(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	for _, hours := range []time.Duration{1, 2, 3} {
		if _, err := s.FindReplay(t.Context(), l.Replay.CodeHash, noon, noon.Add(hours*time.Hour)); err != nil {
			t.Errorf("a window of %d h: %v", hours, err)
		}
	}
}

func codeIsSeenInWindow(t *testing.T, db Database) {
	s := db.open(t)
	first := login(appA, "a1", noon)
	record(t, s, first)
	// Before noon, too: the clock of another replica is behind.
	for i, offset := range []time.Duration{0, time.Millisecond, -time.Second, time.Minute, session.ReplayWindow - time.Millisecond, session.ReplayWindow} {
		for _, openid := range []string{"a1", "new"} {
			again := login(appA, "a1", noon.Add(offset))
			again.OpenID = "a1"
			if openid == "new" {
				again.OpenID = "new"
			}
			again.Replay.CodeHash = first.Replay.CodeHash
			if _, err := s.RecordLogin(t.Context(), again); !errors.Is(err, session.ErrCodeSeen) {
				t.Errorf("%d: code again after %v by %s: %v, want ErrCodeSeen", i, offset, openid, err)
			}
			if _, err := s.Load(t.Context(), again.SessionID); !errors.Is(err, session.ErrNotFound) {
				t.Errorf("a refused login left a session: %v", err)
			}
		}
	}
	keys, err := s.Keys(t.Context(), appA, "a1")
	if err != nil || string(keys) != string(first.Key[:]) {
		t.Errorf("a refused login left its key (%v)", err)
	}
	// A hash may repeat once nobody can ask for it.
	late := login(appA, "a1", noon.Add(session.ReplayWindow+time.Millisecond))
	late.Replay.CodeHash = first.Replay.CodeHash
	record(t, s, late)
}

func withoutCode(t *testing.T, db Database) {
	s := db.open(t)
	for range 2 {
		l := login(appA, "a1", noon)
		l.Replay = session.Replay{}
		record(t, s, l)
	}
	if _, err := s.FindReplay(t.Context(), [16]byte{}, noon.Add(-time.Minute), noon); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("FindReplay without code: %v, want not found", err)
	}
}
