package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

func TestServe(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		w := newWeChat(t)
		s := newSite(t, w, store)
		srv := s.serve()
		first := login(t, srv.url, app1, w.code(app1, "alice"), "")
		second := login(t, srv.url, app2, w.code(app2, "alice"), "")
		if !*first.IsNewUser || *second.IsNewUser || first.User.ID != second.User.ID || *first.User.OpenID == *second.User.OpenID {
			t.Errorf("one person in two apps of one open account: %+v and %+v", first, second)
		}
		var me user
		call(t, "GET", srv.url+"/v1/me", bearer(first.AccessToken), "").as(t, 200, &me)
		if me.ID != first.User.ID {
			t.Errorf("me %s, user %s", me.ID, first.User.ID)
		}
		srv.stop()

		again := s.serve()
		call(t, "GET", again.url+"/v1/me", bearer(first.AccessToken), "").as(t, 200, &me)
		if got := refresh(t, again.url, first.RefreshToken, ""); got.SessionID != first.SessionID {
			t.Errorf("session %s, want %s", got.SessionID, first.SessionID)
		}
		again.stop()
	})
}

// TestServe_NothingButTheAPI looks for the operator's paths on the public
// listener, and for the public ones on the other.
func TestServe_NothingButTheAPI(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	srv := newSite(t, w, sqlite).serve()
	for _, path := range []string{"/metrics", "/docs", "/openapi.json", "/admin/", "/debug/pprof/", "/debug/vars", "/sim/v1/apps", "/sim/v1/requests",
		"/sns/jscode2session", "/cgi-bin/token", "/wxa/checksession", "/", "/.git/config", "/v1/", "/v1/server/apps"} {
		if a := call(t, "GET", srv.url+path, nil, ""); a.status != 404 {
			t.Errorf("public %s: %d", path, a.status)
		}
	}
	for _, path := range []string{"/metrics", "/docs", "/openapi.json"} {
		if a := call(t, "GET", srv.admin+path, nil, ""); a.status != 200 {
			t.Errorf("admin %s: %d", path, a.status)
		}
	}
	for _, path := range []string{"/v1/login", "/v1/refresh", "/v1/session", "/v1/sessions", "/v1/me", "/.well-known/jwks.json", "/oauth2/token"} {
		if a := call(t, "GET", srv.admin+path, nil, ""); a.status != 404 {
			t.Errorf("admin %s: %d", path, a.status)
		}
	}
	t.Run("SimulatedIsSaidAloud", func(t *testing.T) {
		if a := call(t, "GET", srv.url+"/readyz", nil, ""); a.object(t)["simulated"] != true {
			t.Errorf("readyz says %s", a.body)
		}
		if !strings.Contains(srv.stderr.String(), "WeChat is simulated") {
			t.Errorf("the log says\n%s", srv.stderr.String())
		}
	})
	t.Run("AccessControlHeadersAreNone", func(t *testing.T) {
		a := call(t, "OPTIONS", srv.url+"/v1/login", header("Origin", "https://evil.example", "Access-Control-Request-Method", "POST"), "")
		for name := range a.header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s in the answer", name)
			}
		}
	})
}

