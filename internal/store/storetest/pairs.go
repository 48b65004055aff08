package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

// decision decides a pair at noon and an hour.
func decision(pair id.MergeID) identity.MergeDecision {
	at := noon.Add(time.Hour)
	return identity.MergeDecision{ID: pair, By: id.NewKeyID(noon), At: at, Until: at.Add(15 * time.Minute)}
}

// pending makes a pair that waits: of user n, and one who has the unionid n in
// another app.
func pending(t testing.TB, s Store, n string) (older, younger session.Login, pair id.MergeID) {
	t.Helper()
	older, younger = login(appA, id.OpenID("a"+n), noon), union(login(appB, id.OpenID("b"+n), noon.Add(time.Second)), id.UnionID("u"+n))
	record(t, s, older)
	record(t, s, younger)
	l := union(login(appA, older.OpenID, noon.Add(time.Minute)), younger.UnionID)
	l.Merge = app.MergeManual
	record(t, s, l)
	return older, younger, l.SessionID.MergeID()
}

func decidesPairs(t *testing.T, db Database) {
	s, ctx := db.open(t), t.Context()
	older, younger, yes := pending(t, s, "1")
	one, other, no := pending(t, s, "2")
	accept, reject := decision(yes), decision(no)
	for what, decide := range map[string]func(context.Context, identity.MergeDecision) error{"accept": s.AcceptMerge, "reject": s.RejectMerge} {
		elsewhere := decision(yes)
		elsewhere.May = func(appid id.AppID) bool { return appid == appA }
		if err := decide(ctx, elsewhere); !errors.Is(err, identity.ErrElsewhere) {
			t.Errorf("%s who are in an app of somebody else's: %v", what, err)
		}
	}
	for range 2 { // the same again is the same
		if err := errors.Join(s.AcceptMerge(ctx, accept), s.RejectMerge(ctx, reject)); err != nil {
			t.Fatal(err)
		}
		accept.At = accept.At.Add(time.Minute)
	}
	if err := s.AcceptMerge(ctx, decision(no)); !errors.Is(err, identity.ErrMergeDecided) {
		t.Errorf("accept what was rejected: %v", err)
	}
	if err := s.RejectMerge(ctx, decision(yes)); !errors.Is(err, identity.ErrMergeDecided) {
		t.Errorf("reject what was accepted: %v", err)
	}
	nobody := decision(id.NewSessionID(noon).MergeID())
	_, err := s.MergeByID(ctx, nobody.ID)
	for _, err := range []error{err, s.AcceptMerge(ctx, nobody), s.RejectMerge(ctx, nobody)} {
		if !errors.Is(err, identity.ErrNotFound) {
			t.Errorf("unknown pair: %v", err)
		}
	}
	m, err := s.MergeByID(ctx, yes)
	if err != nil || m.State != identity.MergeMerged || m.Survivor != older.NewUserID || !m.DecidedAt.Equal(noon.Add(time.Hour)) || m.DecidedBy != string(accept.By) {
		t.Errorf("accepted %+v, %v", m, err)
	}
	if byID(t, s, younger.NewUserID).User.ID != older.NewUserID {
		t.Error("accepted, and not merged")
	}
	m, err = s.MergeByID(ctx, no)
	if err != nil || m.State != identity.MergeRejected || m.Survivor != "" || m.DecidedBy != string(reject.By) || !slices.Equal(m.Apps, []id.AppID{appA, appB}) {
		t.Errorf("rejected %+v, %v", m, err)
	}
	// What was rejected comes up no more, however WeChat tells it.
	bare := union(login(appA, one.OpenID, noon.Add(2*time.Hour)), "u2")
	bare.OpenAccount = ""
	record(t, s, bare)
	again := l2(bare)
	again.OpenAccount, again.Merge = account, app.MergeAuto
	record(t, s, again)
	if byID(t, s, other.NewUserID).User.ID != other.NewUserID || len(pairs(t, s, identity.MergePending)) != 0 {
		t.Error("a later login went over the head of who had rejected it")
	}
	for action, pair := range map[audit.Action]id.MergeID{audit.MergeAccepted: yes, audit.MergeRejected: no} {
		entries, err := s.Audit(ctx, audit.Filter{Action: action}, "", 10)
		if err != nil || len(entries) != 1 || entries[0].MergeID != pair {
			t.Errorf("audit of %s: %+v, %v", action, entries, err)
		}
	}
}

