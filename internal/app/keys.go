package app

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/web"
)

const (
	// keyFresh is how long a key that was looked up is believed: what is
	// revoked elsewhere is refused here within a second, the look-up counted.
	keyFresh = 750 * time.Millisecond
	// keyTimeout bounds a look-up.
	keyTimeout = 3 * time.Second
	// touchEvery is how often it is written that a key is in use.
	touchEvery = time.Minute
)

// Keys tells whose an API key is. It is safe for concurrent use.
type Keys struct {
	store KeyStore
	now   func() time.Time
	log   *slog.Logger

	mu    sync.RWMutex
	known map[id.KeyID]*knownKey

	touchMu sync.Mutex
	touched map[id.KeyID]time.Time // when the use was last noted
	// uses are to be written by Run; what does not fit is told by a later use.
	uses chan keyUse
}

type knownKey struct {
	record KeyRecord
	asked  time.Time // before the look-up: what is known is that old
}

type keyUse struct {
	key id.KeyID
	at  time.Time
}

// NewKeys makes Keys on a store. now and log may be nil. Run must be running
// for the last use of keys to be kept.
func NewKeys(store KeyStore, now func() time.Time, log *slog.Logger) *Keys {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Keys{
		store: store, now: now, log: log,
		known: map[id.KeyID]*knownKey{}, touched: map[id.KeyID]time.Time{}, uses: make(chan keyUse, 64),
	}
}

var errKeyRefused = errors.New("malformed, unknown, wrong or revoked")

// Authenticate finds the key; it is a web.KeyAuthenticator. It tells nobody
// what was wrong: an id that exists is no news for who has not its secret.
func (k *Keys) Authenticate(ctx context.Context, key secret.String) (web.Key, error) {
	refusal := problem.Wrap(problem.InvalidToken, errKeyRefused, "this is no API key of this server's, or it was revoked")
	keyID, hash, ok := parseKey(key)
	if !ok {
		return web.Key{}, refusal
	}
	r, err := k.find(ctx, keyID)
	if errors.Is(err, ErrKeyNotFound) {
		return web.Key{}, refusal
	}
	if err != nil {
		return web.Key{}, fmt.Errorf("look up an API key: %w", err)
	}
	if subtle.ConstantTimeCompare(hash[:], r.Hash[:]) != 1 || !r.Good(k.now()) {
		return web.Key{}, refusal
	}
	k.note(keyID)
	return web.Key{ID: r.ID, Scopes: r.Scopes, AppIDs: r.AppIDs}, nil
}

// find returns the record as it was less than keyFresh ago. The cache holds
// keys that exist alone, so that no caller can fill it. The real clock counts
// its age: one that a test or a demo moves must make no key live longer.
func (k *Keys) find(ctx context.Context, keyID id.KeyID) (KeyRecord, error) {
	asked := time.Now()
	k.mu.RLock()
	known := k.known[keyID]
	k.mu.RUnlock()
	if known != nil && asked.Sub(known.asked) < keyFresh {
		return known.record, nil
	}
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	r, err := k.store.APIKey(ctx, keyID)
	if err != nil {
		return KeyRecord{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if newer := k.known[keyID]; newer == nil || newer.asked.Before(asked) {
		k.known[keyID] = &knownKey{record: r, asked: asked}
	}
	return r, nil
}

// note hands the use of a key to Run, once in touchEvery, and never waits.
func (k *Keys) note(keyID id.KeyID) {
	now := k.now()
	k.touchMu.Lock()
	defer k.touchMu.Unlock()
	if last, ok := k.touched[keyID]; ok && now.Sub(last) < touchEvery {
		return
	}
	select {
	case k.uses <- keyUse{keyID, now.UTC().Truncate(time.Millisecond)}:
		k.touched[keyID] = now
	default:
	}
}

// Run writes when keys were last used, until ctx is done.
func (k *Keys) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case use := <-k.uses:
			if err := k.store.TouchAPIKey(ctx, use.key, use.at); err != nil && ctx.Err() == nil {
				k.log.LogAttrs(ctx, slog.LevelWarn, "the use of an API key could not be noted",
					slog.Any("error", err), slog.String("key_id", string(use.key)))
			}
		}
	}
}
