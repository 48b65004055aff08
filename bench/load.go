package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load is a closed loop: each connection sends its next request when the answer
// to the one before is there.
type load struct {
	addr        string
	connections int
	traffic     traffic
	warmUp      time.Duration // load without measuring, at the begin of a slice
	measured    time.Duration

	clients []*client // from the first slice on
}

const (
	phaseWarm int32 = iota
	phaseMeasure
	phaseStop
)

// worker is what one connection does in a slice.
type worker struct {
	client    *client
	answered  atomic.Int64
	failed    int
	failure   string   // the first
	latencies []uint32 // µs, of what was answered while measuring
	_         [64]byte // the counters of two workers share no cache line
}

// outcome is what a slice of load brought.
type outcome struct {
	answered  int64 // while measuring
	latencies []uint32
	failed    int    // answers other than 200, at any time
	failure   string // the first of them
}

// errExhausted says that the traffic had no request left.
var errExhausted = errors.New("no requests are left")

// connect makes the connections that are missing. Not earlier than they are
// used: a server cuts off who connects and then says nothing.
func (l *load) connect(ctx context.Context) error {
	for len(l.clients) < l.connections {
		c, err := dial(ctx, l.addr)
		if err != nil {
			return err
		}
		l.clients = append(l.clients, c)
	}
	return nil
}

func (l *load) close() {
	for _, c := range l.clients {
		c.close()
	}
}

// slice puts load on the server for a while. It calls sample at the begin and
// at the end of the time that counts, in which the load never rests.
func (l *load) slice(ctx context.Context, sample func() error) (outcome, error) {
	if err := l.connect(ctx); err != nil {
		return outcome{}, err
	}
	var phase atomic.Int32
	workers := make([]*worker, len(l.clients))
	errs := make(chan error, len(l.clients))
	var running sync.WaitGroup
	deadline := time.Now().Add(l.warmUp + l.measured + 30*time.Second)
	for i, c := range l.clients {
		_ = c.conn.SetDeadline(deadline)
		w := &worker{client: c, latencies: make([]uint32, 0, 1024)}
		workers[i] = w
		running.Go(func() {
			if err := w.run(l.traffic, &phase); err != nil {
				errs <- err
			}
		})
	}
	answered, err := l.measure(ctx, workers, &phase, sample, errs)
	phase.Store(phaseStop)
	running.Wait()
	if err == nil && len(errs) > 0 {
		err = <-errs
	}
	out := outcome{answered: answered}
	for _, w := range workers {
		out.latencies = append(out.latencies, w.latencies...)
		out.failed += w.failed
		if out.failure == "" {
			out.failure = w.failure
		}
	}
	slices.Sort(out.latencies)
	return out, err
}

// measure leads the workers through the phases.
func (l *load) measure(ctx context.Context, workers []*worker, phase *atomic.Int32, sample func() error, errs chan error) (int64, error) {
	wait := func(d time.Duration) error {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case err := <-errs:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	total := func() (n int64) {
		for _, w := range workers {
			n += w.answered.Load()
		}
		return n
	}
	if err := wait(l.warmUp); err != nil {
		return 0, err
	}
	before := total()
	if err := sample(); err != nil {
		return 0, err
	}
	phase.Store(phaseMeasure)
	if err := wait(l.measured); err != nil {
		return 0, err
	}
	after := total()
	return after - before, sample()
}

func (w *worker) run(t traffic, phase *atomic.Int32) error {
	var request []byte
	for {
		now := phase.Load()
		if now == phaseStop {
			return nil
		}
		var more bool
		if request, more = t.next(request[:0]); !more {
			return errExhausted
		}
		start := time.Now()
		answer, err := w.client.exchange(request)
		if err != nil {
			return err
		}
		took := time.Since(start)
		w.answered.Add(1)
		if now == phaseMeasure {
			w.latencies = append(w.latencies, uint32(min(took.Microseconds(), 1<<31)))
		}
		if answer.status != 200 {
			if w.failed++; w.failed == 1 {
				w.failure = fmt.Sprintf("%d: %.300s", answer.status, answer.body)
			}
		}
	}
}

// drive sends all that the traffic has, and gives each answer to keep. It
// returns the first failure.
func drive(ctx context.Context, addr string, connections int, t traffic, keep func(body []byte) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for range connections {
		running.Go(func() {
			if err := driveOne(ctx, addr, t, keep); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}

func driveOne(ctx context.Context, addr string, t traffic, keep func(body []byte) error) error {
	c, err := dial(ctx, addr)
	if err != nil {
		return err
	}
	defer c.close()
	var request []byte
	for ctx.Err() == nil {
		var more bool
		if request, more = t.next(request[:0]); !more {
			return nil
		}
		_ = c.conn.SetDeadline(time.Now().Add(30 * time.Second))
		answer, err := c.exchange(request)
		if err != nil {
			return err
		}
		if answer.status != 200 {
			return fmt.Errorf("answered %d: %s", answer.status, bytes.Clone(answer.body))
		}
		if keep != nil {
			if err := keep(answer.body); err != nil {
				return err
			}
		}
	}
	return nil
}
