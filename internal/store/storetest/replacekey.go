package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
)

func replacesAPIKeys(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	old, _, err := app.NewKey(app.KeyOrder{Name: "orders", Scopes: []string{"users:read"}, AppIDs: []id.AppID{appA}}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.MakeAPIKey(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	replace := func(key id.KeyID, expires, at time.Time) (app.KeyRecord, error) {
		t.Helper()
		next, _, err := old.Successor(at)
		if err != nil {
			t.Fatal(err)
		}
		return next, s.ReplaceAPIKey(t.Context(), key, next, expires, at)
	}
	read := func(key id.KeyID) app.KeyRecord {
		t.Helper()
		r, err := other.APIKey(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	next, err := replace(old.ID, noon.Add(day), noon)
	if err != nil {
		t.Fatal(err)
	}
	old.ExpiresAt = noon.Add(day)
	equal(t, "the old key", read(old.ID), old)
	equal(t, "the new key", read(next.ID), next)
	equal(t, "audit", db.count(t, `SELECT COUNT(*) FROM audit WHERE (action = 'key.created' AND key_id = $1) OR (action = 'key.revoked' AND key_id = $2)`,
		string(next.ID), string(old.ID)), 2)

	// Once more, as whoever has lost the new key would: it never lives longer.
	if _, err := replace(old.ID, noon.Add(2*day), noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	equal(t, "replaced later", read(old.ID).ExpiresAt, noon.Add(day))
	if _, err := replace(old.ID, noon.Add(time.Hour), noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	equal(t, "replaced sooner", read(old.ID).ExpiresAt, noon.Add(time.Hour))
	count := db.count(t, `SELECT COUNT(*) FROM api_keys`)
	if _, err := replace(old.ID, noon.Add(day), noon.Add(time.Hour)); !errors.Is(err, app.ErrKeyGone) {
		t.Errorf("an expired key: %v", err)
	}
	if _, err := replace(next.ID, noon, noon); err != nil {
		t.Fatal(err)
	}
	equal(t, "replaced at once", read(next.ID).RevokedAt, noon)
	if _, err := replace(next.ID, noon.Add(day), noon); !errors.Is(err, app.ErrKeyGone) {
		t.Errorf("a revoked key: %v", err)
	}
	if _, err := replace(id.NewKeyID(noon), noon.Add(day), noon); !errors.Is(err, app.ErrKeyNotFound) {
		t.Errorf("an unknown key: %v", err)
	}
	equal(t, "keys after refusals", db.count(t, `SELECT COUNT(*) FROM api_keys`), count+1)
}
