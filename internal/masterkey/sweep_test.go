package masterkey_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
)

// enoughRounds go on until everything another key sealed must have settled.
const enoughRounds = 8

func TestRotation(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		k := w.mustKeeper()
		w.populate(250)
		w.maintain(k, 1)
		if !w.status().Done {
			t.Fatal("a new database has something to seal anew")
		}
		before, old := w.master, w.sealer.Primary()
		w.rotate()
		if changed, err := k.Replace(t.Context(), w.master); !changed || err != nil {
			t.Fatalf("Replace: %v, %v", changed, err)
		}
		fresh := w.sealer.Primary()
		if changed, err := k.Replace(t.Context(), w.master); changed || err != nil {
			t.Fatalf("the same once more: %v, %v", changed, err)
		}
		if under := w.checkOpens(w.sealer); fresh == old || under[fresh] > 0 {
			t.Fatalf("sealed before anything was: %v", under)
		}
		w.maintain(k, 1)
		if under := w.checkOpens(w.sealer); under[old] > 0 {
			t.Errorf("after a round still sealed under the old key: %v", under)
		}
		if w.status().Done {
			t.Error("done before what others may have begun has settled")
		}
		if _, _, err := w.retire(); !isInUse(err) {
			t.Errorf("retired at once: %v", err)
		}
		w.maintain(k, enoughRounds)
		if p := w.status(); !p.Done || p.Key != fresh {
			t.Fatalf("status %+v", p)
		}
		rest, dropped, err := w.retire()
		if err != nil || len(dropped) != 1 || dropped[0] != old {
			t.Fatalf("retire: %v, %v", dropped, err)
		}
		w.master = rest
		w.checkOpens(w.newSealer())
		w.mustOpen(rest)
		if err := w.open(before); err == nil || !strings.Contains(err.Error(), "was retired") {
			t.Errorf("opened by the old master key: %v", err)
		}
		for _, word := range []string{"sealing anew under the master key begins", "everything is sealed under the master key", fresh.String()} {
			if !strings.Contains(w.logged(), word) {
				t.Errorf("the log lacks %q:\n%s", word, w.logged())
			}
		}
		// Once done, it is done: also after a restart.
		quiet := w.logged()
		w.sealer = w.newSealer()
		w.maintain(w.mustKeeper(), 3)
		if w.logged() != quiet {
			t.Errorf("after it was done: %s", strings.TrimPrefix(w.logged(), quiet))
		}
		if _, _, err := w.retire(); !errors.Is(err, masterkey.ErrNothingOld) {
			t.Errorf("retired twice: %v", err)
		}
	})
}

func (w *world) retire() (rest secret.String, dropped []masterkey.KeyID, err error) {
	return masterkey.Retire(w.t.Context(), w.db, w.master, "master.key", w.Now())
}

func isInUse(err error) bool {
	_, ok := errors.AsType[*masterkey.InUseError](err)
	return ok
}

// failing fails from the nth page on, as a process does that is killed.
type failing struct {
	masterkey.Store
	mu    sync.Mutex
	pages int
	asked []id.UserID
}

var errKilled = errors.New("killed")

func (f *failing) SealedUsers(ctx context.Context, after id.UserID, limit int) (masterkey.Page, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, after)
	if f.pages--; f.pages < 0 {
		return masterkey.Page{}, errKilled
	}
	return f.Store.SealedUsers(ctx, after, limit)
}

// SaveSweep is lost by who is killed.
func (f *failing) SaveSweep(ctx context.Context, key masterkey.KeyID, worker string, until time.Time, s masterkey.Sweep) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pages < 0 {
		return false, errKilled
	}
	return f.Store.SaveSweep(ctx, key, worker, until, s)
}

