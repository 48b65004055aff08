package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// bench is a run: the processes that it compares, and what it found.
type bench struct {
	options  options
	out      io.Writer
	dir      string
	cores    []int
	programs programs
	counters counters

	stub, floor, floor2, bare *process
	servers                   []*process              // the first is judged
	databases                 []func() ([]int, error) // of each server
	onClose                   []func()

	verdicts []verdict
	warnings []string
	problems []string // what makes the run fail
}

func (b *bench) warn(format string, args ...any) {
	b.warnings = append(b.warnings, fmt.Sprintf(format, args...))
}

func (b *bench) problem(format string, args ...any) {
	b.problems = append(b.problems, fmt.Sprintf(format, args...))
}

func (b *bench) upstream() string { return "http://" + b.stub.addr }

// nextCode is the code of somebody new.
func (b *bench) nextCode() loginCode {
	return loginCode{
		nonce: b.counters.code.Add(1), person: firstNewPerson + b.counters.newPerson.Add(1), union: b.options.union,
	}
}

// run measures what the options ask for, and prints it. An error says that
// nothing can be relied on: a request failed, or something did not start.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	start := time.Now()
	b := &bench{options: o, out: out}
	defer b.close()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	if o.profile != "" {
		return b.profile(ctx)
	}
	before, err := readMachineTime(b.cores)
	if err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{b.disk, b.starts, b.logins, b.sessions, b.refreshes, b.growth} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	b.printVerdicts()
	after, err := readMachineTime(b.cores)
	if err != nil {
		return err
	}
	spent := after.since(before)
	fmt.Fprintf(out, "\ntook %s; stolen by the hypervisor over all: %.1f %%\n",
		time.Since(start).Round(time.Second), 100*float64(spent.stolen)/float64(max(spent.all, kernelTick)))
	for _, warning := range b.warnings {
		fmt.Fprintln(out, "note:", warning)
	}
	var problems []error
	for _, problem := range b.problems {
		problems = append(problems, errors.New(problem))
	}
	return errors.Join(problems...)
}

// prepare builds the server and starts the stub.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.cores, err = allowedCores(); err != nil {
		return fmt.Errorf("the benchmark wants Linux: %w", err)
	}
	if b.dir, err = os.MkdirTemp(b.options.dir, "hufu-bench-"); err != nil {
		return err
	}
	b.onClose = append(b.onClose, func() { _ = os.RemoveAll(b.dir) })
	if inMemory(b.dir) {
		b.warn("%s is in memory, so that syncing costs nothing: name a -dir on a disk", b.dir)
	}
	if len(b.cores) != sharedCores {
		b.warn("the goals are for %d cores; here are %d, and taskset is missing or of no use", sharedCores, len(b.cores))
	}
	fmt.Fprintf(b.out, "# hufu bench\n\n%s\n", machineLine(b.cores))
	fmt.Fprintf(b.out, "slices of %s after %s of warm-up, %d of each variant in turn, with more than %.0f %% steal thrown away, with more than %.0f %% spent by others tried again; %d people who return\n",
		b.options.slice, b.options.warmUp, b.options.rounds, 100*stealLimit, 100*foreignLimit, b.options.people)
	fmt.Fprintf(b.out, "hufu serve: SQLite in WAL mode with synchronous=FULL, limits on but never reached, access log on, into a file; data in %s\n", b.dir)
	if b.programs.hufu, err = build(ctx, ".", b.dir, "./cmd/hufu", "hufu"); err != nil {
		return err
	}
	if b.options.profile != "" {
		if b.programs.profiled, err = build(ctx, ".", b.dir, "./bench/profiled", "profiled"); err != nil {
			return err
		}
	}
	if b.stub, err = startRole("stub", roleStub); err != nil {
		return err
	}
	b.onClose = append(b.onClose, b.stub.kill)
	return nil
}

func (b *bench) close() {
	for i := len(b.onClose) - 1; i >= 0; i-- {
		b.onClose[i]()
	}
}

