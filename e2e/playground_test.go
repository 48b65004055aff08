package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// playground is the page of a running `hufu dev`, as a browser would have it.
type playground struct {
	t    testing.TB
	url  string
	boot map[string]any
}

var bootShape = regexp.MustCompile(`(?s)<script type="application/json" id="boot">(.*?)</script>`)

// notBuilt leaves a test out where dist/ is not there, and fails it where
// everything must be.
func notBuilt(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("REQUIRE_BACKENDS") == "1" {
		t.Fatal(what + " was not built in this checkout: npm ci && npm run build")
	}
	t.Skip(what + " was not built in this checkout")
}

// openPlayground skips where the page was not built.
func openPlayground(t testing.TB, url string) *playground {
	t.Helper()
	a := call(t, "GET", url+"/", nil, "")
	if strings.Contains(string(a.body), "npm run build") {
		notBuilt(t, "the playground")
	}
	found := bootShape.FindSubmatch(a.body)
	if a.status != 200 || found == nil {
		t.Fatalf("%d %s", a.status, a.body)
	}
	p := &playground{t: t, url: url}
	if err := json.Unmarshal(found[1], &p.boot); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *playground) header() http.Header {
	token, _ := p.boot["token"].(string)
	return header("X-Playground-Token", token, "Content-Type", "application/json", "Origin", p.url, "Sec-Fetch-Site", "same-origin")
}

func (p *playground) do(method, path, body string, status int) {
	p.t.Helper()
	if a := call(p.t, method, p.url+"/playground/v1"+path, p.header(), body); a.status != status {
		p.t.Fatalf("%s %s: %d %s, want %d", method, path, a.status, a.body, status)
	}
}

type playgroundEvent struct {
	name, raw string
	data      map[string]any
}

// events opens the stream; it ends with the test.
func (p *playground) events() chan playgroundEvent {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", p.url+"/playground/v1/events", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header = p.header()
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil || res.StatusCode != 200 {
		p.t.Fatalf("%v %v", res, err)
	}
	out := make(chan playgroundEvent, 4096)
	go func() {
		defer close(out)
		defer func() { _ = res.Body.Close() }()
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(nil, 1<<20)
		var e playgroundEvent
		for lines.Scan() {
			switch field, value, _ := strings.Cut(lines.Text(), ": "); field {
			case "event":
				e = playgroundEvent{name: value}
			case "data":
				e.raw = value
				_ = json.Unmarshal([]byte(value), &e.data)
				out <- e
			}
		}
	}()
	return out
}

// next waits for an event; those before it are appended to seen.
func (p *playground) next(events chan playgroundEvent, seen *[]playgroundEvent, what string, fits func(playgroundEvent) bool) playgroundEvent {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e, ok := <-events:
			if !ok {
				p.t.Fatalf("the stream ended before %s", what)
			}
			*seen = append(*seen, e)
			if fits(e) {
				return e
			}
		case <-deadline:
			p.t.Fatalf("never came: %s", what)
		}
	}
}

