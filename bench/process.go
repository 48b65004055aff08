package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server under load.
type process struct {
	name, addr string
	cmd        *exec.Cmd
	stdin      io.Closer // of a role: closing it ends it
	done       chan struct{}
	err        error // how it ended, once done is closed
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// await starts to wait for the end of what was started.
func (p *process) await() {
	p.done = make(chan struct{})
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
}

// stop ends the process as an operator would, and waits for it.
func (p *process) stop() error {
	if p.stdin != nil {
		_ = p.stdin.Close()
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("%s did not stop when told to", p.name)
	}
	if p.stdin == nil && p.err != nil {
		return fmt.Errorf("%s: %w", p.name, p.err)
	}
	return nil
}

// kill ends the process at once.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// startRole starts this program again, to play a role.
func startRole(name, role string, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, append([]string{"role", role}, args...)...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	addr, ready := strings.CutPrefix(strings.TrimSpace(line), readyPrefix)
	p := &process{name: name, addr: addr, cmd: cmd, stdin: stdin}
	p.await()
	if err != nil || !ready {
		p.kill()
		return nil, errors.Join(fmt.Errorf("%s did not start", name), err)
	}
	return p, nil
}

// startFloor starts a role that answers so many bytes.
func startFloor(name, role, upstream string, size int) (*process, error) {
	return startRole(name, role, "-upstream", upstream, "-size", strconv.Itoa(size))
}

// startServer starts a program that logs into a file and answers on addr, once
// first succeeds. It returns how long that took.
func startServer(ctx context.Context, name, addr, logFile string, cmd *exec.Cmd, first func() error) (_ *process, took time.Duration, _ error) {
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, 0, err
	}
	defer log.Close() // the child has its own
	cmd.Stdout, cmd.Stderr = log, log
	p := &process{name: name, addr: addr, cmd: cmd}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	p.await()
	const retry = 500 * time.Microsecond
	for {
		if err = first(); err == nil {
			return p, time.Since(start), nil
		}
		select {
		case <-p.done:
			return nil, 0, fmt.Errorf("%s ended at once: %w; its log: %s", name, errors.Join(p.err, err), tail(logFile))
		case <-ctx.Done():
			p.kill()
			return nil, 0, ctx.Err()
		case <-time.After(retry):
		}
		if time.Since(start) > time.Minute {
			p.kill()
			return nil, 0, fmt.Errorf("%s does not answer: %w; its log: %s", name, err, tail(logFile))
		}
	}
}

// tail returns the end of a log.
func tail(path string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-1000):])
}
