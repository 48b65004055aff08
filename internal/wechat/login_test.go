package wechat_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

func TestCode2Session(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, answers(goodLogin))
	c := newClient(t, u.URL, nil)
	got, err := c.Code2Session(context.Background(), testApp, "a code/with=signs&+")
	if err != nil {
		t.Fatal(err)
	}
	want := wechat.Code2SessionResult{
		OpenID:     "oGZUI0egBJY1zhBYw2KhdUfwVJJE",
		UnionID:    "ocMvos6NjeKLIBqg5Mr9QjxrP1FA",
		SessionKey: secret.New("tiihtNczf5v6AKRyjwEUhQ=="),
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(secret.String.Equal)); diff != "" {
		t.Error(diff)
	}
	r := u.asked[0]
	if r.Method != http.MethodGet || r.URL.Path != "/sns/jscode2session" {
		t.Errorf("asked %s %s", r.Method, r.URL.Path)
	}
	wantQuery := map[string][]string{
		"appid":      {"wx4f4bc4dec97d474b"},
		"secret":     {testApp.Secret.Reveal()},
		"js_code":    {"a code/with=signs&+"},
		"grant_type": {"authorization_code"},
	}
	if diff := cmp.Diff(wantQuery, map[string][]string(r.URL.Query())); diff != "" {
		t.Error(diff)
	}
}

const rid = ", rid: 62315303-6bf82c14-411401fc"

// TestCode2Session_Errcodes has a row for each errcode that WeChat documents or
// was seen to give at a login.
func TestCode2Session_Errcodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		errcode int
		errmsg  string
		want    problem.Code
	}{
		// jscode2session's own.
		{-1, "system error", problem.WeChatUnavailable},
		{40029, "invalid code" + rid, problem.InvalidCode},
		{40163, "code been used" + rid, problem.CodeAlreadyUsed},
		{40226, "code blocked" + rid, problem.UserBlocked},
		{45011, "api minute-quota reach limit  mustslower  retry next minute", problem.WeChatQuota},
		{40013, "invalid appid" + rid, problem.WeChatRejected},
		{40125, "invalid appsecret" + rid, problem.WeChatRejected},
		{41002, "appid missing" + rid, problem.WeChatRejected},
		{41004, "appsecret missing" + rid, problem.WeChatRejected},
		{41008, "missing code" + rid, problem.WeChatRejected},
		{40002, "invalid grant_type", problem.WeChatRejected},
		{40001, "invalid credential, access_token is invalid or not latest" + rid, problem.WeChatRejected},
		{40243, "AppSecret frozen" + rid, problem.WeChatRejected},
		{40164, "invalid ip 117.39.59.7 ipv6 ::ffff:117.39.59.7, not in whitelist" + rid, problem.WeChatRejected},
		// Global codes that concern a login.
		{40003, "invalid openid", problem.WeChatRejected},
		{40066, "invalid url", problem.WeChatRejected},
		{40097, "invalid args", problem.WeChatRejected},
		{41001, "access_token missing", problem.WeChatRejected},
		{43002, "require POST method", problem.WeChatRejected},
		{43003, "require https", problem.WeChatRejected},
		{44990, "api freq out of limit", problem.WeChatRejected},
		{44991, "api minute limit", problem.WeChatRejected},
		{44993, "api day limit", problem.WeChatRejected},
		{45009, "reach max api daily quota limit", problem.WeChatQuota},
		{48001, "api unauthorized", problem.WeChatRejected},
		{48004, "api forbidden", problem.WeChatRejected},
		{50002, "user limited", problem.WeChatRejected},
		{50004, "token api forbidden", problem.WeChatRejected},
		{50007, "account frozen", problem.WeChatRejected},
		{61003, "component is not authorized by this account", problem.WeChatRejected},
		{61007, "api is unauthorized to component", problem.WeChatRejected},
		{89503, "admin must confirm", problem.WeChatRejected},
		{99999, "a code of tomorrow", problem.WeChatRejected},
	}
	for _, tt := range tests {
		t.Run(strconv.Itoa(tt.errcode), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(`{"errcode":`+strconv.Itoa(tt.errcode)+`,"errmsg":"`+tt.errmsg+`"}`))
			err := login(newClient(t, u.URL, nil))
			e, p := failure(t, err), wechat.ToProblem(err)
			if p.Code != tt.want || p.WeChatErrcode != tt.errcode || e.Code != tt.errcode {
				t.Errorf("problem %s with errcode %d, want %s with %d", p.Code, p.WeChatErrcode, tt.want, tt.errcode)
			}
			if e.Msg != tt.errmsg {
				t.Errorf("Msg = %q, want %q for the log", e.Msg, tt.errmsg)
			}
			if wantRID := strings.Contains(tt.errmsg, rid); wantRID != (e.RID == "62315303-6bf82c14-411401fc") {
				t.Errorf("RID = %q", e.RID)
			}
			if strings.Contains(p.Detail, tt.errmsg) || p.Detail == "" {
				t.Errorf("Detail %q: want a text of our own", p.Detail)
			}
			if e.Ambiguous() {
				t.Error("an errcode is an answer: not ambiguous")
			}
			wantCalls := 1
			if tt.errcode == -1 {
				wantCalls = 3
			}
			if u.calls() != wantCalls {
				t.Errorf("%d upstream calls, want %d", u.calls(), wantCalls)
			}
		})
	}
}

