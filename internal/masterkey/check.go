package masterkey

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
)

// LostKeyError says that the database needs a key that the master key has not.
type LostKeyError struct {
	Key    seal.KeyID
	Source string // where the master key was read
	Held   []seal.KeyID
	// Differs says that it has a key of this id, which is another one.
	Differs bool
}

// Error tells what to do, and nothing of any key but its id.
func (e *LostKeyError) Error() string {
	const fix = "put back the master key that belongs to this database; without it, nothing that was sealed opens again"
	if e.Differs {
		return fmt.Sprintf("%s is damaged: its key %s is not the key of that id under which this database is sealed: %s", e.Source, e.Key, fix)
	}
	held := make([]string, len(e.Held))
	for i, key := range e.Held {
		held[i] = key.String()
	}
	return fmt.Sprintf("this database holds data sealed under the master key %s, which is not in %s (it holds %s): %s",
		e.Key, e.Source, strings.Join(held, ", "), fix)
}

// Read reads a master key; source names where it was found, for the error, which
// holds no part of it.
func Read(master secret.String, source string) (*seal.Sealer, error) {
	sealer, err := seal.New(master)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return sealer, nil
}

// Check finds out, without writing anything, whether a master key opens what the
// database holds and may seal more. The error is a *LostKeyError if it lacks a
// key.
func Check(ctx context.Context, store Store, sealer *seal.Sealer, source string) error {
	records, err := store.MasterKeys(ctx)
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return checkOldDatabase(ctx, store, sealer, source)
	}
	held := sealer.Keys()
	for _, r := range records {
		switch {
		case !r.RetiredAt.IsZero() && r.ID == sealer.Primary():
			return fmt.Errorf("%s seals under the key %s, which was retired %s: it is older than this database, use the newest one",
				source, r.ID, r.RetiredAt.Format(time.RFC3339))
		case !r.RetiredAt.IsZero():
		case !slices.Contains(held, r.ID):
			return &LostKeyError{Key: r.ID, Source: source, Held: held}
		default:
			if _, err := sealer.Open(r.Canary, canaryPurpose, canaryRow(r.ID)); err != nil {
				return &LostKeyError{Key: r.ID, Source: source, Held: held, Differs: true}
			}
		}
	}
	return nil
}

// CheckJoin is Check for a program that seals beside servers: they must have the
// key that it seals under.
func CheckJoin(ctx context.Context, store Store, sealer *seal.Sealer, source string) error {
	if err := Check(ctx, store, sealer, source); err != nil {
		return err
	}
	records, err := store.MasterKeys(ctx)
	if err != nil {
		return err
	}
	primary := sealer.Primary()
	if len(records) > 0 && !slices.ContainsFunc(records, func(r Record) bool { return r.ID == primary }) {
		return fmt.Errorf("%s seals under the key %s, and no server has it yet: give the file to every server, and send each SIGHUP or start it",
			source, primary)
	}
	return nil
}

// checkOldDatabase checks one that was made before master keys were noted: it has
// signing keys, unless it is new.
func checkOldDatabase(ctx context.Context, store Store, sealer *seal.Sealer, source string) error {
	keys, err := store.SealedKeys(ctx)
	if err != nil {
		return err
	}
	held := sealer.Keys()
	for i := range keys {
		for key, ok := range keys[i].under {
			if ok && !slices.Contains(held, key) {
				return &LostKeyError{Key: key, Source: source, Held: held}
			}
		}
	}
	return nil
}

const canaryPurpose = "master_key_canary"

func canaryRow(key seal.KeyID) string { return strconv.FormatUint(uint64(key), 10) }

// newRecord is what is noted of the key that seals.
func newRecord(sealer *seal.Sealer, now time.Time) (Record, error) {
	primary := sealer.Primary()
	canary, err := sealer.Seal([]byte("hufu"), canaryPurpose, canaryRow(primary))
	if err != nil {
		return Record{}, err
	}
	now = now.UTC().Truncate(time.Millisecond)
	return Record{ID: primary, Canary: canary, PrimaryAt: now, SealingAt: now}, nil
}
