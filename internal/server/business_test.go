package server_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/simulator"
	"github.com/hufu-id/hufu/verify"
)

func bearer(k businessKey) string { return "Bearer " + k.key }

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(user)+":"+url.QueryEscape(password)))
}

// TestBusiness_Keys goes through what a call with a key can be refused for.
func TestBusiness_Keys(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	alice := r.login(shopApp, "alice")
	user, sid := userOf(alice, "id"), alice.at("session_id")
	all := r.key("users:read users:write sessions:write login:assert tokens:introspect")
	none := r.key("orders:read")
	for _, c := range []struct{ method, path string }{
		{"GET", "/v1/server/users"}, {"GET", "/v1/server/users/" + user}, {"POST", "/v1/server/users/lookup"},
		{"POST", "/v1/server/users/" + user}, {"POST", "/v1/server/users/" + user + "/disable"}, {"POST", "/v1/server/users/" + user + "/enable"},
		{"DELETE", "/v1/server/sessions/" + sid}, {"POST", "/v1/server/sessions"}, {"GET", "/v1/server/revocations"},
	} {
		for authorization, want := range map[string]struct {
			status    int
			code, www string
		}{
			"":                                     {401, "invalid_token", "Bearer"},
			"Bearer " + alice.at("access_token"):   {401, "invalid_token", `Bearer error="invalid_token"`},
			"Bearer hfk_short":                     {401, "invalid_token", `Bearer error="invalid_token"`},
			bearer(all)[:len(bearer(all))-1] + "~": {401, "invalid_token", `Bearer error="invalid_token"`},
			basic(all.id, all.key):                 {401, "invalid_token", `Bearer error="invalid_token"`},
			bearer(none):                           {403, "insufficient_scope", `Bearer error="insufficient_scope"`},
		} {
			a := r.call(c.method, c.path, authorization, map[string]string{})
			if a.status != want.status || a.at("code") != want.code || a.header.Get("WWW-Authenticate") != want.www {
				t.Errorf("%s %s: %d %s %q, want %v", c.method, c.path, a.status, a.at("code"), a.header.Get("WWW-Authenticate"), want)
			}
		}
	}
	if a := r.call("GET", "/v1/me", bearer(all), nil); a.status != 401 {
		t.Errorf("a key is taken for an access token: %d", a.status)
	}
	if a := r.call("GET", r.twin+"/v1/server/users", bearer(all), nil); a.status != 200 {
		t.Errorf("list: %d %s", a.status, a.text)
	}
	if _, err := r.db.RevokeAPIKey(t.Context(), id.KeyID(all.id), time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, replica := range []string{r.url, r.twin} {
		eventually(t, "a revoked key is refused", func() bool { return r.call("GET", replica+"/v1/server/users", bearer(all), nil).status == 401 })
	}
	secretPart := all.key[len(all.key)-40:]
	if strings.Contains(r.files(), secretPart) || strings.Contains(r.log.String(), secretPart) {
		t.Error("the key stands in a file or a log")
	}
	eventually(t, "it is kept that the key was used", func() bool {
		record, err := r.db.APIKey(t.Context(), id.KeyID(all.id))
		if err != nil {
			t.Fatal(err)
		}
		return !record.LastUsedAt.IsZero()
	})
}

// TestBusiness_Clears: null is none, as the empty text is, and what is absent
// stays as it is.
func TestBusiness_Clears(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	user, k := userOf(r.login(shopApp, "alice"), "id"), bearer(r.key("users:read users:write"))
	change := func(body map[string]any) businessAnswer {
		t.Helper()
		a := r.call("POST", "/v1/server/users/"+user, k, body)
		if a.status != 200 {
			t.Fatalf("%v: %d %s", body, a.status, a.text)
		}
		return a
	}
	for _, none := range []any{nil, ""} {
		change(map[string]any{"external_id": "customer 7", "nickname": "Alice"})
		if a := change(map[string]any{"external_id": none}); a.body["external_id"] != nil || a.at("nickname") != "Alice" {
			t.Errorf("external_id %#v: %s", none, a.text)
		}
		if a := change(map[string]any{"nickname": none}); a.body["nickname"] != nil {
			t.Errorf("nickname %#v: %s", none, a.text)
		}
	}
}

func TestBusiness_Users(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	first, second, bob := r.login(shopApp, "alice"), r.login(otherApp, "alice"), r.login(otherApp, "bob")
	user := userOf(first, "id")
	k := bearer(r.key("users:read users:write"))
	shop := bearer(r.key("users:read users:write", shopApp))
	lookup := func(key string, body map[string]string) businessAnswer {
		return r.call("POST", "/v1/server/users/lookup", key, body)
	}
	change := func(key, user string, body map[string]string) businessAnswer {
		return r.call("POST", "/v1/server/users/"+user, key, body)
	}
	if a := change(k, user, map[string]string{"external_id": "customer 7", "nickname": "Alice"}); a.status != 200 || a.at("external_id") != "customer 7" || a.at("nickname") != "Alice" {
		t.Fatalf("change: %d %s", a.status, a.text)
	}
	unionid := userOf(first, "unionid")
	for what, a := range map[string]businessAnswer{
		"id":       r.call("GET", "/v1/server/users/"+user, k, nil),
		"openid":   lookup(k, map[string]string{"openid": userOf(second, "openid"), "appid": otherApp}),
		"unionid":  lookup(k, map[string]string{"unionid": unionid, "open_account": simulator.DemoOpenAccount}),
		"external": lookup(k, map[string]string{"external_id": "customer 7"}),
	} {
		identities, _ := a.body["identities"].([]any)
		merged, ok := a.body["merged_from"].([]any)
		if a.status != 200 || a.at("id") != user || len(identities) != 2 || !ok || len(merged) != 0 || a.body["disabled"] != false {
			t.Errorf("by %s: %d %s", what, a.status, a.text)
		}
	}
	for what, c := range map[string]struct {
		a      businessAnswer
		status int
		code   string
	}{
		"nothing":           {lookup(k, map[string]string{}), 400, "invalid_request"},
		"half":              {lookup(k, map[string]string{"openid": "x"}), 400, "invalid_request"},
		"two ways":          {lookup(k, map[string]string{"openid": "x", "appid": shopApp, "external_id": "x"}), 400, "invalid_request"},
		"unknown field":     {lookup(k, map[string]string{"name": "x"}), 400, "invalid_request"},
		"nobody":            {lookup(k, map[string]string{"openid": "x", "appid": shopApp}), 404, "not_found"},
		"no id":             {r.call("GET", "/v1/server/users/usr_x", k, nil), 404, "not_found"},
		"bad cursor":        {r.call("GET", "/v1/server/users?cursor=x", k, nil), 400, "invalid_request"},
		"bad external id":   {change(k, user, map[string]string{"external_id": "a\nb"}), 400, "invalid_request"},
		"taken external id": {change(k, userOf(bob, "id"), map[string]string{"external_id": "customer 7"}), 409, "conflict"},

		// A key for the shop alone.
		"other app's openid": {lookup(shop, map[string]string{"openid": userOf(second, "openid"), "appid": otherApp}), 403, "insufficient_scope"},
		"other app's user":   {r.call("GET", "/v1/server/users/"+userOf(bob, "id"), shop, nil), 404, "not_found"},
		"other app's too":    {change(shop, user, map[string]string{"nickname": "x"}), 403, "insufficient_scope"},
		"disable too":        {r.call("POST", "/v1/server/users/"+user+"/disable", shop, nil), 403, "insufficient_scope"},
		"change other's":     {change(shop, userOf(bob, "id"), map[string]string{"nickname": "x"}), 404, "not_found"},
	} {
		if c.a.status != c.status || c.a.at("code") != c.code {
			t.Errorf("%s: %d %s, want %d %s", what, c.a.status, c.a.text, c.status, c.code)
		}
	}
	a := r.call("GET", "/v1/server/users/"+user, shop, nil)
	if identities, _ := a.body["identities"].([]any); len(identities) != 1 || strings.Contains(a.text, userOf(second, "openid")) {
		t.Errorf("the shop sees %s", a.text)
	}
	if a := r.call("GET", "/v1/server/users", shop, nil); strings.Contains(a.text, userOf(bob, "id")) || !strings.Contains(a.text, user) || a.body["next_cursor"] != nil {
		t.Errorf("the shop lists %s", a.text)
	}
	page := r.call("GET", "/v1/server/users?limit=1", k, nil)
	rest := r.call("GET", "/v1/server/users?limit=1&cursor="+page.at("next_cursor"), k, nil)
	if !strings.Contains(page.text, user) || !strings.Contains(rest.text, userOf(bob, "id")) || strings.Contains(rest.text, user) {
		t.Errorf("pages: %s then %s", page.text, rest.text)
	}

	// Shut out: every token is refused, on either replica, within a second.
	if a := r.call("POST", "/v1/server/users/"+user+"/disable", k, nil); a.status != 200 || a.body["disabled"] != true {
		t.Fatalf("disable: %d %s", a.status, a.text)
	}
	for _, replica := range []string{r.url, r.twin} {
		for _, l := range []businessAnswer{first, second} {
			eventually(t, "who is shut out is refused", func() bool {
				return r.call("GET", replica+"/v1/me", "Bearer "+l.at("access_token"), nil).at("code") == "session_revoked"
			})
		}
	}
	code, err := r.sim.Login(shopApp, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if a := r.call("POST", "/v1/login", "", map[string]string{"appid": shopApp, "code": code}); a.status != 403 || a.at("code") != "user_blocked" {
		t.Errorf("who is shut out logs in: %d %s", a.status, a.text)
	}
	if a := r.call("POST", "/v1/server/users/"+user+"/enable", k, nil); a.status != 200 || a.body["disabled"] != false {
		t.Errorf("enable: %d %s", a.status, a.text)
	}
	r.login(shopApp, "alice")
}

func TestBusiness_OAuth(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	alice, other := r.login(shopApp, "alice"), r.login(otherApp, "bob")
	key := r.key("tokens:introspect sessions:write")
	shop := bearer(r.key("tokens:introspect sessions:write", shopApp))
	ask := func(authorization, path, token string) businessAnswer {
		return r.call("POST", path, authorization, url.Values{"token": {token}, "token_type_hint": {"whatever"}})
	}
	const in, out = "/oauth2/introspect", "/oauth2/revoke"
	for _, authorization := range []string{bearer(key), basic(key.id, key.key)} {
		a := ask(authorization, in, alice.at("access_token"))
		if a.status != 200 || a.body["active"] != true || a.at("sub") != userOf(alice, "id") || a.at("client_id") != shopApp || a.at("aud") != shopApp ||
			a.at("sid") != alice.at("session_id") || a.at("token_type") != "Bearer" || a.at("iss") != r.url || a.body["exp"] == nil || a.body["token_use"] != nil {
			t.Errorf("introspect: %d %s", a.status, a.text)
		}
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("header: %v", a.header)
		}
		if a := ask(authorization, in, alice.at("refresh_token")); a.body["active"] != true || a.at("sub") != userOf(alice, "id") || a.body["token_type"] != nil ||
			a.body["aud"] != nil || a.at("token_use") != "refresh_token" || a.at("client_id") != shopApp {
			t.Errorf("introspect a refresh token: %s", a.text)
		}
	}
	inactive := func(what string, a businessAnswer) {
		t.Helper()
		if a.status != 200 || a.text != `{"active":false}` {
			t.Errorf("%s: %d %s", what, a.status, a.text)
		}
	}
	inactive("nonsense", ask(bearer(key), in, "nonsense"))
	inactive("a key", ask(bearer(key), in, key.key))
	inactive("forged", ask(bearer(key), in, alice.at("access_token")+"A"))
	inactive("another app's", ask(shop, in, other.at("access_token")))
	inactive("another app's refresh token", ask(shop, in, other.at("refresh_token")))

	for what, c := range map[string]struct {
		a      businessAnswer
		status int
		code   string
	}{
		"no client":       {ask("", in, "x"), 401, "invalid_client"},
		"wrong bearer":    {ask("Bearer hfk_x", in, "x"), 401, "invalid_token"},
		"access token":    {ask("Bearer "+alice.at("access_token"), in, "x"), 401, "invalid_token"},
		"wrong id":        {ask(basic("key_x", key.key), in, "x"), 401, "invalid_client"},
		"wrong secret":    {ask(basic(key.id, "x"), in, "x"), 401, "invalid_client"},
		"other scheme":    {ask("Digest x", in, "x"), 401, "invalid_client"},
		"scope":           {ask(bearer(r.key("sessions:write")), in, "x"), 403, "insufficient_scope"},
		"scope to revoke": {ask(bearer(r.key("tokens:introspect")), out, "x"), 403, "insufficient_scope"},
		"no token":        {r.call("POST", in, bearer(key), url.Values{}), 400, "invalid_request"},
		"JSON":            {r.call("POST", in, bearer(key), map[string]string{"token": "x"}), 400, "invalid_request"},
		"GET":             {r.call("GET", in, bearer(key), nil), 405, "invalid_request"},
		"other's token":   {ask(shop, out, other.at("access_token")), 403, "insufficient_scope"},
		"other's refresh": {ask(shop, out, other.at("refresh_token")), 403, "insufficient_scope"},
	} {
		if c.a.status != c.status || c.a.at("error") != c.code || (c.status == 401 && c.a.header.Get("WWW-Authenticate") == "") {
			t.Errorf("%s: %d %s, want %d %s", what, c.a.status, c.a.text, c.status, c.code)
		}
	}
	if a := r.call("GET", "/v1/me", "Bearer "+other.at("access_token"), nil); a.status != 200 {
		t.Errorf("a key of the shop ended another app's session: %d", a.status)
	}
	if a := ask(bearer(key), out, "nonsense"); a.status != 200 {
		t.Errorf("revoke nonsense: %d", a.status)
	}
	for range 2 { // the second time it is revoked already
		if a := ask(shop, out, alice.at("refresh_token")); a.status != 200 || a.text != "" {
			t.Errorf("revoke: %d %s", a.status, a.text)
		}
	}
	inactive("revoked", ask(shop, in, alice.at("access_token")))
	inactive("revoked refresh token", ask(shop, in, alice.at("refresh_token")))
	eventually(t, "it is refused by the other replica", func() bool {
		return r.call("GET", r.twin+"/v1/me", "Bearer "+alice.at("access_token"), nil).at("code") == "session_revoked"
	})
	for _, secret := range []string{key.key[30:], alice.at("access_token"), alice.at("refresh_token")} {
		if strings.Contains(r.log.String(), secret) {
			t.Error("a secret stands in the log")
		}
	}
}

func TestBusiness_Sessions(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	shop := bearer(r.key("login:assert sessions:write tokens:introspect", shopApp))
	assert := func(body map[string]string) businessAnswer { return r.call("POST", "/v1/server/sessions", shop, body) }
	a := assert(map[string]string{"appid": shopApp, "openid": "oNew"})
	if a.status != 200 || a.body["is_new_user"] != true || userOf(a, "openid") != "oNew" {
		t.Fatalf("assert: %d %s", a.status, a.text)
	}
	if me := r.call("GET", "/v1/me", "Bearer "+a.at("access_token"), nil); me.status != 200 || me.at("id") != userOf(a, "id") {
		t.Errorf("the token: %d %s", me.status, me.text)
	}
	if again := assert(map[string]string{"appid": shopApp, "openid": "oNew"}); userOf(again, "id") != userOf(a, "id") || again.body["is_new_user"] != false {
		t.Errorf("again: %s", again.text)
	}
	if ref := r.call("POST", "/v1/refresh", "", map[string]string{"refresh_token": a.at("refresh_token")}); ref.status != 200 {
		t.Errorf("refresh: %d %s", ref.status, ref.text)
	}
	// Whom WeChat told us is not relabelled by a word of the business's.
	alice, bob := r.login(shopApp, "alice"), r.login(otherApp, "bob")
	forged := assert(map[string]string{"appid": shopApp, "openid": userOf(alice, "openid"), "unionid": userOf(bob, "unionid")})
	if userOf(forged, "id") != userOf(alice, "id") || userOf(forged, "unionid") != userOf(alice, "unionid") {
		t.Errorf("an assertion relabelled: %s", forged.text)
	}
	linked := assert(map[string]string{"appid": shopApp, "openid": "oBob", "unionid": userOf(bob, "unionid")})
	if userOf(linked, "id") != userOf(bob, "id") || linked.body["is_new_user"] != false {
		t.Errorf("somebody new is not linked: %s", linked.text)
	}
	end := func(sid string) businessAnswer { return r.call("DELETE", "/v1/server/sessions/"+sid, shop, nil) }
	for what, c := range map[string]struct {
		a      businessAnswer
		status int
		code   string
	}{
		"other app":          {assert(map[string]string{"appid": otherApp, "openid": "o"}), 403, "insufficient_scope"},
		"no openid":          {assert(map[string]string{"appid": shopApp}), 400, "invalid_request"},
		"odd openid":         {assert(map[string]string{"appid": shopApp, "openid": "a b"}), 400, "invalid_request"},
		"unknown app":        {r.call("POST", "/v1/server/sessions", bearer(r.key("login:assert")), map[string]string{"appid": "wx1", "openid": "o"}), 404, "unknown_app"},
		"session of other":   {end(bob.at("session_id")), 404, "not_found"},
		"no session":         {end("ses_x"), 404, "not_found"},
		"end":                {end(alice.at("session_id")), 204, ""},
		"end again":          {end(alice.at("session_id")), 204, ""},
		"since of somewhere": {r.call("GET", "/v1/server/revocations?since=x", shop, nil), 400, "invalid_request"},
	} {
		if c.a.status != c.status || c.a.at("code") != c.code {
			t.Errorf("%s: %d %s, want %d %s", what, c.a.status, c.a.text, c.status, c.code)
		}
	}
	if a := r.call("GET", "/v1/me", "Bearer "+bob.at("access_token"), nil); a.status != 200 {
		t.Errorf("another app's session was ended: %d", a.status)
	}
}

// TestBusiness_Feed follows the list by hand and with package verify.
func TestBusiness_Feed(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	key, shop := r.key("tokens:introspect sessions:write"), bearer(r.key("tokens:introspect", shopApp))
	page := r.call("GET", "/v1/server/revocations", bearer(key), nil)
	if data, ok := page.body["data"].([]any); page.status != 200 || !ok || len(data) != 0 || page.at("next_cursor") == "" {
		t.Fatalf("an empty list: %d %s", page.status, page.text)
	}
	since := page.at("next_cursor")
	alice, bob := r.login(shopApp, "alice"), r.login(otherApp, "bob")
	for _, l := range []businessAnswer{alice, bob} {
		if a := r.call("DELETE", "/v1/server/sessions/"+l.at("session_id"), bearer(key), nil); a.status != 204 {
			t.Fatalf("end: %d", a.status)
		}
	}
	page = r.call("GET", r.twin+"/v1/server/revocations?since="+since, bearer(key), nil)
	if !strings.Contains(page.text, alice.at("session_id")) || !strings.Contains(page.text, bob.at("session_id")) {
		t.Errorf("what ended since is not told: %s", page.text)
	}
	if next := r.call("GET", "/v1/server/revocations?since="+page.at("next_cursor"), bearer(key), nil); next.at("next_cursor") != page.at("next_cursor") {
		t.Error("the end of the list does not stand still")
	}
	for _, path := range []string{"/v1/server/revocations", "/v1/server/revocations?since=" + since} {
		if a := r.call("GET", path, shop, nil); !strings.Contains(a.text, alice.at("session_id")) || strings.Contains(a.text, bob.at("session_id")) {
			t.Errorf("a key of the shop is told %s", a.text)
		}
	}
	data, _ := page.body["data"].([]any)
	for _, each := range data {
		until, err := time.Parse(time.RFC3339, fmt.Sprint(each.(map[string]any)["until"]))
		if left := time.Until(until); err != nil || left < 14*time.Minute || left > 16*time.Minute {
			t.Errorf("until %v: %v", each, err)
		}
	}
}

func TestBusiness_VerifyFollows(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	key := r.key("tokens:introspect sessions:write", shopApp)
	v, err := verify.New(r.url, shopApp,
		verify.WithRevocations(key.key, verify.Feed{Interval: time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	alice := r.login(shopApp, "alice")
	if _, err := v.Verify(t.Context(), alice.at("access_token")); err != nil {
		t.Fatal(err)
	}
	if a := r.call("DELETE", "/v1/server/sessions/"+alice.at("session_id"), bearer(key), nil); a.status != 204 {
		t.Fatalf("end: %d", a.status)
	}
	eventually(t, "verify hears of it", func() bool {
		_, err := v.Verify(t.Context(), alice.at("access_token"))
		return errors.Is(err, verify.ErrRevoked)
	})
}