func TestServe_RefusesToStart(t *testing.T) {
	t.Parallel()
	refused := func(t *testing.T, s *site, env ...string) string {
		t.Helper()
		s.configure()
		p := run(t, s.dir, env, "serve", "--config", "hufu.yaml")
		if p.code != 1 {
			t.Errorf("exit code %d, want 1", p.code)
		}
		return p.stderr.String()
	}
	t.Run("WithoutMasterKey", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, newWeChat(t), sqlite)
		if err := os.Remove(filepath.Join(s.dir, "master.key")); err != nil {
			t.Fatal(err)
		}
		if out := refused(t, s); !strings.Contains(out, "hufu key master master.key") {
			t.Errorf("it does not say how to make one:\n%s", out)
		}
	})
	t.Run("WithABrokenMasterKey", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, newWeChat(t), sqlite)
		s.write("master.key", "hunter2-hunter2\n")
		if out := refused(t, s); !strings.Contains(out, "master key") || strings.Contains(out, "hunter2") {
			t.Errorf("it says\n%s", out)
		}
	})
	t.Run("WithAnotherMasterKey", func(t *testing.T) {
		t.Parallel()
		w := newWeChat(t)
		s := newSite(t, w, sqlite)
		srv := s.serve()
		login(t, srv.url, app1, w.code(app1, "alice"), "")
		srv.stop()
		if err := os.Remove(filepath.Join(s.dir, "master.key")); err != nil {
			t.Fatal(err)
		}
		run(t, s.dir, nil, "key", "master", "master.key")
		if out := refused(t, s); !strings.Contains(out, "master key") && !strings.Contains(out, "key") {
			t.Errorf("it says\n%s", out)
		}
	})
	t.Run("UnsaidSimulator", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, newWeChat(t), sqlite)
		if out := refused(t, s, "HUFU_SIMULATED=false"); !strings.Contains(out, "simulated: true") {
			t.Errorf("it says\n%s", out)
		}
	})
	t.Run("AllFaultsAtOnce", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, newWeChat(t), sqlite)
		s.more = "nope: 1\ntoken: {life: 900}\nlog: {level: loud}\ntrusted_proxies: [x]"
		s.apps += "  - {appid: wx1, secret_file: nowhere, token_alg: none}\n"
		out := refused(t, s, "HUFU_LISTEN=x", "HUFU_NOPE=1")
		for _, want := range []string{"nope:", "token.life:", "log.level:", "trusted_proxies[0]:", "apps[2].secret_file:", "apps[2].token_alg:", "listen:", "HUFU_NOPE:"} {
			if !strings.Contains(out, want) {
				t.Errorf("no %s in\n%s", want, out)
			}
		}
	})
	t.Run("AddressTaken", func(t *testing.T) {
		t.Parallel()
		w := newWeChat(t)
		s := newSite(t, w, sqlite)
		srv := s.serve()
		addr := strings.TrimPrefix(srv.url, "http://")
		other := newSite(t, w, sqlite)
		if out := refused(t, other, "HUFU_LISTEN="+addr); !strings.Contains(out, "listen") || !strings.Contains(out, addr) {
			t.Errorf("it says\n%s", out)
		}
	})
	t.Run("StoreUnreachable", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, newWeChat(t), "postgres://hufu:HUNTER2@127.0.0.1:1/none?connect_timeout=2")
		if out := refused(t, s); strings.Contains(out, "HUNTER2") || len(out) < 20 {
			t.Errorf("it says\n%s", out)
		}
	})
}

func TestServe_HangupReloadsApps(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	s := newSite(t, w, sqlite)
	srv := s.serve()
	before := login(t, srv.url, app1, w.code(app1, "alice"), "")
	const app3 = "wxdd00000000000003"
	if err := w.AddApp(simulator.App{AppID: app3, Secret: "s3"}); err != nil {
		t.Fatal(err)
	}
	code := w.code(app3, "alice")
	wantProblem(t, call(t, "POST", srv.url+"/v1/login", nil, loginBody(app3, code)), 404, "unknown_app")

	old := s.apps
	s.app(app3, "s3", "expose_openid: false")
	s.configure()
	srv.signal(syscall.SIGHUP)
	var granted tokens
	eventually(t, patience, "the new app is served", func() bool {
		a := call(t, "POST", srv.url+"/v1/login", nil, loginBody(app3, code))
		if a.status == 200 {
			a.as(t, 200, &granted)
		}
		return a.status == 200
	})

	t.Run("FaultsChangeNothing", func(t *testing.T) {
		s.apps = "  - {appid: wx1}\n"
		s.configure()
		srv.signal(syscall.SIGHUP)
		srv.find(&srv.stderr, `(configuration not reloaded)`)
		login(t, srv.url, app3, w.code(app3, "bob"), "")
	})
	t.Run("AnAppThatWentIsRefused", func(t *testing.T) {
		s.apps = old
		s.configure()
		srv.signal(syscall.SIGHUP)
		eventually(t, patience, "the app is gone", func() bool {
			return call(t, "GET", srv.url+"/v1/me", bearer(granted.AccessToken), "").status == 401
		})
		wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(granted.RefreshToken)), 401, "invalid_token")
		refresh(t, srv.url, before.RefreshToken, "")
	})
}

