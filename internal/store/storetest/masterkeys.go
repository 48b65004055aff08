package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/token"
)

// masterRecord notes a key of that id, of which all eight digits count.
func masterRecord(key masterkey.KeyID, at time.Time) masterkey.Record {
	return masterkey.Record{ID: key, Canary: []byte{1, 2, 3}, PrimaryAt: at, SealingAt: at}
}

func notesMasterKeys(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	var wg sync.WaitGroup
	for i := range 10 {
		at := []Store{s, other}[i%2]
		wg.Go(func() {
			if err := at.NoteMasterKey(t.Context(), masterRecord(0xffff_ffff, noon.Add(time.Duration(i)*time.Second))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := other.MasterKeys(t.Context())
	if err != nil || len(list) != 1 || list[0].ID != 0xffff_ffff || !list[0].SealingAt.Equal(noon.Add(9*time.Second)) {
		t.Fatalf("noted at once: %+v, %v", list, err)
	}
	equal(t, "rotations in the audit", db.count(t, `SELECT COUNT(*) FROM audit`), 0)

	// By a clock that is behind, and still the newer key.
	if err := s.NoteMasterKey(t.Context(), masterRecord(7, noon.Add(-time.Hour))); err != nil {
		t.Fatal(err)
	}
	if list, err = other.MasterKeys(t.Context()); err != nil || len(list) != 2 || list[1].ID != 7 {
		t.Fatalf("the second: %+v, %v", list, err)
	}
	equal(t, "rotations in the audit", db.count(t, `SELECT COUNT(*) FROM audit WHERE action = 'master_key.rotated'`), 1)

	if err := s.RetireMasterKeys(t.Context(), []masterkey.KeyID{0xffff_ffff}, noon.Add(day)); err != nil {
		t.Fatal(err)
	}
	if err := other.NoteMasterKey(t.Context(), masterRecord(0xffff_ffff, noon.Add(2*day))); !errors.Is(err, masterkey.ErrRetired) {
		t.Errorf("a retired key seals: %v", err)
	}
	if list, err = s.MasterKeys(t.Context()); err != nil || !list[0].RetiredAt.Equal(noon.Add(day)) || !list[1].RetiredAt.IsZero() {
		t.Errorf("after retiring: %+v, %v", list, err)
	}
}

func claimsSweeps(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	if err := s.NoteMasterKey(t.Context(), masterRecord(7, noon)); err != nil {
		t.Fatal(err)
	}
	claim := func(at Store, worker string, now time.Time) (masterkey.Sweep, bool) {
		t.Helper()
		sweep, ok, err := at.ClaimSweep(t.Context(), 7, worker, now, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return sweep, ok
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var won []string
	for i := range 10 {
		worker := string(rune('a' + i))
		wg.Go(func() {
			if _, ok := claim([]Store{s, other}[i%2], worker, noon); ok {
				mu.Lock()
				defer mu.Unlock()
				won = append(won, worker)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Fatalf("%d claims won", len(won))
	}
	winner := won[0]
	user := id.NewUserID(noon)
	place := masterkey.Sweep{From: noon, After: user, Seen: 5, Total: 10, Found: 3, Failed: 1}
	if ok, err := s.SaveSweep(t.Context(), 7, winner, noon.Add(time.Minute), place); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := s.SaveSweep(t.Context(), 7, "nobody", noon.Add(time.Hour), masterkey.Sweep{}); ok || err != nil {
		t.Errorf("saved without a claim: %v", err)
	}
	if _, ok := claim(other, "heir", noon.Add(time.Minute-time.Millisecond)); ok {
		t.Error("claimed what somebody has")
	}
	got, ok := claim(other, "heir", noon.Add(time.Minute))
	equal(t, "claimed when it was over", ok, true)
	equal(t, "the place", got, place)
	if ok, err := s.SaveSweep(t.Context(), 7, winner, noon.Add(time.Hour), place); ok || err != nil {
		t.Errorf("saved by who lost it: %v", err)
	}
	if err := s.RestartSweep(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.SaveSweep(t.Context(), 7, "heir", noon.Add(time.Hour), place); ok || err != nil {
		t.Errorf("saved over a restart: %v", err)
	}
	if got, _ = claim(other, "heir", noon.Add(time.Hour)); got.After != "" || !got.From.IsZero() {
		t.Errorf("after a restart: %+v", got)
	}
}

func resealsRows(t *testing.T, db Database) {
	s := db.open(t)
	first, second := login(appA, "a1", noon), login(appB, "b1", noon.Add(time.Second))
	record(t, s, union(first, "u1"))
	record(t, s, union(second, "u1")) // the same user
	third := login(appA, "a2", noon.Add(2*time.Second))
	record(t, s, third)
	if err := s.RecordPhone(t.Context(), phoneOf(first, noon, "0001")); err != nil {
		t.Fatal(err)
	}
	key := token.StoredKey{Use: token.ES256, Seq: 3, CreatedAt: noon, ActiveFrom: noon, Sealed: []byte("key")}
	if err := s.InsertSigningKey(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if n, err := s.CountUsers(t.Context()); n != 2 || err != nil {
		t.Errorf("%d users, %v", n, err)
	}
	all, err := s.SealedKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for after, pages := id.UserID(""), 0; ; pages++ {
		page, err := s.SealedUsers(t.Context(), after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if page.Users == 0 {
			equal(t, "pages", pages, 2)
			break
		}
		all, after = append(all, page.Sealed...), page.Last
	}
	kinds := map[masterkey.Kind]int{}
	var changes []masterkey.Change
	for _, each := range all {
		kinds[each.Kind]++
		fresh := append([]byte{}, each.Data...)
		fresh[len(fresh)-1] ^= 0xff
		changes = append(changes, masterkey.Change{Sealed: each, Fresh: fresh})
	}
	equal(t, "kinds", kinds, map[masterkey.Kind]int{masterkey.SigningKey: 1, masterkey.Phone: 1, masterkey.SessionKeys: 3})

	// A login meanwhile wins.
	again := login(appA, "a2", noon.Add(time.Hour))
	record(t, s, again)
	before, err := s.Keys(t.Context(), appA, "a2")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Reseal(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	if after, err := s.Keys(t.Context(), appA, "a2"); err != nil || string(after) != string(before) {
		t.Errorf("a login was undone: %v", err)
	}
	for _, c := range changes {
		if c.Kind == masterkey.SessionKeys && c.OpenID != "a2" {
			if got, err := s.Keys(t.Context(), c.AppID, c.OpenID); err != nil || string(got) != string(c.Fresh) {
				t.Errorf("session keys of %s are not sealed anew: %v", c.OpenID, err)
			}
		}
	}
	sealedAnew := func() {
		t.Helper()
		equal(t, "phone", db.count(t, `SELECT COUNT(*) FROM users WHERE phone_sealed = $1`, []byte("sealed 000\xce")), 1)
		equal(t, "signing key", db.count(t, `SELECT COUNT(*) FROM signing_keys WHERE sealed = $1`, []byte("ke\x86")), 1)
	}
	sealedAnew()

	// So does whatever else has changed a value since it was read.
	for i := range changes {
		changes[i].Fresh = []byte("late")
	}
	if err := s.Reseal(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	sealedAnew()
	equal(t, "keys that came late", db.count(t, `SELECT COUNT(*) FROM identities WHERE session_keys = $1`, []byte("late")), 0)
}