func TestCode2Session_Busy(t *testing.T) {
	t.Parallel()
	const busy = `{"errcode":-1,"errmsg":"system error"}`
	t.Run("SecondTrySucceeds", func(t *testing.T) {
		t.Parallel()
		u := newUpstream(t, answers(busy, goodLogin))
		if err := login(newClient(t, u.URL, nil)); err != nil {
			t.Error(err)
		}
		if u.calls() != 2 {
			t.Errorf("%d calls, want 2", u.calls())
		}
	})
	t.Run("FirstTryHadSucceeded", func(t *testing.T) {
		t.Parallel()
		u := newUpstream(t, answers(busy, `{"errcode":40163,"errmsg":"code been used"}`))
		err := login(newClient(t, u.URL, nil))
		if p := wechat.ToProblem(err); p.Code != problem.CodeAlreadyUsed {
			t.Errorf("problem %s, want %s", p.Code, problem.CodeAlreadyUsed)
		}
		if u.calls() != 2 {
			t.Errorf("%d calls, want 2", u.calls())
		}
	})
}

// TestCode2Session_Accepts has what WeChat may send and must not stop a login.
func TestCode2Session_Accepts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ contentType, body string }{
		"TextPlain":        {"text/plain", goodLogin},
		"JSON":             {"application/json", goodLogin},
		"OddEncodingParam": {"application/json; encoding=utf-8", goodLogin},
		"HTMLType":         {"text/html", goodLogin},
		"ErrcodeZero":      {"application/json", `{"errcode":0,"errmsg":"ok",` + goodLogin[1:]},
		"ErrcodeTextZero":  {"application/json", `{"errcode":"0",` + goodLogin[1:]},
		"ErrcodeNull":      {"application/json", `{"errcode":null,` + goodLogin[1:]},
		"NewField":         {"application/json", `{"tomorrow":{"a":[1,2]},` + goodLogin[1:]},
		"UnionidNull":      {"application/json", `{"unionid":null,"openid":"o1","session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`},
		"NoUnionid":        {"application/json", `{"openid":"o1","session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`},
		"EscapedSlash":     {"text/plain", `{"openid":"o1","session_key":"o0q0otL8aEzpcZL\/FT9WsQ=="}`},
		"TrailingNewline":  {"text/plain", goodLogin + "\r\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				_, _ = w.Write([]byte(tt.body))
			})
			got, err := newClient(t, u.URL, nil).Code2Session(context.Background(), testApp, testCode)
			if err != nil || got.OpenID == "" || len(got.SessionKey.Reveal()) != 24 {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

// TestCode2Session_RefusesAnswers has answers that look like a success and are
// none: each fails the login, and none is asked for twice, for the code is spent.
func TestCode2Session_RefusesAnswers(t *testing.T) {
	t.Parallel()
	withKey := func(key string) string { return `{"openid":"o1","session_key":"` + key + `"}` }
	withOpenID := func(id string) string {
		return `{"openid":"` + id + `","session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`
	}
	tests := map[string]string{
		"Empty":               "",
		"EmptyObject":         "{}",
		"Null":                "null",
		"Array":               "[]",
		"HTML":                "<html><body>hello, this is your hotel</body></html>",
		"TruncatedJSON":       goodLogin[:len(goodLogin)-20],
		"SecondObject":        goodLogin + goodLogin,
		"DoubledKey":          `{"openid":"o2",` + goodLogin[1:],
		"ErrcodeZeroOnly":     `{"errcode":0,"errmsg":"ok"}`,
		"ErrcodeWord":         `{"errcode":"none",` + goodLogin[1:],
		"ErrcodeEmptyText":    `{"errcode":"",` + goodLogin[1:],
		"ErrcodeBool":         `{"errcode":false,` + goodLogin[1:],
		"ErrcodeObject":       `{"errcode":{},` + goodLogin[1:],
		"ErrcodeFraction":     `{"errcode":0.5,` + goodLogin[1:],
		"ErrcodeHuge":         `{"errcode":99999999999999999999,` + goodLogin[1:],
		"OpenidMissing":       `{"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`,
		"OpenidEmpty":         withOpenID(""),
		"OpenidNull":          `{"openid":null,"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`,
		"OpenidNumber":        `{"openid":12,"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`,
		"OpenidWithSpace":     withOpenID("o 1"),
		"OpenidWithControl":   withOpenID(`o\u00001`),
		"OpenidNotASCII":      withOpenID("o虎"),
		"OpenidNotUTF8":       withOpenID("o\xff"),
		"OpenidTooLong":       withOpenID(strings.Repeat("o", 129)),
		"OpenidInAnotherCase": `{"OpenID":"o1","session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`,
		"UnionidTooLong":      `{"unionid":"` + strings.Repeat("o", 129) + `","openid":"o1","session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`,
		"UnionidNumber":       `{"unionid":1,"openid":"o1","session_key":"tiihtNczf5v6AKRyjwEUhQ=="}`,
		"KeyMissing":          `{"openid":"o1"}`,
		"KeyEmpty":            withKey(""),
		"KeyShort":            withKey("tiihtNczf5v6AKRyjwEUh=="),
		"KeyLong":             withKey("tiihtNczf5v6AKRyjwEUhQQQ=="),
		"KeyOf17Bytes":        withKey("tiihtNczf5v6AKRyjwEUhQA="),
		"KeyOf18Bytes":        withKey("tiihtNczf5v6AKRyjwEUhQAA"),
		"KeyNotBase64":        withKey("tiihtNczf5v6AKRyjwEUh*=="),
		"KeyInURLAlphabet":    withKey("tiihtNczf5v6-_RyjwEUhQ=="),
		"KeyWithLineBreak":    withKey(`tiihtNczf5v6AKRyjwEUh\n==`),
		"KeyWithSpace":        withKey("tiihtNczf5v6 KRyjwEUhQ=="),
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(body))
			err := login(newClient(t, u.URL, nil))
			e := failure(t, err)
			if e.Kind != wechat.Unavailable || e.Reason != wechat.ReasonMalformed || !e.Ambiguous() {
				t.Errorf("%v: kind %d, reason %s, ambiguous %t", e, e.Kind, e.Reason, e.Ambiguous())
			}
			p := wechat.ToProblem(err)
			if p.Code != problem.WeChatUnavailable || p.WeChatErrcode != 0 || p.RetryAfter <= 0 {
				t.Errorf("problem %+v", p)
			}
			if u.calls() != 1 {
				t.Errorf("%d calls, want 1: the code may be spent", u.calls())
			}
		})
	}
}

