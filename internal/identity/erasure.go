package identity

import (
	"context"
	"errors"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
)

// ErrElsewhere says that the user is also in apps that the caller may not speak
// for. Nothing was changed.
var ErrElsewhere = errors.New("user is in other apps too")

// ErasureScope says how far an erasure goes.
type ErasureScope string

// The scopes.
const (
	EraseApp  ErasureScope = "app"  // one app's identity, and what came with it
	EraseUser ErasureScope = "user" // the person
)

// ErasureReason says on whose word a person was erased.
type ErasureReason string

// The reasons, as tombstones and the audit have them.
const (
	AskedByPerson   ErasureReason = "person"
	AskedByBusiness ErasureReason = "business"
)

// Erasure says whom to forget.
type Erasure struct {
	// SessionID is the open session of the person who asks; empty: UserID is to
	// be erased.
	SessionID id.SessionID
	// UserID names a user to be erased whole. One that was merged into another
	// stands for that one.
	UserID id.UserID
	// Scope is EraseApp for the app of SessionID alone.
	Scope ErasureScope
	// May tells of which apps the caller may erase somebody; nil: of all.
	May   Apps
	At    time.Time
	Until time.Time // when the last access token of the sessions will have expired
	// Reason is kept with the id of who is gone.
	Reason ErasureReason
	// Actor stands in the audit; empty: the user themself.
	Actor audit.Actor
}

// Erased is what an erasure came to.
type Erased struct {
	UserID id.UserID
	// Gone says that the whole user is: no identity was left.
	Gone bool
	// Ended are the sessions that lived until then.
	Ended []id.SessionID
}

// ErasureStore forgets people.
type ErasureStore interface {
	// Erase is one atomic step, durable when it returns nil. It deletes each
	// identity in scope with all that hangs on it, publishes the revocation of
	// its sessions, and takes from the user the phone number that came by its app
	// and the unionid that no other identity carries. With the last identity goes
	// the user, with everybody who was merged into them; their ids are kept as
	// those of erased users. An entry of the audit tells of it.
	//
	// A login of the same person comes before it, and is erased, or after it, and
	// makes a new user. Errors: ErrNotFound if there is no such open session or no
	// such user; ErrElsewhere. Nothing is changed then.
	Erase(ctx context.Context, e Erasure) (Erased, error)
}

// Erase erases a user whole, in all apps. Errors are problems.
func (d *Directory) Erase(ctx context.Context, user id.UserID, may Apps, actor audit.Actor) error {
	if err := d.owned(ctx, user, may); err != nil {
		return err
	}
	now := d.Now().UTC().Truncate(time.Millisecond)
	_, err := d.Store.Erase(ctx, Erasure{
		UserID: user, Scope: EraseUser, May: may, At: now, Until: now.Add(d.AccessLife), Reason: AskedByBusiness, Actor: actor,
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return noUser()
	case errors.Is(err, ErrElsewhere):
		return inOtherApps()
	}
	return err
}

func inOtherApps() error {
	return problem.New(problem.InsufficientScope, "this user is also in apps that this API key is not for")
}
