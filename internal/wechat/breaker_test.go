package wechat_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

// platform is a WeChat in a bubble whose every answer can be changed.
type platform struct {
	reply func(*http.Request) (*http.Response, error)
	calls atomic.Int64
}

func (p *platform) client(t *testing.T, change func(*wechat.Config)) *wechat.Client {
	t.Helper()
	return newClient(t, "http://wechat.test", func(cfg *wechat.Config) {
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			p.calls.Add(1)
			return p.reply(r)
		})
		if change != nil {
			change(cfg)
		}
	})
}

func well(*http.Request) (*http.Response, error) { return ok(goodLogin), nil }
func swallow(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func says(body string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return ok(body), nil }
}

func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func status(code int) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: code, Body: io.NopCloser(strings.NewReader(""))}, nil
	}
}

// pass lets d go by on the clock of a bubble, which takes no time.
func pass(d time.Duration) { <-time.After(d) }

// isOpen reports whether err is a refusal by the circuit.
func isOpen(err error) bool {
	e, is := errors.AsType[*wechat.Error](err)
	return is && e.Reason == wechat.ReasonOpen
}

func TestBreaker_OpensOn(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*http.Request) (*http.Response, error){
		"Timeout":           swallow,
		"ConnectionRefused": fails(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}),
		"ConnectionReset":   fails(&net.OpError{Op: "read", Err: syscall.ECONNRESET}),
		"500":               status(500),
		"503":               status(503),
		"-1":                says(`{"errcode":-1,"errmsg":"system error"}`),
	}
	for name, reply := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &platform{reply: reply}
				c := p.client(t, func(cfg *wechat.Config) { cfg.Timeout = 500 * time.Millisecond })
				for range 9 {
					if isOpen(login(c)) {
						t.Fatal("open too early")
					}
				}
				if isOpen(login(c)) {
					t.Fatal("the tenth call was not let through")
				}
				before := p.calls.Load()
				err := login(c)
				e := failure(t, err)
				if !isOpen(err) || p.calls.Load() != before || e.Ambiguous() || e.RetryAfter <= 0 || e.RetryAfter > 5*time.Second {
					t.Errorf("%v: %d more calls, ambiguous %t, retry after %v", err, p.calls.Load()-before, e.Ambiguous(), e.RetryAfter)
				}
				if pr := wechat.ToProblem(err); pr.Code != problem.WeChatUnavailable || pr.RetryAfter != e.RetryAfter {
					t.Errorf("problem %+v", pr)
				}
			})
		})
	}
}

// TestBreaker_StaysClosedOn what one user, or one app's configuration, can
// bring about: it must not shut out the others.
func TestBreaker_StaysClosedOn(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*http.Request) (*http.Response, error){
		"HTML": says("<html>"), "400": status(400), "403": status(403), "302": status(302),
		"NoSessionKey": says(`{"openid":"o1"}`),
	}
	for _, code := range []int{40029, 40163, 40226, 45011, 45009, 40013, 40125, 40164, 50002} {
		tests[strconv.Itoa(code)] = says(`{"errcode":` + strconv.Itoa(code) + `,"errmsg":"no"}`)
	}
	for name, reply := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &platform{reply: reply}
				c := p.client(t, nil)
				for range 50 {
					if err := login(c); err == nil || isOpen(err) {
						t.Fatalf("%v", err)
					}
				}
				p.reply = well
				if err := login(c); err != nil {
					t.Errorf("another user's login: %v", err)
				}
			})
		})
	}
}

func TestBreaker_OtherAppsAndAPIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		other := wechat.App{ID: "wx0000000000000002", Secret: secret.New("another-secret")}
		p := &platform{reply: func(r *http.Request) (*http.Response, error) {
			q := r.URL.Query()
			if q.Get("appid") == string(testApp.ID) {
				return status(500)(r)
			}
			if r.URL.Path == "/sns/jscode2session" {
				return ok(goodLogin), nil
			}
			return ok(`{"access_token":"68_abc","expires_in":7200}`), nil
		}}
		c := p.client(t, nil)
		for range 20 {
			_ = login(c)
		}
		if !isOpen(login(c)) {
			t.Fatal("the circuit is not open")
		}
		if _, err := c.Code2Session(context.Background(), other, testCode); err != nil {
			t.Errorf("another app: %v", err)
		}
		if _, err := c.StableToken(context.Background(), testApp); err != nil {
			t.Errorf("another API of the same app: %v", err)
		}
	})
}

func TestBreaker_ToleratesSomeFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		c := p.client(t, nil)
		for i := range 60 {
			p.reply = well
			if i%2 == 0 {
				p.reply = status(500)
			}
			if isOpen(login(c)) {
				t.Fatalf("open after %d calls of which half failed", i)
			}
		}
	})
}

