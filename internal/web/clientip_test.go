package web_test

import (
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/web"
)

func TestClientIP(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"Direct", "203.0.113.7:1234", nil, "203.0.113.7"},
		{"DirectV6", "[2001:db8::1]:1234", nil, "2001:db8::1"},
		{"Mapped", "[::ffff:203.0.113.7]:1234", nil, "203.0.113.7"},
		{"Zone", "[fe80::1%eth0]:1234", nil, "fe80::1"},
		{"UntrustedPeerSaysAnything", "203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"},
		{"OneProxy", "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"MappedProxy", "[::ffff:10.0.0.1]:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"ForgedEntriesLeftOfTheProxy", "10.0.0.1:1", []string{"1.1.1.1, 2.2.2.2, 198.51.100.1"}, "198.51.100.1"},
		{"TwoProxies", "10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1,10.9.9.9"}, "198.51.100.1"},
		{"TwoLines", "10.0.0.1:1", []string{"1.1.1.1", "198.51.100.1", "10.9.9.9"}, "198.51.100.1"},
		{"AllTrusted", "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"MalformedStops", "10.0.0.1:1", []string{"198.51.100.1, unknown"}, "10.0.0.1"},
		{"MalformedStopsAtLastHop", "10.0.0.1:1", []string{"198.51.100.1, <x>, 10.0.0.2"}, "10.0.0.2"},
		{"EmptyEntryStops", "10.0.0.1:1", []string{"198.51.100.1, "}, "10.0.0.1"},
		{"EmptyHeader", "10.0.0.1:1", []string{""}, "10.0.0.1"},
		{"WithPort", "10.0.0.1:1", []string{"198.51.100.1:5555"}, "198.51.100.1"},
		{"V6WithPort", "10.0.0.1:1", []string{"[2001:db8::2]:5555"}, "2001:db8::2"},
		{"V6Proxy", "[fd00::1]:1", []string{"2001:db8::2"}, "2001:db8::2"},
		{"MappedEntry", "10.0.0.1:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"NoPeerAddress", "@", []string{"198.51.100.1"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			api, _ := newAPI(t, func(o *web.Options) { o.TrustedProxies = prefixes("10.0.0.0/8", "fd00::/8") })
			r := request("GET", "/v1/session", "", "Authorization", "Bearer "+goodToken)
			r.RemoteAddr = tc.peer
			for _, v := range tc.forwarded {
				r.Header.Add("X-Forwarded-For", v)
			}
			if w := serve(api, r); !strings.Contains(w.Body.String(), `"ip":"`+tc.want+`"`) {
				t.Fatalf("want %s: %s", tc.want, w.Body)
			}
		})
	}
}

func TestProxyWithoutTrustIsWarnedAboutOnce(t *testing.T) {
	t.Parallel()
	api, log := newAPI(t, nil)
	serve(api, request("GET", "/raw", ""))
	if strings.Contains(log.String(), "trusted_proxies") {
		t.Fatal("warned without cause")
	}
	for range 3 {
		serve(api, request("GET", "/raw", "", "X-Forwarded-For", "canary-5ca1"))
	}
	if s := log.String(); strings.Count(s, "trusted_proxies") != 1 || strings.Contains(s, "canary") {
		t.Fatal(s)
	}
}
