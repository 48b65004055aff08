package importing

import (
	"context"
	"io"
)

// pipe reads until ctx is done: nobody can interrupt a Read that waits for the
// program at the other end, or for somebody who types.
type pipe struct {
	ctx context.Context
	r   io.Reader
	own []byte // what a Read reads into, which may end after ctx is done
}

// Read implements io.Reader. What comes after ctx is done is lost.
func (p *pipe) Read(into []byte) (int, error) {
	if err := context.Cause(p.ctx); err != nil {
		return 0, err
	}
	if len(p.own) < len(into) {
		p.own = make([]byte, len(into))
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := p.r.Read(p.own[:len(into)])
		done <- result{n, err}
	}()
	select {
	case <-p.ctx.Done():
		return 0, context.Cause(p.ctx)
	case got := <-done:
		return copy(into, p.own[:got.n]), got.err
	}
}
