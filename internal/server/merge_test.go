package server_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

// apart makes the simulated apps belong to no open account, so that WeChat tells
// no unionid; together gives it back to them.
func (r *businessRig) apart() {
	for _, a := range simulator.DemoApps() {
		r.openAccount(a, "")
	}
}

func (r *businessRig) together() {
	for _, a := range simulator.DemoApps() {
		r.openAccount(a, simulator.DemoOpenAccount)
	}
}

func (r *businessRig) openAccount(a simulator.App, account string) {
	r.t.Helper()
	body := map[string]any{"appid": a.AppID, "secret": a.Secret, "open_account": nil}
	if account != "" {
		body["open_account"] = account
	}
	if answer := r.call("POST", r.wechat+"/sim/v1/apps", "", body); answer.status != 200 {
		r.t.Fatalf("open account: %d %s", answer.status, answer.text)
	}
}

func mergedFrom(a businessAnswer) (ids []string) {
	list, _ := a.body["merged_from"].([]any)
	for _, each := range list {
		ids = append(ids, each.(string))
	}
	return ids
}

// TestMerge_Late: two apps join an open account, and at the next login the two
// users of a person are one. Old tokens and old ids go on.
func TestMerge_Late(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	r.apart()
	first, second := r.login(shopApp, "alice"), r.login(otherApp, "alice")
	older, younger := userOf(first, "id"), userOf(second, "id")
	if older == younger {
		t.Fatal("linked without a unionid")
	}
	k := bearer(r.key("users:read users:write phone:read tokens:introspect admin"))
	if a := r.call("POST", "/v1/server/users/"+younger, k, map[string]string{"external_id": "customer 7"}); a.status != 200 {
		t.Fatalf("change: %d %s", a.status, a.text)
	}
	phone, err := r.sim.PhoneNumber(otherApp, "alice")
	if err != nil {
		t.Fatal(err)
	}
	old := "Bearer " + second.at("access_token")
	if a := r.call("POST", "/v1/me/phone", old, map[string]string{"code": phone.Code}); a.status != 200 {
		t.Fatalf("phone: %d %s", a.status, a.text)
	}
	whole := r.call("GET", "/v1/server/users/"+younger, k, nil).at("phone_number")

	r.together()
	if a := r.login(shopApp, "alice"); userOf(a, "id") != older || a.body["is_new_user"] != false {
		t.Fatalf("late on one side alone: %s", a.text)
	}
	if a := r.login(otherApp, "alice"); userOf(a, "id") != older {
		t.Fatalf("not merged: %s", a.text)
	}
	for what, a := range map[string]businessAnswer{
		"id":       r.call("GET", "/v1/server/users/"+older, k, nil),
		"old id":   r.call("GET", r.twin+"/v1/server/users/"+younger, k, nil),
		"external": r.call("POST", "/v1/server/users/lookup", k, map[string]string{"external_id": "customer 7"}),
		"phone":    r.call("POST", "/v1/server/users/lookup", k, map[string]string{"phone_number": whole}),
	} {
		identities, _ := a.body["identities"].([]any)
		if from := mergedFrom(a); a.status != 200 || a.at("id") != older || len(from) != 1 || from[0] != younger || len(identities) != 2 ||
			a.at("external_id") != "customer 7" || a.at("phone_number") != whole || !strings.HasPrefix(whole, "+86") {
			t.Errorf("by %s: %d %s", what, a.status, a.text)
		}
	}
	if a := r.call("GET", "/v1/server/users", k, nil); strings.Count(a.text, `"id":"usr_`) != 1 || len(a.body["data"].([]any)) != 1 {
		t.Errorf("listed: %s", a.text)
	}

	// The token that was out names the old id, and goes on.
	for what, c := range map[string]struct {
		method, path string
		body         any
	}{
		"who am I": {"GET", "/v1/me", nil}, "nickname": {"POST", "/v1/me", map[string]string{"nickname": "Alice"}},
		"session": {"GET", "/v1/session", nil}, "sessions": {"GET", "/v1/sessions", nil},
	} {
		for _, replica := range []string{r.url, r.twin} {
			a := r.call(c.method, replica+c.path, old, c.body)
			if a.status != 200 || (strings.HasPrefix(c.path, "/v1/me") && (a.at("id") != older || a.at("openid") != userOf(second, "openid"))) {
				t.Errorf("%s: %d %s", what, a.status, a.text)
			}
		}
	}
	if a := r.call("GET", "/v1/server/users/"+older, k, nil); a.at("nickname") != "Alice" {
		t.Errorf("the old token's nickname went astray: %s", a.text)
	}
	r.uploadBy(old, older)
	if a := r.call("POST", "/v1/refresh", "", map[string]string{"refresh_token": second.at("refresh_token")}); a.status != 200 || userOf(a, "id") != older {
		t.Errorf("refresh: %d %s", a.status, a.text)
	}
	a := r.call("GET", "/v1/server/audit?action=user.merged", k, nil)
	if a.status != 200 || strings.Count(a.text, `"user.merged"`) != 1 || !strings.Contains(a.text, older) || !strings.Contains(a.text, younger) ||
		strings.Contains(a.text, userOf(first, "openid")) {
		t.Errorf("audit: %d %s", a.status, a.text)
	}
	// Shut out by the old id: all of the person's sessions end.
	if a := r.call("POST", "/v1/server/users/"+younger+"/disable", k, nil); a.status != 200 || a.at("id") != older || a.body["disabled"] != true {
		t.Fatalf("disable: %d %s", a.status, a.text)
	}
	for _, l := range []businessAnswer{first, second} {
		eventually(t, "who is shut out is refused", func() bool {
			return r.call("GET", r.twin+"/v1/me", "Bearer "+l.at("access_token"), nil).at("code") == "session_revoked"
		})
	}
}

