package store

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/session"
)

const (
	queueLength = 1024
	groupLimit  = 256
)

// errClosed says that the store was closed; nothing was changed.
var errClosed = fmt.Errorf("store is closed: %w", session.ErrBusy)

// queue is where work waits for the one goroutine that does it in groups. It is
// bounded: who waits too long is told that the store is busy.
type queue[J any] struct {
	jobs    chan J
	timeout time.Duration

	mu      sync.RWMutex // held for reading while something is put in
	closed  bool
	stopped chan struct{}
}

func newQueue[J any](timeout time.Duration) *queue[J] {
	return &queue[J]{jobs: make(chan J, queueLength), timeout: timeout, stopped: make(chan struct{})}
}

func (q *queue[J]) put(j J) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return errClosed
	}
	select {
	case q.jobs <- j:
		return nil
	default:
	}
	timer := time.NewTimer(q.timeout)
	defer timer.Stop()
	select {
	case q.jobs <- j:
		return nil
	case <-timer.C:
		return session.ErrBusy
	}
}

// run hands what waits to do, in groups, until the queue is closed and empty.
func (q *queue[J]) run(do func(group []J)) {
	defer close(q.stopped)
	group := make([]J, 0, groupLimit)
	for first := range q.jobs {
		// Let those run who are about to put something in: a larger group is
		// worth more than the moment it costs.
		runtime.Gosched()
		group = q.drain(append(group[:0], first))
		do(group)
		clear(group)
	}
}

// drain adds what waits by now.
func (q *queue[J]) drain(group []J) []J {
	for len(group) < groupLimit {
		select {
		case j, ok := <-q.jobs:
			if !ok {
				return group
			}
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// close takes nothing more, and waits until all that was put in is done.
func (q *queue[J]) close() {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.jobs)
	}
	q.mu.Unlock()
	<-q.stopped
}