// open drives c's circuit open.
func (p *platform) open(t *testing.T, c *wechat.Client) {
	t.Helper()
	p.reply = status(500)
	for range 10 {
		_ = login(c)
	}
	if !isOpen(login(c)) {
		t.Fatal("the circuit is not open")
	}
}

func TestBreaker_Probes(t *testing.T) {
	t.Parallel()
	t.Run("TwoSuccessesClose", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := &platform{}
			c := p.client(t, nil)
			p.open(t, c)
			p.reply = well
			pass(4900 * time.Millisecond)
			if !isOpen(login(c)) {
				t.Error("closed before its time")
			}
			pass(200 * time.Millisecond)
			for i := range 20 {
				if err := login(c); err != nil {
					t.Errorf("login %d: %v", i, err)
				}
			}
		})
	})
	t.Run("AnErrcodeIsASuccess", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := &platform{}
			c := p.client(t, nil)
			p.open(t, c)
			pass(6 * time.Second)
			p.reply = says(`{"errcode":40029,"errmsg":"invalid code"}`)
			for range 20 {
				if e := failure(t, login(c)); e.Code != 40029 {
					t.Errorf("%v", e)
				}
			}
		})
	})
	t.Run("AFailureOpensAgain", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := &platform{}
			c := p.client(t, nil)
			p.open(t, c)
			pass(6 * time.Second)
			before := p.calls.Load()
			for range 20 {
				_ = login(c)
			}
			if n := p.calls.Load() - before; n != 1 {
				t.Errorf("%d calls reached WeChat, want one probe", n)
			}
		})
	})
	t.Run("FewAtATime", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var probes atomic.Int32
			p := &platform{}
			c := p.client(t, nil)
			p.open(t, c)
			pass(6 * time.Second)
			p.reply = func(r *http.Request) (*http.Response, error) {
				probes.Add(1)
				pass(time.Second)
				return ok(goodLogin), nil
			}
			var wg sync.WaitGroup
			var refused atomic.Int32
			for range 20 {
				wg.Go(func() {
					if isOpen(login(c)) {
						refused.Add(1)
					}
				})
			}
			wg.Wait()
			if probes.Load() != 2 || refused.Load() != 18 {
				t.Errorf("%d probes and %d refused, want 2 and 18", probes.Load(), refused.Load())
			}
		})
	})
}

func TestBreaker_Cancellation(t *testing.T) {
	t.Parallel()
	cancelled := func(c *wechat.Client, after time.Duration) error {
		ctx, cancel := context.WithTimeout(context.Background(), after)
		defer cancel()
		_, err := c.Code2Session(ctx, testApp, testCode)
		return err
	}
	t.Run("IsNoFailure", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := &platform{reply: swallow}
			c := p.client(t, nil)
			for range 50 {
				if err := cancelled(c, time.Millisecond); isOpen(err) {
					t.Fatal("callers who gave up opened the circuit")
				}
			}
		})
	})
	t.Run("IsNoSuccess", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := &platform{}
			c := p.client(t, nil)
			for range 10 {
				p.reply = swallow
				for range 5 {
					_ = cancelled(c, time.Millisecond)
				}
				p.reply = status(500)
				_ = login(c)
			}
			if !isOpen(login(c)) {
				t.Error("callers who gave up hid that every call failed")
			}
		})
	})
	t.Run("CannotHoldAProbesPlace", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			p := &platform{}
			c := p.client(t, nil)
			p.open(t, c)
			pass(6 * time.Second)
			p.reply = func(r *http.Request) (*http.Response, error) {
				select {
				case <-r.Context().Done():
					return nil, r.Context().Err()
				case <-time.After(time.Second):
					return ok(goodLogin), nil
				}
			}
			for range 2 {
				if err := cancelled(c, time.Millisecond); err != nil {
					t.Errorf("a probe did not run to its end: %v", err)
				}
			}
			for range 5 {
				if err := login(c); err != nil {
					t.Errorf("the circuit did not close: %v", err)
				}
			}
		})
	})
}

// TestBreaker_PanicGivesThePlaceBack: a transport that panics, which net/http's
// server recovers from, does not keep the circuit half open for ever.
func TestBreaker_PanicGivesThePlaceBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		c := p.client(t, nil)
		p.open(t, c)
		for range 3 {
			pass(6 * time.Second)
			p.reply = func(*http.Request) (*http.Response, error) { panic("transport") }
			func() {
				defer func() { _ = recover() }()
				_ = login(c)
			}()
		}
		pass(6 * time.Second)
		p.reply = well
		for range 5 {
			if err := login(c); err != nil {
				t.Error(err)
			}
		}
	})
}
