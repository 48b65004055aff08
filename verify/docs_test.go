package verify_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// blocks are the fenced code blocks of a document, each with its language in
// the first line.
func blocks(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, match := range regexp.MustCompile("(?ms)^```(\\w+\n.*?)^```$").FindAllSubmatch(text, -1) {
		list = append(list, string(match[1]))
	}
	if len(list) < 10 {
		t.Fatalf("%d code blocks in %s", len(list), name)
	}
	return list
}

// Both languages show the same code, and have the same sections.
func TestDocs_InStep(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(blocks(t, "verify.md"), blocks(t, "verify.zh.md")); diff != "" {
		t.Errorf("verify.md and verify.zh.md differ in code (-en +zh):\n%s", diff)
	}
	shape := func(name string) (sections, rows int) {
		text, err := os.ReadFile(filepath.Join("..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "## ") {
				sections++
			}
			if strings.HasPrefix(line, "|") {
				rows++
			}
		}
		return sections, rows
	}
	sections, rows := shape("verify.md")
	if s, r := shape("verify.zh.md"); s != sections || r != rows {
		t.Errorf("%d sections and %d rows in English, %d and %d in Chinese", sections, rows, s, r)
	}
}

// What the document shows of gin and chi is what the examples do.
func TestDocs_ExamplesAreQuoted(t *testing.T) {
	t.Parallel()
	for example, mark := range map[string]string{"verify-gin": "gin.HandlerFunc", "verify-chi": "r.Use("} {
		source, err := os.ReadFile(filepath.Join("..", "examples", example, "main.go"))
		if err != nil {
			t.Fatal(err)
		}
		flat := strings.Join(strings.Fields(string(source)), " ")
		found := false
		for _, block := range blocks(t, "verify.md") {
			code, ok := strings.CutPrefix(block, "go\n")
			if ok && strings.Contains(code, mark) {
				found = strings.Contains(flat, strings.Join(strings.Fields(code), " "))
			}
		}
		if !found {
			t.Errorf("the document does not quote %s", example)
		}
	}
}

// TestExamples builds the backends and calls them. Those on gin and chi are
// modules of their own; their dependencies are fetched if they are not there.
func TestExamples(t *testing.T) {
	t.Parallel()
	h := startHufu(t)
	got := h.login(t, app1, "alice")
	other := h.login(t, app2, "alice")
	for _, name := range []string{"verify-nethttp", "verify-gin", "verify-chi"} {
		t.Run(name, func(t *testing.T) {
			binary, addr := buildExample(t, name), freeAddr(t)
			cmd := exec.Command(binary, "-issuer", h.url, "-audience", app1, "-addr", addr)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			})
			address := "http://" + addr + "/orders"
			waitFor(t, addr)
			if status, body := h.call(t, "GET", address, got.AccessToken, ""); status != 200 || !strings.Contains(body, `"`+got.User.ID+`"`) {
				t.Errorf("%d %s", status, body)
			}
			for kind, token := range map[string]string{"none": "", "of another app": other.AccessToken, "forged": got.AccessToken + "A"} {
				if status, body := h.call(t, "GET", address, token, ""); status != 401 || !strings.Contains(body, `"code":"invalid_token"`) || strings.Contains(body, "orders") {
					t.Errorf("token %s: %d %s", kind, status, body)
				}
			}
		})
	}
}

// buildExample builds one; a module of its own with a copy of its go.mod, so that
// a test changes no file of the repository.
func buildExample(t *testing.T, name string) string {
	t.Helper()
	dir, temp := filepath.Join("..", "examples", name), t.TempDir()
	binary := filepath.Join(temp, name)
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		cmd = exec.CommandContext(t.Context(), "go", "build", "-modfile", copyModule(t, dir, temp), "-o", binary, ".")
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	}
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build in examples/%s: %v\n%s", name, err, out)
	}
	return binary
}

