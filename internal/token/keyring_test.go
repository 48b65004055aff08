package token_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/token"
)

var allUses = []token.Use{token.ES256, token.RS256, token.Refresh, token.Replay, token.Fingerprint}

func TestOpenKeyring(t *testing.T) {
	t.Parallel()

	t.Run("MakesOneKeyOfEachUse", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		for _, use := range allUses {
			if diff := cmp.Diff([]int64{1}, h.store.seqs(use)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", use, diff)
			}
		}
		if n := len(published(t, h.keyring)); n != 2 {
			t.Errorf("%d keys in the JWKS", n)
		}
	})
	t.Run("KeysSurviveARestart", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		es, rs := h.issue(t, token.ES256), h.issue(t, token.RS256)
		_, before, err := h.keyring.Secret(token.Refresh, h.clock.now())
		if err != nil {
			t.Fatal(err)
		}
		again := h.open(t)
		for _, text := range []string{es, rs} {
			if _, err := h.verify(t, again).Verify(reveal(text)); err != nil {
				t.Error(err)
			}
		}
		if _, after, err := again.Secret(token.Refresh, h.clock.now()); err != nil || !bytes.Equal(before, after) {
			t.Errorf("the refresh key changed: %v", err)
		}
		if !bytes.Equal(h.keyring.JWKS(), again.JWKS()) {
			t.Error("the JWKS changed")
		}
	})
	t.Run("FourAtOnceMakeOneSetOfKeys", func(t *testing.T) {
		t.Parallel()
		h := &house{store: &memory{}, clock: newClock(), sealer: newSealer(t)}
		rings := make([]*token.Keyring, 4)
		store := &gathering{memory: h.store}
		store.missing.Add(len(rings))
		cfg := h.config()
		cfg.Store = store
		var wg sync.WaitGroup
		for i := range rings {
			wg.Go(func() {
				var err error
				if rings[i], err = token.OpenKeyring(context.Background(), cfg); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		for _, use := range allUses {
			if diff := cmp.Diff([]int64{1}, h.store.seqs(use)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", use, diff)
			}
		}
		for i, k := range rings {
			if !bytes.Equal(k.JWKS(), rings[0].JWKS()) {
				t.Errorf("keyring %d has another JWKS", i)
			}
			issuer := token.Issuer{Keyring: k, URL: issuerURL, Now: h.clock.now}
			text, _, err := issuer.Issue(someClaims(), token.ES256, token.TypeJWT, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			for j, other := range rings {
				if _, err := h.verify(t, other).Verify(reveal(text)); err != nil {
					t.Errorf("made by %d, seen by %d: %v", i, j, err)
				}
			}
		}
	})
	t.Run("LaterLeavesAKeyToRun", func(t *testing.T) {
		t.Parallel()
		h := &house{store: &memory{}, clock: newClock(), sealer: newSealer(t)}
		cfg := h.config()
		cfg.Later = []token.Use{token.RS256}
		k, err := token.OpenKeyring(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		issuer := token.Issuer{Keyring: k, URL: issuerURL, Now: h.clock.now}
		if _, _, err := issuer.Issue(someClaims(), token.RS256, token.TypeJWT, time.Time{}); err == nil {
			t.Error("signed with a key that is not there")
		}
		if _, _, err := issuer.Issue(someClaims(), token.ES256, token.TypeJWT, time.Time{}); err != nil {
			t.Error(err)
		}
		mustMaintain(t, k)
		if _, _, err := issuer.Issue(someClaims(), token.RS256, token.TypeJWT, time.Time{}); err != nil {
			t.Error(err)
		}
	})
}

// gathering lets all find an empty store before one can fill it.
type gathering struct {
	*memory
	missing sync.WaitGroup
}

func (s *gathering) SigningKeys(ctx context.Context) ([]token.StoredKey, error) {
	rows, err := s.memory.SigningKeys(ctx)
	if len(rows) == 0 {
		s.missing.Done()
		s.missing.Wait()
	}
	return rows, err
}

func TestOpenKeyring_Faults(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	sealed := func(use token.Use) []byte {
		for _, row := range h.store.rows {
			if row.Use == use {
				return row.Sealed
			}
		}
		return nil
	}
	forged := func(plain []byte, use token.Use) []byte {
		b, err := h.sealer.Seal(plain, "signing_key", string(use), "1")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	plainES, err := h.sealer.Open(sealed(token.ES256), "signing_key", "ES256", "1")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		use   token.Use
		row   func(*token.StoredKey)
		names string // what the error must hold
	}{
		"Truncated":       {token.ES256, func(k *token.StoredKey) { k.Sealed = k.Sealed[:len(k.Sealed)-1] }, "master key"},
		"Empty":           {token.Refresh, func(k *token.StoredKey) { k.Sealed = nil }, "master key"},
		"BitFlipped":      {token.RS256, func(k *token.StoredKey) { k.Sealed = slices.Clone(k.Sealed); k.Sealed[40] ^= 1 }, "master key"},
		"OfAnotherUse":    {token.Replay, func(k *token.StoredKey) { k.Sealed = sealed(token.Refresh) }, "master key"},
		"Renumbered":      {token.ES256, func(k *token.StoredKey) { k.Seq = 7 }, "master key"},
		"NoPKCS8":         {token.ES256, func(k *token.StoredKey) { k.Sealed = forged([]byte("rubbish"), token.ES256) }, "damaged"},
		"OfAnotherAlg":    {token.RS256, func(k *token.StoredKey) { k.Sealed = forged(plainES, token.RS256) }, "damaged"},
		"ShortSecret":     {token.Refresh, func(k *token.StoredKey) { k.Sealed = forged(nil, token.Refresh) }, "damaged"},
		"PublicAsPrivate": {token.ES256, func(k *token.StoredKey) { k.Sealed = forged(plainES[:30], token.ES256) }, "damaged"},
	} {
		store := &memory{rows: slices.Clone(h.store.rows)}
		store.change(tt.use, 1, tt.row)
		cfg := h.config()
		cfg.Store = store
		k, err := token.OpenKeyring(t.Context(), cfg)
		if err == nil || k != nil {
			t.Errorf("%s: opened", name)
			continue
		}
		if !strings.Contains(err.Error(), string(tt.use)+"/") || !strings.Contains(err.Error(), tt.names) {
			t.Errorf("%s: the error names neither key nor cause: %v", name, err)
		}
		if len(store.rows) != len(allUses) {
			t.Errorf("%s: the store was changed", name)
		}

		// A keyring that is open stays as it was.
		cfg.Store = &memory{rows: slices.Clone(h.store.rows)}
		if k, err = token.OpenKeyring(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		before := k.List()
		cfg.Store.(*memory).change(tt.use, 1, tt.row)
		if err := k.Maintain(t.Context()); err == nil {
			t.Errorf("%s: reloaded", name)
		}
		if diff := cmp.Diff(before, k.List()); diff != "" {
			t.Errorf("%s: the keys changed:\n%s", name, diff)
		}
	}
}

func TestOpenKeyring_AnotherMasterKey(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	cfg := h.config()
	cfg.Sealer = newSealer(t)
	_, err := token.OpenKeyring(t.Context(), cfg)
	if !errors.Is(err, seal.ErrOpen) || !strings.Contains(err.Error(), "another master key") {
		t.Fatalf("got %v", err)
	}
	for _, row := range h.store.rows {
		for _, form := range []string{string(row.Sealed), fmt.Sprintf("%x", row.Sealed[:16]), fmt.Sprintf("%d", row.Sealed[:16])} {
			if strings.Contains(err.Error(), form) {
				t.Error("the error holds sealed bytes")
			}
		}
	}
	if len(h.store.rows) != len(allUses) {
		t.Error("the store was changed")
	}
}

// Whatever the store answers while the first keys are made, the next start
// finds or completes them.
func TestOpenKeyring_StoreFaults(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	for at := 1; at <= 7; at++ {
		for _, apply := range []bool{false, true} {
			h := &house{store: &memory{}, clock: newClock(), sealer: newSealer(t)}
			h.store.fault = func(string) (bool, error) {
				if h.store.calls == at {
					return apply, broken
				}
				return true, nil
			}
			if _, err := token.OpenKeyring(t.Context(), h.config()); !errors.Is(err, broken) {
				t.Errorf("call %d fails: %v", at, err)
			}
			h.store.fault = nil
			k := h.open(t)
			for _, use := range allUses {
				if diff := cmp.Diff([]int64{1}, h.store.seqs(use)); diff != "" {
					t.Errorf("call %d, %s (-want +got):\n%s", at, use, diff)
				}
			}
			if len(published(t, k)) != 2 {
				t.Errorf("call %d: JWKS %s", at, k.JWKS())
			}
		}
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	now := h.clock.now()
	seen := map[string]bool{}
	for _, use := range []token.Use{token.Refresh, token.Replay, token.Fingerprint} {
		seq, secret, err := h.keyring.Secret(use, now)
		if err != nil || seq != 1 || len(secret) != 32 || seen[string(secret)] {
			t.Errorf("%s: %d, %d bytes, %v", use, seq, len(secret), err)
		}
		seen[string(secret)] = true
		if byNumber, ok := h.keyring.SecretByNumber(use, 1); !ok || !bytes.Equal(byNumber, secret) {
			t.Errorf("%s by number: %v", use, ok)
		}
		for _, n := range []int64{0, -1, 2, 1 << 40} {
			if _, ok := h.keyring.SecretByNumber(use, n); ok {
				t.Errorf("%s: there is a key number %d", use, n)
			}
		}
		// A time before the first key was made: a clock that lags.
		if early, _, err := h.keyring.Secret(use, now.Add(-time.Hour)); err != nil || early != 1 {
			t.Errorf("%s early: %d, %v", use, early, err)
		}
	}
	for _, use := range []token.Use{token.ES256, token.RS256, "", "nothing"} {
		if _, _, err := h.keyring.Secret(use, now); err == nil {
			t.Errorf("%q has a symmetric key", use)
		}
		if _, ok := h.keyring.SecretByNumber(use, 1); ok {
			t.Errorf("%q has a symmetric key of number 1", use)
		}
	}
	if _, ok := h.keyring.SecretByNumber(token.Use(h.kid(t, token.ES256)), 1); ok {
		t.Error("a kid is no use")
	}
}

func TestList_HoldsNoSecret(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, secret, err := h.keyring.Secret(token.Refresh, h.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	list := h.keyring.List()
	if len(list) != len(allUses) {
		t.Errorf("%d keys listed", len(list))
	}
	for _, info := range list {
		if !info.Active || info.Seq != 1 || (info.KeyID != "") != (info.Use == token.ES256 || info.Use == token.RS256) {
			t.Errorf("listed as %+v", info)
		}
	}
	if shown := fmt.Sprintf("%+v", list); strings.Contains(shown, fmt.Sprintf("%d", secret)) || strings.Contains(shown, string(secret)) {
		t.Error("the list holds a secret")
	}
}