func (p *playground) phoneCall(id, method, path, key, data string) {
	p.t.Helper()
	raw, err := json.Marshal(map[string]any{
		"id": id, "kind": "request", "appid": app1, "env": "develop", "url": p.url + path, "method": method, "timeout": 20000,
		"header": map[string]string{"content-type": "application/json", "Idempotency-Key": key}, "data": data,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.do("POST", "/calls", string(raw), 202)
}

const phoneKey = "0123456789abcdef"

// A login whose answer is lost, and its repetition: what the page shows of it,
// and that no secret is in that.
func TestPlayground_LostAnswer(t *testing.T) {
	t.Parallel()
	d := dev(t, t.TempDir())
	p := openPlayground(t, d.url)
	if p.boot["simulated"] != true || p.boot["base_url"] != d.url || p.boot["simulator_url"] != d.sim || p.boot["own_program"] != false {
		t.Errorf("%v", p.boot)
	}
	events := p.events()
	var seen []playgroundEvent
	answerOf := func(id string) map[string]any {
		return p.next(events, &seen, "the answer of "+id, func(e playgroundEvent) bool { return e.name == "answer" && e.data["id"] == id }).data
	}
	p.do("PUT", "/network", `{"mode":"lose_answer"}`, 200)
	code := d.code(d.url, app1, "alice")
	p.phoneCall("c1", "POST", "/v1/login", phoneKey, loginBody(app1, code))
	if got := answerOf("c1"); got["errMsg"] != "request:fail timeout" || got["errno"] != 5.0 {
		t.Errorf("%v", got)
	}
	p.phoneCall("c2", "POST", "/v1/login", phoneKey, loginBody(app1, code))
	var granted tokens
	if err := unmarshal([]byte(answerOf("c2")["data"].(string)), &granted); err != nil {
		t.Fatal(err)
	}
	lost, wechat := "", 0
	for _, e := range seen {
		if e.name != "exchange" {
			continue
		}
		for _, secret := range []string{code, granted.AccessToken, granted.RefreshToken, "fa4e5ec4e7"} {
			if strings.Contains(e.raw, secret) {
				t.Errorf("%s is in %s", secret, e.raw)
			}
		}
		if e.data["state"] == "done" && e.data["fault"] == "lose_answer" {
			lost, _ = e.data["response"].(map[string]any)["body"].(map[string]any)["session_id"].(string)
		}
		if e.data["state"] == "done" && e.data["to"] == "wechat" {
			wechat++
		}
	}
	if lost != granted.SessionID || wechat == 0 {
		t.Errorf("the lost session %q, the repeated %q; %d calls to WeChat", lost, granted.SessionID, wechat)
	}
	if !strings.HasPrefix(strings.TrimSpace(strings.SplitAfterN(d.stdout.String(), "\n", 3)[2]), "open "+d.url+"/") {
		t.Errorf("the page is not the first thing that it says:\n%s", d.stdout.String())
	}
}

// What the page is made of is there, as what it is.
func TestPlayground_Assets(t *testing.T) {
	t.Parallel()
	d := dev(t, t.TempDir())
	openPlayground(t, d.url)
	for path, kind := range map[string]string{
		"/playground/app.js": "text/javascript", "/playground/phone.js": "text/javascript", "/playground/program.js": "text/javascript",
		"/playground/app.css": "text/css", "/playground/phone.css": "text/css", "/playground/phone.html": "text/html",
		"/playground/favicon.svg": "image/svg+xml", "/favicon.ico": "image/svg+xml",
	} {
		a := call(t, "GET", d.url+path, nil, "")
		if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), kind) || len(a.body) == 0 ||
			a.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.header.Get("Content-Security-Policy"), "script-src 'self';") {
			t.Errorf("%s: %d, %d bytes, %v", path, a.status, len(a.body), a.header)
			continue
		}
		if again := call(t, "GET", d.url+path, header("If-None-Match", a.header.Get("ETag")), ""); again.status != 304 {
			t.Errorf("%s again: %d", path, again.status)
		}
	}
	if a := call(t, "GET", d.url+"/playground/compiler.mjs", nil, ""); a.status != 404 {
		t.Errorf("the compiler: %d", a.status)
	}
}

// TestPlayground_StopsWithAStreamOpen: Ctrl-C must not wait for a page.
func TestPlayground_StopsWithAStreamOpen(t *testing.T) {
	t.Parallel()
	d := dev(t, t.TempDir())
	p := openPlayground(t, d.url)
	_, _ = p.events(), p.events()
	d.stop() // waiting for a stream would end in an error
}

// A month later, also after a restart, is a month later.
func TestPlayground_ClockSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	d := dev(t, dir)
	p := openPlayground(t, d.url)
	before := login(t, d.url, app1, d.code(d.url, app1, "alice"), "")
	p.do("POST", "/clock", `{"advance":2678400,"what":"both"}`, 200)
	wantProblem(t, call(t, "GET", d.url+"/v1/me", bearer(before.AccessToken), ""), 401, "token_expired")
	wantProblem(t, call(t, "POST", d.url+"/v1/refresh", nil, refreshBody(before.RefreshToken)), 401, "token_expired")
	after := login(t, d.url, app1, d.code(d.url, app1, "alice"), "")
	d.stop()
	filesArePrivate(t, dir)
	again := dev(t, dir)
	if got := refresh(t, again.url, after.RefreshToken, ""); got.SessionID != after.SessionID {
		t.Errorf("session %s, want %s", got.SessionID, after.SessionID)
	}
	wantProblem(t, call(t, "POST", again.url+"/v1/refresh", nil, refreshBody(before.RefreshToken)), 401, "token_expired")
}

