package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

// asserted makes a login that came without a code and without a session_key.
func asserted(l session.Login) session.Login {
	l.Asserted, l.Key, l.Replay, l.Device = true, session.KeyRecord{}, session.Replay{}, nil
	return l
}

// assertedLogin: an assertion makes identities and links them once, and takes
// nothing of what WeChat told.
func assertedLogin(t *testing.T, db Database) {
	s := db.open(t)
	known := login(appA, "a1", noon)
	union := union(login(appB, "b1", noon), "u1")
	record(t, s, known)
	owner := record(t, s, union).Person.User.ID

	again := asserted(login(appA, "a1", noon.Add(time.Minute)))
	again.UnionID, again.OpenAccount = "u1", account
	got := record(t, s, again)
	if got.IsNewUser || got.Person.User.ID == owner || got.Person.Identity.UnionID != "" {
		t.Errorf("an assertion linked somebody known: %+v", got)
	}
	if keys, err := s.Keys(t.Context(), appA, "a1"); err != nil || string(keys) != string(known.Key[:]) {
		t.Errorf("an assertion changed the keys: %d bytes, %v", len(keys), err)
	}
	load(t, s, again.SessionID)

	fresh := asserted(login(appA, "a2", noon))
	fresh.UnionID, fresh.OpenAccount = "u1", account
	if got := record(t, s, fresh); got.IsNewUser || got.Person.User.ID != owner {
		t.Errorf("an assertion did not link somebody new: %+v", got)
	}
	if keys, err := s.Keys(t.Context(), appA, "a2"); err != nil || len(keys) != 0 {
		t.Errorf("keys of nothing: %d bytes, %v", len(keys), err)
	}
	// WeChat's own login goes on from there.
	real := login(appA, "a2", noon.Add(time.Hour))
	record(t, s, real)
	if keys, err := s.Keys(t.Context(), appA, "a2"); err != nil || string(keys) != string(real.Key[:]) {
		t.Errorf("the first key: %d bytes, %v", len(keys), err)
	}
}

// secondOpenID: a unionid gives nobody a second openid of one app, whoever told
// it; what WeChat told waits for a decision.
func secondOpenID(t *testing.T, db Database) {
	s := db.open(t)
	owner := union(login(appA, "a1", noon), "u1")
	record(t, s, owner)
	claimed := asserted(union(login(appA, "a2", noon.Add(time.Second)), "u1"))
	if r := record(t, s, claimed); !r.IsNewUser || r.Person.User.ID != claimed.NewUserID || r.Person.Identity.UnionID != "u1" {
		t.Errorf("asserted: %+v", r)
	}
	if n := len(pairs(t, s, "")); n != 0 {
		t.Errorf("an assertion listed %d pairs", n)
	}
	told := union(login(appA, "a3", noon.Add(2*time.Second)), "u1")
	told.Merge = app.MergeAuto
	if r := record(t, s, told); !r.IsNewUser || r.Person.User.ID != told.NewUserID || r.Person.Identity.UnionID != "u1" {
		t.Errorf("told: %+v", r)
	}
	load(t, s, told.SessionID)
	list := pairs(t, s, identity.MergePending)
	if len(list) != 1 || list[0].Reason != identity.MergeOneApp || list[0].Users != [2]id.UserID{owner.NewUserID, told.NewUserID} {
		t.Errorf("listed %+v", list)
	}
	record(t, s, l2(told))
	if n := len(pairs(t, s, "")); n != 1 {
		t.Errorf("%d pairs after a plain login", n)
	}
	// A link that was only asserted does not end at such an owner, either.
	other := union(login(appB, "b2", noon), "u2")
	record(t, s, other)
	forged := asserted(union(login(appA, "a4", noon.Add(3*time.Second)), "u2"))
	if r := record(t, s, forged); r.Person.User.ID != other.NewUserID {
		t.Fatalf("not linked: %+v", r)
	}
	real := union(login(appA, "a4", noon.Add(time.Hour)), "u1")
	if r := record(t, s, real); r.Person.User.ID != real.NewUserID || r.Person.Identity.UnionID != "u1" {
		t.Errorf("moved to a user who is in the app: %+v", r)
	}
	if m, err := s.MergeByID(t.Context(), real.SessionID.MergeID()); err != nil || m.Reason != identity.MergeOneApp || m.Users != [2]id.UserID{owner.NewUserID, real.NewUserID} {
		t.Errorf("listed %+v, %v", m, err)
	}
	if a, err := s.AccountByUnionID(t.Context(), account, "u1"); err != nil || a.User.ID != owner.NewUserID || len(a.Identities) != 1 {
		t.Errorf("the owner is %+v, %v", a, err)
	}
}

