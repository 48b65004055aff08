package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// profileTime is how long a profile that takes time is taken.
const profileTime = 10 * time.Second

// profile puts the load of the login scenarios on a server that lets itself be
// profiled, writes what it says, and prints the dearest functions.
func (b *bench) profile(ctx context.Context) error {
	if err := os.MkdirAll(b.options.profile, 0o755); err != nil {
		return err
	}
	asked := func(people uint64, delay time.Duration) func(string) (traffic, error) {
		return func(string) (traffic, error) {
			return &logins{counters: &b.counters, people: people, delay: delay, union: b.options.union}, nil
		}
	}
	for _, p := range []struct {
		name        string
		connections int
		traffic     func(addr string) (traffic, error)
	}{
		{"login-64", 64, asked(b.options.people, 0)},
		{"login-16", 16, asked(b.options.people, 0)},
		{"login-16-new", 16, asked(0, 0)},
		{"login-64-slow", 64, asked(b.options.people, upstreamDelay)},
		{"session-seen", 16, func(addr string) (traffic, error) {
			tokens, err := b.mint(ctx, addr, seenTokens)
			return &tokenReads{tokens: tokens}, err
		}},
		{"refresh", 16, func(addr string) (traffic, error) {
			tokens, err := b.mintRefresh(ctx, addr, int((2*profileTime+3*time.Second).Seconds()*fastestRefresh))
			return &tokenRefreshes{tokens: tokens}, err
		}},
	} {
		if !b.options.wants(p.name) {
			continue
		}
		if err := b.profileOne(ctx, p.name, p.connections, p.traffic); err != nil {
			return fmt.Errorf("profile %s: %w", p.name, err)
		}
	}
	return nil
}

func (b *bench) profileOne(ctx context.Context, name string, connections int, makeTraffic func(addr string) (traffic, error)) error {
	i, err := newInstance(ctx, name, filepath.Join(b.dir, name), b.programs, b.upstream(), "")
	if err != nil {
		return err
	}
	server, err := i.startProfiled(ctx, b.programs.profiled, b.nextCode)
	if err != nil {
		return err
	}
	defer server.kill()
	all := &everybody{logins: logins{counters: &b.counters, people: b.options.people}}
	if err := drive(ctx, server.addr, 64, all, nil); err != nil {
		return err
	}
	t, err := makeTraffic(server.addr)
	if err != nil {
		return err
	}
	// One profile after the other, since each disturbs the others.
	l := &load{addr: server.addr, connections: connections, traffic: t, warmUp: 200 * time.Millisecond, measured: 2*profileTime + 2*time.Second}
	defer l.close()
	files := make(chan error, 1)
	var before, after time.Duration
	first := true
	got, err := l.slice(ctx, func() (err error) {
		if !first {
			after, err = cpuTime(server.pid())
			return err
		}
		first = false
		go func() { files <- b.fetchProfiles(ctx, i.pprofAddr, name) }()
		before, err = cpuTime(server.pid())
		return err
	})
	if err := errors.Join(err, <-files); err != nil {
		return err
	}
	if got.failed > 0 {
		return fmt.Errorf("%d requests failed, the first with %s", got.failed, got.failure)
	}
	fmt.Fprintf(b.out, "\n### %s: %d requests while profiled, %s µs of CPU each\n\n", name, got.answered, micros((after-before)/time.Duration(max(got.answered, 1))))
	return b.printTop(ctx, b.profileFile(name, "cpu"))
}

func (b *bench) profileFile(name, kind string) string {
	return filepath.Join(b.options.profile, name+"."+kind+".pprof")
}

func (b *bench) fetchProfiles(ctx context.Context, addr, name string) error {
	seconds := int(profileTime.Seconds())
	for _, p := range []struct{ kind, path string }{
		{"cpu", fmt.Sprintf("profile?seconds=%d", seconds)},
		{"allocs", fmt.Sprintf("allocs?seconds=%d", seconds)},
		{"heap", "heap"},
	} {
		if err := fetch(ctx, "http://"+addr+"/debug/pprof/"+p.path, b.profileFile(name, p.kind)); err != nil {
			return err
		}
	}
	return nil
}

func fetch(ctx context.Context, url, file string) (err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(f, response.Body)
	return err
}

// printTop prints the functions under which most time was spent.
func (b *bench) printTop(ctx context.Context, file string) error {
	cmd := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-cum", "-nodecount=60", file)
	cmd.Stdout, cmd.Stderr = b.out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go tool pprof: %w", err)
	}
	fmt.Fprintf(b.out, "\nmore: go tool pprof -http : %s\n", file)
	return nil
}