func TestCode2Session_ErrcodeAsText(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, answers(`{"errcode":"40029","errmsg":"invalid code"}`))
	err := login(newClient(t, u.URL, nil))
	if p := wechat.ToProblem(err); p.Code != problem.InvalidCode || p.WeChatErrcode != 40029 {
		t.Errorf("problem %+v", p)
	}
}

// TestCode2Session_ErrcodeBeatsOpenid: what else an answer holds does not
// matter once it has an errcode.
func TestCode2Session_ErrcodeBeatsOpenid(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, answers(`{"errcode":40029,"errmsg":"\ufffd",`+goodLogin[1:], `{"errcode":40029,"errmsg":"`+"\xff\xfe"+`"}`))
	c := newClient(t, u.URL, nil)
	for range 2 {
		if e := failure(t, login(c)); e.Code != 40029 {
			t.Errorf("%v", e)
		}
	}
}

func TestToProblem_RetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 10, 0, 12, 300e6, time.UTC)
	tests := map[string]struct {
		body string
		want time.Duration
	}{
		"45011": {`{"errcode":45011,"errmsg":"slower"}`, 48 * time.Second},
		"45009": {`{"errcode":45009,"errmsg":"quota"}`, time.Hour},
		"40029": {`{"errcode":40029,"errmsg":"invalid code"}`, 0},
		"40125": {`{"errcode":40125,"errmsg":"invalid appsecret"}`, 0},
		"-1":    {`{"errcode":-1,"errmsg":"system error"}`, 3 * time.Second},
		"HTML":  {`<html>`, 3 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(tt.body))
			c := newClient(t, u.URL, func(cfg *wechat.Config) { cfg.Now = func() time.Time { return now } })
			if p := wechat.ToProblem(login(c)); p.RetryAfter != tt.want {
				t.Errorf("RetryAfter = %v, want %v", p.RetryAfter, tt.want)
			}
		})
	}
}
