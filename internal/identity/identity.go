package identity

import (
	"time"

	"github.com/hufu-id/hufu/internal/id"
)

// User is a person.
type User struct {
	ID        id.UserID
	CreatedAt time.Time
	// DisabledAt is when the business shut this person out; zero: never.
	DisabledAt time.Time
	// Nickname is what the person calls themself; empty: not told.
	Nickname string
	// AvatarURL is where the picture is that stands for the person; empty: none.
	AvatarURL string
	// PhoneMasked is the phone number as it may be shown (Phone.Masked); empty:
	// none is held.
	PhoneMasked string
}

// Disabled reports whether the person may not log in.
func (u User) Disabled() bool { return !u.DisabledAt.IsZero() }

// Identity is a person as one app sees them.
type Identity struct {
	AppID  id.AppID
	OpenID id.OpenID
	// UnionID as WeChat last told it to this app; empty: not told yet.
	UnionID     id.UnionID
	UserID      id.UserID
	CreatedAt   time.Time
	LastLoginAt time.Time
}

// Person is a user seen through one of their identities.
type Person struct {
	User     User
	Identity Identity
}
