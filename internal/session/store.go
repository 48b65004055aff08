package session

import (
	"context"
	"errors"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

// Errors of a Store on which callers decide. Any other error leaves open
// whether the step took effect.
var (
	// ErrNotFound says that there is no such session.
	ErrNotFound = errors.New("session not found")
	// ErrConflict says that the session is no longer as the caller saw it:
	// another call won. Nothing was changed.
	ErrConflict = errors.New("session changed meanwhile")
	// ErrCodeSeen says that this code has made a session before. Nothing was
	// changed.
	ErrCodeSeen = errors.New("code was exchanged before")
	// ErrBusy says that the store has too much to do. Nothing was changed.
	ErrBusy error = busy{}
)

type busy struct{}

func (busy) Error() string { return "store is busy" }

// RetryAfter implements problem.Passing: whoever meets ErrBusy asks for patience.
func (busy) RetryAfter() time.Duration { return time.Second }

// Session is one login on one device in one app. Times are UTC, to the
// millisecond.
type Session struct {
	ID         id.SessionID
	AppID      id.AppID
	OpenID     id.OpenID
	CreatedAt  time.Time
	LastUsedAt time.Time // login or last refresh
	// ExpiresAt is when the session ends if it is not refreshed before.
	ExpiresAt time.Time
	// EndsAt is when it ends however often it is refreshed.
	EndsAt time.Time
	// EndedAt is when somebody ended it; zero: nobody did.
	EndedAt time.Time
	// Generation counts the refresh tokens; the first is 1. It and Salt are
	// all that is kept of them.
	Generation uint32
	Salt       [SaltSize]byte
	// RotatedAt is when the current generation replaced the one before, and
	// RotationKey the hash of the Idempotency-Key of that call; nil: none came.
	RotatedAt   time.Time
	RotationKey []byte
	// Device is what the client said of itself: a JSON object, or nil.
	Device []byte
}

// SaltSize is the length of a session's salt in bytes.
const SaltSize = 16

// Replay lets a repeated login find its session.
type Replay struct {
	// CodeHash is the keyed hash of (appid, code); unique within the window
	// in which logins can be repeated.
	CodeHash [16]byte
	// KeyHash is the hash of the Idempotency-Key; nil: none was sent, and
	// the login can't be repeated.
	KeyHash []byte
	// BodyHash is the hash of the rest of the request.
	BodyHash []byte
}

// Login is a login to be recorded: what WeChat answered, and the ids and times
// that the caller made.
type Login struct {
	AppID   id.AppID
	OpenID  id.OpenID
	UnionID id.UnionID // empty: WeChat told none
	// OpenAccount is the group inside which UnionID links; empty: the app has
	// none, the unionid is kept and links nothing.
	OpenAccount id.OpenAccount
	At          time.Time
	// NewUserID is the user's id if this login is the person's first.
	NewUserID id.UserID
	SessionID id.SessionID
	Salt      [SaltSize]byte
	ExpiresAt time.Time
	EndsAt    time.Time
	Device    []byte
	Key       KeyRecord
	Replay    Replay
	// Asserted says that a business's own service told who this is, not WeChat.
	// There is no Key then, and UnionID counts for a first login alone.
	Asserted bool
	// Merge says what happens to two users of whom UnionID, told late, says that
	// they are one person; empty: app.MergeAutoWhenSafe.
	Merge app.Merge
	// Actor is who asserted it, which the audit is told; empty: nothing is told.
	Actor audit.Actor
	// MaxSessions is how many open sessions the identity may have, this one
	// included; the oldest beyond it end with reason EndLimit. RevokedUntil is
	// when the last access token of those will have expired.
	MaxSessions  int
	RevokedUntil time.Time
}

// Recorded is what a login came to.
type Recorded struct {
	Person identity.Person
	// IsNewUser reports that the user was made by this login.
	IsNewUser bool
	// Ended are the sessions that had to make room.
	Ended []id.SessionID
}

// Found is a session with the person it belongs to, and its replay record.
type Found struct {
	Session Session
	Person  identity.Person
	Replay  Replay
}

// Rotation replaces a session's refresh token.
type Rotation struct {
	// From is the generation that is replaced by From+1.
	From        uint32
	At          time.Time
	ExpiresAt   time.Time
	RotationKey []byte
}

// EndReason says why a session was ended.
type EndReason string

// The reasons.
const (
	EndLogout   EndReason = "logout"        // the client logged it out
	EndReuse    EndReason = "token_reused"  // an old refresh token came again
	EndLimit    EndReason = "session_limit" // newer sessions took its place
	EndOperator EndReason = "operator"      // whoever runs the server ended it
	EndDisabled EndReason = "user_disabled" // the business shut the person out
)

// Ending ends a session.
type Ending struct {
	SessionID id.SessionID
	At        time.Time
	Reason    EndReason
	// Until is when the last access token of the session will have expired;
	// until then its revocation is told to whoever asks.
	Until time.Time
	// Actor is who ended it for somebody else, which the audit is told; empty:
	// the person did, or a rule.
	Actor audit.Actor
}

// Revocation says that the access tokens of a session must be refused.
type Revocation struct {
	SessionID id.SessionID
	At        time.Time
	Until     time.Time
}

// Store keeps sessions. Each method is one atomic step, durable when it
// returns nil, and visible to every later call on every replica.
//
// Writers may be called with a context that is done: a step that was begun is
// finished, since its effect is already owed to somebody.
type Store interface {
	DataStore
	identity.ErasureStore
	ConsentStore

	// RecordLogin finds or makes the identity; on the first login links it by
	// (OpenAccount, UnionID) to the user who has that unionid there, or makes
	// a user; keeps a unionid that came late or changed (the identity's
	// UnionID becomes the one given; an empty one changes nothing); adds the
	// session key as PushKey says; makes the session; and ends the oldest
	// sessions beyond MaxSessions. An asserted login leaves keys and unionid of
	// an identity that exists as they are. However many run at once, a person
	// becomes one user.
	//
	// A unionid that came late (the identity had none, or none in an open
	// account) goes to its user, unless another user has it: then the two become
	// one if MergesAtOnce says so, and Recorded.Person is seen through who is
	// left; else they are listed as a pair that waits for a decision, and stay
	// two. One that changed merges nobody: the pair is listed. A pair that was
	// rejected is neither merged nor listed again.
	//
	// A first login by the unionid of a user who has another openid in the same
	// app makes a new user, and the unionid stays where it is; if WeChat told it,
	// the pair is listed.
	//
	// What only an asserted login told is no more than that: if WeChat, in its
	// first login of the identity, tells another unionid, the identity leaves a
	// user who has others for the one who has that unionid, or a new one.
	//
	// If the user is disabled, Recorded.Person says so, and there is no session:
	// nothing is changed, except that of an identity that exists the unionid is
	// kept, and its users meet, as in any login that is not asserted. What was
	// only asserted of who is disabled ends when they are not.
	// If the login merges its user with one who is disabled, the two are one
	// user who is disabled, whose sessions have ended until RevokedUntil, and
	// there is no session.
	// Errors: ErrCodeSeen if Replay.CodeHash made a session in the window.
	RecordLogin(ctx context.Context, l Login) (Recorded, error)

	// FindReplay finds the session that the code made at or after since, ended
	// or not. Errors: ErrNotFound.
	FindReplay(ctx context.Context, codeHash [16]byte, since, now time.Time) (Found, error)

	// Load finds a session, ended or not. Errors: ErrNotFound.
	Load(ctx context.Context, session id.SessionID) (Found, error)

	// Rotate shows a session, ended or not, to decide, and makes From+1 of the
	// rotation that it returns the session's generation, provided that it is
	// still From and nobody ended the session; nil changes nothing. What decide
	// saw is the session as it was before. It may be called more than once, of
	// which the last call counts, holds others up meanwhile, and must not call
	// the store. Errors: ErrConflict, ErrNotFound.
	Rotate(ctx context.Context, session id.SessionID, decide func(*Found) *Rotation) error

	// End ends a session and publishes its revocation; it reports whether it
	// was open. Ending an ended or unknown session changes nothing.
	End(ctx context.Context, e Ending) (bool, error)

	// List returns the identity's sessions that are open at now, newest first.
	List(ctx context.Context, app id.AppID, openid id.OpenID, now time.Time) ([]Session, error)

	// Revocations returns those with At ≥ since, in no order.
	Revocations(ctx context.Context, since time.Time) ([]Revocation, error)

	// RevocationPage returns those after the position whose Until is not before
	// now, ordered by time and session, at most limit.
	RevocationPage(ctx context.Context, from FeedPosition, now time.Time, limit int) ([]AppRevocation, error)

	// Keys returns the identity's session keys, newest first: a multiple of
	// KeyRecordSize bytes. Errors: ErrNotFound.
	Keys(ctx context.Context, app id.AppID, openid id.OpenID) ([]byte, error)

	// Prune forgets sessions made before sessionsBefore, and revocations whose
	// Until is before now, at most limit of each; it returns how many went.
	Prune(ctx context.Context, sessionsBefore, now time.Time, limit int) (int, error)
}
