package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

func directory(t *testing.T, db Database) {
	s, ctx := db.open(t), t.Context()
	a := record(t, s, union(login(appA, "a1", noon), "u1")).Person
	b := record(t, s, union(login(appB, "b1", noon.Add(time.Second)), "u1")).Person
	other := record(t, s, login(appA, "a2", noon.Add(2*time.Second))).Person
	want := identity.Account{User: a.User, Identities: []identity.Identity{a.Identity, b.Identity}}
	external, nick := "客户 7", "小明"
	if err := s.ChangeAccount(ctx, a.User.ID, identity.AccountChange{ExternalID: &external, Nickname: &nick}); err != nil {
		t.Fatal(err)
	}
	want.ExternalID, want.User.Nickname = external, nick
	for name, find := range map[string]func() (identity.Account, error){
		"id":       func() (identity.Account, error) { return s.AccountByID(ctx, a.User.ID) },
		"openid":   func() (identity.Account, error) { return s.AccountByOpenID(ctx, appB, "b1") },
		"unionid":  func() (identity.Account, error) { return s.AccountByUnionID(ctx, account, "u1") },
		"external": func() (identity.Account, error) { return s.AccountByExternalID(ctx, external) },
	} {
		got, err := find()
		if err != nil {
			t.Errorf("by %s: %v", name, err)
		}
		equal(t, "by "+name, got, want)
	}
	unknown := id.NewUserID(noon)
	for name, find := range map[string]func() error{
		"id":            func() error { _, err := s.AccountByID(ctx, unknown); return err },
		"openid":        func() error { _, err := s.AccountByOpenID(ctx, appA, "b1"); return err },
		"unionid":       func() error { _, err := s.AccountByUnionID(ctx, "other", "u1"); return err },
		"external":      func() error { _, err := s.AccountByExternalID(ctx, "x"); return err },
		"none external": func() error { _, err := s.AccountByExternalID(ctx, ""); return err },
		"change":        func() error { return s.ChangeAccount(ctx, unknown, identity.AccountChange{Nickname: &nick}) },
		"disable":       func() error { return s.DisableUser(ctx, identity.Disabling{UserID: unknown, At: noon, Until: noon}) },
		"enable":        func() error { return s.EnableUser(ctx, identity.Enabling{UserID: unknown, At: noon}) },
	} {
		if err := find(); !errors.Is(err, identity.ErrNotFound) {
			t.Errorf("unknown %s: %v", name, err)
		}
	}
	if err := s.ChangeAccount(ctx, other.User.ID, identity.AccountChange{ExternalID: &external}); !errors.Is(err, identity.ErrExternalIDTaken) {
		t.Errorf("a taken external id: %v", err)
	}
	if err := s.ChangeAccount(ctx, a.User.ID, identity.AccountChange{ExternalID: &external}); err != nil {
		t.Errorf("the same again: %v", err)
	}
	none := ""
	for _, user := range []id.UserID{a.User.ID, other.User.ID} { // two without one
		if err := s.ChangeAccount(ctx, user, identity.AccountChange{ExternalID: &none}); err != nil {
			t.Errorf("no external id: %v", err)
		}
	}
	page, err := s.Accounts(ctx, "", 1)
	if err != nil || len(page) != 1 || page[0].User.ID != a.User.ID || len(page[0].Identities) != 2 {
		t.Errorf("first page: %+v, %v", page, err)
	}
	page, err = s.Accounts(ctx, a.User.ID, 5)
	if err != nil || len(page) != 1 || page[0].User.ID != other.User.ID {
		t.Errorf("second page: %+v, %v", page, err)
	}
}

// externalIDsAtOnce: of many who want one name, one gets it.
func externalIDsAtOnce(t *testing.T, db Database) {
	s := db.open(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	won, external := 0, "one"
	for i := range 8 {
		user := record(t, s, login(appA, id.OpenID(fmt.Sprint("a", i)), noon)).Person.User.ID
		wg.Go(func() {
			err := s.ChangeAccount(t.Context(), user, identity.AccountChange{ExternalID: &external})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, identity.ErrExternalIDTaken) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d users have it", won)
	}
}

func disables(t *testing.T, db Database) {
	s := db.open(t)
	first, second := union(login(appA, "a1", noon), "u1"), union(login(appB, "b1", noon), "u1")
	user := record(t, s, first).Person.User.ID
	record(t, s, second)
	bystander := login(appA, "a2", noon)
	record(t, s, bystander)
	at := noon.Add(time.Minute)
	d := identity.Disabling{UserID: user, At: at, Until: at.Add(15 * time.Minute)}
	for range 2 { // again changes nothing
		if err := s.DisableUser(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		d.At = d.At.Add(time.Second)
	}
	for _, l := range []session.Login{first, second} {
		if f := load(t, s, l.SessionID); !f.Session.EndedAt.Equal(at) || !f.Person.User.DisabledAt.Equal(at) {
			t.Errorf("not shut out: %+v", f)
		}
	}
	if load(t, s, bystander.SessionID).Session.EndedAt != (time.Time{}) {
		t.Error("somebody else's session ended")
	}
	if n := len(revocations(t, s, noon)); n != 2 {
		t.Errorf("%d revocations, want 2", n)
	}
	if r := record(t, s, login(appA, "a1", noon.Add(2*time.Minute))); !r.Person.User.Disabled() {
		t.Error("who is shut out logged in")
	}
	if err := s.EnableUser(t.Context(), identity.Enabling{UserID: user, At: noon}); err != nil {
		t.Fatal(err)
	}
	again := login(appA, "a1", noon.Add(3*time.Minute))
	if r := record(t, s, again); r.Person.User.Disabled() {
		t.Error("who was let in again is shut out")
	}
	if n := db.count(t, `SELECT open_sessions FROM identities WHERE openid = 'a1'`); n != 1 {
		t.Errorf("%d sessions are counted, want 1", n)
	}
}

// disabledAtOnce: no session outlives the moment in which its user is shut out.
func disabledAtOnce(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	for round := range 10 {
		openid := id.OpenID(fmt.Sprint("a", round))
		first := union(login(appA, openid, noon), id.UnionID(fmt.Sprint("u", round)))
		user := record(t, s, first).Person.User.ID
		var wg sync.WaitGroup
		for i := range 6 {
			l := union(login(appA, openid, noon.Add(time.Second)), first.UnionID)
			if i%3 == 0 {
				l = union(login(appB, id.OpenID(fmt.Sprint("b", round, i)), noon.Add(time.Second)), first.UnionID)
			}
			wg.Go(func() {
				if _, err := other.RecordLogin(t.Context(), l); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			if err := s.DisableUser(t.Context(), identity.Disabling{UserID: user, At: noon.Add(2 * time.Second), Until: noon.Add(time.Hour)}); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if n := db.count(t, `SELECT COUNT(*) FROM sessions s JOIN identities i ON i.appid = s.appid AND i.openid = s.openid
			WHERE i.user_id = $1 AND s.ended_at IS NULL`, string(user)); n != 0 {
			t.Fatalf("round %d: %d sessions of who is shut out are open", round, n)
		}
	}
}
