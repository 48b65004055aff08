package session

import (
	"context"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

// Failures counts the open data of a session that was refused.
type Failures struct {
	Count int
	Since time.Time // the first that counts
}

// PhoneCode is a code of the phone number button that was exchanged.
type PhoneCode struct {
	AppID  id.AppID
	OpenID id.OpenID
}

// PhoneRecord is a phone number that WeChat told of a person.
type PhoneRecord struct {
	AppID  id.AppID
	OpenID id.OpenID
	At     time.Time
	Phone  identity.HeldPhone
	// CodeHash is the keyed hash of the code; nil: it came without one.
	CodeHash []byte
}

// DataStore keeps what comes of open data. Each method is one atomic step, as
// those of Store are.
type DataStore interface {
	// OpenDataFailures returns the failures counted for a session; the zero
	// value if there are none.
	OpenDataFailures(ctx context.Context, session id.SessionID) (Failures, error)

	// CountOpenDataFailure counts one more at the time at. A count that began
	// at or before stale begins anew. ErrNotFound if there is no such session:
	// nothing is counted of somebody who was erased.
	CountOpenDataFailure(ctx context.Context, session id.SessionID, at, stale time.Time) error

	// MarkKeyStale notes that WeChat said, when it was asked at a time, that an
	// identity's newest session key is not the person's any more. newest is the
	// record that it was asked about: another one is not marked.
	MarkKeyStale(ctx context.Context, app id.AppID, openid id.OpenID, newest []byte, asked time.Time) error

	// KeyStale reports whether an identity's newest session key is marked, and no
	// login came after that: WeChat may have told another key then, or the same
	// again.
	KeyStale(ctx context.Context, app id.AppID, openid id.OpenID) (bool, error)

	// FindPhoneCode tells who used a code at or after since. Errors:
	// ErrNotFound.
	FindPhoneCode(ctx context.Context, codeHash []byte, since time.Time) (PhoneCode, error)

	// RecordPhone keeps the number of the user that the identity belongs to,
	// and who used the code. Errors: ErrCodeSeen if that code was recorded
	// before, ErrNotFound if there is no such identity; then nothing is changed.
	RecordPhone(ctx context.Context, r PhoneRecord) error
}
