package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

// twins are two users who are one person: the older one in one app without a
// unionid, the younger one in another with it.
func twins(t testing.TB, s Store) (older, younger session.Login) {
	t.Helper()
	older, younger = login(appA, "a1", noon), union(login(appB, "b1", noon.Add(time.Second)), "u1")
	record(t, s, older)
	record(t, s, younger)
	return older, younger
}

// late is a login of twins by which the older one's unionid comes late.
func late(policy app.Merge) session.Login {
	l := union(login(appA, "a1", noon.Add(time.Minute)), "u1")
	l.Merge = policy
	return l
}

func setExternalID(t testing.TB, s Store, user id.UserID, external string) {
	t.Helper()
	if err := s.ChangeAccount(t.Context(), user, identity.AccountChange{ExternalID: &external}); err != nil {
		t.Fatalf("ChangeAccount: %v", err)
	}
}

func setPhone(t testing.TB, s Store, l session.Login, number string) {
	t.Helper()
	if err := s.RecordPhone(t.Context(), phoneOf(l, noon, number)); err != nil {
		t.Fatalf("RecordPhone: %v", err)
	}
}

func byID(t testing.TB, s Store, user id.UserID) identity.Account {
	t.Helper()
	a, err := s.AccountByID(t.Context(), user)
	if err != nil {
		t.Fatalf("AccountByID: %v", err)
	}
	return a
}

func pairs(t testing.TB, s Store, state identity.MergeState) []identity.Merge {
	t.Helper()
	list, err := s.Merges(t.Context(), state, "", 100)
	if err != nil {
		t.Fatalf("Merges: %v", err)
	}
	return list
}

// mergesLate: whichever of the two logs in, the older id stays, and both find it.
func mergesLate(t *testing.T, db Database) {
	s := db.open(t)
	older, younger := twins(t, s)
	again := late("")
	r := record(t, s, again)
	if r.IsNewUser || r.Person.User.ID != older.NewUserID || r.Person.Identity.UserID != older.NewUserID || r.Person.Identity.UnionID != "u1" {
		t.Errorf("recorded %+v", r)
	}
	want := identity.Merge{
		ID: again.SessionID.MergeID(), State: identity.MergeMerged, Reason: identity.MergeLateUnionID, OpenAccount: account,
		Users: [2]id.UserID{older.NewUserID, younger.NewUserID}, Survivor: older.NewUserID,
		CreatedAt: again.At, DecidedAt: again.At, DecidedBy: identity.MergedByItself, Apps: []id.AppID{appA, appB},
	}
	equal(t, "pairs", pairs(t, s, ""), []identity.Merge{want})
	for _, user := range []id.UserID{older.NewUserID, younger.NewUserID} {
		a := byID(t, s, user)
		if a.User.ID != older.NewUserID || len(a.Identities) != 2 || len(a.MergedFrom) != 1 || a.MergedFrom[0] != younger.NewUserID {
			t.Errorf("%s finds %+v", user, a)
		}
	}
	for _, l := range []session.Login{older, younger, again} {
		if f := load(t, s, l.SessionID); f.Person.User.ID != older.NewUserID || !f.Session.EndedAt.IsZero() {
			t.Errorf("session of %s is of %+v", l.OpenID, f)
		}
	}
	entries, err := s.Audit(t.Context(), audit.Filter{Action: audit.UserMerged}, "", 10)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	e := entries[0]
	if e.Actor != audit.System || e.UserID != older.NewUserID || e.OtherUserID != younger.NewUserID || e.MergeID != want.ID || len(e.Details.Apps) != 1 || e.Details.Apps[0] != appB {
		t.Errorf("audit %+v", e)
	}
	// Later logins are plain, and a third app's first one is linked.
	if r := record(t, s, union(login(appB, "b1", noon.Add(time.Hour)), "u1")); r.Person.User.ID != older.NewUserID {
		t.Errorf("the other's login is of %s", r.Person.User.ID)
	}
	if r := record(t, s, union(login("wxcccccccccccccccc", "c1", noon.Add(time.Hour)), "u1")); r.Person.User.ID != older.NewUserID {
		t.Errorf("a linked login is of %s", r.Person.User.ID)
	}
	page, err := s.Accounts(t.Context(), "", 10)
	if err != nil || len(page) != 1 || len(page[0].MergedFrom) != 1 || len(page[0].Identities) != 3 {
		t.Errorf("listed %+v, %v", page, err)
	}
}

