package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

const (
	startLimit    = 100 * time.Millisecond
	idleRSSLimit  = 40 // MiB
	loadRSSLimit  = 80 // MiB
	idleAfter     = 2 * time.Second
	startsPerKind = 5
)

// measureStart starts a server again and again, on no database and on one that
// exists, until it has answered a login; and looks what it holds when idle.
func (b *bench) measureStart(ctx context.Context) error {
	i, err := newInstance(ctx, "start", filepath.Join(b.dir, "start"), b.programs, b.upstream(), "")
	if err != nil {
		return err
	}
	var fresh, existing []float64
	var idle memory
	for n := range 2 * startsPerKind {
		onFresh := n%2 == 0
		if onFresh {
			if err := i.forget(); err != nil {
				return err
			}
		}
		p, took, _, err := i.start(ctx, b.nextCode)
		if err != nil {
			return err
		}
		if onFresh {
			fresh = append(fresh, float64(took))
		} else {
			existing = append(existing, float64(took))
		}
		if n == 2*startsPerKind-1 {
			sleep(ctx, idleAfter)
			if idle, err = readMemory(p.pid()); err != nil {
				return err
			}
			p.kill()
			continue
		}
		if err := p.stop(); err != nil {
			return err
		}
	}
	onFresh, onExisting := time.Duration(median(fresh)), time.Duration(median(existing))
	fmt.Fprintf(b.out, "\n### start: from the start of the process to the first answered login (median of %d)\n\n", startsPerKind)
	fmt.Fprintf(b.out, "new database %s ms, existing database %s ms; RSS after %s at rest %s MiB (anonymous %s)\n",
		millis(onFresh), millis(onExisting), idleAfter, mebibytes(idle.resident), mebibytes(idle.anonymous))
	b.verdict("start", "first login, new database, ms", millisOf(onFresh), millisOf(startLimit))
	b.verdict("start", "first login, existing database, ms", millisOf(onExisting), millisOf(startLimit))
	b.verdict("start", "RSS at rest, MiB", float64(idle.resident)/(1<<20), idleRSSLimit)
	return nil
}

func millisOf(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// verdict records a bound that must not be exceeded.
func (b *bench) verdict(scenario, what string, value, must float64) {
	b.verdicts = append(b.verdicts, verdict{scenario: scenario, goal: goal{what: what, must: must}, value: value})
}

// sleep waits, or until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
