package wechat_test

import (
	"net/http"
	"testing"

	"github.com/hufu-id/hufu/internal/wechat"
)

// What is put around the transport sees each attempt, and what carries them is
// still the pool of our own.
func TestWrap(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, answers(`{"errcode":-1,"errmsg":"busy"}`, `{"openid":"o","session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`))
	saw := 0
	c := newClient(t, u.URL, func(cfg *wechat.Config) {
		cfg.Wrap = func(inner http.RoundTripper) http.RoundTripper {
			return roundTrip(func(r *http.Request) (*http.Response, error) {
				saw++
				return inner.RoundTrip(r)
			})
		}
	})
	_ = login(c) // how it ends is no question of this test
	if saw == 0 || saw != u.calls() {
		t.Errorf("%d attempts were seen of %d", saw, u.calls())
	}
}