// mergesIntoOwner: the one who logs in is the younger.
func mergesIntoOwner(t *testing.T, db Database) {
	s := db.open(t)
	older := union(login(appB, "b1", noon), "u1")
	record(t, s, older)
	younger := login(appA, "a1", noon.Add(time.Second))
	younger.MaxSessions = 1
	record(t, s, younger)
	l := late("")
	l.MaxSessions = 1 // and must make room as any login does
	r := record(t, s, l)
	if r.Person.User.ID != older.NewUserID || len(r.Ended) != 1 || r.Ended[0] != younger.SessionID {
		t.Errorf("recorded %+v", r)
	}
	if r := record(t, s, l2(l)); r.Person.User.ID != older.NewUserID {
		t.Errorf("the next login is of %s", r.Person.User.ID)
	}
}

// l2 is the same login again, by another code.
func l2(l session.Login) session.Login {
	next := login(l.AppID, l.OpenID, l.At.Add(time.Hour))
	next.UnionID, next.OpenAccount, next.Merge = l.UnionID, l.OpenAccount, l.Merge
	return next
}

// joinsAccountLate: the unionid was known before the app had an open account.
func joinsAccountLate(t *testing.T, db Database) {
	s := db.open(t)
	bare := union(login(appA, "a1", noon), "u1")
	bare.OpenAccount = ""
	record(t, s, bare)
	other := union(login(appB, "b1", noon), "u1")
	record(t, s, other)
	if byID(t, s, other.NewUserID).User.ID == byID(t, s, bare.NewUserID).User.ID {
		t.Fatal("linked without an open account")
	}
	record(t, s, late(""))
	if byID(t, s, other.NewUserID).User.ID != byID(t, s, bare.NewUserID).User.ID {
		t.Error("not merged when the app joined its open account")
	}
}

// mergePolicies goes through what decides whether two users become one at once.
func mergePolicies(t *testing.T, db Database) {
	s := db.open(t)
	nothing := func(session.Login) {}
	phones := 0
	phone := func(l session.Login) {
		phones++
		setPhone(t, s, l, fmt.Sprintf("%04d", phones))
	}
	external := func(l session.Login) { setExternalID(t, s, l.NewUserID, "x "+string(l.NewUserID)) }
	disabled := func(l session.Login) {
		if err := s.DisableUser(t.Context(), identity.Disabling{UserID: l.NewUserID, At: noon, Until: noon}); err != nil {
			t.Fatal(err)
		}
	}
	rival := func(l session.Login) { // has another openid in the other's app
		record(t, s, union(login(appA, "rival "+l.OpenID, noon), l.UnionID))
	}
	for i, c := range []struct {
		policy         app.Merge
		older, younger func(session.Login)
		merges         bool
	}{
		{"", nothing, nothing, true},
		{app.MergeAutoWhenSafe, nothing, nothing, true},
		{app.MergeAutoWhenSafe, phone, nothing, true},
		{app.MergeAutoWhenSafe, nothing, external, true},
		{app.MergeAutoWhenSafe, nothing, phone, true},
		{app.MergeAutoWhenSafe, phone, phone, false},
		{app.MergeAutoWhenSafe, phone, external, false},
		{app.MergeAutoWhenSafe, external, phone, false},
		{app.MergeAutoWhenSafe, nothing, disabled, false},
		{app.MergeAutoWhenSafe, nothing, rival, false},
		{app.MergeAuto, phone, external, true},
		{app.MergeAuto, nothing, rival, false},
		{app.MergeManual, nothing, nothing, false},
	} {
		what := fmt.Sprint(i, " ", c.policy)
		n := string(rune('a' + i))
		older, younger := login(appA, id.OpenID("a"+n), noon), union(login(appB, id.OpenID("b"+n), noon.Add(time.Second)), id.UnionID("u"+n))
		record(t, s, older)
		record(t, s, younger)
		c.older(older)
		c.younger(younger)
		l := union(login(appA, older.OpenID, noon.Add(time.Minute)), younger.UnionID)
		l.Merge = c.policy
		before := len(pairs(t, s, identity.MergePending))
		r := record(t, s, l)
		if merged := byID(t, s, younger.NewUserID).User.ID == older.NewUserID; merged != c.merges {
			t.Errorf("%s: merged %t", what, merged)
		}
		if r.Person.User.ID != older.NewUserID || r.Person.Identity.UnionID != younger.UnionID {
			t.Errorf("%s: recorded %+v", what, r)
		}
		load(t, s, l.SessionID)
		if listed := len(pairs(t, s, identity.MergePending)) - before; (listed == 1) == c.merges {
			t.Errorf("%s: %d listed", what, listed)
		}
		record(t, s, l2(l))
		if listed := len(pairs(t, s, identity.MergePending)) - before; (listed == 1) == c.merges {
			t.Errorf("%s: %d listed after another login", what, listed)
		}
	}
}

