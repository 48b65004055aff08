package masterkey

import (
	"context"
	"errors"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/token"
)

// ErrRetired says that a key was retired: nothing may be sealed under it again.
var ErrRetired = errors.New("the key was retired")

// KeyID names a key of the master key.
type KeyID = seal.KeyID

// Record is a key of the master key that has sealed. Times are UTC, to the
// millisecond.
type Record struct {
	ID seal.KeyID
	// Canary is sealed under the key.
	Canary []byte
	// PrimaryAt is when a server first sealed under the key, SealingAt when one
	// last told that it does; RetiredAt is zero unless the key was retired.
	PrimaryAt, SealingAt, RetiredAt time.Time
	Sweep                           Sweep
}

// Sweep is how far the sealing anew under a key has come. It goes through all
// users, again until a whole pass has found nothing to do.
type Sweep struct {
	// From is when the pass began; zero: it has not.
	From time.Time
	// After is the last user who was looked at.
	After id.UserID
	// Seen of Total users have been looked at.
	Seen, Total int
	// Found counts what another key had sealed, Failed what of that can't be
	// opened.
	Found, Failed int
	// DoneAt is when a pass had found nothing to do; zero: none has.
	DoneAt time.Time
}

// Kind says what is sealed.
type Kind string

// The kinds.
const (
	SigningKey  Kind = "signing_key"
	Phone       Kind = "phone_number"
	SessionKeys Kind = "session_keys"
)

// Sealed is one sealed value of the database; only what names its row is set.
type Sealed struct {
	Kind   Kind
	Use    token.Use
	Seq    int64
	UserID id.UserID
	AppID  id.AppID
	OpenID id.OpenID
	Data   []byte
}

// Change is a value that was sealed anew.
type Change struct {
	Sealed        // as it was
	Fresh  []byte // what takes the place of Data
}

// reseal seals a value anew; changed is false where nothing had to be done. Some
// of it may be sealed anew though an error says that some does not open.
func (s *Sealed) reseal(sealer *seal.Sealer) (fresh []byte, changed bool, err error) {
	switch s.Kind {
	case SigningKey:
		return token.ResealKey(sealer, s.Use, s.Seq, s.Data)
	case Phone:
		return identity.ResealPhone(sealer, s.Data)
	default:
		return session.ResealKeys(sealer, s.AppID, s.OpenID, s.Data)
	}
}

// under yields the keys that sealed a value.
func (s *Sealed) under(yield func(key seal.KeyID, ok bool) bool) {
	switch s.Kind {
	case SigningKey:
		yield(seal.KeyOf(s.Data))
	case Phone:
		yield(identity.PhoneSealedUnder(s.Data))
	default:
		session.SealedUnder(s.Data)(yield)
	}
}

// Page is what is sealed of some users, in the order of their ids.
type Page struct {
	Sealed []Sealed
	// Last is the last of the users, of whom there are Users; empty: there are
	// no more.
	Last  id.UserID
	Users int
}

// Store keeps what is known of master keys, and gives and takes what is sealed.
// Each method is one atomic step, durable when it returns nil.
type Store interface {
	// MasterKeys returns all keys that ever sealed, by the time they first did.
	MasterKeys(ctx context.Context) ([]Record, error)

	// NoteMasterKey notes that a server seals under a key at r.SealingAt: it adds
	// the record, after all others, or, where there is one, keeps the later time.
	// Errors: ErrRetired.
	NoteMasterKey(ctx context.Context, r Record) error

	// RetireMasterKeys marks keys as retired.
	RetireMasterKeys(ctx context.Context, keys []seal.KeyID, at time.Time) error

	// SealedKeys returns the sealed signing keys.
	SealedKeys(ctx context.Context) ([]Sealed, error)

	// SealedUsers returns what is sealed of the users after one, at most limit of
	// them.
	SealedUsers(ctx context.Context, after id.UserID, limit int) (Page, error)

	// CountUsers counts those SealedUsers will go through.
	CountUsers(ctx context.Context) (int, error)

	// Reseal takes what was sealed anew, unless it was changed meanwhile: of
	// that, the newer stays.
	Reseal(ctx context.Context, changes []Change) error

	// ClaimSweep makes worker the one who seals anew under a key until then, and
	// returns how far it is; ok is false while somebody else is at it.
	ClaimSweep(ctx context.Context, key seal.KeyID, worker string, now, until time.Time) (s Sweep, ok bool, err error)

	// SaveSweep keeps how far it is, and the claim until then; false if somebody
	// else has claimed it meanwhile, and nothing is kept.
	SaveSweep(ctx context.Context, key seal.KeyID, worker string, until time.Time, s Sweep) (bool, error)

	// RestartSweep lets it begin anew.
	RestartSweep(ctx context.Context, key seal.KeyID) error
}