// uploadBy uploads an avatar with a token, and sees it with the user.
func (r *businessRig) uploadBy(authorization, user string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), "POST", r.url+"/v1/me/avatar", bytes.NewReader(tinyGIF))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("Content-Type", "image/gif")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		r.t.Fatalf("upload: %d", resp.StatusCode)
	}
	address := r.call("GET", "/v1/server/users/"+user, bearer(r.key("users:read")), nil).at("avatar_url")
	if a := r.call("GET", address, "", nil); address == "" || a.status != 200 {
		r.t.Errorf("the picture at %q: %d", address, a.status)
	}
}

// tinyGIF is an image of one pixel.
var tinyGIF = []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;")

// waiting makes a pair that waits: both have an external id.
func (r *businessRig) waiting(key, name string) (older, younger, pair string) {
	r.t.Helper()
	r.apart()
	older, younger = userOf(r.login(shopApp, name), "id"), userOf(r.login(otherApp, name), "id")
	for _, user := range []string{older, younger} {
		if a := r.call("POST", "/v1/server/users/"+user, key, map[string]string{"external_id": "of " + user}); a.status != 200 {
			r.t.Fatalf("change: %d %s", a.status, a.text)
		}
	}
	r.together()
	r.login(shopApp, name)
	r.login(otherApp, name)
	a := r.call("GET", "/v1/server/merges?state=pending&limit=1", key, nil)
	data, _ := a.body["data"].([]any)
	if len(data) != 1 {
		r.t.Fatalf("pending: %d %s", a.status, a.text)
	}
	m := data[0].(map[string]any)
	users, _ := m["users"].([]any)
	if m["state"] != "pending" || m["reason"] != "late_unionid" || m["open_account"] != simulator.DemoOpenAccount || m["into"] != nil ||
		m["decided_at"] != nil || m["decided_by"] != nil || len(users) != 2 || users[0] != older || users[1] != younger {
		r.t.Fatalf("pending: %s", a.text)
	}
	return older, younger, m["id"].(string)
}

