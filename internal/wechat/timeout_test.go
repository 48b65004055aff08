package wechat_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

// hang answers only when the request is given up.
func hang(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func TestTimeout(t *testing.T) {
	t.Parallel()
	slow := map[string]http.HandlerFunc{
		"NoAnswer": hang,
		"SlowBody": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, goodLogin[:30])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
		"SlowBodyOfAKnownLength": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, goodLogin)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	}
	for name, h := range slow {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int32
				transport := inBubble(t, func(w http.ResponseWriter, r *http.Request) {
					calls.Add(1)
					h(w, r)
				})
				err := login(newClient(t, "http://wechat.test", func(cfg *wechat.Config) { cfg.Transport = transport }))
				e := failure(t, err)
				if e.Kind != wechat.Unavailable || e.Reason != wechat.ReasonTimeout || !e.Ambiguous() || !e.Temporary() {
					t.Errorf("%v: kind %d, reason %s, ambiguous %t", e, e.Kind, e.Reason, e.Ambiguous())
				}
				if p := wechat.ToProblem(err); p.Code != problem.WeChatUnavailable || p.RetryAfter <= 0 {
					t.Errorf("problem %+v", p)
				}
				if n := calls.Load(); n != 1 {
					t.Errorf("%d calls, want 1: the code may be spent", n)
				}
			})
		})
	}
}

// TestTimeout_Defaults: 5 s for the whole call, in the time of a bubble, and 1 s
// for a handshake.
func TestTimeout_Defaults(t *testing.T) {
	t.Parallel()
	zero, err := wechat.New(wechat.Config{})
	if err != nil || zero.HandshakeTimeout() != time.Second {
		t.Errorf("%v: a handshake may take %s, want 1s", err, zero.HandshakeTimeout())
	}
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "http://wechat.test", func(cfg *wechat.Config) {
			cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
		})
		start := time.Now()
		e := failure(t, login(c))
		if took := time.Since(start); took != 5*time.Second || e.Reason != wechat.ReasonTimeout {
			t.Errorf("%v after %v, want a time-out after 5 s", e, took)
		}
	})
}

func TestRetry_ConnectionRefused(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	t.Run("ComesBack", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			c := newClient(t, "http://wechat.test", func(cfg *wechat.Config) {
				cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
					if calls++; calls < 3 {
						return nil, refused
					}
					return ok(goodLogin), nil
				})
			})
			start := time.Now()
			if err := login(c); err != nil {
				t.Error(err)
			}
			took := time.Since(start)
			if calls != 3 || took < 150*time.Millisecond || took > 300*time.Millisecond {
				t.Errorf("%d calls in %v, want 3 in 150 to 300 ms", calls, took)
			}
		})
	})
	t.Run("StaysAway", func(t *testing.T) {
		t.Parallel()
		err := login(newClient(t, nobody, nil))
		e := failure(t, err)
		if e.Reason != wechat.ReasonConnect || e.Detail != "connection refused" || e.Ambiguous() {
			t.Errorf("%v: ambiguous %t", e, e.Ambiguous())
		}
	})
	t.Run("WithinTheWholeTimeout", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			c := newClient(t, "http://wechat.test", func(cfg *wechat.Config) {
				cfg.Timeout = 40 * time.Millisecond
				cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
					calls++
					return nil, refused
				})
			})
			start := time.Now()
			e := failure(t, login(c))
			if calls != 1 || time.Since(start) != 0 || e.Reason != wechat.ReasonConnect {
				t.Errorf("%v after %d calls in %v: want no wait that the time-out would cut", e, calls, time.Since(start))
			}
		})
	})
	t.Run("TimedOutDialIsNot", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			calls := 0
			c := newClient(t, "http://wechat.test", func(cfg *wechat.Config) {
				cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
					calls++
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ETIMEDOUT}
				})
			})
			if e := failure(t, login(c)); calls != 1 || e.Reason != wechat.ReasonConnect {
				t.Errorf("%v after %d calls", e, calls)
			}
		})
	})
}

// TestRetry_JitterDiffers: clients that failed together do not return together.
func TestRetry_JitterDiffers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		took := map[time.Duration]bool{}
		for range 8 {
			calls := 0
			c := newClient(t, "http://wechat.test", func(cfg *wechat.Config) {
				cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
					if calls++; calls == 1 {
						return ok(`{"errcode":-1,"errmsg":"system error"}`), nil
					}
					return ok(goodLogin), nil
				})
			})
			start := time.Now()
			if err := login(c); err != nil {
				t.Error(err)
			}
			took[time.Since(start)] = true
		}
		if len(took) < 4 {
			t.Errorf("only %d different waits in 8", len(took))
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	t.Run("WhileWaiting", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(context.Background())
		u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			cancel()
			hang(w, r)
		})
		_, err := newClient(t, u.URL, nil).Code2Session(ctx, testApp, testCode)
		e := failure(t, err)
		if e.Kind != wechat.Canceled || !errors.Is(err, context.Canceled) || !e.Ambiguous() {
			t.Errorf("%v: kind %d", e, e.Kind)
		}
	})
	t.Run("Deadline", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(context.Background(), beat)
		defer cancel()
		u := newUpstream(t, hang)
		_, err := newClient(t, u.URL, nil).Code2Session(ctx, testApp, testCode)
		if e := failure(t, err); e.Kind != wechat.Canceled || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v: kind %d", e, e.Kind)
		}
	})
	t.Run("BetweenTries", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
			defer cancel()
			calls := 0
			c := newClient(t, "http://wechat.test", func(cfg *wechat.Config) {
				cfg.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
					calls++
					return ok(`{"errcode":-1,"errmsg":"system error"}`), nil
				})
			})
			_, err := c.CheckSession(ctx, secret.New("token"), testApp.ID, "o1", secret.New("key"))
			if e := failure(t, err); e.Code != -1 || calls != 1 {
				t.Errorf("%v after %d calls", e, calls)
			}
		})
	})
}
