package storetest

import (
	"fmt"
	"testing"
	"time"

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
