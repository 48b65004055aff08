package importing

import (
	"context"
	"errors"
	"fmt"
)

const (
	// batchRows is how many rows share a transaction: so many that its commit
	// costs little beside them, and so few that a login that waits for it does
	// not notice.
	batchRows = 500
	// batchBytes bounds a batch of long rows.
	batchBytes = 1 << 20
)

// ErrChanged says that a file is not the one that an import began with.
var ErrChanged = errors.New("the file is not as it was when its import began")

// row is a record that was judged: an entry, or bad.
type row struct {
	record

	entry Entry
	bad   *Reject
}

// batch is what shares a transaction.
type batch struct {
	rows []row
	end  Position
}

// reader reads rows and judges each by what stands in the file.
type reader struct {
	s      *scanner
	source source
	judge  judge
	// seen are the people of the rows before, with a digest of what they say.
	seen *hashTable
	// from is where the run goes on; what comes before is only looked at.
	from Position
	size int64 // less than zero: not known
}

// run sends batches until the file ends, and none after an error.
func (r *reader) run(ctx context.Context, to chan<- batch) error {
	if err := r.goOn(ctx); err != nil {
		return err
	}
	for {
		b := r.batch()
		if err := r.s.failed(); err != nil {
			return fmt.Errorf("read the file: %w", err)
		}
		if len(b.rows) == 0 {
			break
		}
		select {
		case to <- b:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if r.size >= 0 && r.s.offset != r.size {
		return ErrChanged
	}
	return nil
}

// goOn reads again what was imported before, and makes sure that it is the same.
func (r *reader) goOn(ctx context.Context) error {
	for r.s.offset < r.from.Offset && ctx.Err() == nil {
		if _, ok := r.next(); !ok {
			break
		}
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case r.s.failed() != nil:
		return fmt.Errorf("read the file: %w", r.s.failed())
	case r.from.Offset > 0 && r.s.position() != r.from:
		return ErrChanged
	}
	return nil
}

func (r *reader) batch() (b batch) {
	begin := r.s.offset
	for len(b.rows) < batchRows && r.s.offset-begin < batchBytes {
		each, ok := r.next()
		if !ok {
			break
		}
		b.rows = append(b.rows, each)
	}
	if len(b.rows) > 0 {
		b.end = r.s.position()
	}
	return b
}

// next reads a row and judges it by itself and by those before it.
func (r *reader) next() (row, bool) {
	rec, ok := r.source.next()
	if !ok {
		return row{}, false
	}
	out := row{record: rec, bad: rec.bad}
	if out.bad == nil {
		out.entry, out.bad = r.judge.entry(&out.values)
	}
	if out.bad == nil && !r.seen.claim(string(out.entry.OpenID), out.entry.digest()) {
		out.bad = reject(OpenIDTwice, "the openid stands in a row before, with other data")
	}
	if out.bad != nil {
		out.bad.Line = out.line
	}
	return out, true
}
