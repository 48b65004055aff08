package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// devServer is a running `hufu dev`.
type devServer struct {
	*process
	url, sim string
}

func dev(t testing.TB, dir string, args ...string) *devServer {
	t.Helper()
	args = append([]string{"dev", "--addr", "127.0.0.1:0", "--sim-addr", "127.0.0.1:0", "--data", dir}, args...)
	p := start(t, t.TempDir(), nil, args...)
	d := &devServer{process: p}
	d.url = p.find(&p.stdout, `server\s+(http://\S+)`)
	d.sim = p.find(&p.stdout, `simulator\s+(http://\S+)`)
	p.find(&p.stdout, `(Ctrl-C stops)`)
	return d
}

// code asks the simulator as a page would.
func (d *devServer) code(base, appid, name string) string {
	d.t.Helper()
	var out struct {
		Code string `json:"code"`
	}
	call(d.t, "POST", base+"/sim/v1/wx/login", nil, `{"appid":"`+appid+`","user":"`+name+`"}`).as(d.t, 200, &out)
	return out.Code
}

func TestDev(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	d := dev(t, dir)
	t.Run("SaysWhatItMade", func(t *testing.T) {
		made := regexp.MustCompile(`made +(.*)`).FindStringSubmatch(d.stdout.String())
		if made == nil || !strings.Contains(made[1], "master.key") || !strings.Contains(made[1], "hufu.db") {
			t.Errorf("it says\n%s", d.stdout.String())
		}
	})
	t.Run("FilesAreItsOwnersAlone", func(t *testing.T) { filesArePrivate(t, dir) })
	t.Run("TheThreeLinesWork", func(t *testing.T) { theThreeLinesWork(t, d) })
	t.Run("Pages", func(t *testing.T) { devPages(t, d) })
	t.Run("SimulatorUnderTheServersAddress", func(t *testing.T) {
		var out tokens
		call(t, "POST", d.url+"/v1/login", nil, loginBody(app2, d.code(d.url, app2, "carol"))).as(t, 200, &out)
		a := call(t, "GET", d.url+"/sns/jscode2session?appid=x", nil, "")
		if a.status != 200 || !strings.Contains(string(a.body), "errcode") {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
	t.Run("LoginCommand", func(t *testing.T) { loginCommand(t, d) })
}

func filesArePrivate(t *testing.T, dir string) {
	seen := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		want := os.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		seen[entry.Name()] = true
		if info.Mode().Perm() != want {
			t.Errorf("%s is %o, want %o", path, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil || !seen[".gitignore"] || !seen["master.key"] || !seen["hufu.db"] {
		t.Errorf("%v, %v", seen, err)
	}
	if raw, _ := os.ReadFile(filepath.Join(dir, ".gitignore")); !strings.Contains("\n"+string(raw), "\n*\n") {
		t.Errorf(".gitignore says %q, which ignores not everything", raw)
	}
}

// theThreeLinesWork runs the lines as they were printed, with the one
// placeholder filled in, and the program that `go run` would have built.
func theThreeLinesWork(t *testing.T, d *devServer) {
	_, try, ok := strings.Cut(d.stdout.String(), "Try:\n")
	lines := strings.Split(try, "\n")
	if !ok || len(lines) < 3 {
		t.Fatalf("no three lines in\n%s", d.stdout.String())
	}
	shell := func(line string) string {
		line = strings.Replace(line, "go run ./cmd/hufu", binary, 1)
		out, err := exec.Command("sh", "-c", line).CombinedOutput()
		if err != nil {
			if _, missing := exec.LookPath("curl"); missing != nil && strings.Contains(line, "curl") {
				t.Skip("no curl here")
			}
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return string(out)
	}
	if out := shell(lines[0]); !strings.Contains(out, "access_token") || !strings.Contains(out, `"id":"usr_`) {
		t.Errorf("the first line gave\n%s", out)
	}
	code := regexp.MustCompile(`"code":"([^"]+)"`).FindStringSubmatch(shell(lines[1]))
	if code == nil {
		t.Fatal("the second line gave no code")
	}
	if out := shell(strings.Replace(lines[2], "<the code>", code[1], 1)); !strings.Contains(out, `"access_token":"`) {
		t.Errorf("the third line gave\n%s", out)
	}
}

func devPages(t *testing.T, d *devServer) {
	for path, want := range map[string][]string{
		"/":                                 {"text/html", "WeChat"},
		"/docs":                             {"text/html", "/v1/login"},
		"/openapi.json":                     {"json", `"3.1`},
		"/metrics":                          {"text/plain", "go_goroutines"},
		"/healthz":                          {"application/json", `"ok"`},
		"/readyz":                           {"application/json", `"simulated":true`},
		"/sim/v1/apps":                      {"application/json", app1},
		"/.well-known/jwks.json":            {"json", `"keys"`},
		"/.well-known/openid-configuration": {"json", `"issuer":"` + d.url + `"`},
	} {
		a := call(t, "GET", d.url+path, nil, "")
		if a.status != 200 || !strings.Contains(a.header.Get("Content-Type"), want[0]) || !strings.Contains(string(a.body), want[1]) {
			t.Errorf("%s: %d %s, want 200 %s with %s", path, a.status, a.header.Get("Content-Type"), want[0], want[1])
		}
		if strings.Contains(string(a.body), "https://") && strings.HasPrefix(a.header.Get("Content-Type"), "text/html") &&
			regexp.MustCompile(`(src|href)="https?://`).Match(a.body) {
			t.Errorf("%s loads or links something from outside", path)
		}
	}
	if !strings.Contains(d.stderr.String(), "simulated") {
		eventually(t, patience, "the log says that WeChat is simulated", func() bool { return strings.Contains(d.stderr.String(), "simulated") })
	}
}

func loginCommand(t *testing.T, d *devServer) {
	p := run(t, t.TempDir(), nil, "login", "--server", d.url, "--sim", d.sim, "--appid", app2, "--user", "bob")
	if p.code != 0 {
		t.Fatalf("exit code %d\n%s", p.code, p.stderr.String())
	}
	out := p.stdout.String()
	for _, want := range []string{`code 0\w{31}`, `session_id +ses_`, `access_token +ey[\w-]+\.ey[\w-]+\.[\w-]+`, `15m0s`, `"aud":"` + app2 + `"`, `"client_id":"` + app2 + `"`,
		`"iss":"` + d.url + `"`, `"sub":"usr_`, `"sid":"ses_`, `refresh_token +hfr_`, `user +\{"id":"usr_`, `is_new_user +(true|false)`, `/v1/me`, `(?s)GET .*\{"id":"usr_`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	for name, args := range map[string][]string{
		"no such person":    {"--server", d.url, "--sim", d.sim, "--user", "mallory"},
		"no such app":       {"--server", d.url, "--sim", d.sim, "--appid", "wx0"},
		"nobody listens":    {"--server", "http://127.0.0.1:1", "--sim", d.sim},
		"no simulator here": {"--server", d.url, "--sim", "http://127.0.0.1:1"},
	} {
		p := run(t, t.TempDir(), nil, append([]string{"login"}, args...)...)
		if p.code != 1 || len(p.stderr.String()) < 20 {
			t.Errorf("%s: exit code %d, %s", name, p.code, p.stderr.String())
		}
	}
}

func TestDev_StopsCleanly(t *testing.T) {
	t.Parallel()
	for name, sig := range map[string]syscall.Signal{"CtrlC": syscall.SIGINT, "Terminate": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			d := dev(t, dir)
			code := d.code(d.sim, app1, "alice")
			call(t, "PUT", d.sim+"/sim/v1/faults", nil, `[{"path":"/sns/jscode2session","latency_ms":1500}]`)
			done := make(chan answer, 1)
			go func() {
				a, _ := try("POST", d.url+"/v1/login", nil, loginBody(app1, code))
				done <- a
			}()
			eventually(t, patience, "WeChat is being asked", func() bool {
				return strings.Contains(string(call(t, "GET", d.sim+"/sim/v1/requests", nil, "").body), code2Session)
			})
			d.signal(sig)
			d.wait(patience)
			if d.process.code != 0 {
				t.Errorf("exit code %d", d.process.code)
			}
			a := <-done
			var granted tokens
			a.as(t, 200, &granted)
			again := dev(t, dir)
			if refresh(t, again.url, granted.RefreshToken, "").SessionID != granted.SessionID {
				t.Error("the login in flight was not kept")
			}
			again.stop()
		})
	}
}

func TestDev_SecondStartKnowsThePeople(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := dev(t, dir)
	before := login(t, first.url, app1, first.code(first.sim, app1, "alice"), "")
	first.stop()
	second := dev(t, dir)
	if strings.Contains(second.stdout.String(), "made ") {
		t.Errorf("a second start says\n%s", second.stdout.String())
	}
	after := login(t, second.url, app1, second.code(second.sim, app1, "alice"), "")
	if after.User.ID != before.User.ID || *after.IsNewUser || !*before.IsNewUser || *after.User.OpenID != *before.User.OpenID {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
	if got := refresh(t, second.url, before.RefreshToken, ""); got.SessionID != before.SessionID {
		t.Errorf("session %s, want %s", got.SessionID, before.SessionID)
	}
	second.stop()
}

// TestDev_LoginFieldByField holds the answer against the contract: every name,
// every type, nothing more.
func TestDev_LoginFieldByField(t *testing.T) {
	t.Parallel()
	d := dev(t, t.TempDir())
	a := call(t, "POST", d.url+"/v1/login", nil, loginBody(app1, d.code(d.sim, app1, "alice")))
	if a.status != 200 || a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Request-Id") == "" {
		t.Errorf("%d %v", a.status, a.header)
	}
	shape := func(what string, got map[string]any, want map[string]string) {
		t.Helper()
		for name, v := range got {
			re, known := want[name]
			if !known {
				t.Errorf("%s has %s, which the contract does not", what, name)
			} else if text := jsonText(t, v); !regexp.MustCompile("^(" + re + ")$").MatchString(text) {
				t.Errorf("%s.%s is %s, want %s", what, name, text, re)
			}
			delete(want, name)
		}
		for name := range want {
			t.Errorf("%s lacks %s", what, name)
		}
	}
	const typeID, stamp = `[0-7][0-9a-hjkmnp-tv-z]{25}"`, `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"`
	body := a.object(t)
	person, _ := body["user"].(map[string]any)
	delete(body, "user")
	shape("login", body, map[string]string{
		"access_token": `"ey[\w-]+\.ey[\w-]+\.[\w-]+"`, "token_type": `"Bearer"`, "expires_in": "900",
		"refresh_token": `"hfr_[\w-]+"`, "refresh_expires_in": itoa(30 * 24 * 3600), "session_id": `"ses_` + typeID, "is_new_user": "true",
	})
	shape("user", person, map[string]string{
		"id": `"usr_` + typeID, "openid": `"o[\w-]{27}"`, "unionid": `"o[\w-]{27}"`, "nickname": "null", "avatar_url": "null",
		"phone_number": "null", "created_at": stamp, "last_login_at": stamp,
	})
}

func TestDev_RefusesWhatIsNotMeant(t *testing.T) {
	t.Parallel()
	secretFile := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secretFile, []byte("s"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"ReachableAddress":   {[]string{"--addr", "0.0.0.0:0"}, "--expose"},
		"EveryAddress":       {[]string{"--addr", ":0"}, "--expose"},
		"ReachableSimulator": {[]string{"--sim-addr", "[::]:0"}, "--expose"},
		"NoPort":             {[]string{"--addr", "127.0.0.1"}, "host:port"},
		"AppIDAlone":         {[]string{"--appid", "wx0123456789abcdef"}, "--secret-file"},
		"SecretFileAlone":    {[]string{"--secret-file", secretFile}, "--appid"},
		"NoSuchSecretFile":   {[]string{"--appid", "wx0123456789abcdef", "--secret-file", "/nonexistent/secret"}, "/nonexistent/secret"},
		"UnknownFlag":        {[]string{"--nope"}, "nope"},
		"DataIsAFile":        {[]string{"--data", secretFile}, "--data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"dev", "--data", filepath.Join(t.TempDir(), "d")}, tt.args...)
			if !strings.Contains(strings.Join(args, " "), "--addr") {
				args = append(args, "--addr", "127.0.0.1:0")
			}
			p := run(t, t.TempDir(), nil, args...)
			if p.code == 0 || !strings.Contains(p.stderr.String(), tt.want) {
				t.Errorf("exit code %d, and it says\n%s", p.code, p.stderr.String())
			}
		})
	}
	t.Run("ExposedIsServed", func(t *testing.T) {
		t.Parallel()
		p := start(t, t.TempDir(), nil, "dev", "--addr", "0.0.0.0:0", "--sim-addr", "0.0.0.0:0", "--data", t.TempDir(), "--expose")
		url := p.find(&p.stdout, `server\s+(http://\S+)`)
		if a := call(t, http.MethodGet, url+"/healthz", nil, ""); a.status != 200 {
			t.Errorf("status %d", a.status)
		}
	})
}
