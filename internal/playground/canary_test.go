package playground_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A WeChat that repeats secrets wherever it can: what the picture shows holds
// none of them, nor does what the phone is answered.
func TestNoSecretInTheStream(t *testing.T) {
	t.Parallel()
	const (
		sessionKey = "Q0FOQVJZLXNlc3Npb24tAA=="
		weChats    = "88_CANARY-wechat-access-token-0123456789"
		appSecret  = "fa4e5ec4e70000000000000000000001"
	)
	r := newRig(t, rigOptions{wechat: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		echo := strings.ReplaceAll(r.URL.RawQuery+string(body), `"`, "'")
		w.Header().Set("X-Echo", echo+weChats+sessionKey)
		switch r.URL.Path {
		case "/sns/jscode2session":
			_, _ = fmt.Fprintf(w, `{"errmsg":"of %s, %s","openid":"oCANARY00000000000000000000X","session_key":"%s","x":{"y":["%s"]}}`, sessionKey, echo, sessionKey, sessionKey)
		case "/cgi-bin/stable_token":
			_, _ = fmt.Fprintf(w, `{"errmsg":"%s","access_token":"%s","expires_in":7200}`, echo, weChats)
		default:
			_, _ = fmt.Fprintf(w, `{"errcode":87009,"errmsg":"bad signature: %s %s"}`, echo, sessionKey)
		}
	})})
	l := r.listen("")
	code := "0aCANARYcode00000000000000000001"
	granted := r.granted(r.login(l, "c1", code, key1))
	r.send("c2", "GET", r.url+"/v1/session?wechat=true", map[string]any{"header": bearer(granted)})
	l.result("c2")
	r.send("c3", "POST", r.url+"/v1/refresh", map[string]any{"data": `{"refresh_token":"` + granted["refresh_token"].(string) + `"}`})
	refreshed := r.granted(l.result("c3"))
	r.send("c4", "GET", r.url+"/sample/notes?echo="+refreshed["access_token"].(string), map[string]any{"header": bearer(refreshed)})
	l.result("c4")
	r.send("c5", "GET", r.url+"/"+refreshed["refresh_token"].(string), map[string]any{"header": map[string]string{"x-any": refreshed["access_token"].(string)}})
	l.result("c5")

	paths := map[string]bool{}
	for _, e := range l.all() {
		never := []string{sessionKey, weChats, appSecret}
		if e.name == "exchange" {
			never = append(never, code)
			for _, g := range []map[string]any{granted, refreshed} {
				never = append(never, g["access_token"].(string), g["refresh_token"].(string))
			}
			if e.data["to"] == "wechat" {
				paths[e.data["request"].(map[string]any)["path"].(string)] = true
				if e.data["parent"] == nil || e.data["call"] == nil {
					t.Errorf("nobody's: %s", e.raw)
				}
			}
		}
		for _, secret := range never {
			if strings.Contains(e.raw, secret) {
				t.Errorf("%s is in %s %s", secret, e.name, e.raw)
			}
		}
	}
	if len(paths) != 3 {
		t.Errorf("WeChat was asked for %v", paths)
	}
}
