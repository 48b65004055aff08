package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Rotate makes a new key of the use. It signs after the lead time, or at once
// if now is set (backends that cache the JWKS then meet tokens whose key they
// have to fetch first). The keys before it stay as long as what they signed.
//
// Another replica that rotates at the same time wins or loses as a whole: there
// is one new key, and no error.
func (k *Keyring) Rotate(ctx context.Context, use Use, now bool) error {
	if err := k.Reload(ctx); err != nil {
		return err
	}
	list := k.state.Load().byUse[use]
	if len(list) == 0 {
		return fmt.Errorf("%q is no use of a key", use)
	}
	at := k.cfg.Now()
	activeFrom := at.Add(k.cfg.Lead)
	if now {
		activeFrom = at
	}
	err := k.insert(ctx, use, list[len(list)-1].Seq+1, activeFrom)
	if err != nil && !errors.Is(err, ErrConflict) {
		return err
	}
	return k.Reload(ctx)
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

// Run keeps the ring in step with the store, replaces keys by age, and forgets
// those that nothing alive was signed with, until ctx is done.
func (k *Keyring) Run(ctx context.Context) {
	ticker := time.NewTicker(reloadEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := k.Maintain(ctx); err != nil && ctx.Err() == nil {
				k.cfg.Logger.LogAttrs(ctx, slog.LevelError, "keys could not be maintained", slog.Any("error", err))
			}
		}
	}
}

// Maintain is one round of Run.
func (k *Keyring) Maintain(ctx context.Context) error {
	if err := k.Reload(ctx); err != nil {
		return err
	}
	now := k.cfg.Now()
	for _, u := range uses {
		list := k.state.Load().byUse[u.use]
		if len(list) == 0 {
			continue
		}
		for i, old := range list[:len(list)-1] {
			if now.Before(list[i+1].ActiveFrom.Add(k.outlives(u.use))) {
				continue
			}
			if err := k.cfg.Store.DeleteSigningKey(ctx, old.Use, old.Seq); err != nil {
				return fmt.Errorf("forget %s key: %w", old.Use, err)
			}
		}
		newest := list[len(list)-1]
		if u.rotates && k.cfg.MaxAge > 0 && now.Sub(newest.ActiveFrom) >= k.cfg.MaxAge {
			if err := k.Rotate(ctx, u.use, false); err != nil {
				return err
			}
			k.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "key replaced by age", slog.String("use", string(u.use)))
		}
	}
	return k.Reload(ctx)
}

// outlives says how long a key must be kept after it was replaced.
func (k *Keyring) outlives(use Use) time.Duration {
	if use == Refresh {
		return k.cfg.RefreshLife + skew
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
