package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

// ids are the ids of the sessions that are open, newest first.
func ids(t testing.TB, s Store, app id.AppID, openid id.OpenID, now time.Time) []id.SessionID {
	t.Helper()
	list, err := s.List(t.Context(), app, openid, now)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	out := []id.SessionID{}
	for _, each := range list {
		out = append(out, each.ID)
	}
	return out
}

func end(t testing.TB, s Store, l session.Login, at time.Time) {
	t.Helper()
	ended, err := s.End(t.Context(), session.Ending{SessionID: l.SessionID, At: at, Reason: session.EndLogout, Until: at.Add(15 * time.Minute)})
	if err != nil || !ended {
		t.Fatalf("End: %v, %v", ended, err)
	}
}

func listsOpenSessions(t *testing.T, db Database) {
	s := db.open(t)
	var logins []session.Login
	for i := range 5 {
		l := login(appA, "a1", noon.Add(time.Duration(i)*time.Minute))
		record(t, s, l)
		logins = append(logins, l)
	}
	record(t, s, login(appB, "a1", noon)) // same openid in another app
	record(t, s, login(appA, "a2", noon)) // another person
	end(t, s, logins[1], noon.Add(time.Hour))

	list, err := s.List(t.Context(), appA, "a1", noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "list", list, []session.Session{sessionOf(logins[4]), sessionOf(logins[3]), sessionOf(logins[2]), sessionOf(logins[0])})

	expiry := logins[2].ExpiresAt // at this moment it is over
	equal(t, "list when some have expired", ids(t, s, appA, "a1", expiry), []id.SessionID{logins[4].SessionID, logins[3].SessionID})
	equal(t, "list of nobody", ids(t, s, appA, "nobody", noon), []id.SessionID{})
}

func unknownSession(t *testing.T, db Database) {
	s := db.open(t)
	if _, err := s.Load(t.Context(), id.NewSessionID(noon)); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("Load: %v, want not found", err)
	}
}

func sessionLimit(t *testing.T, db Database) {
	s := db.open(t)
	var want []id.SessionID // newest first
	for i := range 30 {
		at := noon.Add(time.Duration(i) * time.Second)
		l := login(appA, "a1", at)
		l.MaxSessions = 5
		r := record(t, s, l)
		want = slices.Insert(want, 0, l.SessionID)
		if len(want) <= 5 {
			equal(t, "ended", r.Ended, []id.SessionID(nil))
			continue
		}
		oldest := want[5]
		want = want[:5]
		equal(t, "ended", r.Ended, []id.SessionID{oldest})
		equal(t, "open", ids(t, s, appA, "a1", at), want)
		if f := load(t, s, oldest); !f.Session.EndedAt.Equal(at) {
			t.Errorf("the oldest ended at %v, want %v", f.Session.EndedAt, at)
		}
		revoked, err := s.Revocations(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "revocation", revoked, []session.Revocation{{SessionID: oldest, At: at, Until: l.RevokedUntil}})
	}
	// A lower limit ends many at once, the oldest first or last.
	l := login(appA, "a1", noon.Add(time.Hour))
	l.MaxSessions = 2
	r := record(t, s, l)
	slices.Sort(r.Ended)
	gone := slices.Clone(want[1:])
	slices.Sort(gone)
	equal(t, "ended by a lower limit", r.Ended, gone)
	equal(t, "open", ids(t, s, appA, "a1", l.At), []id.SessionID{l.SessionID, want[0]})
}

func limitCountsOpenOnly(t *testing.T, db Database) {
	s := db.open(t)
	limited := func(at time.Time, life time.Duration) session.Login {
		l := login(appA, "a1", at)
		l.MaxSessions, l.ExpiresAt = 3, at.Add(life)
		return l
	}
	ended := func(l session.Login) []id.SessionID { return record(t, s, l).Ended }
	oldest, short, long := limited(noon, day), limited(noon.Add(time.Millisecond), time.Hour), limited(noon.Add(2*time.Millisecond), day)
	for _, l := range []session.Login{oldest, short, long} {
		equal(t, "ended", ended(l), []id.SessionID(nil))
	}
	// One has expired meanwhile, so there is room.
	fourth := limited(noon.Add(2*time.Hour), day)
	equal(t, "ended though one expired", ended(fourth), []id.SessionID(nil))
	// Full again: the oldest open one goes, not the expired one.
	fifth := limited(noon.Add(3*time.Hour), day)
	equal(t, "ended when full", ended(fifth), []id.SessionID{oldest.SessionID})
	// A logout makes room.
	end(t, s, fourth, noon.Add(4*time.Hour))
	sixth := limited(noon.Add(5*time.Hour), day)
	equal(t, "ended after a logout", ended(sixth), []id.SessionID(nil))
	// Ending one that expired long ago makes no room.
	end(t, s, short, noon.Add(5*time.Hour))
	equal(t, "ended after the end of an expired one", ended(limited(noon.Add(6*time.Hour), day)), []id.SessionID{long.SessionID})
	// Whoever refreshed is still there, though the oldest.
	err := Rotate(t.Context(), s, fifth.SessionID, session.Rotation{From: 1, At: noon.Add(7 * time.Hour), ExpiresAt: noon.Add(90 * day)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "open after a month", ids(t, s, appA, "a1", noon.Add(31*day)), []id.SessionID{fifth.SessionID})
}

func newSessionStays(t *testing.T, db Database) {
	s := db.open(t)
	for i := range 3 {
		record(t, s, login(appA, "a1", noon.Add(time.Duration(i)*time.Minute)))
	}
	// The clock of the replica that records this one is behind.
	l := login(appA, "a1", noon.Add(-time.Minute))
	l.MaxSessions = 2
	if r := record(t, s, l); slices.Contains(r.Ended, l.SessionID) || len(r.Ended) != 2 {
		t.Errorf("ended %v, want two others than %s", r.Ended, l.SessionID)
	}
	if !load(t, s, l.SessionID).Session.EndedAt.IsZero() {
		t.Error("a login ended its own session")
	}
}

func limitAfterShorterLife(t *testing.T, db Database) {
	s := db.open(t)
	var logins []session.Login
	for i := range 3 {
		l := login(appA, "a1", noon.Add(time.Duration(i)*time.Minute))
		record(t, s, l)
		logins = append(logins, l)
	}
	// The operator has shortened the life of sessions: the second one expires
	// before it would have.
	err := Rotate(t.Context(), s, logins[1].SessionID, session.Rotation{From: 1, At: noon.Add(time.Hour), ExpiresAt: noon.Add(2 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	l := login(appA, "a1", noon.Add(3*time.Hour))
	l.MaxSessions = 3
	equal(t, "ended though one expired", record(t, s, l).Ended, []id.SessionID(nil))
	equal(t, "open", ids(t, s, appA, "a1", l.At), []id.SessionID{l.SessionID, logins[2].SessionID, logins[0].SessionID})
}

func countsStayTrue(t *testing.T, db Database) {
	s := db.open(t)
	for i, life := range []time.Duration{3 * time.Hour, time.Hour, 2 * time.Hour} {
		l := login(appA, "a1", noon.Add(time.Duration(i)*time.Minute))
		l.ExpiresAt = l.At.Add(life)
		record(t, s, l)
		checkInvariants(t, db)
	}
}
