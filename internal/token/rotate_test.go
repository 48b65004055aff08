package token_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/token"
)

const skew = 5 * time.Minute

func wantSeqs(t *testing.T, h *house, use token.Use, want ...int64) {
	t.Helper()
	if diff := cmp.Diff(want, h.store.seqs(use)); diff != "" {
		t.Errorf("%s keys (-want +got):\n%s", use, diff)
	}
}

func TestRotate_Overlap(t *testing.T) {
	t.Parallel()
	for _, alg := range []token.Use{token.ES256, token.RS256} {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			first := kidOf(t, h.issue(t, alg))
			if err := h.keyring.Rotate(t.Context(), alg, false); err != nil {
				t.Fatal(err)
			}
			// Published at once, signs after the lead.
			if n := len(published(t, h.keyring)); n != 3 {
				t.Fatalf("%d keys published", n)
			}
			h.clock.advance(token.DefaultLead - time.Millisecond)
			lastOfFirst := h.issue(t, alg)
			if kidOf(t, lastOfFirst) != first {
				t.Error("the new key signs before its time")
			}
			h.clock.advance(time.Millisecond)
			text := h.issue(t, alg)
			second := kidOf(t, text)
			if second == first || !slices.Contains(published(t, h.keyring), second) {
				t.Error("the new key does not sign, or is not published")
			}
			for _, each := range []string{text, lastOfFirst} {
				if _, err := h.verifier.Verify(reveal(each)); err != nil {
					t.Error(err)
				}
			}
			// The old one stays for the life of what it signed, and the skew.
			h.clock.advance(token.DefaultLife + skew - time.Millisecond)
			mustMaintain(t, h.keyring)
			if !slices.Contains(published(t, h.keyring), first) {
				t.Error("the old key is gone before its time")
			}
			h.clock.advance(time.Millisecond)
			mustMaintain(t, h.keyring)
			if got := published(t, h.keyring); slices.Contains(got, first) || !slices.Contains(got, second) {
				t.Error("the old key stays, or the new one is gone")
			}
			wantSeqs(t, h, alg, 2)
			refused(t, h.verifier, lastOfFirst, "invalid_token")
			if kidOf(t, h.issue(t, alg)) != second {
				t.Error("another key signs")
			}
		})
	}
}

// A key that another replica has not seen must sign nothing yet, not even if it
// should at once.
func TestRotate_NowWaitsForTheOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := h.open(t)
	first := kidOf(t, h.issue(t, token.ES256))
	if err := h.keyring.Rotate(t.Context(), token.ES256, true); err != nil {
		t.Fatal(err)
	}
	if len(published(t, h.keyring)) != 3 {
		t.Error("the new key is not published at once")
	}
	h.clock.advance(29 * time.Second)
	if kidOf(t, h.issue(t, token.ES256)) != first {
		t.Error("the new key signs before the others can know it")
	}
	mustMaintain(t, other)
	h.clock.advance(time.Second)
	text := h.issue(t, token.ES256)
	if kidOf(t, text) == first {
		t.Error("the new key does not sign after 30 s")
	}
	if _, err := h.verify(t, other).Verify(reveal(text)); err != nil {
		t.Errorf("another replica: %v", err)
	}
	// Once more: it is a new wish now.
	if err := h.keyring.Rotate(t.Context(), token.ES256, true); err != nil {
		t.Fatal(err)
	}
	wantSeqs(t, h, token.ES256, 1, 2, 3)
}

