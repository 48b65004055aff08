package playground_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hufu-id/hufu/internal/playground"
)

func TestPage(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{domains: []string{"https://api.example.com"}, adjust: func(c *playground.Config) {
		c.Version = `v1 </script><script>alert(1)</script>`
	}})
	const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
		"connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
	t.Run("Boot", func(t *testing.T) {
		t.Parallel()
		a := r.do("GET", "/", nil, "")
		if strings.Count(string(a.body), "</script>") != 1 || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%v %s", a.header, a.body)
		}
		b := r.boot
		if b["base_url"] != r.url || b["simulated"] != true || b["own_program"] != false || len(b["people"].([]any)) != 3 ||
			b["version"] != `v1 </script><script>alert(1)</script>` || !strings.HasPrefix(b["simulator_url"].(string), "http://") {
			t.Errorf("%v", b)
		}
		if app := b["apps"].([]any)[0].(map[string]any); app["appid"] != app1 || app["name"] != "One" || len(app) != 2 {
			t.Errorf("%v", b["apps"])
		}
		if d := b["domains"].([]any); len(d) != 2 || d[0] != r.url || d[1] != "https://api.example.com" {
			t.Errorf("%v", d)
		}
	})
	for path, want := range map[string]string{
		"/playground/app.js": "text/javascript; charset=utf-8", "/playground/app.css": "text/css; charset=utf-8",
		"/playground/phone.html": "text/html; charset=utf-8", "/playground/favicon.svg": "image/svg+xml", "/favicon.ico": "image/svg+xml",
		"/playground/program.js": "text/javascript; charset=utf-8",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			a := r.do("GET", path, nil, "")
			etag := a.header.Get("ETag")
			if a.status != 200 || a.header.Get("Content-Type") != want || a.header.Get("Cache-Control") != "no-cache" ||
				a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Content-Security-Policy") != policy ||
				a.header.Get("X-Frame-Options") != "SAMEORIGIN" || etag == "" || len(a.body) == 0 {
				t.Errorf("%d %v", a.status, a.header)
			}
			if again := r.do("GET", path, map[string]string{"If-None-Match": etag}, ""); again.status != 304 || len(again.body) != 0 {
				t.Errorf("again: %d", again.status)
			}
		})
	}
	t.Run("WhatIsNotForBrowsers", func(t *testing.T) {
		t.Parallel()
		for _, path := range []string{"/playground/compiler.mjs", "/playground/nothing.js", "/playground/index.html", "/playground/..%2fapp.js", "/playground/.gitkeep"} {
			if a := r.do("GET", path, nil, ""); a.status != 404 {
				t.Errorf("%s: %d", path, a.status)
			}
		}
	})
}

func TestPageThatWasNotBuilt(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{assets: fstest.MapFS{".gitkeep": {}}})
	a := r.do("GET", "/", nil, "")
	if a.status != 200 || !strings.Contains(string(a.body), "npm run build") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestPageOfTheRealWeChat(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{adjust: func(c *playground.Config) {
		c.SimulatorURL, c.FaultHeader, c.WeChatAdvance, c.WeChatAdvanced, c.People = "", "", nil, nil, nil
	}})
	if r.boot["simulated"] != false || len(r.boot["people"].([]any)) != 0 || r.boot["simulator_url"] != "" {
		t.Errorf("%v", r.boot)
	}
	a := r.page("POST", "/clock", `{"advance":1,"what":"wechat"}`, 400)
	if !strings.Contains(string(a.body), "real one") {
		t.Errorf("%s", a.body)
	}
	r.page("POST", "/clock", `{"advance":1,"what":"hufu"}`, 200)
}
