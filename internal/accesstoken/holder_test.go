package accesstoken_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hufu-id/hufu/internal/accesstoken"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

const canary = "72_CANARY"

var shop = wechat.App{ID: "wxdd00000000000001", Secret: secret.New("s")}

// source counts what WeChat is asked and answers with a new token each time.
type source struct {
	calls atomic.Int64
	err   error
	same  bool          // always the first token
	life  time.Duration // default: two hours
	wait  chan struct{} // nil: answers at once
}

func (s *source) StableToken(ctx context.Context, app wechat.App) (wechat.AccessToken, error) {
	n := s.calls.Add(1)
	if s.wait != nil {
		select {
		case <-s.wait:
		case <-ctx.Done():
			return wechat.AccessToken{}, ctx.Err()
		}
	}
	if s.err != nil {
		return wechat.AccessToken{}, s.err
	}
	if s.same {
		n = 1
	}
	life := s.life
	if life == 0 {
		life = 2 * time.Hour
	}
	return wechat.AccessToken{Value: secret.New(fmt.Sprintf("%s_%s_%d", canary, app.ID, n)), ExpiresIn: life}, nil
}

func holder(s *source) *accesstoken.Holder { return &accesstoken.Holder{Source: s, Now: time.Now} }

func token(t *testing.T, h *accesstoken.Holder, app wechat.App) string {
	t.Helper()
	got, err := h.Token(t.Context(), app, secret.String{})
	if err != nil {
		t.Fatal(err)
	}
	return got.Reveal()
}

func TestToken(t *testing.T) {
	t.Parallel()
	t.Run("ManyAtOnceAskOnce", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &source{wait: make(chan struct{})}
			h := holder(s)
			var got [50]string
			var wg sync.WaitGroup
			for i := range got {
				wg.Go(func() { got[i] = token(t, h, shop) })
			}
			synctest.Wait()
			if n := s.calls.Load(); n != 1 {
				t.Errorf("%d questions under way, want 1", n)
			}
			close(s.wait)
			wg.Wait()
			for _, each := range got {
				if each != got[0] {
					t.Fatalf("%s and %s", each, got[0])
				}
			}
			if n := s.calls.Load(); n != 1 {
				t.Errorf("asked %d times, want once", n)
			}
		})
	})
	t.Run("RenewedBeforeItsEnd", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &source{}
			h := holder(s)
			first := token(t, h, shop)
			time.Sleep(2*time.Hour - 4*time.Minute - time.Second) //nolint:forbidigo // inside a bubble
			if token(t, h, shop) != first {
				t.Error("renewed too early")
			}
			time.Sleep(time.Second) //nolint:forbidigo // inside a bubble
			if token(t, h, shop) == first {
				t.Error("still given in its last four minutes")
			}
		})
	})
	t.Run("ShortLivedIsNotKept", func(t *testing.T) {
		t.Parallel()
		s := &source{life: time.Minute}
		h := holder(s)
		if token(t, h, shop) == token(t, h, shop) {
			t.Error("a token about to end was given again")
		}
	})
	t.Run("AppsDoNotShare", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &source{wait: make(chan struct{})}
			h := holder(s)
			go func() { _, _ = h.Token(t.Context(), shop, secret.String{}) }()
			go func() { _, _ = h.Token(t.Context(), wechat.App{ID: "wxdd00000000000002"}, secret.String{}) }()
			synctest.Wait()
			if n := s.calls.Load(); n != 2 {
				t.Errorf("%d questions under way, want 2: one app's must not hold up the other's", n)
			}
			close(s.wait)
		})
	})
	t.Run("WhoWaitsMayGiveUp", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &source{wait: make(chan struct{})}
			h := holder(s)
			var first error
			var wg sync.WaitGroup
			wg.Go(func() { _, first = h.Token(t.Context(), shop, secret.String{}) })
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := h.Token(ctx, shop, secret.String{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
			close(s.wait)
			wg.Wait()
			if first != nil {
				t.Errorf("who asked was disturbed: %v", first)
			}
		})
	})
	t.Run("WhoAsksGivingUpLeavesTheNextFree", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &source{wait: make(chan struct{})}
			h := holder(s)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := h.Token(ctx, shop, secret.String{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
			close(s.wait)
			token(t, h, shop)
		})
	})
	t.Run("AFailureIsNotKept", func(t *testing.T) {
		t.Parallel()
		s := &source{err: &wechat.Error{Code: 40125}}
		h := holder(s)
		if _, err := h.Token(t.Context(), shop, secret.String{}); !errors.Is(err, s.err) {
			t.Fatalf("error %v", err)
		}
		s.err = nil
		token(t, h, shop)
	})
}

