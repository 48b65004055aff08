package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/token"
)

var errLost = errors.New("connection lost")

// faulty loses the requests or the answers of a method: apply says which.
type faulty struct {
	op    string
	apply bool
}

func (f *faulty) fault(op string) (bool, error) {
	if op != f.op {
		return true, nil
	}
	return f.apply, errLost
}

// lostRequest makes sure that a step that failed before it took effect took
// none; lostAnswer that one whose answer was lost did.
func lostRequest(t *testing.T, db Database) { lostCalls(t, db, false) }
func lostAnswer(t *testing.T, db Database)  { lostCalls(t, db, true) }

func lostCalls(t *testing.T, db Database, applied bool) {
	f := &faulty{apply: applied}
	s := db.openFaulty(t, f.fault)
	old := login(appA, "a1", noon)
	record(t, s, old)
	key := token.StoredKey{Use: token.ES256, Seq: 1, CreatedAt: noon, ActiveFrom: noon, Sealed: []byte{1}}
	lose := func(op string, call func() error) {
		t.Helper()
		f.op = op
		if err := call(); !errors.Is(err, errLost) {
			t.Errorf("%s: %v, want that the connection was lost", op, err)
		}
		f.op = ""
	}

	l := login(appA, "a1", noon.Add(time.Minute))
	lose("RecordLogin", func() error { _, err := s.RecordLogin(t.Context(), l); return err })
	if _, err := s.Load(t.Context(), l.SessionID); (err == nil) != applied {
		t.Errorf("login applied: %v, want %v", err, applied)
	}
	lose("Rotate", func() error {
		return Rotate(t.Context(), s, old.SessionID, session.Rotation{From: 1, At: l.At, ExpiresAt: l.ExpiresAt})
	})
	if g := load(t, s, old.SessionID).Session.Generation; (g == 2) != applied {
		t.Errorf("generation %d", g)
	}
	lose("End", func() error {
		ended, err := s.End(t.Context(), session.Ending{SessionID: old.SessionID, At: l.At, Reason: session.EndLogout, Until: l.RevokedUntil})
		if ended {
			t.Error("End says true besides an error")
		}
		return err
	})
	if ended := !load(t, s, old.SessionID).Session.EndedAt.IsZero(); ended != applied {
		t.Errorf("ended: %v", ended)
	}
	consent := consentOf(old, "1", noon)
	lose("RecordConsent", func() error { return s.RecordConsent(t.Context(), consent) })
	equal(t, "consents", db.count(t, `SELECT COUNT(*) FROM consents`) == 1, applied)
	lose("InsertSigningKey", func() error { return s.InsertSigningKey(t.Context(), key) })
	if err := s.InsertSigningKey(t.Context(), key); errors.Is(err, token.ErrConflict) != applied {
		t.Errorf("the key again: %v", err)
	}
	lose("DeleteSigningKey", func() error { return s.DeleteSigningKey(t.Context(), token.ES256, 1) })
	keys, err := s.SigningKeys(t.Context())
	if err != nil || (len(keys) == 0) != applied {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	lose("Prune", func() error { _, err := s.Prune(t.Context(), noon.Add(time.Second), noon, 10); return err })
	if _, err := s.Load(t.Context(), old.SessionID); errors.Is(err, session.ErrNotFound) != applied {
		t.Errorf("the old session after Prune: %v", err)
	}
}
