package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Rotate makes a new key of the use, which signs after the lead time; with now,
// as soon as every replica knows it, 30 s later (backends that cache the JWKS
// then meet tokens whose key they have to fetch first). The keys before it stay
// as long as what they signed.
//
// Where a new key already waits to sign by then, there is nothing to do: any
// number of replicas and of people may rotate at the same time, and there is
// one new key, and no error.
func (k *Keyring) Rotate(ctx context.Context, use Use, now bool) error {
	if !rotates(use) {
		return fmt.Errorf("%q is no use whose keys are replaced", use)
	}
	if err := k.Reload(ctx); err != nil {
		return err
	}
	list := k.state.Load().byUse[use]
	if len(list) == 0 {
		return fmt.Errorf("there is no %s key to replace", use)
	}
	lead := k.cfg.Lead
	if now {
		lead = min(lead, settle)
	}
	_, err := k.replace(ctx, list[len(list)-1], lead)
	return err
}

// replace makes the key that follows newest, unless one waits or is made by
// another replica. The number of the new key follows from the one that was
// judged, so that two judges of the same key can't both replace it.
func (k *Keyring) replace(ctx context.Context, newest *key, lead time.Duration) (made bool, err error) {
	now := k.cfg.Now()
	activeFrom := now.Add(lead)
	// Clocks differ a little; but a key made by a clock gone astray must not
	// keep others from being made.
	if newest.ActiveFrom.After(now) && !newest.ActiveFrom.After(activeFrom.Add(reloadEvery)) {
		return false, nil
	}
	switch err := k.insert(ctx, newest.Use, newest.Seq+1, activeFrom); {
	case err == nil:
		made = true
	case !errors.Is(err, ErrConflict):
		return false, err
	}
	return made, k.Reload(ctx)
}

func rotates(use Use) bool {
	for _, u := range uses {
		if u.use == use {
			return u.rotates
		}
	}
	return false
}

// RotateAll makes a new key of each use that rotates.
func (k *Keyring) RotateAll(ctx context.Context, now bool) error {
	for _, u := range uses {
		if !u.rotates {
			continue
		}
		if err := k.Rotate(ctx, u.use, now); err != nil {
			return err
		}
	}
	return nil
}

// Run keeps the ring in step with the store, makes keys that are missing,
// replaces keys by age, and forgets those that nothing alive was signed with,
// until ctx is done.
func (k *Keyring) Run(ctx context.Context) {
	ticker := time.NewTicker(reloadEvery)
	defer ticker.Stop()
	for {
		if err := k.Maintain(ctx); err != nil && ctx.Err() == nil {
			k.cfg.Logger.LogAttrs(ctx, slog.LevelError, "keys could not be maintained", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Maintain is one round of Run.
func (k *Keyring) Maintain(ctx context.Context) error {
	if err := k.Reload(ctx); err != nil {
		return err
	}
	if err := k.makeMissing(ctx, nil); err != nil {
		return err
	}
	state, now := k.state.Load(), k.cfg.Now()
	for _, u := range uses {
		list := state.byUse[u.use]
		if len(list) == 0 {
			continue // deleted behind our back; the next round makes one
		}
		if err := k.forget(ctx, list, now); err != nil {
			return err
		}
		newest := list[len(list)-1]
		if !u.rotates || k.cfg.MaxAge <= 0 || now.Sub(newest.ActiveFrom) < k.cfg.MaxAge {
			continue
		}
		made, err := k.replace(ctx, newest, k.cfg.Lead)
		if err != nil {
			return err
		}
		if made {
			k.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "key replaced by age", slog.String("use", string(u.use)))
		}
	}
	return nil
}

// forget deletes the keys of a use that nothing alive was made with. The newest
// one always stays: its number is what the next one counts from, so that no
// number ever comes twice.
func (k *Keyring) forget(ctx context.Context, list []*key, now time.Time) error {
	last := len(list) - 1
	replacedAt := list[last].ActiveFrom
	deleted := false
	for i := last - 1; i >= 0; i-- {
		old := list[i]
		if !now.Before(replacedAt.Add(k.outlives(old.Use))) {
			if err := k.cfg.Store.DeleteSigningKey(ctx, old.Use, old.Seq); err != nil {
				return fmt.Errorf("forget %s key: %w", old.Use, err)
			}
			deleted = true
		}
		// Of several later keys the first to sign ends the time of an older one.
		if old.ActiveFrom.Before(replacedAt) {
			replacedAt = old.ActiveFrom
		}
	}
	if !deleted {
		return nil
	}
	return k.Reload(ctx)
}

// outlives says how long a key must be kept after it was replaced.
func (k *Keyring) outlives(use Use) time.Duration {
	if use == Refresh {
		// Sessions made before RefreshLife was shortened live as long as they
		// were promised to.
		return max(k.cfg.RefreshLife, DefaultRefreshLife) + skew
	}
	return k.cfg.Life + skew
}

// Info describes a key to an operator.
type Info struct {
	Use        Use
	Seq        int64
	KeyID      string // kid in the JWKS; empty for a symmetric key
	CreatedAt  time.Time
	ActiveFrom time.Time
	Active     bool
}

// List describes the keys, without their secrets.
func (k *Keyring) List() []Info {
	now, state := k.cfg.Now(), k.state.Load()
	var out []Info
	for _, u := range uses {
		active := state.activeAt(u.use, now)
		for _, each := range state.byUse[u.use] {
			info := Info{Use: each.Use, Seq: each.Seq, CreatedAt: each.CreatedAt, ActiveFrom: each.ActiveFrom, Active: each == active}
			if each.headers != nil {
				info.KeyID = each.kid
			}
			out = append(out, info)
		}
	}
	return out
}
