package storetest

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

func failures(t testing.TB, s Store, sid id.SessionID) session.Failures {
	t.Helper()
	f, err := s.OpenDataFailures(t.Context(), sid)
	if err != nil {
		t.Fatalf("OpenDataFailures: %v", err)
	}
	return f
}

func countsFailures(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	one, two := login(appA, "a1", noon), login(appA, "a2", noon)
	record(t, s, one)
	record(t, s, two)
	sid, quiet := one.SessionID, two.SessionID
	nobody := id.NewSessionID(noon)
	if err := s.CountOpenDataFailure(t.Context(), nobody, noon, noon.Add(-time.Hour)); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("of no session: %v, want ErrNotFound", err)
	}
	equal(t, "of no session", failures(t, s, nobody), session.Failures{})
	equal(t, "before any", failures(t, s, sid), session.Failures{})
	count := func(at time.Time) {
		t.Helper()
		if err := s.CountOpenDataFailure(t.Context(), sid, at, at.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		count(noon.Add(time.Duration(i) * time.Minute))
	}
	equal(t, "on another replica", failures(t, other, sid), session.Failures{Count: 3, Since: noon})
	count(noon.Add(time.Hour - time.Millisecond))
	equal(t, "within the hour", failures(t, other, sid), session.Failures{Count: 4, Since: noon})
	count(noon.Add(time.Hour))
	equal(t, "begun anew", failures(t, s, sid), session.Failures{Count: 1, Since: noon.Add(time.Hour)})
	equal(t, "of another session", failures(t, s, quiet), session.Failures{})

	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := other.CountOpenDataFailure(t.Context(), quiet, noon, noon.Add(-time.Hour)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "at once", failures(t, s, quiet), session.Failures{Count: 20, Since: noon})
}

// phoneOf is a number of the person, told at a time.
func phoneOf(l session.Login, at time.Time, code string) session.PhoneRecord {
	r := session.PhoneRecord{
		AppID: l.AppID, OpenID: l.OpenID, At: at,
		Phone: identity.HeldPhone{Sealed: []byte("sealed " + code), Hash: []byte("hash " + code), Masked: "138****" + code},
	}
	if code != "none" {
		r.CodeHash = bytes.Repeat([]byte(code), 4)[:16]
	}
	return r
}

func recordsPhones(t *testing.T, db Database) {
	s := db.open(t)
	l, other := login(appA, "a1", noon), login(appA, "a2", noon)
	record(t, s, l)
	record(t, s, other)
	keep := func(r session.PhoneRecord) {
		t.Helper()
		if err := s.RecordPhone(t.Context(), r); err != nil {
			t.Fatalf("RecordPhone: %v", err)
		}
	}
	phone := func() string { t.Helper(); return load(t, s, l.SessionID).Person.User.PhoneMasked }

	first := phoneOf(l, noon, "0001")
	keep(first)
	equal(t, "phone", phone(), "138****0001")
	equal(t, "what is kept", db.count(t, `SELECT COUNT(*) FROM users WHERE phone_sealed = $1 AND phone_hash = $2 AND phone_appid = $3 AND phone_at = $4`,
		first.Phone.Sealed, first.Phone.Hash, string(appA), noon.UnixMilli()), 1)
	// What a login tells must be the same, however it is recorded.
	again := login(appA, "a1", noon.Add(time.Minute))
	equal(t, "phone of a login", record(t, s, again).Person.User.PhoneMasked, "138****0001")
	full := login(appA, "a1", noon.Add(2*time.Minute))
	full.MaxSessions = 1
	equal(t, "phone of a login at the limit", record(t, s, full).Person.User.PhoneMasked, "138****0001")

	by, err := s.FindPhoneCode(t.Context(), first.CodeHash, noon)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "who used the code", by, session.PhoneCode{AppID: appA, OpenID: "a1"})
	for what, find := range map[string]struct {
		hash  []byte
		since time.Time
	}{"later": {first.CodeHash, noon.Add(time.Millisecond)}, "unknown": {make([]byte, 16), noon}} {
		if _, err := s.FindPhoneCode(t.Context(), find.hash, find.since); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("%s: %v, want not found", what, err)
		}
	}

	stolen := phoneOf(other, noon, "0002")
	stolen.CodeHash = first.CodeHash
	if err := s.RecordPhone(t.Context(), stolen); !errors.Is(err, session.ErrCodeSeen) {
		t.Errorf("the same code again: %v, want seen", err)
	}
	equal(t, "phone of the other", load(t, s, other.SessionID).Person.User.PhoneMasked, "")
	nobody := phoneOf(session.Login{AppID: appB, OpenID: "a1"}, noon, "0003")
	if err := s.RecordPhone(t.Context(), nobody); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("of nobody: %v, want not found", err)
	}
	if _, err := s.FindPhoneCode(t.Context(), nobody.CodeHash, noon); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("a code of nobody is kept: %v", err)
	}
	for range 2 {
		keep(phoneOf(l, noon.Add(time.Hour), "none"))
	}
	equal(t, "phone without a code", phone(), "138****none")
}

func phoneCodeAtOnce(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	var wg sync.WaitGroup
	var mu sync.Mutex
	kept := 0
	for i := range 20 {
		at := []Store{s, other}[i%2]
		wg.Go(func() {
			err := at.RecordPhone(t.Context(), phoneOf(l, noon, "0001"))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				kept++
			} else if !errors.Is(err, session.ErrCodeSeen) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "how many kept it", kept, 1)
}

func prunesOpenData(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	if err := s.RecordPhone(t.Context(), phoneOf(l, noon, "0001")); err != nil {
		t.Fatal(err)
	}
	if err := s.CountOpenDataFailure(t.Context(), l.SessionID, noon, noon.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{time.Hour, 0}, {3 * time.Hour, 2}} {
		if n, err := s.Prune(t.Context(), noon.Add(-day), noon.Add(step.after), 100); n != step.want || err != nil {
			t.Errorf("after %v pruned %d, %v, want %d", step.after, n, err, step.want)
		}
	}
	equal(t, "rows left", db.count(t, `SELECT (SELECT COUNT(*) FROM phone_codes) + (SELECT COUNT(*) FROM open_data_failures)`), 0)
}