func TestMerge_Decide(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	key := r.key("users:read users:write")
	k, reader := bearer(key), bearer(r.key("users:read"))
	shop := bearer(r.key("users:read users:write", shopApp))
	stranger := bearer(r.key("users:read users:write", "wxffffffffffffffff"))
	older, younger, pair := r.waiting(k, "alice")
	decide := func(key, pair, how string) businessAnswer {
		return r.call("POST", "/v1/server/merges/"+pair+"/"+how, key, nil)
	}
	if a := r.call("GET", "/v1/server/merges?state=pending", shop, nil); a.status != 200 || len(a.body["data"].([]any)) != 0 {
		t.Errorf("a key for one app sees %s", a.text)
	}
	for what, c := range map[string]struct {
		a      businessAnswer
		status int
		code   string
	}{
		"a reader decides":        {decide(reader, pair, "accept"), 403, "insufficient_scope"},
		"a key for one app":       {decide(shop, pair, "accept"), 403, "insufficient_scope"},
		"a key for one app, no":   {decide(shop, pair, "reject"), 403, "insufficient_scope"},
		"a key for another app":   {decide(stranger, pair, "accept"), 404, "not_found"},
		"nobody":                  {decide("", pair, "accept"), 401, "invalid_token"},
		"an unknown pair":         {decide(k, "mrg_01kah5qnqfefgrpyy7v6fmxa3s", "accept"), 404, "not_found"},
		"no id":                   {decide(k, "usr_x", "reject"), 404, "not_found"},
		"an unknown state":        {r.call("GET", "/v1/server/merges?state=open", k, nil), 400, "invalid_request"},
		"a bad cursor":            {r.call("GET", "/v1/server/merges?cursor=x", k, nil), 400, "invalid_request"},
		"a key that reads nobody": {r.call("GET", "/v1/server/merges", bearer(r.key("orders:read")), nil), 403, "insufficient_scope"},
	} {
		if c.a.status != c.status || c.a.at("code") != c.code {
			t.Errorf("%s: %d %s, want %d %s", what, c.a.status, c.a.text, c.status, c.code)
		}
	}
	if a := r.call("GET", "/v1/server/users/"+younger, k, nil); a.at("id") != younger {
		t.Fatalf("merged by who may not: %s", a.text)
	}
	once := decide(k, pair, "accept")
	if once.status != 200 || once.at("state") != "merged" || once.at("into") != older || once.at("decided_by") != key.id || once.at("decided_at") == "" {
		t.Fatalf("accept: %d %s", once.status, once.text)
	}
	if again := decide(k, pair, "accept"); again.text != once.text {
		t.Errorf("accept again: %d %s", again.status, again.text)
	}
	if a := decide(k, pair, "reject"); a.status != 409 || a.at("code") != "conflict" {
		t.Errorf("reject what is merged: %d %s", a.status, a.text)
	}
	a := r.call("GET", "/v1/server/users/"+younger, k, nil)
	if from := mergedFrom(a); a.at("id") != older || len(from) != 1 || from[0] != younger || a.at("external_id") != "of "+older {
		t.Errorf("after the merge: %s", a.text)
	}
	if a := r.call("POST", "/v1/server/users/lookup", k, map[string]string{"external_id": "of " + younger}); a.at("id") != older {
		t.Errorf("by the name that stayed: %d %s", a.status, a.text)
	}

	_, younger, pair = r.waiting(k, "bob")
	no := decide(k, pair, "reject")
	if no.status != 200 || no.at("state") != "rejected" || no.body["into"] != nil || decide(k, pair, "reject").text != no.text {
		t.Errorf("reject: %d %s", no.status, no.text)
	}
	if a := decide(k, pair, "accept"); a.status != 409 || a.at("code") != "conflict" {
		t.Errorf("accept what was rejected: %d %s", a.status, a.text)
	}
	r.login(otherApp, "bob")
	if a := r.call("GET", "/v1/server/merges?state=pending", k, nil); len(a.body["data"].([]any)) != 0 {
		t.Errorf("listed again: %s", a.text)
	}
	if a := r.call("GET", "/v1/server/users/"+younger, k, nil); a.at("id") != younger {
		t.Errorf("rejected, and merged: %s", a.text)
	}
	page := r.call("GET", "/v1/server/merges?limit=1", k, nil)
	rest := r.call("GET", "/v1/server/merges?limit=1&cursor="+page.at("next_cursor"), k, nil)
	if len(rest.body["data"].([]any)) != 1 || rest.body["next_cursor"] != nil || rest.text == page.text {
		t.Errorf("pages: %s then %s", page.text, rest.text)
	}
}

