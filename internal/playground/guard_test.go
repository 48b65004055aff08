package playground_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/playground"
)

// Every call of the API is refused to whom it is not for, one rule at a time.
func TestGuard(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	paths := map[string]string{
		"/playground/v1/events": "GET", "/playground/v1/calls": "POST", "/playground/v1/calls/c1": "DELETE",
		"/playground/v1/network": "PUT", "/playground/v1/clock": "POST", "/playground/v1/sessions/end": "POST",
	}
	for name, header := range map[string]map[string]string{
		"NoToken":            {"X-Playground-Token": ""},
		"WrongToken":         {"X-Playground-Token": strings.Repeat("A", 26)},
		"TokenAndMore":       {"X-Playground-Token": r.token() + "A"},
		"ForeignHost":        {"Host": "evil.example"},
		"RebindingName":      {"Host": "evil.example" + r.host[strings.Index(r.host, ":"):]},
		"LoopbackInAName":    {"Host": "127.0.0.1.evil.example"},
		"LanAddress":         {"Host": "192.168.1.7:8080"},
		"ForeignOrigin":      {"Origin": "https://evil.example"},
		"OriginOfOtherPort":  {"Origin": "http://127.0.0.1:1"},
		"NullOrigin":         {"Origin": "null"},
		"CrossSite":          {"Sec-Fetch-Site": "cross-site"},
		"SameSite":           {"Sec-Fetch-Site": "same-site"},
		"UnknownSite":        {"Sec-Fetch-Site": "odd"},
		"ForeignHostAndPage": {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for path, method := range paths {
				sent := map[string]string{"X-Playground-Token": r.token(), "Content-Type": "application/json"}
				for k, v := range header {
					sent[k] = v
				}
				a := r.do(method, path, sent, "{}")
				if a.status != 403 || !strings.Contains(string(a.body), `"code":"insufficient_scope"`) || a.header.Get("Content-Type") != "application/problem+json" {
					t.Errorf("%s %s: %d %s", method, path, a.status, a.body)
				}
				if strings.Contains(string(a.body), r.token()) {
					t.Error("the refusal tells the token")
				}
				if a.header.Get("Access-Control-Allow-Origin") != "" {
					t.Error("another origin is let in")
				}
			}
		})
	}
	t.Run("OwnPage", func(t *testing.T) {
		t.Parallel()
		_, port, _ := strings.Cut(r.host, ":")
		for _, host := range []string{r.host, "localhost:" + port, "LOCALHOST:" + port, "[::1]:" + port} {
			a := r.do("PUT", "/playground/v1/network", map[string]string{
				"X-Playground-Token": r.token(), "Content-Type": "application/json", "Host": host,
				"Origin": "http://" + host, "Sec-Fetch-Site": "same-origin",
			}, `{"mode":"online"}`)
			if a.status != 200 {
				t.Errorf("%s: %d %s", host, a.status, a.body)
			}
		}
	})
	t.Run("NoPreflightIsGranted", func(t *testing.T) {
		t.Parallel()
		a := r.do("OPTIONS", "/playground/v1/calls", map[string]string{
			"Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-playground-token",
		}, "")
		if a.status < 400 || a.header.Get("Access-Control-Allow-Origin") != "" || a.header.Get("Access-Control-Allow-Headers") != "" {
			t.Errorf("%d %v", a.status, a.header)
		}
	})
	t.Run("FormsAreNoCalls", func(t *testing.T) {
		t.Parallel()
		for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", ""} {
			a := r.do("POST", "/playground/v1/clock", map[string]string{"X-Playground-Token": r.token(), "Content-Type": kind}, `{"advance":1,"what":"hufu"}`)
			if a.status != http.StatusUnsupportedMediaType {
				t.Errorf("%q: %d", kind, a.status)
			}
		}
	})
	t.Run("ThePageItselfWantsItsName", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/", "/playground/app.js", "/favicon.ico"} {
			a := r.do("GET", path, map[string]string{"Host": "evil.example"}, "")
			if a.status != 403 || strings.Contains(string(a.body), r.token()) {
				t.Errorf("%s: %d", path, a.status)
			}
		}
	})
}

// Exposed, it may be opened by an address, still not by a name.
func TestGuardExposed(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{adjust: func(c *playground.Config) { c.Expose = true }})
	if a := r.do("GET", "/", map[string]string{"Host": "192.168.1.7:8080"}, ""); a.status != 200 {
		t.Errorf("by address: %d", a.status)
	}
	if a := r.do("GET", "/", map[string]string{"Host": "evil.example"}, ""); a.status != 403 {
		t.Errorf("by name: %d", a.status)
	}
}

func TestTokensDifferByStart(t *testing.T) {
	t.Parallel()
	a, b := newRig(t, rigOptions{}), newRig(t, rigOptions{})
	if a.token() == b.token() || len(a.token()) < 20 {
		t.Errorf("%q and %q", a.token(), b.token())
	}
}
