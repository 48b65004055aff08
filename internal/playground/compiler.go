package playground

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

const (
	// maxScript bounds a compiled program, maxLine a line of the compiler's.
	maxScript = 32 << 20
	maxLine   = 1 << 20
	// endGrace is how long the compiler may take to end when it is asked to.
	endGrace = 2 * time.Second
)

var (
	errNoBuild   = errors.New("the program does not compile")
	errNotNeeded = errors.New("the compiler was stopped")
)

// Build tells how a compilation went.
type Build struct {
	Warnings []string `json:"warnings"`
	Error    *string  `json:"error"`
}

// CompilerConfig is what a Compiler is made of.
type CompilerConfig struct {
	// Source is the compiler itself, a program for Node.js.
	Source []byte
	// Dir is the mini program.
	Dir string
	// Env is the environment of Node.js, its PATH where it is looked for.
	Env []string
	// Node is the program to run; empty: node, wherever PATH has it.
	Node string
	// Tell is told of each build; nil: nobody is.
	Tell func(Build)
}

// Compiler compiles a mini program anew whenever a file of it changes. Start it
// with StartCompiler; Close it in the end.
type Compiler struct {
	temp string
	cmd  *exec.Cmd
	in   io.Closer
	// grace is endGrace, but for tests.
	grace time.Duration
	done  chan struct{} // closed when the process has ended

	mu     sync.Mutex
	script []byte
	last   *Build
	first  chan struct{} // closed when there is a build
	tell   []func(Build)
	closed bool
}

// StartCompiler finds Node.js and starts it. The error tells what is missing.
func StartCompiler(ctx context.Context, cfg CompilerConfig) (_ *Compiler, err error) {
	if info, err := os.Stat(cfg.Dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("--miniprogram %s is no folder", cfg.Dir)
	}
	node, err := findNode(ctx, cfg.Node, cfg.Env)
	if err != nil {
		return nil, err
	}
	c := &Compiler{grace: endGrace, done: make(chan struct{}), first: make(chan struct{})}
	if cfg.Tell != nil {
		c.tell = append(c.tell, cfg.Tell)
	}
	if c.temp, err = os.MkdirTemp("", "hufu-playground-"); err != nil { // 0700
		return nil, fmt.Errorf("compiler: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(c.temp)
		}
	}()
	program := filepath.Join(c.temp, "compiler.mjs")
	if err := os.WriteFile(program, cfg.Source, 0o600); err != nil {
		return nil, fmt.Errorf("compiler: %w", err)
	}
	// It does not end with ctx but by Close, which asks politely.
	c.cmd = exec.CommandContext(context.WithoutCancel(ctx), node, program, cfg.Dir, "--out", c.out(), "--watch") //nolint:gosec // the developer's own Node.js
	c.cmd.Env, c.cmd.WaitDelay = cfg.Env, endGrace
	var complaints tail
	c.cmd.Stderr = &complaints
	stdout, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("compiler: %w", err)
	}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("compiler: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("compiler: %w", err)
	}
	go c.watch(stdout, &complaints)
	return c, nil
}

func (c *Compiler) out() string { return filepath.Join(c.temp, programName) }

// buildLine is what the compiler writes for each build.
type buildLine struct {
	OK       bool     `json:"ok"`
	Warnings []string `json:"warnings"`
	Error    string   `json:"error"`
}

// watch reads the compiler's lines until it ends.
func (c *Compiler) watch(stdout io.Reader, complaints *tail) {
	defer close(c.done)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var line buildLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			continue // a plugin that prints
		}
		c.built(line)
	}
	_, _ = io.Copy(io.Discard, stdout) // after a line that was too long
	err := c.cmd.Wait()
	if err == nil {
		err = errNotNeeded
	}
	c.built(buildLine{Error: "the compiler has ended: " + err.Error() + complaints.text()})
}

// built takes over what was built, and tells of it.
func (c *Compiler) built(line buildLine) {
	b := Build{Warnings: line.Warnings}
	if b.Warnings == nil {
		b.Warnings = []string{}
	}
	var script []byte
	if line.OK {
		var err error
		if script, err = readScript(c.out()); err != nil {
			line.OK, line.Error = false, err.Error()
		}
	}
	if !line.OK {
		b.Error = &line.Error
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	if line.OK {
		c.script = script
	}
	if c.last == nil {
		close(c.first)
	}
	c.last = &b
	tell := c.tell
	c.mu.Unlock()
	for _, f := range tell {
		f(b)
	}
}

func readScript(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.New("the compiler wrote no program")
	}
	defer func() { _ = f.Close() }() // read only
	script, err := io.ReadAll(io.LimitReader(f, maxScript+1))
	if err != nil || len(script) > maxScript {
		return nil, errors.New("the compiled program can't be read, or is larger than 32 MiB")
	}
	return script, nil
}

// notify adds one who is told of each build.
func (c *Compiler) notify(f func(Build)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell = append(c.tell, f)
}

// Last tells how the last build went; ok is false before the first.
func (c *Compiler) Last() (b Build, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		return Build{}, false
	}
	return *c.last, true
}

// Script returns the last program that compiled, after waiting for the first.
// The error is errNoBuild if none did.
func (c *Compiler) Script(ctx context.Context, patience time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-c.first:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.script == nil {
		return nil, errNoBuild
	}
	return c.script, nil
}

// Close ends the compiler and removes its files.
func (c *Compiler) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	_ = c.in.Close() // by that it is asked to end
	select {
	case <-c.done:
	case <-time.After(c.grace):
		_ = c.cmd.Process.Kill() // it may have ended meanwhile
		<-c.done
	}
	return os.RemoveAll(c.temp)
}
