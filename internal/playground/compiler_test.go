package playground_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/playground"
)

// fakeNode is a shell script in the place of Node.js.
func fakeNode(t *testing.T, version, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a shell script stands in for Node.js")
	}
	path := filepath.Join(t.TempDir(), "node")
	text := "#!/bin/sh\nif [ \"$1\" = --version ]; then echo " + version + "; exit 0; fi\nout=$4\n" + script
	// A process that is forked meanwhile would hold the file open for writing,
	// and what is open for writing can't be run.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func startCompiler(t *testing.T, node string) (*playground.Compiler, chan playground.Build) {
	t.Helper()
	builds := make(chan playground.Build, 16)
	c, err := playground.StartCompiler(t.Context(), playground.CompilerConfig{
		Source: []byte("the compiler"), Dir: t.TempDir(), Env: os.Environ(), Node: node, Tell: func(b playground.Build) { builds <- b },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c, builds
}

func await(t *testing.T, builds chan playground.Build) playground.Build {
	t.Helper()
	select {
	case b := <-builds:
		return b
	case <-time.After(patience):
		t.Fatal("no build came")
		return playground.Build{}
	}
}

func TestCompilerFindsNode(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ node, want string }{
		"Missing":   {filepath.Join(t.TempDir(), "node"), "no node in PATH"},
		"TooOld":    {fakeNode(t, "v18.19.0", ""), "is Node.js v18.19.0"},
		"NoVersion": {fakeNode(t, "hello", ""), "does not tell its version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := playground.StartCompiler(t.Context(), playground.CompilerConfig{Dir: t.TempDir(), Env: os.Environ(), Node: tt.node})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "Node.js 20 or newer") {
				t.Errorf("%v", err)
			}
		})
	}
	_, err := playground.StartCompiler(t.Context(), playground.CompilerConfig{Dir: "/nonexistent"})
	if err == nil || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("%v", err)
	}
}

// It compiles at the start, its files are its owner's, and it ends by its stdin.
func TestCompiler(t *testing.T) {
	t.Parallel()
	farewell := filepath.Join(t.TempDir(), "farewell")
	c, builds := startCompiler(t, fakeNode(t, "v20.1.0", `stat -c %a "$1" "$(dirname "$1")" >"$(dirname "$out")/modes"
cat "$(dirname "$out")/modes" "$1" >"$out"
echo not json
echo '{"ok":true,"warnings":["careful"],"took_ms":1}'
read line
echo bye >`+farewell+`
`))
	if b := await(t, builds); b.Error != nil || len(b.Warnings) != 1 || b.Warnings[0] != "careful" {
		t.Errorf("%+v", b)
	}
	script, err := c.Script(t.Context(), patience)
	if err != nil || string(script) != "600\n700\nthe compiler" {
		t.Errorf("%q %v", script, err)
	}
	c.EndWithin(patience)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(farewell); err != nil {
		t.Error("it was killed")
	}
}

func TestCompilerThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	c, builds := startCompiler(t, fakeNode(t, "v22.0.0", "echo '{\"ok\":false,\"error\":\"app.json is missing\"}'\nexec 0<&-\nexec tail -f /dev/null\n"))
	if b := await(t, builds); b.Error == nil || *b.Error != "app.json is missing" {
		t.Errorf("%+v", b)
	}
	began := time.Now()
	if err := c.Close(); err != nil || time.Since(began) > patience {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestCompilerThatDies(t *testing.T) {
	t.Parallel()
	c, builds := startCompiler(t, fakeNode(t, "v20.0.0", "echo 'out of luck' >&2\nexit 3\n"))
	if b := await(t, builds); b.Error == nil || !strings.Contains(*b.Error, "out of luck") || !strings.Contains(*b.Error, "exit status 3") {
		t.Errorf("%+v", b)
	}
	if _, err := c.Script(t.Context(), patience); err == nil {
		t.Error("there is a script")
	}
}

// The page gets its own program, hears of each build, and whoever comes after a
// failed one is told of it.
func TestOwnProgram(t *testing.T) {
	t.Parallel()
	again := filepath.Join(t.TempDir(), "again")
	node := fakeNode(t, "v20.1.0", `echo 'program one' >"$out"
echo '{"ok":true,"warnings":[],"took_ms":1}'
while [ ! -e `+again+` ]; do sleep 0.05; done
echo '{"ok":false,"error":"line 3: what is this"}'
read line
`)
	var r *rig
	c, err := playground.StartCompiler(context.Background(), playground.CompilerConfig{Source: []byte("x"), Dir: t.TempDir(), Env: os.Environ(), Node: node})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	r = newRig(t, rigOptions{adjust: func(pc *playground.Config) { pc.Program = c }})
	if r.boot["own_program"] != true {
		t.Errorf("%v", r.boot)
	}
	a := r.do("GET", "/playground/program.js", nil, "")
	if a.status != 200 || string(a.body) != "program one\n" || a.header.Get("Content-Type") != "text/javascript; charset=utf-8" || a.header.Get("ETag") == "" {
		t.Errorf("%d %s %v", a.status, a.body, a.header)
	}
	l := r.listen("")
	if err := os.WriteFile(again, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	isFailure := func(e event) bool { return e.name == "reload" && e.data["error"] == "line 3: what is this" }
	if e := l.wait("the failed build", isFailure); len(e.data["warnings"].([]any)) != 0 || e.id == 0 {
		t.Errorf("%v", e)
	}
	if e := r.listen("").wait("the failed build, later", isFailure); e.id != 0 {
		t.Error("what is told again is no place to resume from")
	}
	if a := r.do("GET", "/playground/program.js", nil, ""); string(a.body) != "program one\n" {
		t.Errorf("the last good one is gone: %s", a.body)
	}
}
