package masterkey_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/masterkey"
)

// record is what is noted of a key.
func (w *world) record(key masterkey.KeyID) masterkey.Record {
	w.t.Helper()
	records, err := w.db.MasterKeys(w.t.Context())
	must(w.t, err)
	for _, r := range records {
		if r.ID == key {
			return r
		}
	}
	w.t.Fatalf("nothing is noted of %s", key)
	return masterkey.Record{}
}

// TestReplace_NotesTheLastUse: until when a key has sealed is known to the moment,
// though a server tells it but each half minute.
func TestReplace_NotesTheLastUse(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		k, old := w.mustKeeper(), w.sealer.Primary()
		w.maintain(k, 1)
		w.advance(10 * time.Second)
		w.rotate()
		_, err := k.Replace(t.Context(), w.master)
		must(t, err)
		if at := w.record(old).SealingAt; !at.Equal(w.Now()) {
			t.Errorf("sealed until %s, want %s", at, w.Now())
		}
	})
}

// TestLateSealer has a server that nobody heard of tell that it seals under an old
// key, after all was done: it is not done any more, until that is sealed anew.
func TestLateSealer(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		late := w.mustKeeper()
		w.populate(4)
		old := w.sealer.Primary()
		w.rotate()
		ahead, err := w.keeper(w.db, w.newSealer(), nil)
		must(t, err)
		w.maintain(ahead, enoughRounds)
		if !w.status().Done {
			t.Fatal("not done")
		}
		w.advance(time.Hour)
		must(t, late.Beat(t.Context()))
		_, key := w.login(w.people[0].openid)
		w.people[0].keys = append([]string{key}, w.people[0].keys...)
		if w.status().Done {
			t.Error("done though something may be sealed under the old key")
		}
		w.maintain(ahead, enoughRounds)
		if under := w.checkOpens(w.newSealer()); under[old] > 0 || !w.status().Done {
			t.Errorf("sealed under %v", under)
		}
	})
}

// TestFirstNote: of a database from before keys were noted, what an older key of
// the master key sealed is sealed anew.
func TestFirstNote(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		w.mustKeeper()
		w.populate(4)
		old := w.sealer.Primary()
		_, err := w.raw.ExecContext(t.Context(), `DELETE FROM master_keys`)
		must(t, err)
		w.rotate()
		w.sealer = w.newSealer()
		w.maintain(w.mustKeeper(), enoughRounds)
		if under := w.checkOpens(w.sealer); under[old] > 0 {
			t.Errorf("sealed under %v", under)
		}
	})
}

// TestLastPass: only a pass that found nothing is the last.
func TestLastPass(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		w.mustKeeper()
		w.populate(4)
		w.rotate()
		w.advance(time.Hour) // nothing has to settle
		w.sealer = w.newSealer()
		w.maintain(w.mustKeeper(), enoughRounds)
		if r := w.record(w.sealer.Primary()); r.Sweep.DoneAt.IsZero() || r.Sweep.Found != 0 {
			t.Errorf("done with %+v", r.Sweep)
		}
		if n := strings.Count(w.logged(), "went through everything"); n != 2 {
			t.Errorf("%d passes, want one that seals anew and one that finds nothing", n)
		}
	})
}

// TestJoin: a program beside servers seals under no key that they have not.
func TestJoin(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		join := func() error {
			_, err := masterkey.Join(t.Context(), masterkey.Config{Store: w.db, Sealer: w.newSealer(), Source: "master.key", Now: w.Now})
			return err
		}
		must(t, join()) // in a new database it is the first
		server := w.mustKeeper()
		must(t, join())
		old := w.sealer.Primary()
		w.rotate()
		if err := join(); err == nil || !strings.Contains(err.Error(), "no server has it yet") || !strings.Contains(err.Error(), "master.key") {
			t.Errorf("joined ahead of every server: %v", err)
		}
		if records, err := w.db.MasterKeys(t.Context()); err != nil || len(records) != 1 || records[0].ID != old {
			t.Errorf("what was refused is noted: %v, %v", records, err)
		}
		w.advance(time.Hour)
		if _, _, err := w.retire(); err == nil || !strings.Contains(err.Error(), "no server has sealed under the key") {
			t.Errorf("retired ahead of every server: %v", err)
		}
		_, err := server.Replace(t.Context(), w.master)
		must(t, err)
		must(t, join())
	})
}

// TestRun_Replaced: a new master key is not left lying until the next round.
func TestRun_Replaced(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		ctx, stop := context.WithCancel(t.Context())
		rounds := make(chan masterkey.KeyID, 1000)
		k, err := masterkey.Open(ctx, masterkey.Config{
			Store: w.db, Sealer: w.sealer, Every: time.Hour, Now: w.Now, Observe: func(p masterkey.Progress) { rounds <- p.Key },
		})
		must(t, err)
		ran := make(chan struct{})
		go func() { defer close(ran); k.Run(ctx) }()
		t.Cleanup(func() { stop(); <-ran })
		<-rounds // the first
		w.rotate()
		_, err = k.Replace(ctx, w.master)
		must(t, err)
		fresh := w.newSealer().Primary()
		for late := time.After(time.Minute); ; {
			select {
			case key := <-rounds:
				if key == fresh {
					return
				}
			case <-late:
				t.Fatal("nothing is sealed anew before the next round")
			}
		}
	})
}

// robbed is the store of a server whose work another has taken over.
type robbed struct {
	masterkey.Store
	asked int
}

func (r *robbed) SaveSweep(context.Context, masterkey.KeyID, string, time.Time, masterkey.Sweep) (bool, error) {
	return false, nil
}

func (r *robbed) SealedUsers(ctx context.Context, after id.UserID, limit int) (masterkey.Page, error) {
	r.asked++
	return r.Store.SealedUsers(ctx, after, limit)
}

// TestLostClaim: whoever learns that another server has taken over goes no further.
func TestLostClaim(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		w.mustKeeper()
		w.populate(2)
		w.rotate()
		db := &robbed{Store: w.db}
		k, err := w.keeper(db, w.newSealer(), nil)
		must(t, err)
		if err := k.Maintain(t.Context()); err != nil || db.asked > 0 {
			t.Errorf("went on for %d pages: %v", db.asked, err)
		}
	})
}
