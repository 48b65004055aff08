package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

// Rotate rotates a session whatever it is like.
func Rotate(ctx context.Context, s session.Store, sid id.SessionID, r session.Rotation) error {
	return s.Rotate(ctx, sid, func(*session.Found) *session.Rotation { return &r })
}

func rotates(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	want := sessionOf(l)
	for i := range uint32(3) {
		at := noon.Add(time.Duration(i+1) * time.Hour)
		r := session.Rotation{From: i + 1, At: at, ExpiresAt: at.Add(day), RotationKey: []byte{byte(i), 2, 3}}
		if i == 2 {
			r.RotationKey = nil
		}
		if err := Rotate(t.Context(), s, l.SessionID, r); err != nil {
			t.Fatal(err)
		}
		want.Generation, want.RotatedAt, want.LastUsedAt, want.ExpiresAt, want.RotationKey = i+2, at, at, r.ExpiresAt, r.RotationKey
		equal(t, "session", load(t, s, l.SessionID).Session, want)
	}
}

func rotationConflicts(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	rotate := func(sid id.SessionID, from uint32) error {
		return Rotate(t.Context(), s, sid, session.Rotation{From: from, At: noon.Add(time.Hour), ExpiresAt: noon.Add(day)})
	}
	if err := rotate(l.SessionID, 1); err != nil {
		t.Fatal(err)
	}
	before := load(t, s, l.SessionID)
	for _, from := range []uint32{0, 1, 3, 1 << 31} {
		if err := rotate(l.SessionID, from); !errors.Is(err, session.ErrConflict) {
			t.Errorf("from generation %d: %v, want ErrConflict", from, err)
		}
	}
	if err := rotate(id.NewSessionID(noon), 1); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("unknown session: %v, want ErrNotFound", err)
	}
	equal(t, "session after lost rotations", load(t, s, l.SessionID), before)

	end(t, s, l, noon.Add(2*time.Hour))
	if err := rotate(l.SessionID, 2); !errors.Is(err, session.ErrConflict) {
		t.Errorf("ended session: %v, want ErrConflict", err)
	}
}

// rotationDecides: whoever decides sees the session as it is, also one that has
// ended, and may leave it so.
func rotationDecides(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	leave := func(want session.Found) {
		t.Helper()
		err := s.Rotate(t.Context(), l.SessionID, func(seen *session.Found) *session.Rotation {
			equal(t, "session that is decided on", *seen, want)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "session that was left alone", load(t, s, l.SessionID), want)
	}
	leave(load(t, s, l.SessionID))

	if err := Rotate(t.Context(), s, l.SessionID, session.Rotation{From: 1, At: noon.Add(time.Hour), ExpiresAt: noon.Add(day)}); err != nil {
		t.Fatal(err)
	}
	leave(load(t, s, l.SessionID))
	end(t, s, l, noon.Add(2*time.Hour))
	leave(load(t, s, l.SessionID))

	never := func(*session.Found) *session.Rotation {
		t.Error("decided on no session")
		return nil
	}
	if err := s.Rotate(t.Context(), id.NewSessionID(noon), never); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("unknown session: %v, want ErrNotFound", err)
	}
}