// mergesDisabled: with auto, who was shut out stays out, under both names.
func mergesDisabled(t *testing.T, db Database) {
	s := db.open(t)
	older, younger := twins(t, s)
	if err := s.DisableUser(t.Context(), identity.Disabling{UserID: younger.NewUserID, At: noon.Add(2 * time.Second), Until: noon}); err != nil {
		t.Fatal(err)
	}
	l := late(app.MergeAuto)
	if r := record(t, s, l); !r.Person.User.Disabled() || r.Person.User.ID != older.NewUserID {
		t.Errorf("recorded %+v", r)
	}
	nothingOf(t, s, l)
	f := load(t, s, older.SessionID)
	if !f.Session.EndedAt.Equal(l.At) || !f.Person.User.Disabled() {
		t.Errorf("the session goes on: %+v", f)
	}
	if until := revokedUntil(t, s, older.SessionID); !until.Equal(l.RevokedUntil) {
		t.Errorf("revoked until %v", until)
	}
	if r := record(t, s, l2(l)); !r.Person.User.Disabled() {
		t.Error("logged in")
	}
	if err := s.EnableUser(t.Context(), identity.Enabling{UserID: younger.NewUserID, At: noon}); err != nil {
		t.Fatal(err)
	}
	if r := record(t, s, l2(l)); r.Person.User.Disabled() || r.Person.User.ID != older.NewUserID {
		t.Errorf("let in again by the old id: %+v", r)
	}
}

// mergesOfDisabled: that the user who logs in was shut out keeps nobody from
// learning who it is; the setting decides as for anybody, and none comes in.
func mergesOfDisabled(t *testing.T, db Database) {
	s := db.open(t)
	for i, c := range []struct {
		policy app.Merge
		merges bool
	}{{app.MergeAuto, true}, {"", false}, {app.MergeManual, false}} {
		n := string(rune('a' + i))
		out, other := login(appA, id.OpenID("a"+n), noon), union(login(appB, id.OpenID("b"+n), noon.Add(time.Second)), id.UnionID("u"+n))
		record(t, s, out)
		record(t, s, other)
		if err := s.DisableUser(t.Context(), identity.Disabling{UserID: out.NewUserID, At: noon.Add(2 * time.Second), Until: noon}); err != nil {
			t.Fatal(err)
		}
		l := union(login(appA, out.OpenID, noon.Add(time.Minute)), other.UnionID)
		l.Merge = c.policy
		for _, l := range []session.Login{l, l2(l)} {
			if r := record(t, s, l); !r.Person.User.Disabled() || r.Person.User.ID != out.NewUserID || r.Person.Identity.UnionID != other.UnionID {
				t.Errorf("%s: recorded %+v", c.policy, r)
			}
			nothingOf(t, s, l)
		}
		f := load(t, s, other.SessionID)
		if merged := f.Person.User.ID == out.NewUserID; merged != c.merges || f.Session.EndedAt.Equal(l.At) != c.merges || f.Person.User.Disabled() != c.merges {
			t.Errorf("%s: the other is %+v", c.policy, f)
		}
		want := identity.MergePending
		if c.merges {
			want = identity.MergeMerged
		}
		if m, err := s.MergeByID(t.Context(), l.SessionID.MergeID()); err != nil || m.State != want {
			t.Errorf("%s: listed %+v, %v", c.policy, m, err)
		}
		if a := byID(t, s, out.NewUserID); a.Identities[0].LastLoginAt.After(noon) {
			t.Errorf("%s: a login that was refused is the last one", c.policy)
		}
	}
}

