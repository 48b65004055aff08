package token

import (
	"context"
	"errors"
	"time"
)

// ErrConflict says that another replica made the key first.
var ErrConflict = errors.New("key exists")

// Use says what a key is for.
type Use string

// The uses.
const (
	ES256       Use = "ES256"       // signs access tokens: ECDSA on P-256
	RS256       Use = "RS256"       // signs access tokens: RSA PKCS #1 v1.5
	Refresh     Use = "refresh"     // authenticates refresh tokens: HMAC-SHA256
	Replay      Use = "replay"      // hashes codes and idempotency keys: HMAC-SHA256
	Fingerprint Use = "fingerprint" // tells equal session keys: HMAC-SHA256
)

// StoredKey is a key as it is kept: its secret part sealed.
type StoredKey struct {
	Use Use
	// Seq numbers the keys of one use from 1; (Use, Seq) is unique, which makes
	// rotation safe with any number of replicas.
	Seq       int64
	CreatedAt time.Time
	// ActiveFrom is when the key begins to be used for making; it may be
	// checked with from CreatedAt on.
	ActiveFrom time.Time
	Sealed     []byte
}

// Store keeps keys.
type Store interface {
	// SigningKeys returns all keys, ordered by use and seq.
	SigningKeys(ctx context.Context) ([]StoredKey, error)
	// InsertSigningKey adds one. Errors: ErrConflict if (Use, Seq) exists.
	InsertSigningKey(ctx context.Context, k StoredKey) error
	// DeleteSigningKey forgets one; forgetting an unknown one is no error.
	DeleteSigningKey(ctx context.Context, use Use, seq int64) error
}
