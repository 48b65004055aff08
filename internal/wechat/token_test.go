package wechat_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
	"github.com/hufu-id/hufu/internal/wxcrypto"
)

func TestStableToken(t *testing.T) {
	t.Parallel()
	var sent string
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = r.Method + " " + r.URL.RequestURI() + " " + r.Header.Get("Content-Type") + " " + string(body)
		_, _ = io.WriteString(w, `{"access_token":"68_AbC-_dEf","expires_in":345}`)
	})
	got, err := newClient(t, u.URL, nil).StableToken(context.Background(), testApp)
	if err != nil {
		t.Fatal(err)
	}
	if got.Value.Reveal() != "68_AbC-_dEf" || got.ExpiresIn != 345*time.Second {
		t.Errorf("token of %d characters for %v", len(got.Value.Reveal()), got.ExpiresIn)
	}
	want := `POST /cgi-bin/stable_token application/json {"grant_type":"client_credential","appid":"wx4f4bc4dec97d474b","secret":"` +
		testApp.Secret.Reveal() + `","force_refresh":false}`
	if sent != want {
		t.Errorf("sent\n%s\nwant\n%s", sent, want)
	}
}

// TestStableToken_Errcodes has a row for each errcode of the token calls.
func TestStableToken_Errcodes(t *testing.T) {
	t.Parallel()
	tests := map[int]problem.Code{
		-1: problem.WeChatUnavailable, 45009: problem.WeChatQuota, 45011: problem.WeChatQuota,
		40001: problem.WeChatRejected, 40002: problem.WeChatRejected, 40013: problem.WeChatRejected,
		40125: problem.WeChatRejected, 40164: problem.WeChatRejected, 40243: problem.WeChatRejected,
		41002: problem.WeChatRejected, 41004: problem.WeChatRejected, 43002: problem.WeChatRejected,
		50004: problem.WeChatRejected, 50007: problem.WeChatRejected, 89503: problem.WeChatRejected,
		89506: problem.WeChatRejected, 89507: problem.WeChatRejected,
		40029: problem.WeChatRejected, // no login code is meant here
	}
	for code, want := range tests {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(`{"errcode":`+strconv.Itoa(code)+`,"errmsg":"no rid: 616c12e7-5ea20f02-726b4422"}`))
			_, err := newClient(t, u.URL, nil).StableToken(context.Background(), testApp)
			if p := wechat.ToProblem(err); p.Code != want || p.WeChatErrcode != code {
				t.Errorf("problem %s with errcode %d, want %s", p.Code, p.WeChatErrcode, want)
			}
			wantCalls := 1
			if code == -1 {
				wantCalls = 3
			}
			if u.calls() != wantCalls {
				t.Errorf("%d calls, want %d", u.calls(), wantCalls)
			}
		})
	}
}

func TestStableToken_RefusesAnswers(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Empty":         `{}`,
		"NoToken":       `{"expires_in":7200}`,
		"EmptyToken":    `{"access_token":"","expires_in":7200}`,
		"TokenTooLong":  `{"access_token":"` + strings.Repeat("a", 1025) + `","expires_in":7200}`,
		"TokenControl":  `{"access_token":"a\r\nb","expires_in":7200}`,
		"NoExpiry":      `{"access_token":"a"}`,
		"ExpiryZero":    `{"access_token":"a","expires_in":0}`,
		"ExpiryPast":    `{"access_token":"a","expires_in":-5}`,
		"ExpiryHuge":    `{"access_token":"a","expires_in":9223372036854775807}`,
		"ExpiryNoBound": `{"access_token":"a","expires_in":99999999999999999999}`,
		"ExpiryWord":    `{"access_token":"a","expires_in":"soon"}`,
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(body))
			got, err := newClient(t, u.URL, nil).StableToken(context.Background(), testApp)
			if e := failure(t, err); e.Reason != wechat.ReasonMalformed || !got.Value.Empty() {
				t.Errorf("%v", e)
			}
		})
	}
}

func TestCheckSession(t *testing.T) {
	t.Parallel()
	check := func(c *wechat.Client) (bool, error) {
		return c.CheckSession(context.Background(), secret.New("68_token+"), testApp.ID, "o_1-2",
			secret.New(wxcrypto.SessionSignature("tiihtNczf5v6AKRyjwEUhQ==", nil)))
	}
	t.Run("Asks", func(t *testing.T) {
		t.Parallel()
		u := newUpstream(t, answers(`{"errcode":0,"errmsg":"ok"}`))
		if valid, err := check(newClient(t, u.URL, nil)); !valid || err != nil {
			t.Fatalf("%t, %v", valid, err)
		}
		want := "/wxa/checksession?access_token=68_token%2B&openid=o_1-2" +
			"&signature=7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735&sig_method=hmac_sha256"
		if got := u.asked[0]; got.Method != http.MethodGet || got.URL.RequestURI() != want {
			t.Errorf("asked %s %s, want %s", got.Method, got.URL.RequestURI(), want)
		}
	})
	tests := map[string]struct {
		body         string
		fails        bool
		tokenRefused bool
	}{
		"87009": {body: `{"errcode":87009,"errmsg":"invalid signature rid: 67ab40c8-00000000-00000000"}`},
		"87007": {body: `{"errcode":87007,"errmsg":"session_key is not existd or expired"}`},
		"87008": {body: `{"errcode":87008,"errmsg":"invalid sig_method"}`, fails: true},
		"40003": {body: `{"errcode":40003,"errmsg":"invalid openid"}`, fails: true},
		"40001": {body: `{"errcode":40001,"errmsg":"invalid credential"}`, fails: true, tokenRefused: true},
		"40014": {body: `{"errcode":40014,"errmsg":"invalid access_token"}`, fails: true, tokenRefused: true},
		"42001": {body: `{"errcode":42001,"errmsg":"access_token expired"}`, fails: true, tokenRefused: true},
		"41001": {body: `{"errcode":41001,"errmsg":"access_token missing"}`, fails: true},
		"-1":    {body: `{"errcode":-1,"errmsg":"system error"}`, fails: true},
		"Empty": {body: `{}`, fails: true},
		"HTML":  {body: `<html>`, fails: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(tt.body))
			valid, err := check(newClient(t, u.URL, nil))
			if valid || (err != nil) != tt.fails {
				t.Fatalf("%t, %v", valid, err)
			}
			if tt.fails && failure(t, err).TokenRefused() != tt.tokenRefused {
				t.Errorf("%v: TokenRefused = %t", err, !tt.tokenRefused)
			}
		})
	}
}
