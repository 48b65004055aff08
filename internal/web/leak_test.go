package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/web"
)

// TestErrorsDoNotLeak plants a canary wherever a request can hold one and looks
// for it in the whole answer and in the log.
func TestErrorsDoNotLeak(t *testing.T) {
	t.Parallel()
	const canary = "CaNaRy5ca1"
	// odd is a canary that is no sane name: as a name, a sane one is repeated.
	const odd = canary + "/<>"
	bodies := []string{
		canary, `"` + canary + `"`, `[` + `"` + canary + `"]`, "code=" + canary, `{"` + odd + `":1}`,
		`{"appid":"a","code":"` + canary + `"`, `{"appid":"a","code":"` + canary + `","code":"` + canary + `"}`,
		`{"appid":"` + canary + `","code":["` + canary + `"],"maybe":null}`,
		`{"appid":{"` + odd + `":"` + canary + `"}}`,
		`{"appid":"` + canary + `"} ` + canary,
		`{"appid":"` + canary + `\u0000"}`, "{\"appid\":\"" + canary + "\xff\"}", `{"appid":"` + canary + `\ud800"}`,
		with(`"count":"` + canary + `"`), with(`"count":31337313373133.5`), with(`"tags":["` + canary + `",1]`),
		with(`"tags":"` + canary + `"`), with(`"device":"` + canary + `"`), with(`"device":{"` + odd + `":1,"` + odd + `":2}`),
		with(`"nested":{"` + odd + `":1}`), with(`"nested":{"x":"` + canary + `"}`), with(`"token":["` + canary + `"]`),
		with(`"` + strings.Repeat(canary, 10) + `":1`),
		`{"appid":"` + strings.Repeat(canary, 7000) + `"}`,
	}
	var requests []*http.Request
	for _, body := range bodies {
		for _, target := range []string{"/v1/login", "/fail"} {
			requests = append(requests, request("POST", target, body),
				request("POST", target, body, "Content-Type", "text/"+canary))
		}
	}
	for _, header := range []string{
		"Authorization", "Cookie", "Referer", "Origin", "User-Agent", "Content-Type", "Content-Encoding", "Idempotency-Key",
		"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-Ip", "X-Api-Key", "Accept", "Accept-Language",
		"X-Http-Method-Override", "Access-Control-Request-Headers", "If-None-Match", "Range", "Te", "Upgrade",
	} {
		for _, value := range []string{canary, "Bearer " + canary, "Basic " + canary, canary + ", " + canary, "1.2.3.4, " + canary} {
			requests = append(requests,
				request("POST", "/v1/login", "{}", header, value), request("GET", "/v1/session", "", header, value),
				request("GET", "/panic", "", header, value), request("OPTIONS", "/v1/login", "", header, value))
		}
	}
	requests = append(requests, request("GET", "/v1/session", "", "X-Request-Id", odd))
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "CONNECT", canary} {
		for _, target := range []string{
			"/" + canary, "/v1/" + canary, "/v1/login?code=" + canary, "/v1/session?access_token=" + canary, "/v1/login/" + canary,
			"/v1/sessions/" + canary, "/v1/sessions/" + canary + "?" + canary, "/v1/session?wechat=" + canary, "/v1/session?limit=" + canary,
			"/v1/session?wechat=true&wechat=" + canary, "/v1/session?%3C" + canary + "=1", "/v1/session?%zz" + canary, "//v1/login?code=" + canary,
			"/v1/../v1/login?code=" + canary, "/v1/login/?code=" + canary, "/v1/%2e%2e/" + canary, "/raw?" + canary, "/%00" + canary,
			"http://" + canary + "/v1/login", "/raw;" + canary,
		} {
			requests = append(requests, request(method, target, ""), request(method, target, "", "Authorization", "Bearer "+goodToken))
		}
	}

	api, log := newEdge(t, func(o *web.Options) { o.TrustedProxies = prefixes("192.0.2.0/24") })
	failWith(api, nil)
	for _, r := range requests {
		what := fmt.Sprintf("%s %s %v", r.Method, r.URL, r.Header)
		w := serve(api, r)
		var answer strings.Builder
		if err := w.Header().Write(&answer); err != nil {
			t.Fatal(err)
		}
		answer.WriteString(w.Body.String())
		for _, word := range []string{canary, strings.ToLower(canary), "31337313373133"} {
			if strings.Contains(answer.String(), word) {
				t.Errorf("%s: the answer repeats it: %.400s", what, answer.String())
			}
		}
	}
	if s := log.String(); strings.Contains(strings.ToLower(s), strings.ToLower(canary)) || strings.Contains(s, "31337313373133") {
		i := strings.Index(strings.ToLower(s), strings.ToLower(canary))
		t.Errorf("the log repeats it: …%s…", s[max(0, i-300):min(len(s), i+100)])
	}
	if len(requests) < 300 || strings.Count(log.String(), `"msg":"request"`) != len(requests) {
		t.Errorf("%d requests, but another number of log lines", len(requests))
	}
}
