package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

func firstLogin(t *testing.T, db Database) {
	s := db.open(t)
	l := union(login(appA, "o1", noon), "u1")
	want := session.Recorded{
		Person: identity.Person{
			User: identity.User{ID: l.NewUserID, CreatedAt: noon},
			Identity: identity.Identity{
				AppID: appA, OpenID: "o1", UnionID: "u1", UserID: l.NewUserID, CreatedAt: noon, LastLoginAt: noon,
			},
		},
		IsNewUser: true,
	}
	equal(t, "recorded", record(t, s, l), want)
	equal(t, "found", load(t, s, l.SessionID), session.Found{Session: sessionOf(l), Person: want.Person, Replay: l.Replay})
}

func returningLogin(t *testing.T, db Database) {
	s := db.open(t)
	first := record(t, s, login(appA, "o1", noon))
	db.exec(t, `UPDATE users SET nickname = 'Ada'`)

	later := login(appA, "o1", noon.Add(time.Hour))
	want := first
	want.IsNewUser = false
	want.Person.User.Nickname = "Ada"
	want.Person.Identity.LastLoginAt = later.At
	equal(t, "recorded", record(t, s, later), want)
	equal(t, "found", load(t, s, later.SessionID), session.Found{Session: sessionOf(later), Person: want.Person, Replay: later.Replay})

	other := record(t, s, login(appB, "o1", noon.Add(time.Hour)))
	if !other.IsNewUser || other.Person.User.ID == first.Person.User.ID {
		t.Error("the same openid in another app is another person")
	}
}

func linksByUnionID(t *testing.T, db Database) {
	s := db.open(t)
	first := record(t, s, union(login(appA, "a1", noon), "u1"))
	second := record(t, s, union(login(appB, "b1", noon.Add(time.Second)), "u1"))
	if second.IsNewUser || second.Person.User.ID != first.Person.User.ID {
		t.Errorf("second app: %+v, want user %s", second, first.Person.User.ID)
	}
	if !second.Person.User.CreatedAt.Equal(noon) {
		t.Errorf("user made at %v, want %v", second.Person.User.CreatedAt, noon)
	}
	elsewhere := union(login(appB, "b2", noon), "u1")
	elsewhere.OpenAccount = "another company"
	if r := record(t, s, elsewhere); !r.IsNewUser {
		t.Error("a unionid linked across open accounts")
	}
	if n := db.count(t, `SELECT COUNT(*) FROM users`); n != 2 {
		t.Errorf("%d users, want 2", n)
	}
}

func noAccountLinksNothing(t *testing.T, db Database) {
	s := db.open(t)
	first, second := union(login(appA, "a", noon), "u1"), union(login(appB, "b", noon), "u1")
	first.OpenAccount, second.OpenAccount = "", ""
	record(t, s, first)
	r := record(t, s, second)
	if !r.IsNewUser {
		t.Error("linked without an open account")
	}
	if r.Person.Identity.UnionID != "u1" || load(t, s, second.SessionID).Person.Identity.UnionID != "u1" {
		t.Error("the unionid was not kept")
	}
}

