package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// seenTokens fit into any memory of tokens checked before.
	seenTokens = 200
	// fastestCheck is more than the number of tokens that a server checks in a
	// second on two cores.
	fastestCheck = 8000
)

// sessions runs the scenarios of GET /v1/session.
func (b *bench) sessions(ctx context.Context) error {
	if b.options.wants("session-seen") {
		tokens, err := b.mint(ctx, b.servers[0].addr, seenTokens)
		if err != nil {
			return err
		}
		s := b.sessionScenario(scenario{
			name: "session-seen", title: "GET /v1/session, 16 connections, 200 tokens in turn",
			goals: []goal{rateAtLeast(0.8, 0.8), cpuAtMost(1.3, 1.3)},
		}, &tokenReads{tokens: tokens})
		if err := b.scenario(ctx, s); err != nil {
			return err
		}
	}
	if b.options.wants("session-unseen") {
		busy := time.Duration(b.options.rounds+2) * (b.options.slice + b.options.warmUp)
		tokens, err := b.mint(ctx, b.servers[0].addr, int(busy.Seconds()*fastestCheck))
		if err != nil {
			return err
		}
		s := b.sessionScenario(scenario{
			name: "session-unseen", title: "GET /v1/session, 16 connections, each token for the first and only time",
			goals: []goal{rateAtLeast(0.22, 0.22)},
		}, &tokenReads{tokens: tokens, once: true})
		if err := b.scenario(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// mint makes access tokens by logging people in.
func (b *bench) mint(ctx context.Context, addr string, n int) ([]string, error) {
	var mu sync.Mutex
	tokens := make([]string, 0, n)
	asked := &limited{traffic: &logins{counters: &b.counters, people: b.options.people, union: b.options.union}, left: n}
	err := drive(ctx, addr, 64, asked, func(body []byte) error {
		token, err := accessTokenIn(body)
		mu.Lock()
		defer mu.Unlock()
		tokens = append(tokens, token)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make %d access tokens: %w", n, err)
	}
	return tokens, nil
}

// limited ends a traffic after so many requests.
type limited struct {
	traffic traffic
	mu      sync.Mutex
	left    int
}

func (l *limited) next(dst []byte) ([]byte, bool) {
	l.mu.Lock()
	l.left--
	more := l.left >= 0
	l.mu.Unlock()
	if !more {
		return dst, false
	}
	return l.traffic.next(dst)
}

// sessionSize is the size of the answer of GET /v1/session.
func (b *bench) sessionSize(ctx context.Context) (int, error) {
	tokens, err := b.mint(ctx, b.servers[0].addr, 1)
	if err != nil {
		return 0, err
	}
	answer, err := ask(ctx, b.servers[0].addr, appendSession(nil, tokens[0]))
	if err != nil {
		return 0, err
	}
	if answer.status != 200 {
		return 0, fmt.Errorf("GET /v1/session was answered %d: %s", answer.status, answer.body)
	}
	return len(answer.body), nil
}
