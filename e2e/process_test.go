package e2e_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take that does not say otherwise: it is
// for machines under load, not a promise of the program.
const patience = 3 * time.Minute

// eventually polls until ok, and fails the test when it lost patience.
func eventually(t testing.TB, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); ; {
		if ok() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// output collects what a process writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// process is a running hufu.
type process struct {
	t              testing.TB
	cmd            *exec.Cmd
	stdout, stderr output
	exited         chan struct{} // closed when it has ended
	code           int           // then its exit code; -1: by a signal
}

// environ is that of the test without what would configure hufu.
func environ(more ...string) []string {
	var out []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "HUFU_") {
			out = append(out, pair)
		}
	}
	// One race must not pass as an odd exit code that nobody reads.
	return append(append(out, "GORACE=halt_on_error=1 exitcode=66"), more...)
}

// start runs hufu in dir; the process is killed when the test ends.
func start(t testing.TB, dir string, env []string, args ...string) *process {
	t.Helper()
	return startBinary(t, binary, dir, env, args...)
}

func startBinary(t testing.TB, program, dir string, env []string, args ...string) *process {
	t.Helper()
	if err := lookAtSources(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: exec.Command(program, args...), exited: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, environ(env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		var exit *exec.ExitError
		if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
			p.code = -2
			return
		}
		p.code = p.cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		p.kill()
		if strings.Contains(p.stderr.String(), "DATA RACE") {
			t.Errorf("a data race in hufu %v:\n%s", args, p.stderr.String())
		}
		if t.Failed() && testing.Verbose() {
			t.Logf("hufu %v\nstdout:\n%s\nstderr:\n%s", args, tail(p.stdout.String()), tail(p.stderr.String()))
		}
	})
	return p
}

func tail(s string) string {
	const most = 6000
	if len(s) > most {
		return "…" + s[len(s)-most:]
	}
	return s
}

// run runs hufu to its end.
func run(t testing.TB, dir string, env []string, args ...string) *process {
	t.Helper()
	p := start(t, dir, env, args...)
	p.wait(patience)
	return p
}

// wait waits for the end.
func (p *process) wait(within time.Duration) {
	p.t.Helper()
	select {
	case <-p.exited:
	case <-time.After(within):
		p.t.Fatalf("hufu %v still runs after %s\nstdout:\n%s\nstderr:\n%s", p.cmd.Args[1:], within, tail(p.stdout.String()), tail(p.stderr.String()))
	}
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// kill is kill -9, of this very process.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.exited
}

// stop asks it to end and wants a clean end.
func (p *process) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	p.wait(patience)
	if p.code != 0 {
		p.t.Errorf("exit code %d after SIGTERM, want 0\n%s", p.code, tail(p.stderr.String()))
	}
}

// find waits until re stands in what get returns, and gives its first group.
func (p *process) find(get *output, re string) string {
	p.t.Helper()
	compiled, found := regexp.MustCompile(re), ""
	for deadline := time.Now().Add(patience); found == ""; {
		if m := compiled.FindStringSubmatch(get.String()); m != nil {
			return m[1]
		}
		select {
		case <-p.exited:
			if m := compiled.FindStringSubmatch(get.String()); m != nil {
				return m[1]
			}
			p.t.Fatalf("hufu %v ended with %d and never wrote %s\nstdout:\n%s\nstderr:\n%s", p.cmd.Args[1:], p.code, re, p.stdout.String(), p.stderr.String())
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("hufu %v never wrote %s\nstdout:\n%s\nstderr:\n%s", p.cmd.Args[1:], re, p.stdout.String(), p.stderr.String())
		}
	}
	return found
}

// rss is the process's resident memory in bytes.
func (p *process) rss() int64 {
	p.t.Helper()
	raw, err := os.ReadFile("/proc/" + itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		p.t.Skip("this system tells no memory of a process in /proc")
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(raw)
	if m == nil {
		p.t.Fatal("no VmRSS")
	}
	return atoi(p.t, string(m[1])) << 10
}
