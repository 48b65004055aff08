package verify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/verify"
)

// pass lets time go by, and what was waiting for it do its work.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the bubble's clock
	synctest.Wait()
}

// unknown is a token like ours whose key nobody has heard of.
func (f *forger) unknown(n int) string {
	return f.sign(headerOf("ES256", fmt.Sprintf("key-%d", n), ""), f.payload)
}

// fresh is a token of this moment.
func (f *forger) fresh(t *testing.T) string { return f.issue(t, token.ES256) }

func TestKeys_ConcurrentFirstUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.breakBy(func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second) //nolint:forbidigo // the bubble's clock: a slow issuer
			return nil, nil
		})
		v, text := h.verifier(t), h.issue(t, token.ES256)
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() { accepted(t, v, text) })
		}
		group.Wait()
		if h.count(pathMeta) != 1 || h.count(pathJWKS) != 1 {
			t.Errorf("it asked for %v", h.calls)
		}
	})
}

// The keys are renewed before they are too old, behind the caller's back.
func TestKeys_Refresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newForger(t)
		v := f.verifier(t)
		accepted(t, v, f.fresh(t))
		pass(3 * time.Minute)
		accepted(t, v, f.fresh(t))
		if n := f.count(pathJWKS); n != 1 {
			t.Errorf("%d fetches after 3 minutes of 5", n)
		}
		pass(time.Minute)
		hold := make(chan struct{})
		f.breakBy(func(*http.Request) (*http.Response, error) { <-hold; return nil, nil })
		accepted(t, v, f.fresh(t)) // does not wait
		synctest.Wait()
		close(hold)
		synctest.Wait()
		if f.count(pathJWKS) != 2 || f.count(pathMeta) != 1 {
			t.Errorf("after 4 minutes of 5: %v", f.calls)
		}
		f.breakBy(nil)
		pass(time.Hour) // nobody asked: no fetch
		if n := f.count(pathJWKS); n != 2 {
			t.Errorf("%d fetches", n)
		}
		// Keys that are too old are renewed first: a key that was taken back
		// since is not accepted once more.
		text := f.fresh(t)
		if err := f.store.DeleteSigningKey(t.Context(), token.ES256, 1); err != nil {
			t.Fatal(err)
		}
		if err := f.keyring.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, v, text, verify.ErrInvalid)
	})
}

// A rotation on hufu's own keyring goes unnoticed.
func TestKeys_Rotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newForger(t)
		v := f.verifier(t)
		old := f.fresh(t)
		accepted(t, v, old)
		for _, now := range []bool{false, true} { // in 10 minutes, in 30 seconds
			before := f.kid(t, token.ES256)
			if err := f.keyring.Rotate(t.Context(), token.ES256, now); err != nil {
				t.Fatal(err)
			}
			for range 22 {
				pass(30 * time.Second)
				accepted(t, v, f.fresh(t))
				if time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)) < 15*time.Minute {
					accepted(t, v, old)
				}
			}
			if f.kid(t, token.ES256) == before {
				t.Error("the new key does not sign: the test shows nothing")
			}
		}
	})
}

// However many key ids an attacker makes up, the issuer hears of it once per
// interval.
func TestKeys_UnknownFlood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newForger(t)
		v := f.verifier(t)
		accepted(t, v, f.fresh(t))
		flood := func(from int) {
			var group sync.WaitGroup
			for i := range 100 {
				group.Go(func() { want(t, v, f.unknown(from+i), verify.ErrInvalid) })
			}
			group.Wait()
		}
		flood(0)
		for i := range 6 {
			pass(9 * time.Second)
			flood(100 * i)
			if n := f.count(pathJWKS); n != 1+i {
				t.Errorf("%d fetches in interval %d", n, i)
			}
			pass(time.Second)
			flood(100 * i)
			accepted(t, v, f.fresh(t))
		}
		if n := f.count(pathJWKS); n != 7 {
			t.Errorf("%d fetches in a minute", n)
		}
		// Foreign tokens and torn ones ask for nothing at all.
		pass(10 * time.Second)
		foreign := strings.Replace(f.payload, issuerURL, "https://evil.example", 1)
		want(t, v, f.sign(headerOf("ES256", "key-x", ""), foreign), verify.ErrInvalid)
		want(t, v, "x.y.z", verify.ErrInvalid)
		if n := f.count(pathJWKS); n != 7 {
			t.Errorf("%d fetches for foreign tokens", n-7)
		}
	})
}

