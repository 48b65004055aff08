package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

// send makes a request as a browser would have it made, without a network.
func send(s *simulator.Server, method, host, path, body string, header map[string]string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	req.Host = host
	for k, v := range header {
		req.Header.Set(k, v)
	}
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, req)
	return rec
}

const loginBody = `{"appid":"` + app1 + `","user":"alice"}`

func TestGuard(t *testing.T) {
	t.Parallel()
	asJSON := func(more ...string) map[string]string {
		h := map[string]string{"Content-Type": "application/json"}
		for i := 0; i < len(more); i += 2 {
			h[more[i]] = more[i+1]
		}
		return h
	}
	for _, c := range []struct {
		name    string
		host    string
		header  map[string]string
		allowed []string
		want    int
	}{
		{"loopback name", "localhost:8081", asJSON(), nil, 200},
		{"loopback name in capitals", "LOCALHOST:8081", asJSON(), nil, 200},
		{"loopback IPv4", "127.0.0.1:8081", asJSON(), nil, 200},
		{"loopback IPv4, another", "127.9.9.9", asJSON(), nil, 200},
		{"loopback IPv6", "[::1]:8081", asJSON(), nil, 200},
		{"loopback IPv6 without a port", "[::1]", asJSON(), nil, 200},
		{"rebound name", "attacker.example:8081", asJSON(), nil, 403},
		{"name that begins well", "localhost.attacker.example", asJSON(), nil, 403},
		{"address that begins well", "127.0.0.1.attacker.example", asJSON(), nil, 403},
		{"other address", "10.0.0.1:8081", asJSON(), nil, 403},
		{"any address", "0.0.0.0:8081", asJSON(), nil, 403},
		{"no host", "", asJSON(), nil, 403},
		{"WeChat's name is for WeChat's paths", "api.weixin.qq.com", asJSON(), nil, 403},
		{"allowed name, any port", "sim:8081", asJSON(), []string{"sim"}, 200},
		{"allowed name and port", "sim:8081", asJSON(), []string{"SIM:8081"}, 200},
		{"allowed name, other port", "sim:9999", asJSON(), []string{"sim:8081"}, 403},
		{"any host allowed", "192.168.0.9:8081", asJSON(), []string{"*"}, 200},
		{"any host allowed, not any origin", "192.168.0.9:8081", asJSON("Origin", "http://attacker.example"), []string{"*"}, 403},
		{"own origin", "localhost:8081", asJSON("Origin", "http://localhost:8081"), nil, 200},
		{"own origin behind TLS", "localhost:8081", asJSON("Origin", "https://localhost:8081"), nil, 200},
		{"origin on another port", "localhost:8081", asJSON("Origin", "http://localhost:3000"), nil, 403},
		{"other loopback name", "localhost:8081", asJSON("Origin", "http://127.0.0.1:8081"), nil, 403},
		{"cross origin", "localhost:8081", asJSON("Origin", "http://attacker.example"), nil, 403},
		{"opaque origin", "localhost:8081", asJSON("Origin", "null"), nil, 403},
		{"empty origin", "localhost:8081", asJSON("Origin", ""), nil, 403},
		{"extension", "localhost:8081", asJSON("Origin", "chrome-extension://localhost:8081"), nil, 403},
		{"cross site without origin", "localhost:8081", asJSON("Sec-Fetch-Site", "cross-site"), nil, 403},
		{"same site without origin", "localhost:8081", asJSON("Sec-Fetch-Site", "same-site"), nil, 403},
		{"same origin by fetch metadata", "localhost:8081", asJSON("Sec-Fetch-Site", "same-origin"), nil, 200},
		{"form post", "localhost:8081", map[string]string{"Content-Type": "text/plain"}, nil, 415},
		{"form post, dressed up", "localhost:8081", map[string]string{"Content-Type": "text/plain; application/json"}, nil, 415},
		{"no content type", "localhost:8081", nil, nil, 415},
		{"charset", "localhost:8081", map[string]string{"Content-Type": "application/json; charset=utf-8"}, nil, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := &simulator.Server{AllowedHosts: c.allowed}
			rec := send(s, http.MethodPost, c.host, "/sim/v1/wx/login", loginBody, c.header)
			if rec.Code != c.want {
				t.Errorf("%d %s, want %d", rec.Code, rec.Body, c.want)
			}
			if rec.Header().Get(simulator.Header) != "1" || rec.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("header %v", rec.Header())
			}
			if rec.Code != 200 && !strings.Contains(rec.Body.String(), `"error"`) {
				t.Errorf("the refusal does not say why: %s", rec.Body)
			}
		})
	}
}

func TestGuardOfWeChatPaths(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]int{"api.weixin.qq.com": 200, "API.weixin.qq.com:443": 200, "api.mch.weixin.qq.com": 200, "attacker.example": 403, "api.weixin.qq.com.attacker.example": 403} {
		if rec := send(new(simulator.Server), http.MethodGet, host, "/sns/jscode2session", "", nil); rec.Code != want {
			t.Errorf("%s: %d, want %d", host, rec.Code, want)
		}
	}
}

func TestGuardStopsBeforeAnyEffect(t *testing.T) {
	t.Parallel()
	s := new(simulator.Server)
	for _, path := range []string{"/sim/v1/reset", "/sim/v1/apps", "/sim/v1/clock"} {
		send(s, http.MethodPost, "attacker.example", path, `{"appid":"wx1","secret":"s"}`, map[string]string{"Content-Type": "application/json"})
	}
	if rec := send(s, http.MethodDelete, "localhost", "/sim/v1/faults", "", map[string]string{"Origin": "http://attacker.example"}); rec.Code != 403 {
		t.Errorf("cross-origin DELETE: %d", rec.Code)
	}
	if rec := send(s, http.MethodOptions, "localhost", "/sim/v1/apps", "", map[string]string{"Origin": "http://localhost"}); rec.Code != 405 {
		t.Errorf("a preflight is never granted: %d", rec.Code)
	}
	if n := len(s.Apps()); n != 2 {
		t.Errorf("%d apps", n)
	}
}