func TestPlayground_RealWeChat(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("HUNTER2HUNTER2HUNTER2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := start(t, dir, nil, "dev", "--addr", "127.0.0.1:0", "--data", "data", "--appid", "wx0123456789abcdef", "--secret-file", "secret",
		"--allow-domain", "https://api.example.com")
	url := run.find(&run.stdout, `server\s+(http://\S+)`)
	run.find(&run.stdout, `(Ctrl-C stops)`)
	p := openPlayground(t, url)
	raw := jsonText(t, p.boot)
	if p.boot["simulated"] != false || !strings.Contains(raw, `"appid":"wx0123456789abcdef"`) || !strings.Contains(raw, `"https://api.example.com"`) || strings.Contains(raw, "HUNTER2") {
		t.Errorf("%s", raw)
	}
	if a := call(t, "GET", url+"/sim/v1/apps", nil, ""); a.status != 404 {
		t.Errorf("/sim/: %d", a.status)
	}
}

// The developer's own mini program, with a stand-in for Node.js.
func TestPlayground_OwnMiniProgram(t *testing.T) {
	t.Parallel()
	node := func(version, script string) (path string) {
		t.Helper()
		dir := t.TempDir()
		text := "#!/bin/sh\nif [ \"$1\" = --version ]; then echo " + version + "; exit 0; fi\n" + script
		// A process that is forked meanwhile would hold the file open for
		// writing, and what is open for writing can't be run.
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if err := os.WriteFile(filepath.Join(dir, "node"), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		return "PATH=" + dir + ":/usr/bin:/bin"
	}
	program := t.TempDir()
	args := []string{"--addr", "127.0.0.1:0", "--sim-addr", "127.0.0.1:0", "--miniprogram", program}
	for name, tt := range map[string]struct{ env, want string }{
		"NoNode":  {"PATH=" + t.TempDir(), "no node in PATH"},
		"OldNode": {node("v18.0.0", ""), "Node.js 20 or newer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := run(t, t.TempDir(), []string{tt.env}, append([]string{"dev"}, args...)...)
			if strings.Contains(p.stderr.String(), "without the built compiler") {
				notBuilt(t, "the compiler")
			}
			if p.code == 0 || !strings.Contains(p.stderr.String(), tt.want) {
				t.Errorf("exit code %d, and it says\n%s", p.code, p.stderr.String())
			}
		})
	}
	t.Run("Compiled", func(t *testing.T) {
		t.Parallel()
		env := node("v20.0.0", `echo "compiled $2" >"$4"`+"\n"+`echo '{"ok":true,"warnings":["take care"],"took_ms":1}'`+"\nread line\n")
		p := start(t, t.TempDir(), []string{env}, append([]string{"dev", "--data", t.TempDir()}, args...)...)
		if strings.Contains(p.stderr.String(), "without the built compiler") {
			notBuilt(t, "the compiler")
		}
		url := p.find(&p.stdout, `server\s+(http://\S+)`)
		p.find(&p.stderr, `(take care)`)
		if a := call(t, "GET", url+"/playground/program.js", nil, ""); a.status != 200 || string(a.body) != "compiled "+program+"\n" {
			t.Errorf("%d %s", a.status, a.body)
		}
		if open := openPlayground(t, url); open.boot["own_program"] != true {
			t.Errorf("%v", open.boot)
		}
		p.stop()
	})
	t.Run("NoFolder", func(t *testing.T) {
		t.Parallel()
		p := run(t, t.TempDir(), nil, "dev", "--miniprogram", "/nonexistent")
		if p.code == 0 || !strings.Contains(p.stderr.String(), "/nonexistent") {
			t.Errorf("exit code %d\n%s", p.code, p.stderr.String())
		}
	})
	t.Run("DomainThatIsNone", func(t *testing.T) {
		t.Parallel()
		p := run(t, t.TempDir(), nil, "dev", "--allow-domain", "api.example.com")
		if p.code == 0 || !strings.Contains(p.stderr.String(), "--allow-domain") {
			t.Errorf("exit code %d\n%s", p.code, p.stderr.String())
		}
	})
}