func copyModule(t *testing.T, dir, temp string) (file string) {
	t.Helper()
	for _, file := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(temp, file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(temp, "go.mod")
}

// TestDocs_GoCompiles builds what the document shows of net/http and of
// revocations, as a program outside of this module.
func TestDocs_GoCompiles(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, block := range blocks(t, "verify.md") {
		code, ok := strings.CutPrefix(block, "go\n")
		if !ok || !strings.Contains(code, "verify.New(") {
			continue
		}
		n++
		dir := t.TempDir()
		program := "package main\n\nimport (\"fmt\"; \"log\"; \"net/http\"; \"github.com/hufu-id/hufu/verify\")\n\n" +
			"var _, _ = fmt.Println, log.Fatal\n\nfunc main() {\n\tmux, apiKey := http.NewServeMux(), \"\"\n\t_, _ = mux, apiKey\n" + code + "\t_, _ = verifier, err\n}\n"
		module := "module example.com/backend\n\ngo 1.26.0\n\nrequire github.com/hufu-id/hufu v0.0.0\n\nreplace github.com/hufu-id/hufu => " + root + "\n"
		for name, text := range map[string]string{"main.go": program, "go.mod": module, "go.sum": string(sums)} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), "go", "build", "-o", os.DevNull, ".")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s\n%s", err, out, program)
		}
	}
	if n != 2 {
		t.Errorf("%d pieces of Go, want 2", n)
	}
}

// TestDocs_Node runs the documented code against real tokens. It needs node and
// the package jose in node_modules.
func TestDocs_Node(t *testing.T) {
	t.Parallel()
	modules, err := filepath.Abs(filepath.Join("..", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	_, missing := os.Stat(filepath.Join(modules, "jose"))
	node, err := exec.LookPath("node")
	if missing != nil || err != nil {
		if os.Getenv("REQUIRE_BACKENDS") == "1" {
			t.Fatal("node or node_modules/jose is not there: npm ci")
		}
		t.Skip("node or node_modules/jose is not there: not tested")
	}
	var snippet string
	for _, block := range blocks(t, "verify.md") {
		if code, ok := strings.CutPrefix(block, "js\n"); ok && strings.Contains(code, "from 'jose'") {
			snippet = code
		}
	}
	h := startHufu(t)
	got, other, rsa := h.login(t, app1, "alice"), h.login(t, app2, "alice"), h.login(t, app2, "bob")
	run := func(issuer, appid string, authorization ...string) string {
		t.Helper()
		dir := t.TempDir()
		if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
		program := snippet + "\nfor (const value of process.argv.slice(2)) console.log(JSON.stringify(await userOf(value || undefined)))\n"
		file := filepath.Join(dir, "program.mjs")
		if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), node, append([]string{file}, authorization...)...)
		cmd.Env = append(os.Environ(), "HUFU_ISSUER="+issuer, "HUFU_APPID="+appid)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("node: %v\n%s", err, out)
		}
		return string(out)
	}
	const refused = `{"status":401,"code":"invalid_token"}` + "\n"
	good := func(l loggedIn) string {
		return `{"status":200,"user":"` + l.User.ID + `","session":"` + l.SessionID + `"}` + "\n"
	}
	f := newForger(t)
	unsigned := join(headerOf("none", f.kidES, ""), part(t, got.AccessToken, 1)) + "."
	if out := run(h.url, app1, "Bearer "+got.AccessToken, "bearer  "+got.AccessToken, "Bearer "+other.AccessToken, "Bearer "+got.AccessToken+"A",
		"Bearer "+unsigned, "Basic "+got.AccessToken, "Bearer ", ""); out != good(got)+good(got)+strings.Repeat(refused, 6) {
		t.Errorf("it says\n%s", out)
	}
	if out := run(h.url, app2, "Bearer "+rsa.AccessToken); out != good(rsa) {
		t.Errorf("RS256: it says\n%s", out)
	}
	if out := run("http://127.0.0.1:1", app1, "Bearer "+got.AccessToken); out != `{"status":503,"code":"temporarily_unavailable"}`+"\n" {
		t.Errorf("without keys it says\n%s", out)
	}
}

// waitFor waits until somebody listens.
func waitFor(t *testing.T, addr string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		if listening(t, addr) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the example does not listen")
		}
		<-time.After(10 * time.Millisecond)
	}
}