// changedMeets: a unionid that changed merges nobody, whatever the setting.
func changedMeets(t *testing.T, db Database) {
	s := db.open(t)
	one, other := union(login(appA, "a1", noon), "u1"), union(login(appB, "b1", noon), "u2")
	record(t, s, one)
	record(t, s, other)
	l := union(login(appA, "a1", noon.Add(time.Minute)), "u2")
	l.Merge = app.MergeAuto
	if r := record(t, s, l); r.Person.User.ID != one.NewUserID || r.Person.Identity.UnionID != "u2" {
		t.Errorf("recorded %+v", r)
	}
	list := pairs(t, s, identity.MergePending)
	if len(list) != 1 || list[0].Reason != identity.MergeUnionIDChanged || byID(t, s, other.NewUserID).User.ID != other.NewUserID {
		t.Errorf("listed %+v", list)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM unions WHERE unionid = 'u1'`); n != 0 {
		t.Error("the old unionid was not given up")
	}
	entries, err := s.Audit(t.Context(), audit.Filter{Action: audit.UnionRelabelled}, "", 10)
	if err != nil || len(entries) != 1 || entries[0].UserID != one.NewUserID {
		t.Errorf("audit %+v, %v", entries, err)
	}
}

// assertedMergesNobody: neither an assertion nor what was claimed by one makes
// one user of two; WeChat's own word for both does.
func assertedMergesNobody(t *testing.T, db Database) {
	s := db.open(t)
	victim := login(appA, "a1", noon)
	record(t, s, victim)
	claimed := asserted(union(login(appB, "b1", noon), "u1"))
	record(t, s, claimed)

	again := asserted(union(login(appA, "a1", noon.Add(time.Second)), "u1"))
	again.Merge = app.MergeAuto
	if r := record(t, s, again); r.Person.User.ID != victim.NewUserID || r.Person.Identity.UnionID != "" {
		t.Errorf("an assertion told a unionid: %+v", r)
	}
	if n := len(pairs(t, s, "")); n != 0 {
		t.Errorf("an assertion listed %d pairs", n)
	}
	l := late(app.MergeAuto)
	if r := record(t, s, l); r.Person.User.ID != victim.NewUserID {
		t.Errorf("what was asserted of another took over: %+v", r)
	}
	if byID(t, s, claimed.NewUserID).User.ID != claimed.NewUserID || len(pairs(t, s, identity.MergePending)) != 1 {
		t.Error("merged with who was only asserted")
	}
	// WeChat says another of the person who was asserted: they were never one.
	real := union(login(appB, "b1", noon.Add(time.Hour)), "u2")
	real.Merge = app.MergeAuto
	if r := record(t, s, real); r.Person.User.ID != claimed.NewUserID || r.Person.Identity.UnionID != "u2" {
		t.Errorf("WeChat's own login: %+v", r)
	}
	if a, err := s.AccountByUnionID(t.Context(), account, "u1"); err != nil || a.User.ID != victim.NewUserID {
		t.Errorf("what was claimed by an assertion is not of whom WeChat told it, but %+v, %v", a, err)
	}
	if list := pairs(t, s, ""); len(list) != 0 {
		t.Errorf("they are still listed as one: %+v", list)
	}
}

// assertedWrongly: who was made another's identity by an assertion alone is so no
// more when WeChat says otherwise, and takes nothing of theirs along.
func assertedWrongly(t *testing.T, db Database) {
	s, ctx := db.open(t), t.Context()
	const appC = "wxcccccccccccccccc"
	victim := union(login(appB, "b1", noon), "u1")
	record(t, s, victim)
	setExternalID(t, s, victim.NewUserID, "customer")
	for i, tc := range map[string]struct {
		told  id.UnionID
		owner func() id.UserID // empty: a new user
	}{
		"New":   {"u2", func() id.UserID { return "" }},
		"Known": {"u3", func() id.UserID { return record(t, s, union(login(appC, "c3", noon), "u3")).Person.User.ID }},
	} {
		openid := id.OpenID("a" + i)
		forged := asserted(union(login(appA, openid, noon), "u1"))
		if r := record(t, s, forged); r.Person.User.ID != victim.NewUserID {
			t.Fatalf("%s: not linked: %+v", i, r)
		}
		setPhone(t, s, forged, "0001")
		owner := tc.owner()
		real := union(login(appA, openid, noon.Add(time.Minute)), tc.told)
		want := cmp.Or(owner, real.NewUserID)
		r := record(t, s, real)
		if r.Person.User.ID != want || r.Person.Identity.UserID != want || r.Person.Identity.UnionID != tc.told || r.IsNewUser != (owner == "") {
			t.Errorf("%s: %+v", i, r)
		}
		if f := load(t, s, real.SessionID); f.Person.User.ID != want {
			t.Errorf("%s: the session is of %s", i, f.Person.User.ID)
		}
		if a, err := s.AccountByUnionID(ctx, account, tc.told); err != nil || a.User.ID != want {
			t.Errorf("%s: the unionid is of %s, %v", i, a.User.ID, err)
		}
		a := byID(t, s, victim.NewUserID)
		if a.User.ID != victim.NewUserID || len(a.Identities) != 1 || a.ExternalID != "customer" || a.PhoneSealed != nil {
			t.Errorf("%s: the victim is %+v", i, a)
		}
		entries, err := s.Audit(ctx, audit.Filter{Action: audit.UnionRelabelled, UserID: want}, "", 9)
		if err != nil || len(entries) != 1 || entries[0].OtherUserID != victim.NewUserID {
			t.Errorf("%s: audit %+v, %v", i, entries, err)
		}
		if e := erase(t, s, byPerson(real, identity.EraseUser, noon.Add(time.Hour))); e.UserID != want {
			t.Errorf("%s: erased %s", i, e.UserID)
		}
		if a, err := s.AccountByUnionID(ctx, account, "u1"); err != nil || a.User.ID != victim.NewUserID {
			t.Errorf("%s: the victim's unionid is of %s, %v", i, a.User.ID, err)
		}
	}
}

// assertedWronglyOut: if WeChat says that it is somebody who is shut out, nothing
// is changed; and it says so once: a unionid that changes later relabels.
func assertedWronglyOut(t *testing.T, db Database) {
	s := db.open(t)
	victim := union(login(appB, "b1", noon), "u1")
	out := record(t, s, union(login(appB, "b2", noon), "u2")).Person.User.ID
	record(t, s, victim)
	if err := s.DisableUser(t.Context(), identity.Disabling{UserID: out, At: noon, Until: noon.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	forged := asserted(union(login(appA, "a1", noon), "u1"))
	record(t, s, forged)
	if r := record(t, s, union(login(appA, "a1", noon.Add(time.Minute)), "u2")); r.Person.User.ID != out || !r.Person.User.Disabled() {
		t.Errorf("who is shut out: %+v", r)
	}
	disable := identity.Disabling{UserID: victim.NewUserID, At: noon, Until: noon.Add(time.Hour)}
	if err := s.DisableUser(t.Context(), disable); err != nil {
		t.Fatal(err)
	}
	if r := record(t, s, union(login(appA, "a1", noon.Add(time.Minute)), "u5")); r.Person.User.ID != victim.NewUserID || !r.Person.User.Disabled() {
		t.Errorf("left who is shut out: %+v", r)
	}
	if len(byID(t, s, victim.NewUserID).Identities) != 2 || len(byID(t, s, out).Identities) != 1 {
		t.Error("a login that was refused has moved an identity")
	}
	if err := s.EnableUser(t.Context(), identity.Enabling{UserID: victim.NewUserID, At: noon}); err != nil {
		t.Fatal(err)
	}
	told := login(appA, "a1", noon.Add(2*time.Minute))
	record(t, s, told)
	if r := record(t, s, union(login(appA, "a1", noon.Add(3*time.Minute)), "u4")); r.Person.User.ID != victim.NewUserID {
		t.Errorf("changed later: %+v", r)
	}
}

// assertedThenTold: what was asserted and then told by WeChat is WeChat's word.
func assertedThenTold(t *testing.T, db Database) {
	s := db.open(t)
	claimed := asserted(union(login(appB, "b1", noon), "u1"))
	record(t, s, claimed)
	if r := record(t, s, asserted(union(login("wxcccccccccccccccc", "c1", noon), "u1"))); r.IsNewUser {
		t.Error("two assertions of one unionid are two users")
	}
	record(t, s, union(login(appB, "b1", noon.Add(time.Second)), "u1"))
	record(t, s, login(appA, "a1", noon.Add(time.Second)))
	if r := record(t, s, late("")); r.Person.User.ID != claimed.NewUserID {
		t.Errorf("not merged: %+v", r)
	}
}

// mergeFillsProfile: the survivor takes what it lacks, and the rest stays.
func mergeFillsProfile(t *testing.T, db Database) {
	s, ctx := db.open(t), t.Context()
	older, younger := twins(t, s)
	setExternalID(t, s, younger.NewUserID, "customer")
	setPhone(t, s, younger, "0001")
	if err := errors.Join(s.SetNickname(ctx, older.NewUserID, "Old"), s.SetNickname(ctx, younger.NewUserID, "Young"),
		s.PutAvatar(ctx, picture(younger.NewUserID, "young"), "https://here/young")); err != nil {
		t.Fatal(err)
	}
	u := record(t, s, late("")).Person.User
	if u.Nickname != "Old" || u.AvatarURL != "https://here/young" || u.PhoneMasked != "138****0001" {
		t.Errorf("survivor %+v", u)
	}
	for what, find := range map[string]func() (identity.Account, error){
		"external id": func() (identity.Account, error) { return s.AccountByExternalID(ctx, "customer") },
		"phone": func() (identity.Account, error) {
			list, err := s.AccountsByPhone(ctx, []byte("hash 0001"))
			return append(list, identity.Account{})[0], err
		},
	} {
		a, err := find()
		if err != nil || a.User.ID != older.NewUserID || a.ExternalID != "customer" || string(a.PhoneSealed) != "sealed 0001" || len(a.MergedFrom) != 1 {
			t.Errorf("by %s: %+v, %v", what, a, err)
		}
	}
	if a, err := s.FindAvatar(ctx, "young"); err != nil || a.UserID != older.NewUserID {
		t.Errorf("picture of %s, %v", a.UserID, err)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM users WHERE nickname = 'Young' AND merged_into IS NOT NULL AND merged_at IS NOT NULL
		AND external_id IS NULL AND phone_hash IS NULL AND phone_sealed IS NULL`); n != 1 {
		t.Error("what the survivor had already did not stay, or what it took did")
	}
}

