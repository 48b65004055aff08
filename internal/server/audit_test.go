package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/id"
)

// entries lists the audit, page by page.
func (r *businessRig) entries(key, query string) (list []map[string]any) {
	r.t.Helper()
	for cursor := ""; ; {
		a := r.call("GET", "/v1/server/audit?limit=2"+query+cursor, key, nil)
		if a.status != 200 {
			r.t.Fatalf("audit: %d %s", a.status, a.text)
		}
		for _, each := range a.body["data"].([]any) {
			list = append(list, each.(map[string]any))
		}
		next, more := a.body["next_cursor"].(string)
		if !more {
			return list
		}
		cursor = "&cursor=" + next
	}
}

func actionsOf(list []map[string]any) (actions []string) {
	for _, e := range list {
		actions = append(actions, e["action"].(string))
	}
	slices.Reverse(actions) // the oldest first
	return actions
}

// TestBusiness_Audit does what is kept in the audit, and what is not, and looks
// who is told to have done it.
func TestBusiness_Audit(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	alice, bob := r.login(shopApp, "alice"), r.login(otherApp, "bob")
	user, openid := userOf(alice, "id"), userOf(alice, "openid")
	tap, err := r.sim.PhoneNumber(shopApp, "alice")
	if err != nil {
		t.Fatal(err)
	}
	r.call("POST", "/v1/me/phone", "Bearer "+alice.at("access_token"), map[string]string{"code": tap.Code})
	plain := r.key("users:read tokens:introspect")
	eager := r.key("users:read users:write phone:read sessions:write login:assert")
	writer := r.key("users:read users:write sessions:write login:assert")
	admin := bearer(r.key("admin"))
	whole := r.call("GET", "/v1/server/users/"+user, bearer(eager), nil).at("phone_number")
	for _, c := range []struct {
		key                  businessKey
		method, path, action string
		body                 any
		about                string // usr_, ses_
	}{
		{plain, "GET", "/v1/server/users/" + user, "", nil, ""},
		{plain, "GET", "/v1/server/users", "", nil, ""},
		{eager, "GET", "/v1/server/users/" + userOf(bob, "id"), "", nil, ""}, // there is no number to show
		{eager, "GET", "/v1/server/users/" + user, "phone.shown", nil, user},
		{eager, "GET", "/v1/server/users", "phone.shown", nil, ""},
		{eager, "POST", "/v1/server/users/lookup", "phone.shown", map[string]string{"appid": shopApp, "openid": openid}, user},
		{eager, "POST", "/v1/server/users/lookup", "phone.looked_up", map[string]string{"phone_number": "+8613999999990"}, ""},
		{writer, "POST", "/v1/server/users/" + user, "user.changed", map[string]string{"external_id": "crm-1", "nickname": "Ali"}, user},
		{writer, "POST", "/v1/server/users/" + user + "/disable", "user.disabled", nil, user},
		{writer, "POST", "/v1/server/users/" + user + "/enable", "user.enabled", nil, user},
		{writer, "POST", "/v1/server/sessions", "session.asserted", map[string]string{"appid": shopApp, "openid": openid}, user},
		{writer, "DELETE", "/v1/server/sessions/" + bob.at("session_id"), "session.ended", nil, userOf(bob, "id")},
		{writer, "DELETE", "/v1/server/users/" + user, "user.erased", nil, user},
	} {
		before := len(r.entries(admin, ""))
		if a := r.call(c.method, c.path, bearer(c.key), c.body); a.status >= 300 && a.status != 404 {
			t.Fatalf("%s %s: %d %s", c.method, c.path, a.status, a.text)
		}
		after := r.entries(admin, "")
		if c.action == "" {
			if len(after) != before {
				t.Errorf("%s %s is kept in the audit: %v", c.method, c.path, after[0])
			}
			continue
		}
		e := after[0]
		about, _ := e["user_id"].(string)
		if len(after) != before+1 || e["action"] != c.action || e["actor"] != c.key.id || about != c.about {
			t.Errorf("%s %s: %d new entries: %v", c.method, c.path, len(after)-before, e)
		}
		for _, same := range r.entries(admin, "&action="+c.action+"&actor="+c.key.id) {
			if same["action"] != c.action || same["actor"] != c.key.id {
				t.Errorf("the filter lets %v pass", same)
			}
		}
	}
	if got := actionsOf(r.entries(admin, "&actor=cli")); strings.Join(got, " ") != "key.created key.created key.created key.created" {
		t.Errorf("commands: %v", got)
	}
	list := r.entries(admin, "&action=phone.shown")
	page := list[1]["details"].(map[string]any)
	if page["count"] != 1.0 || len(page["user_ids"].([]any)) != 1 {
		t.Errorf("the entry of a page: %v", page)
	}
	if fields := r.entries(admin, "&action=user.changed")[0]["details"]; strings.Contains(r.call("GET", "/v1/server/audit", admin, nil).text, "crm-1") {
		t.Errorf("values are kept: %v", fields)
	}
	text := r.call("GET", "/v1/server/audit", admin, nil).text
	for _, secret := range []string{openid, userOf(alice, "unionid"), whole[3:], "Ali", "13999999990"} {
		if strings.Contains(text, secret) {
			t.Errorf("the audit holds %q", secret)
		}
	}
	if mine := r.entries(admin, "&user="+user); len(mine) < 7 {
		t.Errorf("of an erased user the audit tells %d entries", len(mine))
	}
}

func TestBusiness_AuditRefuses(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	admin := bearer(r.key("admin"))
	for name, c := range map[string]struct {
		query, key string
		status     int
		field      string
	}{
		"NoScope":   {"", bearer(r.key("users:read phone:read users:write")), 403, ""},
		"OneApp":    {"", bearer(r.key("admin", id.AppID(shopApp))), 403, ""},
		"NoKey":     {"", "", 401, ""},
		"User":      {"?user=alice", admin, 400, "user"},
		"Actor":     {"?actor=root", admin, 400, "actor"},
		"Action":    {"?action=user.eaten", admin, 400, "action"},
		"Limit":     {"?limit=101", admin, 400, "limit"},
		"Cursor":    {"?cursor=x", admin, 400, "cursor"},
		"Unknown":   {"?who=x", admin, 400, ""},
		"GoodEmpty": {"?user=" + "usr_01kah5qnqfefgrpyy7v6fmxa3s", admin, 200, ""},
	} {
		if a := r.call("GET", "/v1/server/audit"+c.query, c.key, nil); a.status != c.status || a.at("field") != c.field {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}
