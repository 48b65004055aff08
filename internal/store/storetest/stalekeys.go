package storetest

import (
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
)

func staleKeys(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	first := login(appA, "a1", noon)
	record(t, s, first)
	stale := func(openid id.OpenID) bool {
		t.Helper()
		is, err := other.KeyStale(t.Context(), appA, openid)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	mark := func(newest []byte, asked time.Time) {
		t.Helper()
		if err := s.MarkKeyStale(t.Context(), appA, "a1", newest, asked); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "before", stale("a1"), false)
	equal(t, "of nobody", stale("a2"), false)
	mark(first.Key[:], noon)
	equal(t, "marked", stale("a1"), true)

	// Sealed anew, it is the same key.
	anew := first.Key
	fill(anew[24:])
	mark(anew[:], noon.Add(time.Second))
	equal(t, "marked once more", db.count(t, `SELECT COUNT(*) FROM identities WHERE session_key_stale_at = $1`, noon.Add(time.Second).UnixMilli()), 1)

	second := login(appA, "a1", noon.Add(time.Minute))
	record(t, s, second)
	equal(t, "after a login", stale("a1"), false)
	mark(first.Key[:], noon.Add(2*time.Minute))
	equal(t, "a key that is the newest no more", stale("a1"), false)
	mark(second.Key[:], noon.Add(time.Minute-time.Millisecond))
	equal(t, "asked before the login that told the key", stale("a1"), false)
	mark(second.Key[:], noon.Add(2*time.Minute))
	equal(t, "the newest", stale("a1"), true)
	again := login(appA, "a1", noon.Add(3*time.Minute))
	again.Key = second.Key
	record(t, s, again)
	equal(t, "after the same key came again", stale("a1"), false)
}
