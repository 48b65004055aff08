package importing

import (
	"context"
	"errors"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

var (
	// ErrNoRun says that no run of an app waits to go on.
	ErrNoRun = errors.New("no import waits to go on")
	// ErrOvertaken says that another process goes on with the same run. Nothing
	// was changed.
	ErrOvertaken = errors.New("another hufu import of this app is running")
)

// Counts says what became of rows.
type Counts struct {
	Made      int64 // people nobody knew
	Linked    int64 // new in the app, known by their unionid from another
	Filled    int64 // known in the app; something empty was filled
	Unchanged int64
	Rejected  int64
}

// Rows is how many there were.
func (c Counts) Rows() int64 { return c.Made + c.Linked + c.Filled + c.Unchanged + c.Rejected }

// RunState is a run, and how far it is.
type RunState struct {
	ID          id.ImportID
	AppID       id.AppID
	FileSize    int64 // less than zero: a pipe
	At          Position
	RejectsSize int64
	Counts      Counts
	StartedAt   time.Time
	UpdatedAt   time.Time
}

// Keys are by what a batch looks for people. Each is there once, in order.
type Keys struct {
	AppID       id.AppID
	OpenAccount id.OpenAccount
	OpenIDs     []id.OpenID
	UnionIDs    []id.UnionID // none without an OpenAccount
	ExternalIDs []string
}

// Held is what is there of the people of a batch.
type Held struct {
	Identities map[id.OpenID]HeldIdentity
	Users      map[id.UserID]*HeldUser  // those of Identities and Unions
	Unions     map[id.UnionID]id.UserID // who has a unionid in the open account
	// InApp tells of the users in Unions as whom the app knows them.
	InApp     map[id.UserID]id.OpenID
	Externals map[string]id.UserID
}

// HeldIdentity is an identity in the app.
type HeldIdentity struct {
	UserID  id.UserID
	UnionID id.UnionID
}

// HeldUser tells what is filled of a user.
type HeldUser struct {
	HasNickname bool
	HasPhone    bool
	ExternalID  string
}

// NewUser is a user to be made.
type NewUser struct {
	ID         id.UserID
	CreatedAt  time.Time
	Nickname   string
	ExternalID string
	Phone      *identity.HeldPhone
}

// NewIdentity is an identity to be made in the app.
type NewIdentity struct {
	OpenID    id.OpenID
	UserID    id.UserID
	UnionID   id.UnionID
	CreatedAt time.Time
}

// Claim says whose a unionid becomes in the open account.
type Claim struct {
	UnionID id.UnionID
	UserID  id.UserID
}

// Union is the unionid that an identity gets which has none.
type Union struct {
	OpenID  id.OpenID
	UnionID id.UnionID
}

// Fill fills what is empty of a user; what is empty here stays.
type Fill struct {
	UserID     id.UserID
	Nickname   string
	ExternalID string
	Phone      *identity.HeldPhone
}

// Changes is what a batch changes. Its people are in no order.
type Changes struct {
	At         time.Time // phone numbers are held since
	Users      []NewUser
	Identities []NewIdentity
	Claims     []Claim
	Unions     []Union
	Fills      []Fill
	// Run is the run after the batch.
	Run RunState
}

// Decide says what a batch changes, once what is there is known. It may be asked
// more than once: only the last answer counts.
type Decide func(Held) (Changes, error)

// Store keeps who is imported. Its methods are atomic, and durable when they
// return nil.
type Store interface {
	// UnfinishedImport finds the run of a file that waits to go on in an app, or
	// tells ErrNoRun.
	UnfinishedImport(ctx context.Context, appid id.AppID) (RunState, error)
	// BeginImport keeps a new run, and forgets those of the app that wait.
	BeginImport(ctx context.Context, run RunState) error
	// HeldPeople reads what is there, and changes nothing.
	HeldPeople(ctx context.Context, keys Keys) (Held, error)
	// ImportPeople carries out what decide says, all of it or nothing, with the
	// state of the run; ErrOvertaken if that is no more where it was, and decide,
	// which writes rejects, is not asked then. Where one process writes at a
	// time, it leaves the others their turn before it returns.
	ImportPeople(ctx context.Context, was RunState, keys Keys, decide Decide) error
	// FinishImport marks the run as finished.
	FinishImport(ctx context.Context, run RunState, entry audit.Entry) error
}
