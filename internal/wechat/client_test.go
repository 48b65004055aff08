package wechat_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/wechat"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for _, base := range []string{
		"", "https://api.weixin.qq.com", "http://127.0.0.1:8081", "http://127.0.0.1:8081/", "http://[::1]:8081/sim",
	} {
		c, err := wechat.New(wechat.Config{BaseURL: base})
		if err != nil {
			t.Errorf("%q: %v", base, err)
			continue
		}
		c.Close()
	}
	for _, base := range []string{
		"api.weixin.qq.com", "ftp://api.weixin.qq.com", "file:///etc/passwd", "https://", "https://:443", "https:api.weixin.qq.com",
		"https://user:hunter2@api.weixin.qq.com", "https://hunter2@api.weixin.qq.com", "https://api.weixin.qq.com?hunter2=1",
		"https://api.weixin.qq.com?", "https://api.weixin.qq.com#hunter2", "https://api.weixin.qq.com/a%2Fhunter2",
		"https://hunter2\x7f", "https://[hunter2", "://hunter2",
	} {
		c, err := wechat.New(wechat.Config{BaseURL: base})
		if err == nil {
			c.Close()
			t.Errorf("%q is accepted", base)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error quotes the address: %v", base, err)
		}
	}
	for _, cfg := range []wechat.Config{{Timeout: -1}, {ConnectTimeout: -1}} {
		if _, err := wechat.New(cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
}

// TestConcurrentLogins: no answer reaches another's call, and the pool keeps
// the connections of a rush.
func TestConcurrentLogins(t *testing.T) {
	t.Parallel()
	const people, rounds = 64, 5
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"session_key":"tiihtNczf5v6AKRyjwEUhQ==","openid":"o-%s"}`, r.URL.Query().Get("js_code"))
	})
	c := newClient(t, u.URL, nil)
	var wg sync.WaitGroup
	for i := range people {
		wg.Go(func() {
			for round := range rounds {
				code := fmt.Sprintf("code-%d-%d", i, round)
				got, err := c.Code2Session(context.Background(), testApp, code)
				if err != nil || string(got.OpenID) != "o-"+code {
					t.Errorf("%s became %s, %v", code, got.OpenID, err)
				}
			}
		})
	}
	wg.Wait()
	if u.calls() != people*rounds {
		t.Errorf("%d calls, want %d", u.calls(), people*rounds)
	}
}

func TestToProblem_OtherErrors(t *testing.T) {
	t.Parallel()
	if p := wechat.ToProblem(errors.New("something else")); p.Code != problem.Internal {
		t.Errorf("a stranger's error became %s", p.Code)
	}
	own := problem.New(problem.UnknownApp, "no such app")
	if p := wechat.ToProblem(fmt.Errorf("log in: %w", own)); p != own {
		t.Errorf("a problem became %v", p)
	}
	u := newUpstream(t, answers(`{"errcode":40029,"errmsg":"invalid code"}`))
	if p := wechat.ToProblem(fmt.Errorf("log in: %w", login(newClient(t, u.URL, nil)))); p.Code != problem.InvalidCode {
		t.Errorf("a wrapped error became %s", p.Code)
	}
	if p := wechat.ToProblem(&wechat.Error{API: "x", Kind: wechat.Canceled}); p.Code != problem.WeChatUnavailable {
		t.Errorf("a cancelled call became %s", p.Code)
	}
}

// FuzzReadLogin: whatever WeChat answers, a login has an openid of sane shape or
// fails as an *Error.
func FuzzReadLogin(f *testing.F) {
	for _, seed := range []string{
		goodLogin, `{"errcode":40029,"errmsg":"invalid code, rid: 62315303-6bf82c14-411401fc"}`, `{"errcode":"40029"}`,
		`{"errcode":null}`, `{}`, `[]`, `<html>`, `{"errcode":-1,"errmsg":"\ud800"}`, `{"openid":"o","session_key":"o0q0otL8aEzpcZL\/FT9WsQ=="}`,
	} {
		f.Add([]byte(seed))
	}
	c, err := wechat.New(wechat.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		openid, err := c.ReadLogin(body)
		if err == nil {
			if openid == "" || len(openid) > 128 || strings.ContainsFunc(openid, func(r rune) bool { return r <= ' ' || r > '~' }) {
				t.Errorf("openid %q", openid)
			}
			return
		}
		e, isError := errors.AsType[*wechat.Error](err)
		if !isError || len(e.Msg) > 256 || strings.ContainsAny(e.Msg, "\r\n\x00") {
			t.Errorf("%#v", err)
		}
		if p := wechat.ToProblem(err); p.Code == problem.Internal || p.Detail == "" {
			t.Errorf("problem %+v", p)
		}
	})
}

// TestClose_IsNotTheEnd: a straggler after Close is still served.
func TestClose_IsNotTheEnd(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, answers(goodLogin))
	c := newClient(t, u.URL, nil)
	if err := login(c); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := login(c); err != nil {
		t.Error(err)
	}
}