// mergeLosesNothing: both have everything; a business finds the survivor by all
// of it.
func mergeLosesNothing(t *testing.T, db Database) {
	s, ctx := db.open(t), t.Context()
	older, younger := twins(t, s)
	for l, n := range map[*session.Login]string{&older: "0001", &younger: "0002"} {
		setExternalID(t, s, l.NewUserID, n)
		setPhone(t, s, *l, n)
		if err := s.PutAvatar(ctx, picture(l.NewUserID, n), "https://here/"+n); err != nil {
			t.Fatal(err)
		}
	}
	record(t, s, late(app.MergeAuto))
	for _, n := range []string{"0001", "0002"} {
		a, err := s.AccountByExternalID(ctx, n)
		list, err2 := s.AccountsByPhone(ctx, []byte("hash "+n))
		if err := errors.Join(err, err2); err != nil || a.User.ID != older.NewUserID || a.ExternalID != "0001" || len(list) != 1 || list[0].User.ID != older.NewUserID {
			t.Errorf("%s finds %+v and %+v, %v", n, a, list, err)
		}
		if _, err := s.FindAvatar(ctx, n); err != nil {
			t.Errorf("picture %s: %v", n, err)
		}
	}
	// Nobody else may have a name that finds this user; the user may.
	other := login(appB, "b2", noon)
	record(t, s, other)
	name := "0002"
	if err := s.ChangeAccount(ctx, other.NewUserID, identity.AccountChange{ExternalID: &name}); !errors.Is(err, identity.ErrExternalIDTaken) {
		t.Errorf("somebody else took a name: %v", err)
	}
	setExternalID(t, s, younger.NewUserID, name)
	if a := byID(t, s, older.NewUserID); a.ExternalID != name {
		t.Errorf("external id %q", a.ExternalID)
	}
	// Both names gone from the row of their own: nothing safe about it.
	setExternalID(t, s, older.NewUserID, "")
	third := union(login(appA, "a3", noon), "u3")
	record(t, s, third)
}