// secondOpenIDOut: nor does a second openid let in whom its unionid shuts out.
func secondOpenIDOut(t *testing.T, db Database) {
	s := db.open(t)
	owner := union(login(appA, "a1", noon), "u1")
	record(t, s, owner)
	if err := s.DisableUser(t.Context(), identity.Disabling{UserID: owner.NewUserID, At: noon, Until: noon}); err != nil {
		t.Fatal(err)
	}
	for _, l := range []session.Login{union(login(appA, "a2", noon), "u1"), asserted(union(login(appA, "a3", noon), "u1"))} {
		if r := record(t, s, l); !r.Person.User.Disabled() || r.Person.User.ID != owner.NewUserID {
			t.Errorf("recorded %+v", r)
		}
	}
	if n := db.count(t, `SELECT COUNT(*) FROM identities`); n != 1 {
		t.Errorf("%d identities, want 1", n)
	}
}

// openIDsAtOnce: two openids of one app, one unionid that a third app knows: of
// first logins at the same time one is linked.
func openIDsAtOnce(t *testing.T, db Database) {
	s := db.open(t)
	owner := union(login(appB, "b1", noon), "u1")
	record(t, s, owner)
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() { record(t, s, union(login(appA, id.OpenID(fmt.Sprint("a", i)), noon), "u1")) })
	}
	all.Wait()
	if n := len(byID(t, s, owner.NewUserID).Identities); n != 2 {
		t.Errorf("%d identities, want 2", n)
	}
	if n := len(pairs(t, s, identity.MergePending)); n != 5 {
		t.Errorf("%d pairs wait, want 5", n)
	}
}

func revocationPages(t *testing.T, db Database) {
	s := db.open(t)
	var want []session.AppRevocation
	for i := range 7 {
		l := login(appA, "a1", noon)
		if i%2 == 1 {
			l = login(appB, "b1", noon)
		}
		record(t, s, l)
		at := noon.Add(time.Duration(i/3) * time.Second) // some at the same time
		end(t, s, l, at)
		want = append(want, session.AppRevocation{
			Revocation: session.Revocation{SessionID: l.SessionID, At: at, Until: at.Add(15 * time.Minute)}, AppID: l.AppID,
		})
	}
	for _, limit := range []int{1, 2, 3, 100} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			var got []session.AppRevocation
			from := session.FeedPosition{At: time.UnixMilli(0)}
			for {
				page, err := s.RevocationPage(t.Context(), from, noon, limit)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, page...)
				if len(page) < limit {
					break
				}
				from = session.FeedPosition{At: page[limit-1].At, After: page[limit-1].SessionID}
			}
			byID := map[string]session.AppRevocation{}
			for _, each := range got {
				byID[string(each.SessionID)] = each
			}
			if len(got) != len(want) {
				t.Errorf("%d revocations, want %d", len(got), len(want))
			}
			for _, each := range want {
				equal(t, "revocation", byID[string(each.SessionID)], each)
			}
		})
	}
	late, err := s.RevocationPage(t.Context(), session.FeedPosition{At: time.UnixMilli(0)}, want[6].Until, 100)
	if err != nil || len(late) != 1 {
		t.Errorf("%d that still matter, %v; want 1", len(late), err)
	}
}
