package verify

import (
	"context"
	"sync"
)

// lifetime owns the goroutines of a Verifier: none begins after end, and none
// outlives it.
type lifetime struct {
	ctx    context.Context
	cancel context.CancelFunc

	mu    sync.Mutex
	ended bool
	group sync.WaitGroup
}

func newLifetime() *lifetime {
	ctx, cancel := context.WithCancel(context.Background())
	return &lifetime{ctx: ctx, cancel: cancel}
}

// run starts f unless the end has come.
func (l *lifetime) run(f func(context.Context)) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	l.group.Go(func() { f(l.ctx) })
	return true
}

func (l *lifetime) end() {
	l.mu.Lock()
	l.ended = true
	l.mu.Unlock()
	l.cancel()
	l.group.Wait()
}
