package token_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/token"
)

func TestMaintain_ByAge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a, b := h.keyring, h.open(t)
	h.clock.advance(token.DefaultMaxAge - time.Second)
	mustMaintain(t, a, b)
	wantSeqs(t, h, token.ES256, 1)
	h.clock.advance(time.Second)
	var wg sync.WaitGroup
	for _, k := range []*token.Keyring{a, b, a, b} {
		wg.Go(func() {
			if err := k.Maintain(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for use, want := range map[token.Use][]int64{token.ES256: {1, 2}, token.RS256: {1, 2}, token.Refresh: {1, 2}, token.Replay: {1}, token.Fingerprint: {1}} {
		wantSeqs(t, h, use, want...)
	}
	h.clock.advance(token.DefaultLead + token.DefaultLife + skew)
	mustMaintain(t, a, b)
	wantSeqs(t, h, token.ES256, 2)
	wantSeqs(t, h, token.Refresh, 1, 2)

	never := h.config()
	never.MaxAge = -1
	k, err := token.OpenKeyring(t.Context(), never)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.advance(10 * token.DefaultMaxAge)
	mustMaintain(t, k)
	wantSeqs(t, h, token.ES256, 2)
}

// The judge reads the keys, and another replica rotates before it acts: the
// number it takes is the one after the key it judged.
func TestMaintain_JudgedWhileAnotherRotates(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.open(t)
	h.clock.advance(token.DefaultMaxAge)
	slow := &interposed{memory: h.store, before: func() { mustMaintain(t, b) }}
	cfg := h.config()
	cfg.Store = slow
	a, err := token.OpenKeyring(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	slow.armed = true
	mustMaintain(t, a)
	for _, use := range []token.Use{token.ES256, token.RS256, token.Refresh} {
		wantSeqs(t, h, use, 1, 2)
	}
	if diff := cmp.Diff(b.List(), a.List()); diff != "" {
		t.Errorf("the two differ:\n%s", diff)
	}
}

// interposed lets something happen just before the first insert.
type interposed struct {
	*memory
	armed  bool
	before func()
}

func (s *interposed) InsertSigningKey(ctx context.Context, k token.StoredKey) error {
	if s.armed {
		s.armed = false
		s.before()
	}
	return s.memory.InsertSigningKey(ctx, k)
}

func TestMaintain_RefreshKeysStayForTheLongestSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, first, err := h.keyring.Secret(token.Refresh, h.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.keyring.Rotate(t.Context(), token.Refresh, false); err != nil {
		t.Fatal(err)
	}
	made := h.clock.now()
	h.clock.advance(token.DefaultLead)
	if seq, _, err := h.keyring.Secret(token.Refresh, h.clock.now()); err != nil || seq != 2 {
		t.Errorf("key %d makes refresh tokens: %v", seq, err)
	}
	// What was made at a time gone by is made again with the key of that time.
	if seq, _, err := h.keyring.Secret(token.Refresh, made); err != nil || seq != 1 {
		t.Errorf("key %d made the refresh tokens of then: %v", seq, err)
	}
	h.clock.advance(token.DefaultRefreshLife + skew - time.Millisecond)
	mustMaintain(t, h.keyring)
	if got, ok := h.keyring.SecretByNumber(token.Refresh, 1); !ok || string(got) != string(first) {
		t.Error("the old refresh key is gone before its time")
	}
	h.clock.advance(time.Millisecond)
	mustMaintain(t, h.keyring)
	if _, ok := h.keyring.SecretByNumber(token.Refresh, 1); ok {
		t.Error("the old refresh key stays")
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, log := &memory{}, &strings.Builder{}
		cfg := token.KeyringConfig{Store: store, Sealer: newSealer(t), Later: []token.Use{token.RS256},
			Logger: slog.New(slog.NewTextHandler(log, nil))}
		a, err := token.OpenKeyring(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); a.Run(ctx) }()
		synctest.Wait()
		if len(store.seqs(token.RS256)) != 1 {
			t.Error("the key left for later is not made at once")
		}
		b, err := token.OpenKeyring(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Rotate(t.Context(), token.ES256, true); err != nil {
			t.Fatal(err)
		}
		if len(published(t, a)) != 2 {
			t.Error("known too soon: the test shows nothing")
		}
		<-time.After(15 * time.Second) // of the bubble's clock
		synctest.Wait()
		if len(published(t, a)) != 3 {
			t.Error("another replica's key is not known after 15 s")
		}
		store.mu.Lock()
		store.fault = func(string) (bool, error) { return false, errors.New("connection lost") }
		store.mu.Unlock()
		<-time.After(15 * time.Second)
		synctest.Wait()
		if n := strings.Count(log.String(), "keys could not be maintained"); n != 1 || len(published(t, a)) != 3 {
			t.Errorf("after a fault: %d lines logged, %d keys", n, len(published(t, a)))
		}
		cancel()
		<-done
		if strings.Count(log.String(), "level=ERROR") != 1 {
			t.Error("the end was logged as a fault")
		}
	})
}
