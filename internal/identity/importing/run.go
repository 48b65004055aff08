package importing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

// ErrTooManyRejects says that a run stopped since more rows were rejected than
// may be. What was taken before stays.
var ErrTooManyRejects = errors.New("too many rows were rejected")

// Config is what a run is made of.
type Config struct {
	Store       Store
	AppID       id.AppID
	OpenAccount id.OpenAccount
	Phones      *identity.PhoneBook // a dry run needs none

	Input         io.Reader
	Size          int64 // less than zero: a pipe, with which no run goes on
	Format        Format
	Zone          *time.Location // of times that name none
	IgnoreUnknown bool
	Rejects       RejectsFile // nil: they are counted, and told to Rejected
	MaxRejects    int64       // 0: no limit

	DryRun  bool // decides everything and changes nothing
	Restart bool // begins anew where a run waits to go on

	// All of these are needed.
	Begun    func(Progress) // before the first batch
	Observe  func(Progress) // after each batch
	Rejected func(Reject)   // of each row that was not taken
	Now      func() time.Time
}

// Progress is how far a run is.
type Progress struct {
	RunState

	Resumed bool
	// RowsBefore were done by processes before.
	RowsBefore int64
}

// run is a run that is under way.
type run struct {
	Config

	state     RunState
	resumed   bool
	before    int64
	rejects   rejectLog
	rehearsal *rehearsal // of a dry run
}

// Run imports a file, and returns how far it came, also with an error; the zero
// Progress if it could not even begin. Errors that callers may tell apart: ErrChanged, ErrOvertaken, ErrTooManyRejects,
// ErrRejectsExist, ErrRejectsGone, and the context's.
func Run(ctx context.Context, c Config) (Progress, error) {
	r := &run{Config: c}
	if c.Size < 0 {
		c.Input = &pipe{ctx: ctx, r: c.Input}
	}
	s := newScanner(c.Input)
	src := newSource(s, c.Format, c.IgnoreUnknown)
	err := src.begin()
	if failed := s.failed(); failed != nil {
		err = fmt.Errorf("read the file: %w", failed)
	}
	if err != nil {
		return Progress{}, err
	}
	r.rejects = rejectLog{c.Rejects, src.rejects()}
	if err := r.begin(ctx); err != nil {
		return Progress{}, err
	}
	c.Begun(r.progress())
	err = r.read(ctx, &reader{
		s: s, source: src, judge: judge{c.Zone, c.Now}, seen: newHashTable(), from: r.state.At, size: c.Size,
	})
	if err == nil {
		err = r.finish(ctx)
	}
	return r.progress(), err
}

func (r *run) progress() Progress { return Progress{r.state, r.resumed, r.before} }

func (r *run) now() time.Time { return r.Now().UTC().Truncate(time.Millisecond) }

// begin finds the run that waits, or makes one.
func (r *run) begin(ctx context.Context) error {
	now := r.now()
	r.state = RunState{ID: id.NewImportID(now), AppID: r.AppID, FileSize: r.Size, StartedAt: now, UpdatedAt: now}
	if r.DryRun {
		r.rehearsal = newRehearsal()
		return r.rejects.open(0)
	}
	waiting, err := r.Store.UnfinishedImport(ctx, r.AppID)
	switch {
	case errors.Is(err, ErrNoRun) || (err == nil && (r.Restart || r.Size < 0)):
		if err := r.rejects.open(0); err != nil {
			return err
		}
		return r.Store.BeginImport(ctx, r.state)
	case err != nil:
		return err
	case waiting.FileSize != r.Size:
		return fmt.Errorf("an import of this app stopped at line %d: %w", waiting.At.Line, ErrChanged)
	}
	r.state, r.resumed, r.before = waiting, true, waiting.Counts.Rows()
	return r.rejects.open(waiting.RejectsSize)
}

// read imports what the reader reads, which goes ahead by a few batches.
func (r *run) read(ctx context.Context, from *reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches, ended := make(chan batch, 2), make(chan error, 1)
	go func() {
		defer close(batches)
		ended <- from.run(ctx, batches)
	}()
	err := r.take(ctx, batches)
	cancel()
	if readErr := <-ended; err == nil {
		err = readErr
	}
	return err
}

func (r *run) take(ctx context.Context, batches <-chan batch) error {
	for b := range batches {
		if err := ctx.Err(); err != nil {
			return err
		}
		rejects, err := r.batch(ctx, b)
		if err != nil {
			return err
		}
		for i := range rejects {
			r.Rejected(*rejects[i].bad)
		}
		r.Observe(r.progress())
		if r.MaxRejects > 0 && r.state.Counts.Rejected > r.MaxRejects {
			return ErrTooManyRejects
		}
	}
	return ctx.Err()
}

// batch imports one, and returns what it did not take.
func (r *run) batch(ctx context.Context, b batch) (rejects []row, err error) {
	entries := make([]Entry, 0, len(b.rows))
	for i := range b.rows {
		if b.rows[i].bad == nil {
			entries = append(entries, b.rows[i].entry)
		}
	}
	keys := keysOf(r.AppID, r.OpenAccount, entries)
	var next RunState
	decide := func(held Held) (changes Changes, err error) {
		changes, rejects, err = r.decide(held, b)
		next = changes.Run
		return changes, err
	}
	if r.DryRun {
		var held Held
		if held, err = r.Store.HeldPeople(ctx, keys); err == nil {
			_, err = decide(held)
		}
	} else {
		err = r.Store.ImportPeople(ctx, r.state, keys, decide)
	}
	if err == nil {
		r.state = next
	}
	return rejects, err
}

// decide says what a batch changes.
func (r *run) decide(held Held, b batch) (_ Changes, rejects []row, err error) {
	p := plan{held: held, account: r.OpenAccount, now: r.now(), seal: r.sealPhone}
	next := r.state
	for _, each := range b.rows {
		out, bad := rejected, each.bad
		if bad == nil {
			if out, bad, err = r.entry(&p, &each.entry); err != nil {
				return Changes{}, nil, err
			}
		}
		next.Counts.add(out)
		if bad != nil {
			bad.Line, each.bad = each.line, bad
			rejects = append(rejects, each)
		}
	}
	next.At, next.UpdatedAt = b.end, p.now
	if next.RejectsSize, err = r.rejects.write(r.state.RejectsSize, rejects); err != nil {
		return Changes{}, nil, err
	}
	p.changes.At, p.changes.Run = p.now, next
	return p.changes, rejects, nil
}

func (r *run) entry(p *plan, e *Entry) (outcome, *Reject, error) {
	if !r.DryRun {
		return p.entry(e)
	}
	if done, bad := r.rehearsal.judge(e); bad != nil {
		return rejected, bad, nil
	} else if done {
		return unchanged, nil, nil
	}
	out, bad, err := p.entry(e)
	if bad == nil && err == nil {
		r.rehearsal.take(e)
	}
	return out, bad, err
}

func (r *run) sealPhone(user id.UserID, phone *identity.Phone) (*identity.HeldPhone, error) {
	if phone == nil || r.DryRun {
		return nil, nil //nolint:nilnil // nothing is to be stored, and that is no error
	}
	held, err := r.Phones.Seal(user, *phone)
	return &held, err
}

func (r *run) finish(ctx context.Context) error {
	if r.DryRun {
		return nil
	}
	c := r.state.Counts
	entry := audit.New(r.Now(), audit.CLI, audit.UsersImported)
	entry.AppID, entry.Details.Count = r.AppID, int(c.Made+c.Linked+c.Filled)
	r.state.UpdatedAt = r.now()
	return r.Store.FinishImport(ctx, r.state, entry)
}
