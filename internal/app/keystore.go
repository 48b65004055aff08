package app

import (
	"context"
	"errors"
	"time"

	"github.com/hufu-id/hufu/internal/id"
)

// ErrKeyNotFound says that there is no API key of that id.
var ErrKeyNotFound = errors.New("API key not found")

// ErrKeyGone says that a key was revoked, or has expired.
var ErrKeyGone = errors.New("API key is not good any more")

// KeyStore keeps API keys. Each method is one atomic step, durable when it
// returns nil. Keys are made and revoked by commands on the server alone, and the
// audit is told so.
type KeyStore interface {
	// MakeAPIKey keeps a new key.
	MakeAPIKey(ctx context.Context, r KeyRecord) error
	// APIKey finds a key, revoked or not. Errors: ErrKeyNotFound.
	APIKey(ctx context.Context, key id.KeyID) (KeyRecord, error)
	// APIKeys returns all keys, revoked ones too, the oldest first.
	APIKeys(ctx context.Context) ([]KeyRecord, error)
	// RevokeAPIKey marks a key as revoked; one that is keeps its time. It
	// reports whether this call did it. Errors: ErrKeyNotFound.
	RevokeAPIKey(ctx context.Context, key id.KeyID, at time.Time) (bool, error)
	// ReplaceAPIKey keeps successor and lets the key expire at a time, unless it
	// does so before; a time that is not after at revokes it. Errors:
	// ErrKeyNotFound if there is no such key, ErrKeyGone if it is not good at at.
	ReplaceAPIKey(ctx context.Context, key id.KeyID, successor KeyRecord, expires, at time.Time) error
	// TouchAPIKey keeps when a key was last used, unless it knows of a later
	// time. An unknown key changes nothing.
	TouchAPIKey(ctx context.Context, key id.KeyID, at time.Time) error
}
