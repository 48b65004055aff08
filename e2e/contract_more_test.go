package e2e_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

func TestContract_ExposeOpenID(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	s := newSite(t, w, sqlite)
	s.apps = ""
	demo := simulator.DemoApps()
	s.app(demo[0].AppID, demo[0].Secret, "open_account: acme, expose_openid: false, token_openid: false")
	s.app(demo[1].AppID, demo[1].Secret, "token_alg: RS256, token_typ: at+jwt, token_openid: true, token_unionid: true")
	srv := s.serve()
	hidden := call(t, "POST", srv.url+"/v1/login", nil, loginBody(app1, w.code(app1, "alice")))
	var out tokens
	hidden.as(t, 200, &out)
	openid, _ := w.OpenID(app1, "alice")
	unionid, _ := w.UnionID(app1, "alice")
	for what, a := range map[string]answer{
		"login": hidden, "me": call(t, "GET", srv.url+"/v1/me", bearer(out.AccessToken), ""),
		"refresh":  call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(out.RefreshToken)),
		"session":  call(t, "GET", srv.url+"/v1/session", bearer(out.AccessToken), ""),
		"sessions": call(t, "GET", srv.url+"/v1/sessions", bearer(out.AccessToken), ""),
	} {
		text := string(a.body) + claimsOf(t, out.AccessToken)
		if a.status != 200 || strings.Contains(text, "openid") || strings.Contains(text, "unionid") || strings.Contains(text, openid) || strings.Contains(text, unionid) {
			t.Errorf("%s: %d %s", what, a.status, text)
		}
	}
	shown := login(t, srv.url, app2, w.code(app2, "alice"), "")
	openid, _ = w.OpenID(app2, "alice")
	if claims := claimsOf(t, shown.AccessToken); *shown.User.OpenID != openid || !strings.Contains(claims, `"openid":"`+openid+`"`) || !strings.Contains(claims, `"unionid":"`+unionid+`"`) {
		t.Errorf("%+v with %s", shown.User, claims)
	}
	head, _ := base64.RawURLEncoding.DecodeString(strings.Split(shown.AccessToken, ".")[0])
	if !strings.Contains(string(head), `"alg":"RS256"`) || !strings.Contains(string(head), `"typ":"at+jwt"`) {
		t.Errorf("header %s", head)
	}
	call(t, "GET", srv.url+"/v1/me", bearer(shown.AccessToken), "").as(t, 200, &user{})
	// Without an open account there is nothing to link by.
	if shown.User.ID == out.User.ID {
		t.Error("two apps of no common open account share a user")
	}
}

func claimsOf(t testing.TB, access string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(access, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestContract_RequestID(t *testing.T) {
	t.Parallel()
	srv := newSite(t, newWeChat(t), sqlite).serve()
	for name, tt := range map[string]struct {
		sent []string
		kept bool
	}{
		"Sane":       {[]string{"req-1.A_b"}, true},
		"None":       {nil, false},
		"Empty":      {[]string{""}, false},
		"Spaces":     {[]string{"a b"}, false},
		"Markup":     {[]string{"<script>"}, false},
		"TooLong":    {[]string{strings.Repeat("a", 129)}, false},
		"Two":        {[]string{"a", "b"}, false},
		"NotASCII":   {[]string{"虎符"}, false},
		"Percent":    {[]string{"a%0d%0aSet-Cookie:x"}, false},
		"JustFits":   {[]string{strings.Repeat("a", 128)}, true},
		"JSONInside": {[]string{`","x":"`}, false},
	} {
		for _, path := range []string{"/healthz", "/v1/me", "/nope"} {
			a := call(t, "GET", srv.url+path, http.Header{"X-Request-Id": tt.sent}, "")
			got := a.header.Values("X-Request-Id")
			if len(got) != 1 || got[0] == "" || tt.kept != (len(tt.sent) == 1 && got[0] == tt.sent[0]) {
				t.Errorf("%s at %s: sent %q, got %q", name, path, tt.sent, got)
			}
		}
	}
}
