package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

// restarts makes sure that what was answered is there after the store was closed
// and opened again.
func restarts(t *testing.T, db Database) {
	var logins []session.Login
	for i := range 3 {
		s, err := db.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		l := union(login(appA, "a1", noon.Add(time.Duration(i)*time.Minute)), "u1")
		r := record(t, s, l)
		if r.IsNewUser != (i == 0) {
			t.Errorf("start %d: new user %v", i, r.IsNewUser)
		}
		logins = append(logins, l)
		for _, each := range logins {
			equal(t, "session", load(t, s, each.SessionID).Session, sessionOf(each))
		}
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if _, err := s.RecordLogin(t.Context(), login(appA, "a1", noon)); err == nil {
			t.Error("a closed store recorded a login")
		}
	}
}

// timeZones makes sure that a time is a moment, whatever zone it was told in,
// and comes back in UTC.
func timeZones(t *testing.T, db Database) {
	s := db.open(t)
	beijing := time.FixedZone("CST", 8*3600)
	l := login(appA, "a1", noon.In(beijing))
	l.ExpiresAt, l.EndsAt = l.ExpiresAt.In(time.FixedZone("", -5*3600)), l.EndsAt.In(beijing)
	record(t, s, l)
	f := load(t, s, l.SessionID)
	for _, each := range []struct{ got, want time.Time }{
		{f.Session.CreatedAt, noon}, {f.Session.ExpiresAt, noon.Add(30 * day)}, {f.Person.Identity.LastLoginAt, noon},
	} {
		if each.got != each.want { // the zone, too
			t.Errorf("%v came back as %v", each.want, each.got)
		}
	}
	if n := len(ids(t, s, appA, "a1", l.ExpiresAt.Add(-time.Millisecond))); n != 1 {
		t.Error("expired too early")
	}
	if n := len(ids(t, s, appA, "a1", l.ExpiresAt)); n != 0 {
		t.Error("expired too late")
	}
	if _, err := s.FindReplay(t.Context(), l.Replay.CodeHash, noon.In(beijing), noon); err != nil {
		t.Errorf("FindReplay: %v", err)
	}
}

// unicode makes sure that ids are compared byte by byte, and come back as they
// were.
func unicode(t *testing.T, db Database) {
	s := db.open(t)
	openids := []id.OpenID{
		"o", "O", "o ", " o", "ö", "o\u0308", "虎符", "🐯", "ｏ", "o'; DROP TABLE users; --", `o"`, "o\\", "o%", "o_",
		id.OpenID(strings.Repeat("长", 64)),
	}
	seen := map[id.UserID]bool{}
	for _, openid := range openids {
		l := union(login(appA, openid, noon), id.UnionID("u"+openid))
		l.Device = []byte(`{"名":"` + "\\u0000 \\\" 🐯" + `"}`)
		r := record(t, s, l)
		if !r.IsNewUser || seen[r.Person.User.ID] {
			t.Errorf("%q was taken for somebody else", openid)
		}
		seen[r.Person.User.ID] = true
		f := load(t, s, l.SessionID)
		equal(t, "identity", f.Person.Identity, r.Person.Identity)
		equal(t, "device", f.Session.Device, l.Device)
	}
	for _, openid := range openids {
		if n := len(ids(t, s, appA, openid, noon)); n != 1 {
			t.Errorf("%q has %d sessions, want 1", openid, n)
		}
	}
	if _, err := s.Keys(t.Context(), appA, "ö "); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("keys of nobody: %v", err)
	}
}

// nothingOptional makes sure that what may be missing may be missing.
func nothingOptional(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	l.Device, l.Replay.KeyHash = nil, nil
	record(t, s, l)
	f := load(t, s, l.SessionID)
	equal(t, "session", f.Session, sessionOf(l))
	equal(t, "replay", f.Replay, l.Replay)
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}
