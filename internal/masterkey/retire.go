package masterkey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
)

// ErrNothingOld says that a master key has no old key to retire.
var ErrNothingOld = errors.New("the master key has no old key: there is nothing to retire")

// InUseError says that something is still sealed under a key, or may still come to
// be.
type InUseError struct {
	Key seal.KeyID
	// Counts are values by kind; none: a server sealed under it as late as
	// SealingAt.
	Counts    map[Kind]int
	SealingAt time.Time
}

// Error says what to do.
func (e *InUseError) Error() string {
	if len(e.Counts) == 0 {
		return fmt.Sprintf("a server sealed under the key %s as late as %s: send SIGHUP to every server, and try again %s after that",
			e.Key, e.SealingAt.Format(time.RFC3339), settle)
	}
	var list []string
	for _, kind := range []Kind{SigningKey, Phone, SessionKeys} {
		if n := e.Counts[kind]; n > 0 {
			list = append(list, fmt.Sprintf("%s: %d", kind, n))
		}
	}
	return fmt.Sprintf("still sealed under the key %s: %s. A server with the new master key seals that anew in the background; wait until its log says that everything is sealed",
		e.Key, strings.Join(list, ", "))
}

// Retire finds out that nothing is sealed under the old keys of a master key, marks
// them as retired, and returns the master key without them, and their ids. Errors:
// ErrNothingOld, *InUseError, *LostKeyError.
func Retire(ctx context.Context, store Store, master secret.String, source string, now time.Time) (secret.String, []seal.KeyID, error) {
	sealer, err := Read(master, source)
	if err != nil {
		return secret.String{}, nil, err
	}
	if err := Check(ctx, store, sealer, source); err != nil {
		return secret.String{}, nil, err
	}
	old, err := oldKeys(master)
	if err != nil {
		return secret.String{}, nil, err
	}
	if err := mayRetire(ctx, store, sealer.Primary(), old, now); err != nil {
		return secret.String{}, nil, err
	}
	// Before the file is written: a key that is gone from it and not from here
	// would be a lost one.
	if err := store.RetireMasterKeys(ctx, old, now.UTC().Truncate(time.Millisecond)); err != nil {
		return secret.String{}, nil, err
	}
	rest, err := seal.Drop(master, old)
	return rest, old, err
}

func oldKeys(master secret.String) (old []seal.KeyID, err error) {
	keys, err := seal.List(master)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if key.State == seal.Old {
			old = append(old, key.ID)
		}
	}
	if len(old) == 0 {
		return nil, ErrNothingOld
	}
	return old, nil
}

// mayRetire refuses while keys are in use.
func mayRetire(ctx context.Context, store Store, primary seal.KeyID, old []seal.KeyID, now time.Time) error {
	records, err := store.MasterKeys(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(records, func(r Record) bool { return r.ID == primary }) {
		return fmt.Errorf("no server has sealed under the key %s yet: start the servers with it first", primary)
	}
	for _, r := range records {
		if slices.Contains(old, r.ID) && now.Before(r.SealingAt.Add(settle)) && r.RetiredAt.IsZero() {
			return &InUseError{Key: r.ID, SealingAt: r.SealingAt}
		}
	}
	counts, err := Count(ctx, store)
	if err != nil {
		return err
	}
	for _, key := range old {
		if len(counts[key]) > 0 {
			// In case the servers think that they are done.
			return errors.Join(&InUseError{Key: key, Counts: counts[key]}, store.RestartSweep(ctx, primary))
		}
	}
	return nil
}