// acceptsAll: an operator may make one user of two openids of one app, and of
// one who is shut out: then sessions end.
func acceptsAll(t *testing.T, db Database) {
	s, ctx := db.open(t), t.Context()
	older, younger, pair := pending(t, s, "1")
	rival := union(login(appA, "rival", noon), "u1")
	record(t, s, rival)
	if err := s.DisableUser(ctx, identity.Disabling{UserID: younger.NewUserID, At: noon.Add(2 * time.Second), Until: noon}); err != nil {
		t.Fatal(err)
	}
	d := decision(pair)
	if err := s.AcceptMerge(ctx, d); err != nil {
		t.Fatal(err)
	}
	f := load(t, s, older.SessionID)
	if !f.Person.User.Disabled() || !f.Session.EndedAt.Equal(d.At) || !revokedUntil(t, s, older.SessionID).Equal(d.Until) {
		t.Errorf("the session goes on: %+v", f)
	}
	if n := len(byID(t, s, older.NewUserID).Identities); n != 3 {
		t.Errorf("%d identities", n)
	}
}

// chains: the ids of three resolve to one, and pairs follow.
func chains(t *testing.T, db Database) {
	s, ctx := db.open(t), t.Context()
	manual := func(l session.Login) session.Login { l.Merge = app.MergeManual; return l }
	const appC, appD id.AppID = "wxcccccccccccccccc", "wxdddddddddddddddd"
	var users []id.UserID
	for _, l := range []session.Login{ // four users: a, b, c, d, each with a unionid of its own but a
		login(appA, "a", noon), union(login(appB, "b", noon.Add(time.Second)), "ub"),
		union(login(appC, "c", noon.Add(2*time.Second)), "uc"), union(login(appD, "d", noon.Add(3*time.Second)), "ud"),
	} {
		record(t, s, l)
		users = append(users, l.NewUserID)
	}
	at := noon
	tell := func(appid id.AppID, openid id.OpenID, unionid id.UnionID) id.MergeID {
		at = at.Add(time.Minute)
		l := manual(union(login(appid, openid, at), unionid))
		record(t, s, l)
		return l.SessionID.MergeID()
	}
	bc := tell(appB, "b", "uc") // b~c, changed
	tell(appB, "b", "ub")       // and back again
	ac := tell(appA, "a", "uc") // a~c, late
	cd := tell(appC, "c", "ud") // c~d, changed
	if n := len(pairs(t, s, identity.MergePending)); n != 3 {
		t.Fatalf("%d pairs", n)
	}
	if err := s.AcceptMerge(ctx, decision(bc)); err != nil { // c into b: a~c and c~d become a~b and b~d
		t.Fatal(err)
	}
	list := pairs(t, s, identity.MergePending)
	if len(list) != 2 || list[0].ID != ac || list[0].Users != [2]id.UserID{users[0], users[1]} || list[1].ID != cd || list[1].Users != [2]id.UserID{users[1], users[3]} {
		t.Fatalf("pairs %+v", list)
	}
	if err := s.RejectMerge(ctx, decision(cd)); err != nil { // b is not d
		t.Fatal(err)
	}
	last := decision(ac)
	last.At = last.At.Add(time.Second)
	if err := s.AcceptMerge(ctx, last); err != nil { // b into a, and c with it
		t.Fatal(err)
	}
	for _, user := range users[:3] {
		if got := byID(t, s, user); got.User.ID != users[0] || !slices.Equal(got.MergedFrom, users[1:3]) || len(got.Identities) != 3 {
			t.Errorf("%s finds %+v", user, got)
		}
	}
	// The no is one to a by now.
	m, err := s.MergeByID(ctx, cd)
	if err != nil || m.State != identity.MergeRejected || m.Users != [2]id.UserID{users[0], users[3]} {
		t.Errorf("rejected %+v, %v", m, err)
	}
	entries, err := s.Audit(ctx, audit.Filter{UserID: users[1], Action: audit.UserMerged}, "", 10)
	if err != nil || len(entries) != 2 || !slices.Equal(entries[0].Details.Users, users[2:3]) {
		t.Errorf("audit %+v, %v", entries, err)
	}
}