// TestRestart goes on where a process stopped, or was killed.
func TestRestart(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		w.mustKeeper()
		w.populate(350)
		order := w.order()
		old := w.sealer.Primary()
		w.rotate()
		w.sealer = w.newSealer()

		// Stopped by its context, it keeps its place and gives back its claim.
		ctx, stop := context.WithCancel(t.Context())
		k, err := w.keeper(w.db, w.sealer, func(p masterkey.Progress) {
			if p.Seen >= 100 {
				stop()
			}
		})
		must(t, err)
		if err := k.Maintain(ctx); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if p := w.status(); p.Seen != 100 || p.Done || p.Total != 350 {
			t.Fatalf("stopped at %+v", p)
		}

		// Killed, it keeps the place it saved last, and its claim for a while.
		killed := &failing{Store: w.db, pages: 1}
		k, err = w.keeper(killed, w.newSealer(), nil)
		must(t, err)
		if err := k.Maintain(t.Context()); !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		if killed.asked[0] != order[99] {
			t.Errorf("went on after %s, want %s", killed.asked[0], order[99])
		}
		heir := &failing{Store: w.db, pages: 100}
		k, err = w.keeper(heir, w.newSealer(), nil)
		must(t, err)
		must(t, k.Maintain(t.Context()))
		if len(heir.asked) > 0 {
			t.Error("did not wait for the claim of another server")
		}
		w.advance(2 * time.Minute)
		must(t, k.Maintain(t.Context()))
		if len(heir.asked) == 0 || heir.asked[0] != order[199] {
			t.Errorf("the heir began after %v, want %s", heir.asked, order[199])
		}
		w.maintain(k, enoughRounds)
		if under := w.checkOpens(w.sealer); under[old] > 0 || !w.status().Done {
			t.Errorf("sealed under %v", under)
		}
	})
}

// order is that in which people are gone through.
func (w *world) order() []id.UserID {
	var ids []id.UserID
	for _, p := range w.people {
		ids = append(ids, p.user)
	}
	slices.Sort(ids)
	return ids
}

// TestUnderLoad has people log in, at two servers, while everything is sealed anew
// by both: no login loses a key, and none stays under the old one.
func TestUnderLoad(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		first := w.mustKeeper()
		w.populate(120)
		old := w.sealer.Primary()
		staged, err := seal.Stage(w.master)
		must(t, err)
		w.master = staged
		other := w.newSealer()
		second, err := w.keeper(w.db, other, nil)
		must(t, err)
		if _, err := first.Replace(t.Context(), staged); err != nil {
			t.Fatal(err)
		}
		if w.master, err = seal.Activate(staged); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		stop := make(chan struct{})
		wg.Go(func() {
			for i := 0; ; i = (i + 7) % len(w.people) {
				select {
				case <-stop:
					return
				default:
				}
				_, key := w.login(w.people[i].openid)
				w.people[i].keys = append([]string{key}, w.people[i].keys...)
				w.people[i].keys = w.people[i].keys[:min(3, len(w.people[i].keys))]
			}
		})
		for _, k := range []*masterkey.Keeper{first, second} {
			if _, err := k.Replace(t.Context(), w.master); err != nil {
				t.Fatal(err)
			}
		}
		for range enoughRounds {
			var round sync.WaitGroup
			for _, k := range []*masterkey.Keeper{first, second} {
				round.Go(func() {
					if err := k.Maintain(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			round.Wait()
			w.advance(15 * time.Second)
		}
		close(stop)
		wg.Wait()
		for range enoughRounds {
			w.maintain(first, 1)
			w.maintain(second, 1)
		}
		if under := w.checkOpens(w.newSealer()); under[old] > 0 || !w.status().Done {
			t.Errorf("sealed under %v, %+v", under, w.status())
		}
		if _, _, err := w.retire(); err != nil {
			t.Error(err)
		}
	})
}

// TestServerLeftBehind has a server that was not told: it works on, seals nothing
// back, and what it seals meanwhile is found before the old key goes.
func TestServerLeftBehind(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		behind := w.mustKeeper()
		w.populate(20)
		old := w.sealer.Primary()
		w.rotate()
		ahead, err := w.keeper(w.db, w.newSealer(), nil)
		must(t, err)
		w.maintain(ahead, 1)
		for range 4 {
			w.maintain(behind, 3) // it tells that it seals under the old key
			w.maintain(ahead, 1)
		}
		if w.status().Done {
			t.Error("done while a server seals under the old key")
		}
		if !strings.Contains(w.logged(), "another server seals under a newer master key") {
			t.Error("the one behind says nothing")
		}
		if _, _, err := w.retire(); !isInUse(err) {
			t.Errorf("retired while a server seals under it: %v", err)
		}
		_, key := w.login(w.people[3].openid)
		w.people[3].keys = []string{key, w.people[3].keys[0]}
		if under := w.checkOpens(w.newSealer()); under[old] != 1 {
			t.Errorf("sealed under %v, want one under %s", under, old)
		}
		// It goes away, without a word.
		w.maintain(ahead, enoughRounds)
		if under := w.checkOpens(w.newSealer()); under[old] > 0 || !w.status().Done {
			t.Errorf("sealed under %v", under)
		}
		if _, _, err := w.retire(); err != nil {
			t.Error(err)
		}
		if err := behind.Maintain(t.Context()); !errors.Is(err, masterkey.ErrRetired) {
			w.advance(time.Minute)
			if err := behind.Maintain(t.Context()); !errors.Is(err, masterkey.ErrRetired) {
				t.Errorf("a server seals under a retired key: %v", err)
			}
		}
	})
}

