package audit

import (
	"context"
	"slices"
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

// ReadStore keeps what was shown. It is durable when it returns nil. What is
// known already is found by reading alone, so that nothing waits for a disk.
type ReadStore interface {
	// RecordRead keeps an entry UserRead for each user, unless there is one of the
	// same actor, user and day.
	RecordRead(ctx context.Context, r Read) error
	// RecordListing keeps an entry UsersListed, unless there is one of the same
	// actor and day that covers it; one that ends where the page begins grows.
	RecordListing(ctx context.Context, l Listing) error
	// PruneReads forgets what was shown before, at most limit entries of each
	// action; it returns how many went.
	PruneReads(ctx context.Context, before time.Time, limit int) (int, error)
}

// Reads records whom API keys are shown, before they are: each user once a day
// (UTC) and key, however often. It remembers what it recorded, so that a read
// that comes again costs no statement. It is safe for concurrent use. A nil
// *Reads records nothing.
type Reads struct {
	store ReadStore
	now   func() time.Time
	seen  recent
}

// NewReads makes Reads on a store.
func NewReads(store ReadStore, now func() time.Time) *Reads {
	return &Reads{store: store, now: now, seen: newRecent()}
}

// seenRead is what is remembered of a Read or a Listing.
type seenRead struct {
	actor       Actor
	day         int64
	first, last id.UserID // of a Read, last is empty
}

// Users records that a key that is for these apps (none: all) is shown users.
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
	if err := r.store.RecordRead(ctx, read); err != nil {
		return err
	}
	for _, user := range read.Users {
		r.seen.add(seenRead{actor: actor, day: Day(now), first: user})
	}
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