// doublePairs: two pairs that become the same are one, and one that was rejected
// is rejected for both.
func doublePairs(t *testing.T, db Database) {
	for _, rejected := range []bool{false, true} {
		t.Run(fmt.Sprint(rejected), func(t *testing.T) {
			s, ctx := db.open(t), t.Context()
			n := fmt.Sprint(rejected)
			one, other, pair := pending(t, s, n) // one~other
			third := union(login("wxcccccccccccccccc", id.OpenID("c"+n), noon.Add(2*time.Second)), id.UnionID("w"+n))
			record(t, s, third)
			var ids []id.MergeID
			for _, l := range []session.Login{one, other} { // third~one, third~other
				l = union(l2(l), third.UnionID)
				l.Merge = app.MergeManual
				record(t, s, l)
				ids = append(ids, l.SessionID.MergeID())
			}
			if rejected {
				if err := s.RejectMerge(ctx, decision(ids[1])); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.AcceptMerge(ctx, decision(pair)); err != nil {
				t.Fatal(err)
			}
			list := pairs(t, s, identity.MergePending)
			if rejected && len(list) != 0 {
				t.Errorf("pending %+v", list)
			}
			if !rejected && (len(list) != 1 || list[0].Users != [2]id.UserID{one.NewUserID, third.NewUserID}) {
				t.Errorf("pending %+v", list)
			}
			if err := s.RejectMerge(ctx, decision(ids[0])); err != nil {
				t.Errorf("decide what stayed: %v", err)
			}
		})
	}
}

func pagesPairs(t *testing.T, db Database) {
	s := db.open(t)
	var want []id.MergeID
	for i := range 5 {
		_, _, pair := pending(t, s, fmt.Sprint(i))
		want = append(want, pair)
	}
	slices.Sort(want)
	var got []id.MergeID
	for after := id.MergeID(""); ; {
		page, err := s.Merges(t.Context(), identity.MergePending, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			got = append(got, m.ID)
			if !slices.Equal(m.Apps, []id.AppID{appA, appB}) {
				t.Errorf("apps %v", m.Apps)
			}
		}
		if len(page) < 2 {
			break
		}
		after = page[1].ID
	}
	equal(t, "pairs", got, want)
	if n := len(pairs(t, s, identity.MergeMerged)); n != 0 {
		t.Errorf("%d merged", n)
	}
}

// mergesAtOnce: however many log in on both sides, it is one person in the end.
func mergesAtOnce(t *testing.T, db Database) {
	s := db.open(t)
	older, younger := twins(t, s)
	// A crowd on either side, and some in a third app, who are linked meanwhile.
	const all = 2*crowd + crowd/5
	var logins [3]atomic.Int32
	atOnce(t, db, all, func(s Store, i int) error {
		side := i / 2 % 2 // of the two handles each has both
		if i >= 2*crowd {
			side = 2
		}
		l := union(login(appA, "a1", noon.Add(time.Minute)), "u1")
		l.AppID = []id.AppID{appA, appB, "wxcccccccccccccccc"}[side]
		l.OpenID = []id.OpenID{"a1", "b1", "c1"}[side]
		l.MaxSessions = 2 * all
		_, err := s.RecordLogin(context.Background(), l)
		for errors.Is(err, session.ErrBusy) { // on a slow machine; nothing was done
			_, err = s.RecordLogin(context.Background(), l)
		}
		if err == nil {
			logins[side].Add(1)
		}
		return err
	})
	if a, b := logins[0].Load(), logins[1].Load(); a != crowd || b != crowd {
		t.Errorf("%d and %d logins on the two sides, want %d each", a, b, crowd)
	}
	if n := db.count(t, `SELECT COUNT(DISTINCT user_id) FROM identities`); n != 1 {
		t.Errorf("one person became %d users", n)
	}
	for query, want := range map[string]int{
		`SELECT COUNT(*) FROM identities`:                              3,
		`SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL`:         all + 2,
		`SELECT COUNT(*) FROM users`:                                   2,
		`SELECT COUNT(*) FROM merges WHERE state = 'merged'`:           1,
		`SELECT COUNT(*) FROM merges`:                                  1,
		`SELECT COUNT(*) FROM audit WHERE action = 'user.merged'`:      1,
		`SELECT COALESCE(SUM(open_sessions), 0) FROM identities`:       all + 2,
		`SELECT COUNT(*) FROM users WHERE merged_into IS NOT NULL`:     1,
		`SELECT COUNT(*) FROM unions`:                                  1,
		`SELECT COUNT(*) FROM sessions WHERE code_hash IS NOT NULL`:    all + 2,
		`SELECT COUNT(*) FROM identities WHERE unionid <> 'u1'`:        0,
		`SELECT COUNT(*) FROM identities WHERE open_account <> 'acme'`: 0,
		`SELECT COUNT(*) FROM identities WHERE last_login_at < 1`:      0,
		`SELECT COUNT(*) FROM merges WHERE decided_by <> 'auto'`:       0,
	} {
		if n := db.count(t, query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	if byID(t, s, younger.NewUserID).User.ID != older.NewUserID {
		t.Error("the older id did not stay")
	}
}

// mergeMeetsAll: everything that writes a user runs while the two become one;
// none of it is lost on a row that nobody sees any more.
func mergeMeetsAll(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	for round := range 12 {
		n := fmt.Sprint(round)
		older, younger, pair := pending(t, s, n)
		external := "x" + n
		var wg sync.WaitGroup
		run := func(what string, step func() error) {
			wg.Go(func() {
				if err := step(); err != nil && !errors.Is(err, identity.ErrMergeDecided) {
					t.Errorf("round %d: %s: %v", round, what, err)
				}
			})
		}
		ctx := context.Background()
		run("accept", func() error { return s.AcceptMerge(ctx, decision(pair)) })
		run("accept too", func() error { return other.AcceptMerge(ctx, decision(pair)) })
		run("nickname", func() error { return other.SetNickname(ctx, younger.NewUserID, "n"+n) })
		run("avatar", func() error { return s.PutAvatar(ctx, picture(younger.NewUserID, "p"+n), "https://here/p"+n) })
		run("external id", func() error {
			return other.ChangeAccount(ctx, younger.NewUserID, identity.AccountChange{ExternalID: &external})
		})
		run("phone", func() error { return s.RecordPhone(ctx, phoneOf(younger, noon, "00"+n+"0")) })
		for i := range 4 {
			l := l2(older)
			if i%2 == 1 {
				l = union(l2(younger), younger.UnionID)
			}
			run("login", func() error { _, err := other.RecordLogin(ctx, l); return err })
		}
		if round%3 == 0 {
			run("disable", func() error {
				return s.DisableUser(ctx, identity.Disabling{UserID: younger.NewUserID, At: noon.Add(time.Hour), Until: noon.Add(2 * time.Hour)})
			})
		}
		wg.Wait()
		a := byID(t, s, younger.NewUserID)
		if a.User.ID != older.NewUserID || a.User.Nickname != "n"+n || a.User.AvatarURL != "https://here/p"+n || a.ExternalID != external || a.User.PhoneMasked != "138****00"+n+"0" {
			t.Fatalf("round %d: %+v", round, a)
		}
		if round%3 == 0 && (!a.User.Disabled() || db.count(t, `SELECT COUNT(*) FROM sessions s JOIN identities i ON i.appid = s.appid AND i.openid = s.openid
			WHERE i.user_id = $1 AND s.ended_at IS NULL`, string(older.NewUserID)) != 0) {
			t.Fatalf("round %d: who was shut out is in: %+v", round, a)
		}
		if _, err := s.FindAvatar(t.Context(), "p"+n); err != nil {
			t.Fatalf("round %d: picture: %v", round, err)
		}
	}
}