func TestCommands(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	s := newSite(t, w, sqlite)
	s.configure()
	t.Run("KeyMasterLeavesAFileAlone", func(t *testing.T) {
		before, err := os.ReadFile(filepath.Join(s.dir, "master.key"))
		if err != nil {
			t.Fatal(err)
		}
		p := run(t, s.dir, nil, "key", "master", "master.key")
		after, _ := os.ReadFile(filepath.Join(s.dir, "master.key"))
		if p.code == 0 || string(before) != string(after) {
			t.Errorf("exit code %d; the file was %s", p.code, map[bool]string{true: "kept", false: "changed"}[string(before) == string(after)])
		}
		if strings.Contains(p.stdout.String()+p.stderr.String(), strings.TrimSpace(string(before))) {
			t.Error("the key was printed")
		}
	})
	for _, args := range [][]string{{"migrate", "--config", "hufu.yaml"}, {"migrate", "--config", "hufu.yaml"}, {"doctor", "--config", "hufu.yaml"}, {"version"}, {"--help"}} {
		if p := run(t, s.dir, nil, args...); p.code != 0 || p.stdout.String() == "" {
			t.Errorf("hufu %v: exit code %d\n%s", args, p.code, p.stderr.String())
		}
	}
	for _, args := range [][]string{{}, {"nope"}, {"serve"}, {"serve", "--config", "nowhere.yaml"}, {"key", "master"}} {
		if p := run(t, s.dir, nil, args...); p.code != 2 || p.stderr.String() == "" {
			t.Errorf("hufu %v: exit code %d, want 2 and a word on stderr", args, p.code)
		}
	}
	t.Run("DoctorFindsWhatIsWrong", func(t *testing.T) {
		p := run(t, s.dir, []string{"HUFU_WECHAT_BASE_URL=http://127.0.0.1:1"}, "doctor", "--config", "hufu.yaml")
		if p.code != 1 || !strings.Contains(p.stdout.String(), "wrong  WeChat") {
			t.Errorf("exit code %d\n%s%s", p.code, p.stdout.String(), p.stderr.String())
		}
	})
	t.Run("KeyRotateKeepsWhatWasSigned", func(t *testing.T) { rotateKeepsTokens(t, w, s) })
}

func rotateKeepsTokens(t *testing.T, w *weChat, s *site) {
	srv := s.serve()
	old := login(t, srv.url, app1, w.code(app1, "alice"), "")
	keys := func() string {
		return fmt.Sprint(call(t, "GET", srv.url+"/.well-known/jwks.json", nil, "").object(t)["keys"])
	}
	before := keys()
	if p := run(t, s.dir, nil, "key", "rotate", "--config", "hufu.yaml", "--now"); p.code != 0 {
		t.Fatalf("exit code %d\n%s", p.code, p.stderr.String())
	}
	srv.stop()
	srv = s.serve()
	if keys() == before {
		t.Error("the JWKS is as it was")
	}
	var me user
	call(t, "GET", srv.url+"/v1/me", bearer(old.AccessToken), "").as(t, 200, &me)
	if got := refresh(t, srv.url, old.RefreshToken, ""); got.SessionID != old.SessionID {
		t.Errorf("session %s, want %s", got.SessionID, old.SessionID)
	}
	srv.stop()
}