func TestDo(t *testing.T) {
	t.Parallel()
	for _, code := range []int{40001, 40014, 42001} {
		t.Run(fmt.Sprintf("RefusedOnceWith%d", code), func(t *testing.T) {
			t.Parallel()
			s := &source{}
			var seen []string
			err := holder(s).Do(t.Context(), shop, func(token secret.String) error {
				seen = append(seen, token.Reveal())
				if len(seen) == 1 {
					return &wechat.Error{Code: code}
				}
				return nil
			})
			if err != nil || len(seen) != 2 || seen[0] == seen[1] || s.calls.Load() != 2 {
				t.Errorf("%v, %d calls with %v, %d questions", err, len(seen), seen, s.calls.Load())
			}
		})
		t.Run(fmt.Sprintf("RefusedForEverWith%d", code), func(t *testing.T) {
			t.Parallel()
			s, calls := &source{}, 0
			err := holder(s).Do(t.Context(), shop, func(secret.String) error {
				calls++
				return fmt.Errorf("wrapped: %w", &wechat.Error{Code: code})
			})
			if refusal, ok := errors.AsType[*wechat.Error](err); !ok || refusal.Code != code || calls != 2 || s.calls.Load() != 2 {
				t.Errorf("%v after %d calls and %d questions, want the refusal after two of each", err, calls, s.calls.Load())
			}
		})
	}
	t.Run("TheSameTokenAgain", func(t *testing.T) {
		t.Parallel()
		s, calls := &source{same: true}, 0
		_ = holder(s).Do(t.Context(), shop, func(secret.String) error { calls++; return &wechat.Error{Code: 40001} })
		if calls > 2 || s.calls.Load() > 2 {
			t.Errorf("%d calls, %d questions: it must not loop", calls, s.calls.Load())
		}
	})
	t.Run("OtherFailuresAreNotRepeated", func(t *testing.T) {
		t.Parallel()
		for _, failure := range []error{&wechat.Error{Code: 45009}, &wechat.Error{Code: -1}, errors.New("x"), context.Canceled} {
			s, calls := &source{}, 0
			err := holder(s).Do(t.Context(), shop, func(secret.String) error { calls++; return failure })
			if !errors.Is(err, failure) || calls != 1 || s.calls.Load() != 1 {
				t.Errorf("%v: %v after %d calls and %d questions", failure, err, calls, s.calls.Load())
			}
		}
	})
	t.Run("NoTokenNoCall", func(t *testing.T) {
		t.Parallel()
		s := &source{err: errors.New("down")}
		err := holder(s).Do(t.Context(), shop, func(secret.String) error { t.Error("called without a token"); return nil })
		if !errors.Is(err, s.err) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("ManyRefusedAtOnceRenewOnce", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &source{}
			h := holder(s)
			bad := token(t, h, shop)
			var wg sync.WaitGroup
			barrier := make(chan struct{})
			for range 50 {
				wg.Go(func() {
					err := h.Do(t.Context(), shop, func(token secret.String) error {
						<-barrier
						if token.Reveal() == bad {
							return &wechat.Error{Code: 42001}
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
			close(barrier)
			wg.Wait()
			if n := s.calls.Load(); n != 2 {
				t.Errorf("asked %d times, want 2: one refused token, one renewal", n)
			}
		})
	})
}

func TestTokenIsNeverPrinted(t *testing.T) {
	t.Parallel()
	s := &source{}
	h := holder(s)
	got, err := h.Token(t.Context(), shop, secret.String{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "holder", h, "got", got)
	text := fmt.Sprintf("%v %+v %#v %s %q %x", h, h, h, got, got, got) + out.String()
	err = h.Do(t.Context(), shop, func(token secret.String) error { return fmt.Errorf("with %v", token) })
	text += err.Error()
	if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
		t.Errorf("a token stands in %s", text)
	}
}
