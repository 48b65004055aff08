package playground_test

import (
	"strings"
	"testing"
)

// A login as the picture shows it: the phone's call, inside of it hufu's to
// WeChat, and no secret in either.
func TestLoginIsShown(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	l := r.listen("")
	code := r.code(app1, "alice")
	granted := r.granted(r.login(l, "c1", code, key1))
	phone := l.ofCall("c1")
	wechat := l.exchange("with WeChat", func(x map[string]any) bool { return x["to"] == "wechat" })
	if wechat["parent"] != phone["id"] || wechat["call"] != "c1" || wechat["from"] != "hufu" || phone["parent"] != nil || phone["to"] != "hufu" {
		t.Errorf("phone %v\nwechat %v", phone, wechat)
	}
	request, response := phone["request"].(map[string]any), phone["response"].(map[string]any)
	if request["method"] != "POST" || request["path"] != "/v1/login" || response["status"] != 200.0 || phone["took_ms"] == nil {
		t.Errorf("%v", phone)
	}
	body := request["body"].(map[string]any)
	if lock := body["code"].(map[string]any); lock["$locked"] != "code" || lock["shown"] != code[:4] || body["appid"] != app1 {
		t.Errorf("request body %v", body)
	}
	body = response["body"].(map[string]any)
	for name, kind := range map[string]string{"access_token": "access_token", "refresh_token": "refresh_token"} {
		if lock, _ := body[name].(map[string]any); lock["$locked"] != kind {
			t.Errorf("%s is %v", name, body[name])
		}
	}
	if body["session_id"] != granted["session_id"] || body["token_type"] != "Bearer" {
		t.Errorf("response body %v", body)
	}
	body = wechat["response"].(map[string]any)["body"].(map[string]any)
	if lock, _ := body["session_key"].(map[string]any); lock["$locked"] != "session_key" || body["openid"] == nil {
		t.Errorf("WeChat answers %v", body)
	}
	query := map[string]any{}
	for _, pair := range wechat["request"].(map[string]any)["query"].([]any) {
		query[pair.([]any)[0].(string)] = pair.([]any)[1]
	}
	if lock, _ := query["secret"].(map[string]any); lock["$locked"] != "app_secret" || query["appid"] != app1 {
		t.Errorf("query %v", query)
	}
	if lock, _ := query["js_code"].(map[string]any); lock["$locked"] != "code" || lock["shown"] != code[:4] {
		t.Errorf("query %v", query)
	}
	for _, pair := range request["headers"].([]any) {
		if name := pair.([]any)[0].(string); name == "x-request-id" {
			t.Error("the picture shows a header that no phone sent")
		}
	}
	key, err := r.sim.SessionKey(app1, "alice")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range l.all() {
		if strings.Contains(e.raw, key) || strings.Contains(e.raw, code) || strings.Contains(e.raw, "fa4e5ec4e7") {
			t.Errorf("a secret is in %s", e.raw)
		}
	}
}

func TestAuthorizationIsShownAsWhatItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	l := r.listen("")
	granted := r.granted(r.login(l, "c1", r.code(app1, "alice"), key1))
	r.send("c2", "GET", r.url+"/v1/me", map[string]any{"header": bearer(granted)})
	l.result("c2")
	for _, pair := range l.ofCall("c2")["request"].(map[string]any)["headers"].([]any) {
		if pair.([]any)[0] == "authorization" {
			lock := pair.([]any)[1].(map[string]any)
			if lock["$locked"] != "access_token" || lock["prefix"] != "Bearer " || len(lock) != 2 {
				t.Errorf("%v", lock)
			}
			return
		}
	}
	t.Error("there is no authorization")
}
