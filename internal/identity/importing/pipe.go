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
}

// Read implements io.Reader. What is read after ctx is done is lost, and so is
// the goroutine, which ends with the other end of the pipe.
func (p *pipe) Read(into []byte) (int, error) {
	type result struct {
		bytes []byte
		err   error
	}
	done := make(chan result, 1)
	go func() {
		own := make([]byte, len(into))
		n, err := p.r.Read(own)
		done <- result{own[:n], err}
	}()
	select {
	case <-p.ctx.Done():
		return 0, context.Cause(p.ctx)
	case got := <-done:
		return copy(into, got.bytes), got.err
	}
}
