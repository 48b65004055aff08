package server_test

import (
	"strings"
	"testing"
)

// TestExport: a person with everything is handed out whole, to who may, and the
// audit tells of it.
func TestExport(t *testing.T) {
	t.Parallel()
	rig := newBusinessRig(t)
	code, err := rig.sim.Login(shopApp, "alice")
	if err != nil {
		t.Fatal(err)
	}
	in := rig.call("POST", "/v1/login", "", map[string]any{
		"appid": shopApp, "code": code, "device": map[string]string{"model": "canary-phone"},
		"consent": map[string]string{"policy_version": "2026-05", "agreed_at": "2026-05-01T08:00:00+08:00"},
	})
	second := rig.login(otherApp, "alice")
	user := userOf(in, "id")
	if in.status != 200 || userOf(second, "id") != user {
		t.Fatalf("%s %s", in.text, second.text)
	}
	token := "Bearer " + in.at("access_token")
	rig.call("POST", "/v1/me", token, map[string]string{"nickname": "小明"})
	tap, err := rig.sim.PhoneNumber(shopApp, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if a := rig.call("POST", "/v1/me/phone", token, map[string]string{"code": tap.Code}); a.status != 200 {
		t.Fatal(a.text)
	}
	both := rig.key("users:read phone:read")
	path := "/v1/server/users/" + user + "/export"
	for what, tt := range map[string]struct {
		key    businessKey
		lacks  string
		status int
	}{
		"users alone":  {rig.key("users:read"), "phone:read", 403},
		"phone alone":  {rig.key("phone:read"), "users:read", 403},
		"admin":        {rig.key("admin"), "users:read", 403},
		"one app":      {rig.key("users:read phone:read", shopApp), "apps that this API key is not for", 403},
		"foreign apps": {rig.key("users:read phone:read", "wxdd00000000000009"), "no such user", 404},
	} {
		a := rig.call("GET", path, "Bearer "+tt.key.key, nil)
		if a.status != tt.status || !strings.Contains(a.at("detail"), tt.lacks) || a.header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %d %s", what, a.status, a.text)
		}
	}
	a := rig.call("GET", path, "Bearer "+both.key, nil)
	if a.status != 200 || a.header.Get("Content-Disposition") != `attachment; filename="hufu-export.json"` || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v %s", a.status, a.header, a.text)
	}
	for _, want := range []string{
		`"nickname":"小明"`, `"number":"+86`, `"model":"canary-phone"`, `"policy_version":"2026-05","agreed_at":"2026-05-01T00:00:00Z"`,
		`"held":1`, `"appid":"` + otherApp + `"`, `"left_out":{"sessions":0,"audit":0}`,
	} {
		if !strings.Contains(a.text, want) {
			t.Errorf("%s is not in %s", want, a.text)
		}
	}
	for _, secret := range []string{"salt", "hash", "sealed", in.at("refresh_token")} {
		if strings.Contains(a.text, secret) {
			t.Errorf("%s is in %s", secret, a.text)
		}
	}
	audit := rig.call("GET", "/v1/server/audit?action=user.exported&user="+user, "Bearer "+rig.key("admin").key, nil)
	if n := strings.Count(audit.text, `"user.exported"`); n != 1 || !strings.Contains(audit.text, both.id) {
		t.Errorf("%d exports in the audit, of 1 that was handed out: %s", n, audit.text)
	}
	if again := rig.call("GET", path, "Bearer "+both.key, nil); !strings.Contains(again.text, `"action":"user.exported"`) {
		t.Error("an export does not tell of the one before")
	}
	for _, nobody := range []string{"usr_01kah5qnqfefgrpyy7v6fmxa3s", "x"} {
		if a := rig.call("GET", "/v1/server/users/"+nobody+"/export", "Bearer "+both.key, nil); a.status != 404 {
			t.Errorf("%s: %d %s", nobody, a.status, a.text)
		}
	}
}

// TestExport_NamesNobodyElse: who may be the same person, and who is not, is no
// business of this one's.
func TestExport_NamesNobodyElse(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	r.apart()
	users := []string{userOf(r.login(shopApp, "alice"), "id"), userOf(r.login(otherApp, "alice"), "id")}
	k := bearer(r.key("users:read users:write phone:read"))
	for _, user := range users { // so that nobody merges them
		r.call("POST", "/v1/server/users/"+user, k, map[string]string{"external_id": "customer " + user})
	}
	r.together()
	r.login(shopApp, "alice")
	r.login(otherApp, "alice")
	list, _ := r.call("GET", "/v1/server/merges?state=pending", k, nil).body["data"].([]any)
	if len(list) != 1 {
		t.Fatalf("%d pairs wait", len(list))
	}
	pair := list[0].(map[string]any)["id"].(string)
	for _, state := range []string{"pending", "rejected"} {
		for i, user := range users {
			a := r.call("GET", "/v1/server/users/"+user+"/export", k, nil)
			if a.status != 200 || !strings.Contains(a.text, `"state":"`+state+`"`) || !strings.Contains(a.text, `"user_ids":["`+user+`"]`) {
				t.Errorf("%s: %d %s", state, a.status, a.text)
			}
			if strings.Contains(a.text, users[1-i]) {
				t.Errorf("%s: the other one is in %s", state, a.text)
			}
		}
		r.call("POST", "/v1/server/merges/"+pair+"/reject", k, nil)
	}
}
