package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
)

func apiKeys(t *testing.T, db Database) {
	s := db.open(t)
	all, _, err := app.NewKey(app.KeyOrder{Name: "订单 service", Scopes: []string{"users:read", "users:write"}}, noon)
	if err != nil {
		t.Fatal(err)
	}
	one, _, err := app.NewKey(app.KeyOrder{Name: "one", Scopes: []string{"admin"}, AppIDs: []id.AppID{appB, appA}}, noon.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []app.KeyRecord{one, all} {
		if err := s.MakeAPIKey(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.MakeAPIKey(t.Context(), one); err == nil {
		t.Error("a key was made twice")
	}
	other := db.open(t) // another replica
	list, err := other.APIKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "keys", list, []app.KeyRecord{all, one})

	touch := func(at time.Time) {
		t.Helper()
		if err := s.TouchAPIKey(t.Context(), one.ID, at); err != nil {
			t.Fatal(err)
		}
	}
	touch(noon.Add(time.Hour))
	touch(noon.Add(time.Minute)) // known to be later
	one.LastUsedAt = noon.Add(time.Hour)
	for i, want := range []bool{true, false} {
		revoked, err := s.RevokeAPIKey(t.Context(), one.ID, noon.Add(time.Duration(i+2)*time.Hour))
		if err != nil || revoked != want {
			t.Errorf("RevokeAPIKey %d: %t, %v", i, revoked, err)
		}
	}
	one.RevokedAt = noon.Add(2 * time.Hour)
	got, err := other.APIKey(t.Context(), one.ID)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "a revoked key", got, one)

	unknown := id.NewKeyID(noon)
	if _, err := s.APIKey(t.Context(), unknown); !errors.Is(err, app.ErrKeyNotFound) {
		t.Errorf("an unknown key: %v", err)
	}
	if _, err := s.RevokeAPIKey(t.Context(), unknown, noon); !errors.Is(err, app.ErrKeyNotFound) {
		t.Errorf("an unknown key revoked: %v", err)
	}
	if err := s.TouchAPIKey(t.Context(), unknown, noon); err != nil {
		t.Errorf("an unknown key touched: %v", err)
	}
}