// A waiting key satisfies every further wish, but not the wish to sign sooner.
func TestRotate_Waiting(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rotate := func(now bool) {
		t.Helper()
		if err := h.keyring.Rotate(t.Context(), token.ES256, now); err != nil {
			t.Fatal(err)
		}
	}
	rotate(false)
	rotate(false)
	wantSeqs(t, h, token.ES256, 1, 2)
	rotate(true)
	rotate(true)
	rotate(false)
	wantSeqs(t, h, token.ES256, 1, 2, 3)

	kids := map[int64]string{}
	for _, info := range h.keyring.List() {
		if info.Use == token.ES256 {
			kids[info.Seq] = info.KeyID
		}
	}
	for _, tt := range []struct {
		after time.Duration
		signs int64
	}{{0, 1}, {29 * time.Second, 1}, {30 * time.Second, 3}, {10 * time.Minute, 3}, {time.Hour, 3}} {
		i := *h.issuer
		i.Now = func() time.Time { return h.clock.now().Add(tt.after) }
		text, _, err := i.Issue(someClaims(), token.ES256, token.TypeJWT, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if kidOf(t, text) != kids[tt.signs] {
			t.Errorf("after %v key %d does not sign", tt.after, tt.signs)
		}
	}
	// The first stopped when the third began; the second never made anything.
	h.clock.advance(30*time.Second + token.DefaultLife + skew - time.Millisecond)
	mustMaintain(t, h.keyring)
	wantSeqs(t, h, token.ES256, 1, 2, 3)
	h.clock.advance(time.Millisecond)
	mustMaintain(t, h.keyring)
	wantSeqs(t, h, token.ES256, 3)
}

func TestRotate_Refuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, use := range []token.Use{token.Replay, token.Fingerprint, "", "HS256"} {
		if err := h.keyring.Rotate(t.Context(), use, false); err == nil {
			t.Errorf("%q was rotated", use)
		}
	}
	if err := h.keyring.RotateAll(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	for use, want := range map[token.Use][]int64{token.ES256: {1, 2}, token.RS256: {1, 2}, token.Refresh: {1, 2}, token.Replay: {1}, token.Fingerprint: {1}} {
		wantSeqs(t, h, use, want...)
	}
}

// Eight replicas and people at once, in whatever order: one new key.
func TestRotate_Concurrent(t *testing.T) {
	t.Parallel()
	for _, now := range []bool{false, true} {
		h := newHouse(t)
		var wg sync.WaitGroup
		for range 8 {
			k := h.open(t)
			wg.Go(func() {
				if err := k.Rotate(context.Background(), token.ES256, now); err != nil {
					t.Error(err)
				}
				if n := len(k.List()); n != len(allUses)+1 {
					t.Errorf("a replica knows %d keys after its rotation", n)
				}
			})
		}
		wg.Wait()
		wantSeqs(t, h, token.ES256, 1, 2)
	}
}

// A replica whose clock was years ahead has made a key for then. It must not
// keep others from being made, nor live ones from signing.
func TestRotate_KeyOfAClockGoneAstray(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	mad := h.config()
	mad.Now = func() time.Time { return h.clock.now().AddDate(3, 0, 0) }
	k, err := token.OpenKeyring(t.Context(), mad)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Rotate(t.Context(), token.ES256, false); err != nil {
		t.Fatal(err)
	}
	if err := h.keyring.Rotate(t.Context(), token.ES256, false); err != nil {
		t.Fatal(err)
	}
	wantSeqs(t, h, token.ES256, 1, 2, 3)
	h.clock.advance(token.DefaultLead)
	for _, info := range h.keyring.List() {
		if info.Use == token.ES256 && info.Active != (info.Seq == 3) {
			t.Errorf("key %d active: %v", info.Seq, info.Active)
		}
	}
}

func TestRotate_StoreFaults(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	for _, op := range []string{"list", "insert"} {
		for _, apply := range []bool{false, true} {
			h := newHouse(t)
			h.store.fault = func(got string) (bool, error) {
				if got == op {
					return apply, broken
				}
				return true, nil
			}
			if err := h.keyring.Rotate(t.Context(), token.ES256, false); !errors.Is(err, broken) {
				t.Errorf("%s: %v", op, err)
			}
			text := h.issue(t, token.ES256) // with what it holds
			if _, err := h.verifier.Verify(reveal(text)); err != nil {
				t.Error(err)
			}
			h.store.fault = nil
			if err := h.keyring.Rotate(t.Context(), token.ES256, false); err != nil {
				t.Errorf("again: %v", err)
			}
			wantSeqs(t, h, token.ES256, 1, 2) // also where the first took effect
		}
	}
	// A key that can't be deleted stays, and is deleted later.
	for _, apply := range []bool{false, true} {
		h := newHouse(t)
		if err := h.keyring.Rotate(t.Context(), token.ES256, false); err != nil {
			t.Fatal(err)
		}
		h.clock.advance(time.Hour)
		h.store.fault = func(op string) (bool, error) {
			if op == "delete" {
				return apply, broken
			}
			return true, nil
		}
		if err := h.keyring.Maintain(t.Context()); !errors.Is(err, broken) {
			t.Errorf("delete: %v", err)
		}
		h.store.fault = nil
		mustMaintain(t, h.keyring)
		wantSeqs(t, h, token.ES256, 2)
	}
}

// An operator moves a waiting key's time in the store: the time is taken over.
func TestReload_ChangedTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := kidOf(t, h.issue(t, token.ES256))
	if err := h.keyring.Rotate(t.Context(), token.ES256, false); err != nil {
		t.Fatal(err)
	}
	h.store.change(token.ES256, 2, func(k *token.StoredKey) { k.ActiveFrom = k.CreatedAt })
	if err := h.keyring.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if kidOf(t, h.issue(t, token.ES256)) == first {
		t.Error("the old time still holds")
	}
}
