package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// Sizes of the two databases that are compared, in identities.
const (
	fewPeople  = 10_000
	manyPeople = 1_000_000
	// growthWarmUp and three for each person at most are the logins that touch
	// the pages of a database before it is measured: the first touch of memory
	// costs more than the look-up.
	growthWarmUp = 120_000
	// growthLimit is how much dearer a login may be among the many.
	growthLimit = 1.15
	// lookupLimit is how much dearer a look-up by openid may be.
	lookupLimit = 1.2
)

// growth compares the cost of a returning login, and that of a look-up by
// openid, in a small and in a large database. Both are under the same load in
// turn; the people come in random order, which is the worst case.
func (b *bench) growth(ctx context.Context) error {
	const name, nameOfLookup = "growth", "growth-lookup"
	if !b.options.growth || !b.options.wants(name) && !b.options.wants(nameOfLookup) {
		return nil
	}
	dearer := func(f figures) float64 { return f.cpuToFloor }
	s := scenario{
		name: name, title: "login, 16 connections, upstream 0 ms, returning people, few and many in the database", connections: 16,
		goals: []goal{{what: "CPU many/few", must: growthLimit, figure: dearer}},
	}
	looks := scenario{
		name: nameOfLookup, title: "POST /v1/server/users/lookup by openid, 16 connections, few and many in the database", connections: 16,
		goals: []goal{
			{what: "CPU many/few", must: lookupLimit, figure: dearer},
			{what: "rate many/few", atLeast: true, must: 1 / lookupLimit, figure: func(f figures) float64 { return f.rateToFloor }},
		},
	}
	for i, people := range []uint64{fewPeople, manyPeople} {
		server, key, took, err := b.startGrown(ctx, people)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer server.kill()
		asked := &logins{counters: &b.counters, people: people}
		warmUp := min(growthWarmUp, 3*int(people))
		if err := drive(ctx, server.addr, 64, &limited{traffic: asked, left: warmUp}, nil); err != nil {
			return fmt.Errorf("%s: warm up: %w", name, err)
		}
		fmt.Fprintf(b.out, "\n%d identities written in %s, then %d logins unmeasured", people, took.Round(time.Second), warmUp)
		t := target{name: fmt.Sprintf("%d identities", people), process: server, traffic: asked, judged: i == 1}
		s.targets = append(s.targets, t)
		asking := &lookups{counters: &b.counters, people: people, key: key}
		if b.options.wants(nameOfLookup) { // the readers have mappings of their own
			if err := drive(ctx, server.addr, 64, &limited{traffic: asking, left: warmUp}, nil); err != nil {
				return fmt.Errorf("%s: warm up: %w", nameOfLookup, err)
			}
		}
		t.traffic = asking
		looks.targets = append(looks.targets, t)
	}
	fmt.Fprintln(b.out)
	if err := b.scenario(ctx, s); err != nil {
		return err
	}
	return b.scenario(ctx, looks)
}

// startGrown starts a server on a SQLite file that holds so many people; key may
// look them up.
func (b *bench) startGrown(ctx context.Context, people uint64) (_ *process, key string, took time.Duration, _ error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("grown%d", people))
	i, err := newInstance(ctx, fmt.Sprintf("hufu with %d", people), dir, b.programs, b.upstream(), "")
	if err != nil {
		return nil, "", 0, err
	}
	// A first start makes the schema.
	p, _, _, err := i.start(ctx, b.nextCode)
	if err != nil {
		return nil, "", 0, err
	}
	if err := p.stop(); err != nil {
		return nil, "", 0, err
	}
	if key, err = i.apiKey(ctx); err != nil {
		return nil, "", 0, err
	}
	begin := time.Now()
	if err := seed(ctx, i.database(), people); err != nil {
		return nil, "", 0, fmt.Errorf("write %d identities: %w", people, err)
	}
	took = time.Since(begin)
	p, _, _, err = i.start(ctx, b.nextCode)
	return p, key, took, err
}
