package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

const appC id.AppID = "wxcccccccccccccccc"

// heirs: a unionid that its user has no more becomes that of the other user of
// whom WeChat told it, so that the next app's first login makes nobody new.
func heirs(t *testing.T, db Database) {
	for name, leave := range map[string]func(t *testing.T, s Store, owner session.Login){
		"Erased": func(t *testing.T, s Store, owner session.Login) {
			erase(t, s, byBusiness(owner.NewUserID, noon.Add(time.Hour)))
		},
		"LeftTheApp": func(t *testing.T, s Store, owner session.Login) {
			record(t, s, union(login("wxdddddddddddddddd", "d1", noon.Add(time.Minute)), owner.UnionID))
			moved := union(login("wxdddddddddddddddd", "d1", noon.Add(2*time.Minute)), owner.UnionID)
			moved.OpenAccount = "else"
			record(t, s, moved)
			erase(t, s, byPerson(owner, identity.EraseApp, noon.Add(time.Hour)))
		},
		"Relabelled": func(t *testing.T, s Store, owner session.Login) {
			l := l2(owner)
			l.UnionID = "another"
			record(t, s, l)
		},
	} {
		for _, rejected := range []bool{false, true} {
			t.Run(fmt.Sprint(name, rejected), func(t *testing.T) {
				s := db.open(t)
				other, owner, pair := pending(t, s, fmt.Sprint(name, rejected))
				if rejected {
					if err := s.RejectMerge(t.Context(), decision(pair)); err != nil {
						t.Fatal(err)
					}
				}
				leave(t, s, owner)
				a, err := s.AccountByUnionID(t.Context(), account, owner.UnionID)
				if err != nil || a.User.ID != other.NewUserID {
					t.Errorf("the unionid is of %q, %v", a.User.ID, err)
				}
				next := union(login(appC, id.OpenID(fmt.Sprint("c", name, rejected)), noon.Add(2*time.Hour)), owner.UnionID)
				if r := record(t, s, next); r.IsNewUser || r.Person.User.ID != other.NewUserID {
					t.Errorf("the next app knows %+v", r)
				}
			})
		}
	}
	// Of several the oldest has it, and the others are listed with that one.
	s := db.open(t)
	_, owner, _ := pending(t, s, "many")
	var rivals []session.Login
	for n := range 2 {
		rivals = append(rivals, union(login(appB, id.OpenID(fmt.Sprint("rival", n)), noon.Add(time.Duration(n+1)*time.Minute)), owner.UnionID))
		record(t, s, rivals[n])
	}
	erase(t, s, byBusiness(owner.NewUserID, noon.Add(time.Hour)))
	heir, err := s.AccountByUnionID(t.Context(), account, owner.UnionID)
	if err != nil || heir.Identities[0].AppID != appA {
		t.Fatalf("the heir is %+v, %v", heir, err)
	}
	list := pairs(t, s, identity.MergePending)
	for _, rival := range rivals {
		want := [2]id.UserID{heir.User.ID, rival.NewUserID}
		if !slices.ContainsFunc(list, func(p identity.Merge) bool {
			return p.Users == want && p.Reason == identity.MergeOneApp && p.OpenAccount == account
		}) {
			t.Errorf("%v are not among %+v", want, list)
		}
	}
}

// heirsMeet: whatever else happens to an heir meanwhile, or to one of two, the
// unionid is of somebody who lives and carries it, or of nobody.
func heirsMeet(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	for round := range 20 {
		n := fmt.Sprint("meet", round)
		heir, owner, pair := pending(t, s, n)
		second := union(login(appB, id.OpenID("second"+n), noon.Add(time.Minute)), owner.UnionID)
		if round%5 >= 3 {
			record(t, s, second)
		}
		var wg sync.WaitGroup
		run := func(what string, f func() error) {
			wg.Go(func() {
				if err := f(); err != nil && !errors.Is(err, identity.ErrNotFound) {
					t.Errorf("round %d: %s: %v", round, what, err)
				}
			})
		}
		run("erase the owner", func() error {
			_, err := s.Erase(t.Context(), byBusiness(owner.NewUserID, noon.Add(time.Hour)))
			return err
		})
		run("first login in another app", func() error {
			_, err := other.RecordLogin(t.Context(), union(login(appC, id.OpenID("c"+n), noon.Add(time.Hour)), owner.UnionID))
			return err
		})
		switch round % 5 {
		case 0:
			run("accept", func() error { return other.AcceptMerge(t.Context(), decision(pair)) })
		case 1:
			run("erase the heir", func() error {
				_, err := other.Erase(t.Context(), byBusiness(heir.NewUserID, noon.Add(time.Hour)))
				return err
			})
		case 2:
			run("relabel the heir", func() error {
				l := union(l2(heir), id.UnionID("x"+n))
				_, err := other.RecordLogin(t.Context(), l)
				return err
			})
		case 3:
			run("erase a second heir", func() error {
				_, err := other.Erase(t.Context(), byBusiness(second.NewUserID, noon.Add(time.Hour)))
				return err
			})
		case 4:
			run("relabel a second heir", func() error {
				l := union(login(appB, second.OpenID, noon.Add(time.Hour)), id.UnionID("x"+n))
				_, err := other.RecordLogin(t.Context(), l)
				return err
			})
		}
		wg.Wait()
		checkInvariants(t, db)
	}
}