func lateUnionID(t *testing.T, db Database) {
	s := db.open(t)
	first := record(t, s, login(appA, "a1", noon))
	late := union(login(appA, "a1", noon.Add(time.Minute)), "u1")
	r := record(t, s, late)
	if r.Person.Identity.UnionID != "u1" || r.Person.User.ID != first.Person.User.ID || r.IsNewUser {
		t.Errorf("late unionid: %+v", r)
	}
	none := record(t, s, login(appA, "a1", noon.Add(2*time.Minute)))
	if none.Person.Identity.UnionID != "u1" {
		t.Errorf("a login without unionid changed it to %q", none.Person.Identity.UnionID)
	}
	if r := record(t, s, union(login(appB, "b1", noon.Add(3*time.Minute)), "u1")); r.Person.User.ID != first.Person.User.ID {
		t.Error("a late unionid was not claimed")
	}
	// Somebody else has the unionid already, and is another person in that app.
	stranger := record(t, s, login(appB, "b2", noon))
	r = record(t, s, union(login(appB, "b2", noon.Add(time.Hour)), "u1"))
	if r.Person.User.ID != stranger.Person.User.ID || r.Person.Identity.UnionID != "u1" {
		t.Errorf("unionid of somebody else: %+v", r)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM unions WHERE unionid = 'u1' AND user_id = $1`, string(first.Person.User.ID)); n != 1 {
		t.Error("the first owner lost the unionid")
	}
}

func changedUnionID(t *testing.T, db Database) {
	s := db.open(t)
	a := record(t, s, union(login(appA, "a1", noon), "u1"))
	record(t, s, union(login(appB, "b1", noon), "u1"))

	changed := union(login(appA, "a1", noon.Add(time.Hour)), "u2")
	r := record(t, s, changed)
	if r.Person.User.ID != a.Person.User.ID || r.Person.Identity.UnionID != "u2" {
		t.Errorf("changed unionid: %+v", r)
	}
	claims := func(unionid string) int {
		return db.count(t, `SELECT COUNT(*) FROM unions WHERE unionid = $1 AND user_id = $2`, unionid, string(a.Person.User.ID))
	}
	if claims("u1") != 1 || claims("u2") != 1 {
		t.Errorf("claims u1 %d, u2 %d; want both: the identity in the other app still has u1", claims("u1"), claims("u2"))
	}
	record(t, s, union(login(appB, "b1", noon.Add(time.Hour)), "u2"))
	if claims("u1") != 0 || claims("u2") != 1 {
		t.Errorf("claims u1 %d, u2 %d; want u2 only", claims("u1"), claims("u2"))
	}
	if r := record(t, s, union(login("wxcccccccccccccccc", "c1", noon.Add(time.Hour)), "u1")); !r.IsNewUser {
		t.Error("a unionid that was given up still links")
	}
}

func movedAccount(t *testing.T, db Database) {
	s := db.open(t)
	bare := union(login(appA, "a1", noon), "u1")
	bare.OpenAccount = ""
	first := record(t, s, bare)
	// Now the app is configured with its open account, and unionids link.
	record(t, s, union(login(appA, "a1", noon.Add(time.Minute)), "u1"))
	if r := record(t, s, union(login(appB, "b1", noon.Add(time.Minute)), "u1")); r.Person.User.ID != first.Person.User.ID {
		t.Error("the unionid was not claimed when the app joined an open account")
	}
	moved := union(login(appA, "a1", noon.Add(time.Hour)), "u1")
	moved.OpenAccount = "other"
	if r := record(t, s, moved); r.Person.User.ID != first.Person.User.ID {
		t.Error("moving to another open account changed the user")
	}
}

func disabledUser(t *testing.T, db Database) {
	s := db.open(t)
	first := login(appA, "a1", noon)
	record(t, s, first)
	db.exec(t, `UPDATE users SET disabled_at = $1`, noon.Add(time.Minute).UnixMilli())

	again := union(login(appA, "a1", noon.Add(time.Hour)), "u1")
	claimed := asserted(again)
	claimed.SessionID = login(appA, "a1", noon).SessionID
	record(t, s, claimed)
	if f := load(t, s, first.SessionID); f.Person.Identity.UnionID != "" {
		t.Errorf("an assertion about a disabled user changed the identity: %+v", f.Person.Identity)
	}
	r := record(t, s, again)
	if !r.Person.User.Disabled() || !r.Person.User.DisabledAt.Equal(noon.Add(time.Minute)) {
		t.Errorf("recorded %+v, want disabled", r)
	}
	nothingOf(t, s, again)
	f := load(t, s, first.SessionID)
	if f.Person.Identity.UnionID != "u1" || !f.Person.Identity.LastLoginAt.Equal(noon) {
		t.Errorf("the login of a disabled user left the identity as %+v", f.Person.Identity)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM unions WHERE unionid = 'u1' AND user_id = $1`, string(first.NewUserID)); n != 1 {
		t.Error("the unionid of a disabled user was not claimed")
	}
	keys, err := s.Keys(t.Context(), appA, "a1")
	if err != nil || string(keys) != string(first.Key[:]) {
		t.Errorf("keys changed: %v", err)
	}
}

func disabledByLink(t *testing.T, db Database) {
	s := db.open(t)
	record(t, s, union(login(appA, "a1", noon), "u1"))
	db.exec(t, `UPDATE users SET disabled_at = 1`)
	l := union(login(appB, "b1", noon), "u1")
	if r := record(t, s, l); !r.Person.User.Disabled() {
		t.Errorf("recorded %+v, want disabled", r)
	}
	nothingOf(t, s, l)
	if n := db.count(t, `SELECT COUNT(*) FROM identities`); n != 1 {
		t.Errorf("%d identities, want 1", n)
	}
}

// nothingOf makes sure that a login left no trace.
func nothingOf(t testing.TB, s Store, l session.Login) {
	t.Helper()
	if _, err := s.Load(t.Context(), l.SessionID); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("Load: %v, want not found", err)
	}
	if _, err := s.FindReplay(t.Context(), l.Replay.CodeHash, l.At.Add(-time.Minute), l.At); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("FindReplay: %v, want not found", err)
	}
}

func sameLoginTwice(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	if _, err := s.RecordLogin(t.Context(), l); !errors.Is(err, session.ErrCodeSeen) {
		t.Errorf("the same login again: %v, want ErrCodeSeen", err)
	}
	l.Replay = session.Replay{} // as an import, without a code
	if _, err := s.RecordLogin(t.Context(), l); err == nil || errors.Is(err, session.ErrCodeSeen) {
		t.Errorf("the same session id again: %v, want another error", err)
	}
	if n := db.count(t, `SELECT open_sessions FROM identities`); n != 1 {
		t.Errorf("%d open sessions counted, want 1: a failed login left a trace", n)
	}
}
