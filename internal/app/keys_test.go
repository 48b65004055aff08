package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
)

// keyRows keep keys in memory.
type keyRows struct {
	mu      sync.Mutex
	rows    map[id.KeyID]app.KeyRecord
	asked   int
	touched int
	fault   error
}

func (k *keyRows) MakeAPIKey(_ context.Context, r app.KeyRecord) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rows[r.ID] = r
	return nil
}

func (k *keyRows) APIKey(_ context.Context, key id.KeyID) (app.KeyRecord, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	r, ok := k.rows[key]
	if !ok && k.fault == nil {
		return r, app.ErrKeyNotFound
	}
	return r, k.fault
}

func (k *keyRows) APIKeys(context.Context) ([]app.KeyRecord, error) { return nil, nil }

func (k *keyRows) RevokeAPIKey(_ context.Context, key id.KeyID, at time.Time) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r := k.rows[key]
	r.RevokedAt = at
	k.rows[key] = r
	return true, nil
}

func (k *keyRows) ReplaceAPIKey(_ context.Context, key id.KeyID, successor app.KeyRecord, expires, _ time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	r := k.rows[key]
	r.ExpiresAt = expires
	k.rows[key], k.rows[successor.ID] = r, successor
	return nil
}

func (k *keyRows) TouchAPIKey(context.Context, id.KeyID, time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.touched++
	return nil
}

func newKey(t *testing.T, rows *keyRows) (app.KeyRecord, secret.String) {
	t.Helper()
	r, key, err := app.NewKey(app.KeyOrder{Name: "x", Scopes: []string{"users:write", "users:read", "users:read"}, AppIDs: []id.AppID{"wx1"}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.MakeAPIKey(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r, key
}

func TestKeys(t *testing.T) {
	t.Parallel()
	rows := &keyRows{rows: map[id.KeyID]app.KeyRecord{}}
	keys := app.NewKeys(rows, nil, nil)
	r, key := newKey(t, rows)
	other, otherKey := newKey(t, rows)
	got, err := keys.Authenticate(t.Context(), key)
	if err != nil || got.ID != r.ID || !slices.Equal(got.Scopes, []string{"users:read", "users:write"}) || !got.For("wx1") || got.For("wx2") {
		t.Fatalf("%+v, %v", got, err)
	}
	text, otherText := key.Reveal(), otherKey.Reveal()
	unknown := id.NewKeyID(time.Now())
	for what, bad := range map[string]string{
		"empty": "", "prefix": "hfk_", "short": text[:len(text)-1], "long": text + "0", "upper case": strings.ToUpper(text), "access token": "a.b.c",
		"id": string(r.ID), "secret alone": text[30:], "secret of another": text[:30] + otherText[30:],
		"unknown id": "hfk_" + strings.TrimPrefix(string(unknown), "key_") + text[30:], "no digits": text[:69] + "u",
	} {
		if _, err := keys.Authenticate(t.Context(), secret.New(bad)); problem.CodeOf(err) != problem.InvalidToken {
			t.Errorf("%s: %v", what, err)
		}
	}
	if other.Hash == r.Hash || strings.Contains(fmt.Sprintf("%v %+v %#v", r, r, key), text[30:]) {
		t.Error("the record holds the key")
	}
	rows.fault = errors.New("the store is away")
	if _, err := keys.Authenticate(t.Context(), secret.New("hfk_"+strings.TrimPrefix(string(unknown), "key_")+text[30:])); problem.CodeOf(err) != problem.Internal {
		t.Errorf("without a store: %v", err)
	}
}

func TestNewKey_Refuses(t *testing.T) {
	t.Parallel()
	for what, order := range map[string]app.KeyOrder{
		"no name": {Scopes: []string{"admin"}}, "control": {Name: "a\nb", Scopes: []string{"admin"}}, "no scope": {Name: "a"},
		"other scope": {Name: "a", Scopes: []string{"users"}}, "bad appid": {Name: "a", Scopes: []string{"admin"}, AppIDs: []id.AppID{"wx 1"}},
	} {
		if _, _, err := app.NewKey(order, time.Now()); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}

// TestKeys_Replaced: both keys are good while they overlap, and the old one is
// refused within a second after.
func TestKeys_Replaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rows := &keyRows{rows: map[id.KeyID]app.KeyRecord{}}
		keys := app.NewKeys(rows, nil, nil)
		r, key := newKey(t, rows)
		next, nextKey, err := r.Successor(time.Now())
		if err != nil || next.ID == r.ID || next.Hash == r.Hash || next.Name != r.Name || !slices.Equal(next.Scopes, r.Scopes) || !slices.Equal(next.AppIDs, r.AppIDs) {
			t.Fatalf("successor %+v, %v", next, err)
		}
		expires := time.Now().Add(time.Hour)
		if err := rows.ReplaceAPIKey(t.Context(), r.ID, next, expires, time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(expires) - time.Millisecond) //nolint:forbidigo // of the bubble's clock
		for _, each := range []secret.String{key, nextKey} {
			if _, err := keys.Authenticate(t.Context(), each); err != nil {
				t.Errorf("while they overlap: %v", err)
			}
		}
		time.Sleep(time.Millisecond) //nolint:forbidigo // of the bubble's clock
		if _, err := keys.Authenticate(t.Context(), key); problem.CodeOf(err) != problem.InvalidToken {
			t.Errorf("the old key after it expired: %v", err)
		}
		if _, err := keys.Authenticate(t.Context(), nextKey); err != nil {
			t.Errorf("the new key: %v", err)
		}
	})
}

// TestKeys_AtMostASecondOld: many calls cost few look-ups, and a key that was
// revoked elsewhere is refused within a second; its use is noted once a minute.
func TestKeys_AtMostASecondOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rows := &keyRows{rows: map[id.KeyID]app.KeyRecord{}}
		keys := app.NewKeys(rows, nil, nil)
		ctx, stop := context.WithCancel(t.Context())
		go keys.Run(ctx)
		r, key := newKey(t, rows)
		for range 1000 {
			if _, err := keys.Authenticate(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond) //nolint:forbidigo // of the bubble's clock
		}
		synctest.Wait()
		if rows.asked > 3 || rows.touched != 1 {
			t.Errorf("%d look-ups, %d notes", rows.asked, rows.touched)
		}
		if _, err := rows.RevokeAPIKey(t.Context(), r.ID, time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble's clock
		if _, err := keys.Authenticate(t.Context(), key); problem.CodeOf(err) != problem.InvalidToken {
			t.Errorf("a second after it was revoked: %v", err)
		}
		stop()
		synctest.Wait()
	})
}