// While the issuer is down, what is known goes on, up to a bound; what is
// unknown cannot be judged; and the issuer is asked ever more seldom.
func TestKeys_Outage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newForger(t)
		v := f.verifier(t, verify.WithOutageTolerance(2*time.Hour))
		accepted(t, v, f.fresh(t))
		f.breakBy(down)
		asked := len(f.calls)
		for range 59 {
			pass(time.Minute)
			accepted(t, v, f.fresh(t))
			want(t, v, f.unknown(1), verify.ErrUnavailable)
		}
		if n := len(f.calls) - asked; n > 59*2 || n < 30 {
			t.Errorf("%d calls in an hour of outage", n)
		}
		if err := v.Ready(t.Context()); err != nil {
			t.Errorf("ready: %v", err) // as Verify is
		}
		burst := len(f.calls)
		for i := range 100 {
			want(t, v, f.unknown(i), verify.ErrUnavailable)
		}
		if n := len(f.calls) - burst; n > 1 {
			t.Errorf("%d calls at once", n)
		}
		pass(2 * time.Hour)
		want(t, v, f.fresh(t), verify.ErrUnavailable)
		if err := v.Ready(t.Context()); !errors.Is(err, verify.ErrUnavailable) {
			t.Errorf("ready: %v", err)
		}
		f.breakBy(nil)
		pass(time.Minute)
		accepted(t, v, f.fresh(t))
		want(t, v, f.unknown(1), verify.ErrInvalid)
	})
}

// An issuer that takes calls and never answers holds up one request, not each.
func TestKeys_Hanging(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newForger(t)
		v := f.verifier(t)
		accepted(t, v, f.fresh(t))
		f.breakBy(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		pass(6 * time.Minute)
		text := f.fresh(t)
		began := time.Now()
		accepted(t, v, text)
		if waited := time.Since(began); waited > 11*time.Second {
			t.Errorf("waited %s", waited)
		}
		for range 20 {
			pass(20 * time.Second)
			began, text := time.Now(), f.fresh(t)
			accepted(t, v, text)
			if waited := time.Since(began); waited != 0 {
				t.Errorf("waited %s", waited)
			}
		}
		// A caller waits no longer than it wants to.
		pass(2 * time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began = time.Now()
		if _, err := v.Verify(ctx, f.unknown(1)); !errors.Is(err, verify.ErrUnavailable) || time.Since(began) > time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestKeys_DownFromTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newForger(t)
		f.breakBy(down)
		v := f.verifier(t)
		for range 50 {
			want(t, v, f.fresh(t), verify.ErrUnavailable)
		}
		if n := len(f.calls); n != 1 {
			t.Errorf("%d calls at once", n)
		}
		pass(time.Second)
		f.breakBy(nil)
		accepted(t, v, f.fresh(t))
	})
}

// Bad keys push no good ones out.
func TestKeys_BadDocumentKeepsTheOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newForger(t)
		v := f.verifier(t)
		accepted(t, v, f.fresh(t))
		f.breakBy(on(pathJWKS, func() *http.Response { return answer(200, `{"keys":[]}`) }))
		pass(10 * time.Minute)
		accepted(t, v, f.fresh(t))
		f.breakBy(nil)
		pass(time.Minute)
		accepted(t, v, f.fresh(t))
	})
}

// The issuer says how long its keys keep, within bounds.
func TestKeys_CacheControl(t *testing.T) {
	t.Parallel()
	for value, age := range map[string]time.Duration{
		"max-age=120": 2 * time.Minute, "public, MAX-AGE=120": 2 * time.Minute, "max-age=0": time.Minute, "no-store": 5 * time.Minute,
		"": 5 * time.Minute, "max-age=999999": 15 * time.Minute, "max-age=evil": 5 * time.Minute, "max-age=-1": 5 * time.Minute, "s-maxage=1": 5 * time.Minute,
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newForger(t)
				body := string(f.keyring.JWKS())
				f.breakBy(on(pathJWKS, func() *http.Response { return answer(200, body, "Cache-Control", value) }))
				v := f.verifier(t)
				accepted(t, v, f.fresh(t))
				pass(age*3/4 - 1)
				accepted(t, v, f.fresh(t))
				synctest.Wait()
				if n := f.count(pathJWKS); n != 1 {
					t.Errorf("%d fetches before three quarters of %s", n, age)
				}
				pass(1)
				accepted(t, v, f.fresh(t))
				synctest.Wait()
				if n := f.count(pathJWKS); n != 2 {
					t.Errorf("%d fetches after three quarters of %s", n, age)
				}
			})
		})
	}
}