func (b *bench) disk(context.Context) error {
	if !b.options.wants("disk") {
		return nil
	}
	times, err := measureDisk(b.dir, 400)
	if err != nil {
		return fmt.Errorf("disk: %w", err)
	}
	fmt.Fprintf(b.out, "\n### disk: 4 kB written and fdatasynced\n\np50 %s ms, p99 %s ms\n", millis(times.p50), millis(times.p99))
	return nil
}

func (b *bench) starts(ctx context.Context) error {
	if !b.options.wants("start") {
		return nil
	}
	if err := b.measureStart(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return nil
}

// logins runs the scenarios of logins.
func (b *bench) logins(ctx context.Context) error {
	wanted := false
	for _, name := range []string{"login-64", "login-16", "login-16-new", "login-64-slow", "session-seen", "session-unseen"} {
		wanted = wanted || b.options.wants(name)
	}
	if !wanted {
		return nil
	}
	if err := b.startAll(ctx); err != nil {
		return err
	}
	for _, s := range b.loginScenarios() {
		if err := b.scenario(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) scenario(ctx context.Context, s scenario) error {
	if !b.options.wants(s.name) {
		return nil
	}
	r, err := b.measure(ctx, s)
	if err != nil {
		return err
	}
	b.printScenario(r)
	return nil
}

// startAll starts what is compared, and logs everybody in who is to return.
func (b *bench) startAll(ctx context.Context) error {
	size, err := b.startOn(ctx, b.programs, "hufu on SQLite", "", nil)
	if err != nil {
		return err
	}
	if b.options.against != "" {
		other, err := build(ctx, b.options.against, b.dir, "./cmd/hufu", "hufu-other")
		if err != nil {
			return err
		}
		if _, err := b.startOn(ctx, programs{hufu: other}, "the other checkout", "", nil); err != nil {
			return err
		}
	}
	if err := b.startOnPostgres(ctx); err != nil {
		return err
	}
	session, err := b.sessionSize(ctx)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		into *(*process)
		role string
		size int
	}{{&b.floor, roleFloor, 0}, {&b.floor2, roleFloor, size}, {&b.bare, roleBare, session}} {
		p, err := startFloor("floor", f.role, b.upstream(), f.size)
		if err != nil {
			return err
		}
		*f.into = p
		b.onClose = append(b.onClose, p.kill)
	}
	fmt.Fprintf(b.out, "answers: login %d bytes (floor 2 answers as many), GET /v1/session %d\n", size, session)
	return nil
}

func (b *bench) startOnPostgres(ctx context.Context) error {
	dsn := b.options.postgres
	if dsn == "off" {
		return nil
	}
	auto := dsn == "auto"
	if auto {
		dsn = os.Getenv("TEST_POSTGRES_DSN")
	}
	p, err := openPostgres(ctx, dsn, b.options.dir)
	if err != nil && auto && dsn == "" {
		b.warn("not measured on PostgreSQL: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	b.onClose = append(b.onClose, func() { p.close(ctx) })
	fmt.Fprintf(b.out, "PostgreSQL %s\n", p.version)
	_, err = b.startOn(ctx, b.programs, "hufu on PostgreSQL", p.dsn, p.processes)
	return err
}

// startOn starts a server on a store; empty: a SQLite file. It returns the size
// of the answer to a login.
func (b *bench) startOn(ctx context.Context, p programs, name, store string, databases func() ([]int, error)) (int, error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("server%d", len(b.servers)))
	i, err := newInstance(ctx, name, dir, p, b.upstream(), store)
	if err != nil {
		return 0, err
	}
	server, _, answer, err := i.start(ctx, b.nextCode)
	if err != nil {
		return 0, err
	}
	size := len(answer)
	b.servers = append(b.servers, server)
	b.databases = append(b.databases, databases)
	b.onClose = append(b.onClose, server.kill)
	all := &everybody{logins: logins{counters: &b.counters, people: b.options.people, union: b.options.union}}
	if err := drive(ctx, server.addr, 64, all, nil); err != nil {
		return 0, fmt.Errorf("%s: log everybody in: %w", name, err)
	}
	return size, nil
}
