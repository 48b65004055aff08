package storetest

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

// revocations are those since a time, ordered.
func revocations(t testing.TB, s Store, since time.Time) []session.Revocation {
	t.Helper()
	list, err := s.Revocations(t.Context(), since)
	if err != nil {
		t.Fatalf("Revocations: %v", err)
	}
	slices.SortFunc(list, func(a, b session.Revocation) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.SessionID, b.SessionID))
	})
	return list
}

func endsOnce(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	e := session.Ending{SessionID: l.SessionID, At: noon.Add(time.Minute), Reason: session.EndReuse, Until: noon.Add(time.Hour)}
	for i, want := range []bool{true, false, false} {
		if got, err := s.End(t.Context(), e); err != nil || got != want {
			t.Errorf("End %d: %v, %v; want %v", i, got, err, want)
		}
		e.At = e.At.Add(time.Second)
	}
	want := sessionOf(l)
	want.EndedAt = noon.Add(time.Minute)
	equal(t, "session", load(t, s, l.SessionID).Session, want)
	if n := db.count(t, `SELECT COUNT(*) FROM sessions WHERE end_reason = $1`, string(session.EndReuse)); n != 1 {
		t.Error("the reason was not kept")
	}
	equal(t, "revocations", revocations(t, s, noon), []session.Revocation{{SessionID: l.SessionID, At: want.EndedAt, Until: e.Until}})

	if got, err := s.End(t.Context(), session.Ending{SessionID: id.NewSessionID(noon), At: noon, Reason: session.EndLogout, Until: noon}); err != nil || got {
		t.Errorf("End of an unknown session: %v, %v; want false", got, err)
	}
	if n := db.count(t, `SELECT open_sessions FROM identities`); n != 0 {
		t.Errorf("%d open sessions counted, want 0", n)
	}
}

func revocationsSince(t *testing.T, db Database) {
	s := db.open(t)
	var all []session.Revocation
	for i := range 5 {
		l := login(appA, "a1", noon)
		record(t, s, l)
		at := noon.Add(time.Duration(i) * time.Second)
		end(t, s, l, at)
		all = append(all, session.Revocation{SessionID: l.SessionID, At: at, Until: at.Add(15 * time.Minute)})
	}
	equal(t, "all", revocations(t, s, time.UnixMilli(0)), all)
	equal(t, "since the third", revocations(t, s, all[2].At), all[2:])
	equal(t, "since after the last", len(revocations(t, s, all[4].At.Add(time.Millisecond))), 0)
}

func prunes(t *testing.T, db Database) {
	s := db.open(t)
	var logins []session.Login
	for i := range 6 {
		l := login(appA, "a1", noon.Add(time.Duration(i)*day))
		record(t, s, l)
		logins = append(logins, l)
	}
	end(t, s, logins[0], noon.Add(time.Hour))
	end(t, s, logins[5], noon.Add(10*day))

	now := noon.Add(10 * day)
	prune := func(before time.Time, limit, want int) {
		t.Helper()
		if n, err := s.Prune(t.Context(), before, now, limit); err != nil || n != want {
			t.Errorf("Prune: %d, %v; want %d", n, err, want)
		}
	}
	prune(logins[3].At, 2, 3) // two of three sessions, one revocation
	prune(logins[3].At, 2, 1)
	prune(logins[3].At, 2, 0)
	for i, l := range logins {
		_, err := s.Load(t.Context(), l.SessionID)
		if gone := errors.Is(err, session.ErrNotFound); gone != (i < 3) || (err != nil && !gone) {
			t.Errorf("session %d: %v", i, err)
		}
	}
	equal(t, "revocations left", len(revocations(t, s, time.UnixMilli(0))), 1)
	// Until is the last moment at which the revocation matters.
	now = noon.Add(10*day + 15*time.Minute)
	prune(noon, 100, 0)
	now = now.Add(time.Millisecond)
	prune(noon, 100, 1)
}
