package storetest

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/session"
)

// consentOf is a consent of the person who logs in.
func consentOf(l session.Login, version string, at time.Time) session.ConsentRecord {
	return session.ConsentRecord{
		AppID: l.AppID, OpenID: l.OpenID, RecordedAt: at.Add(time.Second),
		Consent: session.Consent{PolicyVersion: version, AgreedAt: at},
	}
}

const consentsAt = `SELECT COUNT(*) FROM consents WHERE appid = $1 AND openid = $2 AND policy_version = $3 AND agreed_at = $4 AND recorded_at = $5`

// recordsConsents: the first of each version stays.
func recordsConsents(t *testing.T, db Database) {
	s := db.open(t)
	l, other := login(appA, "a1", noon), login(appB, "a1", noon)
	record(t, s, l)
	record(t, s, other)
	for _, r := range []session.ConsentRecord{
		consentOf(l, "2026-05", noon), consentOf(l, "2026-05", noon.Add(time.Hour)), consentOf(l, "2026-05", noon.Add(-time.Hour)),
		consentOf(l, "第二版 𠮷", noon.Add(time.Hour)), consentOf(other, "2026-05", noon.Add(2*time.Hour)),
	} {
		if err := s.RecordConsent(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for what, want := range map[string]session.ConsentRecord{
		"the first": consentOf(l, "2026-05", noon), "another version": consentOf(l, "第二版 𠮷", noon.Add(time.Hour)),
		"another app": consentOf(other, "2026-05", noon.Add(2*time.Hour)),
	} {
		equal(t, what, db.count(t, consentsAt, string(want.AppID), string(want.OpenID), want.PolicyVersion,
			want.AgreedAt.UnixMilli(), want.RecordedAt.UnixMilli()), 1)
	}
	equal(t, "consents", db.count(t, `SELECT COUNT(*) FROM consents`), 3)
	if err := s.RecordConsent(t.Context(), consentOf(login(appA, "nobody", noon), "2026-05", noon)); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("of nobody: %v, want not found", err)
	}
}

// manyConsents: who sends ever new versions fills no table, and loses neither the
// first nor the last.
func manyConsents(t *testing.T, db Database) {
	s := db.open(t)
	l, other := login(appA, "a1", noon), login(appA, "a2", noon)
	record(t, s, l)
	record(t, s, other)
	const extra = 20
	for i := range session.MaxConsents + extra {
		if err := s.RecordConsent(t.Context(), consentOf(l, strconv.Itoa(i), noon.Add(time.Duration(i)*time.Second))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RecordConsent(t.Context(), consentOf(other, "0", noon)); err != nil {
		t.Fatal(err)
	}
	equal(t, "consents", db.count(t, `SELECT COUNT(*) FROM consents WHERE openid = 'a1'`), session.MaxConsents)
	for i, want := range map[int]int{0: 1, session.MaxConsents - 2: 1, session.MaxConsents - 1: 0, session.MaxConsents + extra - 2: 0, session.MaxConsents + extra - 1: 1} {
		equal(t, "consents to version "+strconv.Itoa(i), db.count(t, `SELECT COUNT(*) FROM consents WHERE openid = 'a1' AND policy_version = $1`, strconv.Itoa(i)), want)
	}
}

// consentsAtOnce: of many at once one stays, and none fails.
func consentsAtOnce(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	var wg sync.WaitGroup
	for i := range 20 {
		at := []Store{s, other}[i%2]
		wg.Go(func() {
			if err := at.RecordConsent(t.Context(), consentOf(l, strconv.Itoa(i%4), noon.Add(time.Duration(i)*time.Second))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "consents", db.count(t, `SELECT COUNT(*) FROM consents`), 4)
}