// TestRetire_Overlooked refuses while anything is left, and has it sealed anew.
func TestRetire_Overlooked(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		k := w.mustKeeper()
		w.populate(10)
		before, old := w.newSealer(), w.sealer.Primary()
		w.rotate()
		_, err := k.Replace(t.Context(), w.master)
		must(t, err)
		w.maintain(k, enoughRounds)
		w.advance(time.Hour)
		// What nobody does: a value under the old key, long after.
		p := w.people[0]
		sealed, err := before.Seal([]byte(p.keys[0]), "session_key", string(appid), string(p.openid))
		must(t, err)
		held, err := w.db.Keys(t.Context(), appid, p.openid)
		must(t, err)
		copy(held[24:], sealed)
		_, err = w.raw.Exec(`UPDATE identities SET session_keys = $1 WHERE openid = $2`, held, string(p.openid))
		must(t, err)
		if !w.status().Done {
			t.Fatal("not done")
		}
		_, _, err = w.retire()
		if inUse, ok := errors.AsType[*masterkey.InUseError](err); !ok || inUse.Key != old || inUse.Counts[masterkey.SessionKeys] != 1 ||
			!strings.Contains(err.Error(), "session_keys: 1") {
			t.Fatalf("retired what is in use: %v", err)
		}
		w.maintain(k, enoughRounds)
		if _, _, err := w.retire(); err != nil {
			t.Error(err)
		}
	})
}

// TestDamagedValue does not stop the rest.
func TestDamagedValue(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		k := w.mustKeeper()
		w.populate(6)
		p := w.people[5] // three keys, no phone
		held, err := w.db.Keys(t.Context(), appid, p.openid)
		must(t, err)
		held[len(held)-1] ^= 1 // of the oldest
		_, err = w.raw.Exec(`UPDATE identities SET session_keys = $1 WHERE openid = $2`, held, string(p.openid))
		must(t, err)
		old := w.sealer.Primary()
		w.rotate()
		_, err = k.Replace(t.Context(), w.master)
		must(t, err)
		w.maintain(k, enoughRounds)
		if !w.status().Done {
			t.Error("it never ends")
		}
		counts, err := masterkey.Count(t.Context(), w.db)
		if err != nil || counts[old][masterkey.SessionKeys] != 1 || len(counts[old]) != 1 {
			t.Errorf("counts %v, %v", counts, err)
		}
		if log := w.logged(); !strings.Contains(log, "a sealed value can't be sealed anew") || !strings.Contains(log, string(p.user)) || strings.Contains(log, string(p.openid)) {
			t.Errorf("log: %s", log)
		}
	})
}
