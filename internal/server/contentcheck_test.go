package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

func checking(r *rig) { r.cfg.Apps[0].ContentCheck = true }

func nickname(name any) map[string]any { return map[string]any{"nickname": name} }

func TestContentCheck(t *testing.T) {
	t.Parallel()
	r := newRig(t, checking)
	token, elsewhere := r.login(app1, "alice"), r.login(app2, "alice")
	r.want(r.call("POST", "/v1/me", token, nickname("Alice")), 200, "")
	for _, name := range []string{"a" + simulator.RiskyWord, "a" + simulator.ReviewWord, "违\u200b规"} {
		a := r.call("POST", "/v1/me", token, nickname(name))
		r.want(a, 400, "invalid_request")
		if a.body["field"] != "nickname" || strings.Contains(a.text, "规") {
			t.Errorf("%q: %s", name, a.text)
		}
	}
	if a := r.call("GET", "/v1/me", token, nil); a.body["nickname"] != "Alice" {
		t.Errorf("what was refused is shown: %s", a.text)
	}
	r.want(r.call("POST", "/v1/me", token, nickname(nil)), 200, "")
	if strings.Contains(r.log.String(), simulator.RiskyWord) {
		t.Error("the log holds the nickname")
	}
	// An app that does not want it asks nobody.
	r.want(r.call("POST", "/v1/me", elsewhere, nickname(simulator.RiskyWord)), 200, "")
}

// TestContentCheckWithoutWeChat: a nickname that nobody could check is not kept.
func TestContentCheckWithoutWeChat(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault  simulator.Fault
		status int
		code   string
	}{
		"Down":      {simulator.Fault{Path: "/wxa/msg_sec_check", Status: http.StatusBadGateway}, 503, "wechat_unavailable"},
		"Quota":     {simulator.Fault{Path: "/wxa/msg_sec_check", Errcode: 44991}, 429, "wechat_quota"},
		"NotActive": {simulator.Fault{Path: "/wxa/msg_sec_check", Errcode: 61010}, 502, "wechat_rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, checking)
			token := r.login(app1, "alice")
			must(t, r.sim.SetFaults(tt.fault))
			r.want(r.call("POST", "/v1/me", token, nickname("Alice")), tt.status, tt.code)
			if a := r.call("GET", "/v1/me", token, nil); a.body["nickname"] != nil {
				t.Errorf("%s", a.text)
			}
		})
	}
}

// TestContentCheckIsLimited: nobody uses up the app's quota at WeChat alone.
func TestContentCheckIsLimited(t *testing.T) {
	t.Parallel()
	still := time.Now()
	r := newRig(t, checking, func(r *rig) { r.now = func() time.Time { return still } })
	token := r.login(app1, "alice")
	names := []string{"a", "b"}
	for i := range 60 {
		r.want(r.call("POST", "/v1/me", token, nickname(names[i%2])), 200, "")
	}
	r.want(r.call("POST", "/v1/me", token, nickname("a")), 429, "rate_limited")
}

// TestErasedWhileChecked erases people while WeChat looks at their nickname:
// their session is over, which is what a client can do something about.
func TestErasedWhileChecked(t *testing.T) {
	t.Parallel()
	erase := func() {}
	r := newRig(t, checking, realProfiles, func(r *rig) {
		slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if q.URL.Path == "/wxa/msg_sec_check" {
				erase()
			}
			r.sim.Handler().ServeHTTP(w, q)
		}))
		t.Cleanup(slow.Close)
		r.cfg.WeChatBaseURL = slow.URL
	})
	for path, body := range map[string]func(name string) any{
		"/v1/me":          func(string) any { return nickname("Alice") },
		"/v1/me/userinfo": func(name string) any { return info(r.profile(name)) },
	} {
		token := r.login(app1, "alice")
		sent := body("alice")
		erase = func() { r.want(r.call("DELETE", "/v1/me?scope=user", token, nil), 204, "") }
		r.want(r.call("POST", path, token, sent), 401, "session_revoked")
	}
}
