package verify

import (
	"errors"
	"fmt"
)

// What Verify fails with; errors.Is tells them apart. The first three are about
// the token, and end in 401. ErrUnavailable is not: the token may well be good,
// and whoever sent it should come again.
var (
	// ErrInvalid is a token that is not one of the issuer's for this audience.
	ErrInvalid = errors.New("verify: the access token is invalid")
	// ErrExpired is a token that was good and has run out.
	ErrExpired = errors.New("verify: the access token has expired")
	// ErrRevoked is a token whose session was ended. See WithRevocations.
	ErrRevoked = errors.New("verify: the session has been ended")
	// ErrUnavailable says that a token could not be judged: no keys of the
	// issuer, or no news of revocations where those are insisted on, or the
	// context ended before. It ends in 503.
	ErrUnavailable = errors.New("verify: tokens cannot be checked at present")
)

// invalid tells why a token is none of ours. The reason is a fixed text: what
// was sent stands in no error.
func invalid(reason string) error { return fmt.Errorf("%w: %s", ErrInvalid, reason) }

func unavailable(cause error) error { return fmt.Errorf("%w: %w", ErrUnavailable, cause) }