// TestMerge_OnlyByWeChat: nothing that a phone or a business sends makes one user
// of two, or a pair that somebody might accept.
func TestMerge_OnlyByWeChat(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	victim := r.login(otherApp, "bob") // has a unionid that others may know
	r.apart()
	alice := r.login(shopApp, "alice")
	older, me := userOf(victim, "id"), userOf(alice, "id")
	union := userOf(victim, "unionid")
	k := bearer(r.key("users:read users:write login:assert sessions:write"))
	token := "Bearer " + alice.at("access_token")

	for _, openid := range []string{userOf(alice, "openid"), "o-nobody-knows"} {
		a := r.call("POST", "/v1/server/sessions", k, map[string]string{"appid": shopApp, "openid": openid, "unionid": union})
		if a.status != 200 {
			t.Fatalf("assert: %d %s", a.status, a.text)
		}
		if openid == userOf(alice, "openid") && (userOf(a, "id") != me || userOf(a, "unionid") != "") {
			t.Errorf("an assertion moved who is known: %s", a.text)
		}
	}
	// Open data that holds a unionid, once WeChat tells one: it is compared, and
	// never taken.
	r.together()
	data, err := r.sim.WeRun(shopApp, "alice")
	if err != nil {
		t.Fatal(err)
	}
	r.call("POST", "/v1/me/decrypt", token, map[string]string{"encrypted_data": data.EncryptedData, "iv": data.IV})
	info, err := r.sim.UserProfile(shopApp, "alice", simulator.GetUserProfile)
	if err != nil {
		t.Fatal(err)
	}
	r.call("POST", "/v1/me/userinfo", token, map[string]string{
		"raw_data": info.RawData, "signature": info.Signature, "encrypted_data": info.EncryptedData, "iv": info.IV,
	})
	r.call("POST", "/v1/me", token, map[string]string{"unionid": union})
	r.call("POST", "/v1/server/users/"+me, k, map[string]string{"unionid": union})
	r.call("POST", "/v1/refresh", "", map[string]string{"refresh_token": alice.at("refresh_token")})

	if a := r.call("GET", "/v1/server/users/"+me, k, nil); a.at("id") != me || len(mergedFrom(a)) != 0 || strings.Contains(a.text, union) {
		t.Errorf("alice is %s", a.text)
	}
	if a := r.call("GET", "/v1/server/users/"+older, k, nil); a.at("id") != older || len(mergedFrom(a)) != 0 {
		t.Errorf("bob is %s", a.text)
	}
	if a := r.call("GET", "/v1/server/merges", k, nil); a.status != 200 || len(a.body["data"].([]any)) != 0 {
		t.Errorf("listed: %s", a.text)
	}
}

// TestMerge_ForgedByAKey: a key for one app makes its holder, by somebody's
// unionid, an identity of who is in another app alone. Their own login ends that:
// they neither see that person, nor erase them.
func TestMerge_ForgedByAKey(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	bob := r.login(otherApp, "bob")
	openid, err := r.sim.OpenID(shopApp, "alice")
	if err != nil {
		t.Fatal(err)
	}
	k := bearer(r.key("login:assert users:write", shopApp))
	forged := r.call("POST", "/v1/server/sessions", k, map[string]string{"appid": shopApp, "openid": openid, "unionid": userOf(bob, "unionid")})
	if forged.status != 200 || userOf(forged, "id") != userOf(bob, "id") {
		t.Fatalf("assert: %d %s", forged.status, forged.text)
	}
	alice := r.login(shopApp, "alice")
	if userOf(alice, "id") == userOf(bob, "id") || alice.body["is_new_user"] != true {
		t.Errorf("alice is bob: %s", alice.text)
	}
	if a := r.call("GET", r.twin+"/v1/me", "Bearer "+forged.at("access_token"), nil); a.status != 200 || a.at("id") != userOf(alice, "id") {
		t.Errorf("the forged session: %d %s", a.status, a.text)
	}
	if a := r.call("DELETE", "/v1/me?scope=user", "Bearer "+alice.at("access_token"), nil); a.status != 204 {
		t.Errorf("erase: %d %s", a.status, a.text)
	}
	if a := r.call("GET", r.twin+"/v1/me", "Bearer "+bob.at("access_token"), nil); a.status != 200 || a.at("id") != userOf(bob, "id") {
		t.Errorf("bob: %d %s", a.status, a.text)
	}
}
