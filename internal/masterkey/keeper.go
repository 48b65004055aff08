package masterkey

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
)

const (
	// DefaultEvery is how often a Keeper looks whether there is anything to do.
	DefaultEvery = 15 * time.Second
	// beatEvery is how often a server tells that it seals under its key.
	beatEvery = 30 * time.Second
	// settle is how long after a server last told so something may still come to
	// be sealed under that key: until it should have told again, and then what
	// it had begun.
	settle = beatEvery + 30*time.Second
)

// Config configures a Keeper. Store and Sealer are required.
type Config struct {
	Store Store
	// Sealer is the one that everybody seals with; Replace changes its key.
	Sealer *seal.Sealer
	// Source names where the master key was read, for errors.
	Source string
	Every  time.Duration // default: DefaultEvery
	// Observe is told how far the sealing anew is. Default: nobody is told.
	Observe func(Progress)
	Now     func() time.Time // default: time.Now
	Logger  *slog.Logger     // default: discards
}

// Keeper watches over the master key of a server. It is safe for concurrent use,
// and with any number of replicas.
type Keeper struct {
	cfg    Config
	worker string
	kick   chan struct{}

	mu     sync.Mutex // one Replace at a time, and no beat meanwhile
	beaten time.Time
	behind bool // whether it was told that others seal under a newer key; Maintain's
}

// Open checks the master key, as Check does, and notes that the server will seal
// under it. Nothing may be sealed before.
func Open(ctx context.Context, cfg Config) (*Keeper, error) {
	cfg.Every = cmp.Or(cfg.Every, DefaultEvery)
	if cfg.Observe == nil {
		cfg.Observe = func(Progress) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	k := &Keeper{cfg: cfg, worker: rand.Text(), kick: make(chan struct{}, 1)}
	if err := k.take(ctx, cfg.Sealer); err != nil {
		return nil, err
	}
	return k, nil
}

// Join is Open for a program that seals beside servers. It refuses a key under
// which none of them has sealed yet, which they might not open; in a new database
// nobody has sealed anything. Who joins and does not Run must Beat.
func Join(ctx context.Context, cfg Config) (*Keeper, error) {
	if err := CheckJoin(ctx, cfg.Store, cfg.Sealer, cfg.Source); err != nil {
		return nil, err
	}
	return Open(ctx, cfg)
}

// take checks a master key and notes that it will seal from now on.
func (k *Keeper) take(ctx context.Context, sealer *seal.Sealer) error {
	if err := Check(ctx, k.cfg.Store, sealer, k.cfg.Source); err != nil {
		return err
	}
	record, err := newRecord(sealer, k.cfg.Now())
	if err != nil {
		return err
	}
	if err := k.cfg.Store.NoteMasterKey(ctx, record); err != nil {
		return fmt.Errorf("note the master key %s: %w", record.ID, err)
	}
	return nil
}

// Replace takes the master key as it is now, without a restart. It reports whether
// that changed anything. A master key that Check refuses changes nothing.
func (k *Keeper) Replace(ctx context.Context, master secret.String) (changed bool, err error) {
	next, err := Read(master, k.cfg.Source)
	if err != nil {
		return false, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.cfg.Sealer.Primary()
	if before == next.Primary() && slices.Equal(k.cfg.Sealer.Keys(), next.Keys()) {
		return false, nil
	}
	if err := k.take(ctx, next); err != nil {
		return false, err
	}
	var last Record
	if before != next.Primary() {
		// Sealed by the old one, and noted once nothing more is.
		if last, err = newRecord(k.cfg.Sealer, k.cfg.Now()); err != nil {
			return false, err
		}
	}
	if err := k.cfg.Sealer.Replace(master); err != nil {
		return false, err
	}
	k.beaten = k.cfg.Now()
	if before != next.Primary() {
		last.SealingAt = k.cfg.Now().UTC().Truncate(time.Millisecond)
		if err := k.cfg.Store.NoteMasterKey(ctx, last); err != nil {
			k.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "the end of a master key's use could not be noted", slog.Any("error", err))
		}
	}
	select {
	case k.kick <- struct{}{}:
	default:
	}
	return true, nil
}

// Run tells which key the server seals under, and seals anew what other keys have
// sealed, until ctx is done.
func (k *Keeper) Run(ctx context.Context) {
	ticker := time.NewTicker(k.cfg.Every)
	defer ticker.Stop()
	for {
		if err := k.Maintain(ctx); err != nil && ctx.Err() == nil {
			k.cfg.Logger.LogAttrs(ctx, slog.LevelError, "the master key could not be looked after", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-k.kick:
		}
	}
}

// Maintain is one round of Run.
func (k *Keeper) Maintain(ctx context.Context) error {
	if err := k.Beat(ctx); err != nil {
		return err
	}
	records, err := k.cfg.Store.MasterKeys(ctx)
	if err != nil {
		return err
	}
	p, ok := newPlan(records, k.cfg.Sealer.Primary(), k.cfg.Sealer.Keys())
	if !ok {
		k.tellBehind(ctx)
		return nil
	}
	k.behind = false
	k.cfg.Observe(p.progress())
	if p.done() || p.waiting(k.cfg.Now()) {
		return nil
	}
	return k.sweep(ctx, p)
}

// Beat notes, where it is time to, that the server still seals under its key.
// Whoever seals must call it at least every half minute. Errors: ErrRetired, with
// which nothing may be sealed any more.
func (k *Keeper) Beat(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.cfg.Now()
	if since := now.Sub(k.beaten); since >= 0 && since < beatEvery {
		return nil
	}
	record, err := newRecord(k.cfg.Sealer, now)
	if err != nil {
		return err
	}
	if err := k.cfg.Store.NoteMasterKey(ctx, record); err != nil {
		return fmt.Errorf("note the master key %s: %w", record.ID, err)
	}
	k.beaten = now
	return nil
}

// tellBehind warns, once, that this server has not read the newest master key.
func (k *Keeper) tellBehind(ctx context.Context) {
	if k.behind {
		return
	}
	k.behind = true
	k.cfg.Logger.LogAttrs(ctx, slog.LevelWarn,
		"another server seals under a newer master key: give this one the same, and send it SIGHUP",
		slog.String("key_id", k.cfg.Sealer.Primary().String()))
}