// oldIDsAct: whatever is done by an old id is done to the survivor.
func oldIDsAct(t *testing.T, db Database) {
	s, ctx := db.open(t), t.Context()
	older, younger := twins(t, s)
	l := late("")
	record(t, s, l)
	old, nick := younger.NewUserID, "Nick"
	dead := func() int {
		return db.count(t, `SELECT COUNT(*) FROM users WHERE id = $1 AND (nickname <> '' OR avatar_url <> '' OR phone_masked <> ''
			OR external_id IS NOT NULL OR disabled_at IS NOT NULL)`, string(old))
	}
	setExternalID(t, s, old, "x")
	setPhone(t, s, younger, "0001")
	if err := errors.Join(s.SetNickname(ctx, old, nick), s.PutAvatar(ctx, picture(old, "one"), "https://here/one")); err != nil {
		t.Fatal(err)
	}
	a := byID(t, s, old)
	if a.User.Nickname != nick || a.User.AvatarURL != "https://here/one" || a.User.PhoneMasked != "138****0001" || a.ExternalID != "x" {
		t.Errorf("changed %+v", a)
	}
	if p, err := s.FindAvatar(ctx, "one"); err != nil || p.UserID != older.NewUserID {
		t.Errorf("picture of %s, %v", p.UserID, err)
	}
	nick = "Again"
	if err := errors.Join(s.SetAvatarURL(ctx, old, "https://there/two"), s.ChangeAccount(ctx, old, identity.AccountChange{Nickname: &nick})); err != nil {
		t.Fatal(err)
	}
	if a := byID(t, s, older.NewUserID); a.User.Nickname != nick || a.User.AvatarURL != "https://there/two" {
		t.Errorf("changed %+v", a)
	}
	if err := s.DisableUser(ctx, identity.Disabling{UserID: old, At: noon.Add(time.Hour), Until: noon.Add(2 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	for _, each := range []session.Login{older, younger, l} {
		if f := load(t, s, each.SessionID); f.Session.EndedAt.IsZero() || !f.Person.User.Disabled() {
			t.Errorf("not shut out: %+v", f)
		}
	}
	if n := dead(); n != 0 {
		t.Error("the row of a merged user was written")
	}
	if err := s.EnableUser(ctx, identity.Enabling{UserID: old, At: noon}); err != nil || byID(t, s, older.NewUserID).User.Disabled() {
		t.Errorf("enabled by the old id: %v", err)
	}
}

// revokedUntil tells until when a session's revocation matters; zero: it has
// none.
func revokedUntil(t testing.TB, s Store, sid id.SessionID) time.Time {
	t.Helper()
	for _, each := range revocations(t, s, noon) {
		if each.SessionID == sid {
			return each.Until
		}
	}
	return time.Time{}
}
