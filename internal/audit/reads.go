package audit

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/id"
)

// Read says that somebody is about to be shown users.
type Read struct {
	At    time.Time // UTC, to the millisecond
	Actor Actor
	// AppID is the app whose part of them is shown; empty: not of one alone.
	AppID id.AppID
	Users []id.UserID
}

// Listing says that somebody is about to be shown a page of users: all there are
// from one id to another, in the apps that the caller is for.
type Listing struct {
	At    time.Time // UTC, to the millisecond
	Actor Actor
	// After is where the page begins: the Last of the page before. Empty: at the
	// first user.
	After id.UserID
	// First is the first user shown, Last the last one shown or passed over.
	First, Last id.UserID
	Count       int
	Apps        []id.AppID // none: all
}

// Day is the day of an entry, UTC, in days since 1970.
func Day(at time.Time) int64 { return at.Unix() / int64(24*time.Hour/time.Second) }

// ReadStore keeps what was shown. It is durable when it returns nil.
type ReadStore interface {
	// RecordReads keeps an entry UserRead for each user, unless there is one of
	// the same actor, user and day. An error leaves open which of them it kept;
	// to record them again does no harm.
	RecordReads(ctx context.Context, reads []Read) error
	// RecordListing keeps an entry UsersListed, unless there is one of the same
	// actor and day that covers it; one that ends where the page begins grows.
	RecordListing(ctx context.Context, l Listing) error
	// PruneReads forgets what was shown before, at most limit entries of each
	// action; it returns how many went.
	PruneReads(ctx context.Context, before time.Time, limit int) (int, error)
}

const (
	// readDelay is how long a read waits for others that are written with it, so
	// that a look-up waits for no disk.
	readDelay = 500 * time.Millisecond
	// maxWaiting is how many users' reads wait at most: then whoever reads writes
	// them first.
	maxWaiting = 10_000
)

// Reads records whom API keys are shown: each user once a day (UTC) and key,
// however often. It remembers what it recorded, so that a read that comes again
// costs no statement. Reads of single users are written behind them, within a
// second while Run runs; what was not written yet is lost if the process is
// killed. A page of the list is written before it is shown. It is safe for
// concurrent use. A nil *Reads records nothing.
//
// Once writing has failed, nobody new is shown until it works again.
type Reads struct {
	store  ReadStore
	now    func() time.Time
	logger *slog.Logger
	seen   recent

	flushing chan struct{} // holds one: one flush after the other
	mu       sync.Mutex
	waiting  []Read
	users    int           // in waiting
	failed   error         // why the last attempt to write them did
	failures int           // how often one did
	wake     chan struct{} // something waits
}

// NewReads makes Reads on a store.
func NewReads(store ReadStore, now func() time.Time, logger *slog.Logger) *Reads {
	return &Reads{
		store: store, now: now, logger: logger, seen: newRecent(),
		flushing: make(chan struct{}, 1), wake: make(chan struct{}, 1),
	}
}

// Run writes what waits until ctx is done, and then what is left.
func (r *Reads) Run(ctx context.Context) {
	if r == nil {
		return
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-r.wake:
			select {
			case <-ctx.Done():
			case <-time.After(readDelay):
			}
			r.flushOrTell(ctx)
		}
	}
	r.flushOrTell(ctx)
}

func (r *Reads) flushOrTell(ctx context.Context) {
	if err := r.Flush(ctx); err != nil {
		r.logger.LogAttrs(ctx, slog.LevelWarn, "whom API keys were shown could not be written into the audit, trying again", slog.Any("error", err))
		r.wakeUp()
	}
}

func (r *Reads) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default: // it is on its way
	}
}

// Flush writes what waits, now. What can't be written goes on waiting. Who waits
// for another's attempt that fails shares its error: while a database takes its
// time to fail, to try again one after the other would hold up each longer than
// the one before.
func (r *Reads) Flush(ctx context.Context) error {
	if r == nil {
		return nil
	}
	before, _ := r.failure()
	r.flushing <- struct{}{}
	defer func() { <-r.flushing }()
	if failures, failed := r.failure(); failures != before {
		return failed
	}
	reads := r.take()
	if len(reads) == 0 {
		return nil
	}
	// Whoever asked may have gone, and what waits is owed for others too.
	err := r.store.RecordReads(context.WithoutCancel(ctx), reads)
	r.mu.Lock()
	if r.failed = err; err != nil {
		r.failures++
	}
	r.mu.Unlock()
	if err != nil {
		r.put(reads...)
	}
	return err
}

// failure tells how many attempts have failed, and why the last one did, if so.
func (r *Reads) failure() (count int, last error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failures, r.failed
}

func (r *Reads) take() []Read {
	r.mu.Lock()
	defer r.mu.Unlock()
	reads := r.waiting
	r.waiting, r.users = nil, 0
	return reads
}

func (r *Reads) put(reads ...Read) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, reads...)
	for i := range reads {
		r.users += len(reads[i].Users)
	}
}

// mustFlush reports whether nothing more may wait.
func (r *Reads) mustFlush() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed != nil || r.users >= maxWaiting
}

// seenRead is what is remembered of a Read or a Listing.
type seenRead struct {
	actor       Actor
	day         int64
	first, last id.UserID // of a Read, last is empty
}

// Users records that a key that is for these apps (none: all) is shown users; if
// it fails, they must not be.
func (r *Reads) Users(ctx context.Context, actor Actor, apps []id.AppID, users ...id.UserID) error {
	if r == nil {
		return nil
	}
	now := r.now().UTC().Truncate(time.Millisecond)
	read := Read{At: now, Actor: actor}
	if len(apps) == 1 {
		read.AppID = apps[0]
	}
	for _, user := range users {
		if !r.seen.has(seenRead{actor: actor, day: Day(now), first: user}) && !slices.Contains(read.Users, user) {
			read.Users = append(read.Users, user)
		}
	}
	if len(read.Users) == 0 {
		return nil
	}
	if r.mustFlush() {
		if err := r.Flush(ctx); err != nil {
			return fmt.Errorf("nobody is shown users while the audit can't be written: %w", err)
		}
	}
	r.put(read)
	for _, user := range read.Users {
		r.seen.add(seenRead{actor: actor, day: Day(now), first: user})
	}
	r.wakeUp()
	return nil
}

// Page records that a key is shown a page of users; of the Listing it sets At.
func (r *Reads) Page(ctx context.Context, page Listing) error {
	if r == nil || page.Count == 0 {
		return nil
	}
	page.At = r.now().UTC().Truncate(time.Millisecond)
	key := seenRead{actor: page.Actor, day: Day(page.At), first: page.First, last: page.Last}
	if r.seen.has(key) {
		return nil
	}
	if err := r.store.RecordListing(ctx, page); err != nil {
		return err
	}
	r.seen.add(key)
	return nil
}
