package masterkey

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/hufu-id/hufu/internal/seal"
)

const (
	// pageUsers is how many users are looked at at a time, and changesAtOnce how
	// many values change in one transaction: logins wait for no more than that.
	pageUsers     = 100
	changesAtOnce = 20
	// restAfter is the least rest after each, so that logins have the database to
	// themselves most of the time.
	restAfter = 5 * time.Millisecond
	// saveEvery is how often the place is kept, claimFor how long a server that
	// died is waited for, tellEvery how often the log tells of it.
	saveEvery = time.Second
	claimFor  = time.Minute
	tellEvery = 10 * time.Second
	// passesAtOnce bounds what one round does.
	passesAtOnce = 3
)

var errLost = errors.New("another server seals anew")

// sweeper goes through all users once or more.
type sweeper struct {
	*Keeper
	plan
	at          Sweep
	saved, told time.Time // on the real clock
	complaints  int
}

// sweep seals anew what other keys have sealed, unless another server does.
func (k *Keeper) sweep(ctx context.Context, p plan) (err error) {
	w := &sweeper{Keeper: k, plan: p, told: time.Now()}
	now := k.cfg.Now()
	at, ok, err := k.cfg.Store.ClaimSweep(ctx, p.record.ID, k.worker, now, now.Add(claimFor))
	if err != nil || !ok {
		return err
	}
	w.at = at
	// Given back, so that another server need not wait if this one ends.
	defer func() {
		if saveErr := w.save(context.WithoutCancel(ctx), 0); err == nil {
			err = saveErr
		}
		if errors.Is(err, errLost) {
			err = nil
		}
	}()
	for range passesAtOnce {
		if done, err := w.pass(ctx); err != nil || done {
			return err
		}
	}
	return nil
}

// pass goes through all users, from where the last one stopped. It reports whether
// there is nothing more to do for now.
func (w *sweeper) pass(ctx context.Context) (done bool, err error) {
	if w.at.From.IsZero() || !w.at.DoneAt.IsZero() {
		if err := w.begin(ctx); err != nil {
			return false, err
		}
	}
	if w.at.After == "" {
		keys, err := w.cfg.Store.SealedKeys(ctx)
		if err == nil {
			err = w.reseal(ctx, keys)
		}
		if err != nil {
			return false, err
		}
	}
	for {
		page, err := w.cfg.Store.SealedUsers(ctx, w.at.After, pageUsers)
		if err != nil {
			return false, err
		}
		if page.Users == 0 {
			return w.end(ctx)
		}
		if err := w.reseal(ctx, page.Sealed); err != nil {
			return false, err
		}
		w.at.After, w.at.Seen = page.Last, w.at.Seen+page.Users
		w.tell(ctx)
		if time.Since(w.saved) >= saveEvery {
			if err := w.save(ctx, claimFor); err != nil {
				return false, err
			}
		}
		if err := rest(ctx, restAfter); err != nil {
			return false, err
		}
	}
}

// begin begins a pass.
func (w *sweeper) begin(ctx context.Context) error {
	total, err := w.cfg.Store.CountUsers(ctx)
	if err != nil {
		return err
	}
	w.at = Sweep{From: w.cfg.Now().UTC().Truncate(time.Millisecond), Total: total}
	w.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "sealing anew under the master key begins",
		slog.String("key_id", w.record.ID.String()), slog.Int("users", total))
	return w.save(ctx, claimFor)
}

// end judges a pass: only one that found nothing, begun when no other key could
// seal any more, is the last.
func (w *sweeper) end(ctx context.Context) (done bool, err error) {
	settling := w.at.From.Before(w.settled)
	left := w.at.Found - w.at.Failed
	w.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "went through everything that is sealed", slog.String("key_id", w.record.ID.String()),
		slog.Int("users", w.at.Seen), slog.Int("sealed_anew", left), slog.Int("failed", w.at.Failed))
	if left > 0 || settling {
		w.at = Sweep{Seen: w.at.Seen, Total: w.at.Total}
		return settling && w.cfg.Now().Before(w.settled), w.save(ctx, claimFor)
	}
	w.at.DoneAt, w.at.After = w.cfg.Now().UTC().Truncate(time.Millisecond), ""
	if err := w.save(ctx, claimFor); err != nil {
		return false, err
	}
	w.cfg.Observe(Progress{Key: w.record.ID, Seen: w.at.Seen, Total: w.at.Total, Done: true})
	w.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "everything is sealed under the master key", slog.String("key_id", w.record.ID.String()))
	return true, nil
}

// reseal seals values anew, as many in a transaction as logins can bear.
func (w *sweeper) reseal(ctx context.Context, sealed []Sealed) error {
	var changes []Change
	for i := range sealed {
		fresh, changed, err := sealed[i].reseal(w.cfg.Sealer)
		if err != nil {
			w.at.Found++
			w.at.Failed++
			w.complain(ctx, &sealed[i], err)
		}
		if changed {
			w.at.Found++
			changes = append(changes, Change{Sealed: sealed[i], Fresh: fresh})
		}
	}
	for len(changes) > 0 {
		some := changes[:min(len(changes), changesAtOnce)]
		changes = changes[len(some):]
		began := time.Now()
		if err := w.cfg.Store.Reseal(ctx, some); err != nil {
			return err
		}
		if err := rest(ctx, max(restAfter, time.Since(began))); err != nil {
			return err
		}
	}
	return nil
}

// complain tells of a value that does not open: it did not before, either.
func (w *sweeper) complain(ctx context.Context, s *Sealed, err error) {
	const most = 10
	if w.complaints++; w.complaints > most {
		return
	}
	w.cfg.Logger.LogAttrs(ctx, slog.LevelError, "a sealed value can't be sealed anew", slog.Any("error", err),
		slog.String("kind", string(s.Kind)), slog.String("user_id", string(s.UserID)))
}

func (w *sweeper) tell(ctx context.Context) {
	w.cfg.Observe(Progress{Key: w.record.ID, Seen: w.at.Seen, Total: w.at.Total})
	if time.Since(w.told) < tellEvery {
		return
	}
	w.told = time.Now()
	w.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "sealing anew under the master key", slog.String("key_id", w.record.ID.String()),
		slog.Int("seen", w.at.Seen), slog.Int("users", w.at.Total))
}

// save keeps the place, and the claim for so long. The error is errLost if another
// server has taken over.
func (w *sweeper) save(ctx context.Context, claim time.Duration) error {
	w.saved = time.Now()
	ok, err := w.cfg.Store.SaveSweep(ctx, w.record.ID, w.worker, w.cfg.Now().Add(claim), w.at)
	if err == nil && !ok {
		err = errLost
	}
	return err
}

// rest waits; the error says that ctx is done.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Count counts what is sealed under each key, by kind. It reads everything.
func Count(ctx context.Context, store Store) (map[seal.KeyID]map[Kind]int, error) {
	counts := map[seal.KeyID]map[Kind]int{}
	add := func(sealed []Sealed) {
		for i := range sealed {
			for key, ok := range sealed[i].under {
				if !ok {
					continue // nothing that any key opens
				}
				if counts[key] == nil {
					counts[key] = map[Kind]int{}
				}
				counts[key][sealed[i].Kind]++
			}
		}
	}
	keys, err := store.SealedKeys(ctx)
	if err != nil {
		return nil, err
	}
	add(keys)
	for page := (Page{}); ; {
		if page, err = store.SealedUsers(ctx, page.Last, pageUsers); err != nil {
			return nil, err
		}
		if page.Users == 0 {
			return counts, nil
		}
		add(page.Sealed)
	}
}
