package playground

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/hufu-id/hufu/internal/problem"
)

const (
	// maxInFlight is WeChat's: request, upload and download together.
	maxInFlight = 10
	// maxWaiting bounds what waits behind them.
	maxWaiting = 512
)

// relay keeps the calls in order: so many under way, the rest in a queue. Make
// it with newRelay; Close it in the end.
type relay struct {
	// send makes a call and returns its result. It heeds the context, whose
	// cause says why it ends.
	send func(context.Context, *call) *answer
	// tell is told of the result.
	tell func(*answer)

	mu      sync.Mutex
	byID    map[string]*call
	waiting []*call
	running int
	closed  bool
	wait    sync.WaitGroup
	ctx     context.Context // ends with the relay, whose goroutines begin in requests that end sooner
	stop    context.CancelCauseFunc
}

func newRelay(send func(context.Context, *call) *answer, tell func(*answer)) *relay {
	r := &relay{send: send, tell: tell, byID: map[string]*call{}}
	r.ctx, r.stop = context.WithCancelCause(context.Background())
	return r
}

// accept takes a call on. Errors are problems.
func (r *relay) accept(c *call) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return problem.New(problem.Internal, "the server stops")
	case r.byID[c.id] != nil:
		return problem.New(problem.IdempotencyConflict, "a call with this id is under way")
	case len(r.waiting) >= maxWaiting:
		return problem.New(problem.RateLimited, "too many calls wait already")
	}
	r.byID[c.id] = c
	r.waiting = append(r.waiting, c)
	r.startNext()
	return nil
}

// startNext starts what may be under way. Callers hold mu.
func (r *relay) startNext() {
	for r.running < maxInFlight && len(r.waiting) > 0 && !r.closed {
		c := r.waiting[0]
		r.waiting = r.waiting[1:]
		ctx, cancel := context.WithCancelCause(r.ctx)
		c.cancel = cancel
		r.running++
		r.wait.Go(func() { r.run(ctx, c) })
	}
}

func (r *relay) run(ctx context.Context, c *call) {
	defer c.cancel(nil)
	result := r.send(ctx, c)
	r.mu.Lock()
	delete(r.byID, c.id)
	r.running--
	r.startNext()
	r.mu.Unlock()
	r.tell(result)
}

// abort ends a call, if it is still there: one that waits at once, one under way
// by way of its context.
func (r *relay) abort(id string) {
	r.mu.Lock()
	c := r.byID[id]
	if c == nil {
		r.mu.Unlock()
		return
	}
	if c.cancel != nil {
		r.mu.Unlock()
		c.cancel(errAborted)
		return
	}
	delete(r.byID, id)
	r.waiting = slices.DeleteFunc(r.waiting, func(other *call) bool { return other == c })
	r.mu.Unlock()
	r.tell(failed(c, failAbort()))
}

// close ends all calls and waits for their goroutines.
func (r *relay) close() {
	r.mu.Lock()
	r.closed, r.waiting = true, nil
	r.mu.Unlock()
	r.stop(errStopped)
	r.wait.Wait()
}

// answer is the result of a call, as the phone gets it: its own, tokens
// included.
type answer struct {
	ID         string             `json:"id"`
	OK         bool               `json:"ok"`
	StatusCode int                `json:"status_code,omitempty"`
	Header     *map[string]string `json:"header,omitempty"`
	Cookies    *[]string          `json:"cookies,omitempty"`
	Data       *string            `json:"data,omitempty"`
	DataBase64 *string            `json:"data_base64,omitempty"`
	ErrMsg     string             `json:"errMsg,omitempty"`
	Errno      int                `json:"errno,omitempty"`
}

// failed is the answer of a call that has none.
func failed(c *call, err error) *answer {
	a := &answer{ID: c.id, ErrMsg: c.api() + ":fail"}
	if f, ok := errors.AsType[*failure](err); ok {
		a.ErrMsg, a.Errno = c.api()+":fail "+f.reason, f.errno
	}
	return a
}
