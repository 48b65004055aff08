package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// fastestRefresh is more than the number of refreshes that a server does in a
// second on two cores.
const fastestRefresh = 8000

// refreshLimit is how dear a refresh may be beside a returning login less its
// call to WeChat: both write one row and sign one token.
const refreshLimit = 1.0

// refreshes compares a refresh with a returning login, of which the call to
// WeChat is taken away: what a floor that makes it spends more than one that does
// not, while both answer alike. The server is one of its own, so that nobody
// comes near the limit of sessions.
func (b *bench) refreshes(ctx context.Context) error {
	const name = "refresh"
	if !b.options.wants(name) {
		return nil
	}
	server, size, err := b.startForRefresh(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer server.kill()
	busy := time.Duration(b.options.rounds+2) * (b.options.slice + b.options.warmUp)
	tokens, err := b.mintRefresh(ctx, server.addr, int(busy.Seconds()*fastestRefresh))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s := scenario{name: name, title: "POST /v1/refresh beside a returning login, 16 connections, upstream 0 ms", connections: 16}
	asked := &logins{counters: &b.counters, people: b.options.people, union: b.options.union}
	for _, f := range []struct{ name, role string }{{"constant answer", roleBare}, {"constant answer after jscode2session", roleFloor}} {
		p, err := startFloor("floor", f.role, b.upstream(), size)
		if err != nil {
			return err
		}
		defer p.kill()
		s.targets = append(s.targets, target{name: f.name, process: p, traffic: asked})
	}
	s.targets = append(s.targets,
		target{name: "hufu, login", process: server, traffic: asked, judged: true},
		target{name: "hufu, refresh", process: server, traffic: &tokenRefreshes{tokens: tokens}, judged: true})
	r, err := b.measure(ctx, s)
	if err != nil {
		return err
	}
	b.printScenario(r)
	b.judgeRefresh(r)
	return nil
}

// judgeRefresh judges the one figure, which is of all four targets.
func (b *bench) judgeRefresh(r *results) {
	var cpu []float64
	for _, t := range r.scenario.targets {
		cpu = append(cpu, float64(r.figuresOf(t.name).serverCPU))
	}
	call, login, refresh := cpu[1]-cpu[0], cpu[2], cpu[3]
	fmt.Fprintf(b.out, "the call to WeChat %s µs; a login without it %s µs\n", micros(time.Duration(call)), micros(time.Duration(login-call)))
	if login <= call {
		b.problem("%s: a login cost less than its call to WeChat: the figures say nothing", r.scenario.name)
		return
	}
	b.verdicts = append(b.verdicts, verdict{
		scenario: r.scenario.name, goal: goal{what: "CPU refresh/(login − call)", must: refreshLimit}, value: refresh / (login - call),
	})
}

// startForRefresh starts a server and logs everybody in; size is that of the
// answer to a login.
func (b *bench) startForRefresh(ctx context.Context) (_ *process, size int, _ error) {
	i, err := newInstance(ctx, "hufu for refreshes", filepath.Join(b.dir, "refresh"), b.programs, b.upstream(), "")
	if err != nil {
		return nil, 0, err
	}
	p, _, answer, err := i.start(ctx, b.nextCode)
	if err != nil {
		return nil, 0, err
	}
	all := &everybody{logins: logins{counters: &b.counters, people: b.options.people, union: b.options.union}}
	if err := drive(ctx, p.addr, 64, all, nil); err != nil {
		p.kill()
		return nil, 0, fmt.Errorf("log everybody in: %w", err)
	}
	return p, len(answer), nil
}

// mintRefresh makes refresh tokens by logging people in.
func (b *bench) mintRefresh(ctx context.Context, addr string, n int) ([]string, error) {
	var mu sync.Mutex
	tokens := make([]string, 0, n)
	asked := &limited{traffic: &logins{counters: &b.counters, people: b.options.people, union: b.options.union}, left: n}
	err := drive(ctx, addr, 64, asked, func(body []byte) error {
		_, rest, found := bytes.Cut(body, []byte(`"refresh_token":"`))
		token, _, closed := bytes.Cut(rest, []byte(`"`))
		if !found || !closed || len(token) == 0 {
			return errors.New("the answer to a login holds no refresh_token")
		}
		mu.Lock()
		defer mu.Unlock()
		tokens = append(tokens, string(token))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("make %d refresh tokens: %w", n, err)
	}
	return tokens, nil
}

// tokenRefreshes use each token up, with an Idempotency-Key as the client SDK
// sends it.
type tokenRefreshes struct {
	tokens []string
	at     atomic.Uint64
}

func (t *tokenRefreshes) next(dst []byte) ([]byte, bool) {
	i := t.at.Add(1) - 1
	if i >= uint64(len(t.tokens)) {
		return dst, false
	}
	const before, after = `{"refresh_token":"`, `"}`
	dst = append(dst, "POST /v1/refresh HTTP/1.1\r\nHost: login.example.com\r\nContent-Type: application/json\r\nIdempotency-Key: bench-"...)
	dst = appendHex(dst, i, 16)
	dst = append(dst, "\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(before)+len(t.tokens[i])+len(after)), 10)
	dst = append(dst, "\r\n\r\n"+before...)
	dst = append(dst, t.tokens[i]...)
	return append(dst, after...), true
}
