package masterkey

import (
	"context"
	"time"

	"github.com/hufu-id/hufu/internal/seal"
)

// Progress is how far the sealing anew is.
type Progress struct {
	Key seal.KeyID
	// Seen of Total users have been looked at in this pass. With Done, everything
	// is sealed under Key.
	Seen, Total int
	Done        bool
}

// plan is what is to be done under a key that seals.
type plan struct {
	record Record
	// others says that other keys may have sealed something, the last of it
	// before settled.
	others  bool
	settled time.Time
}

// newPlan reads the records, which are ordered by time; ok is false if a newer
// key than primary seals elsewhere: sealing anew is for those who have it. held
// are the keys of the master key, those before primary older.
func newPlan(records []Record, primary seal.KeyID, held []seal.KeyID) (p plan, ok bool) {
	known := map[seal.KeyID]bool{}
	for _, r := range records {
		known[r.ID] = true
		switch {
		case r.ID == primary:
			p.record, ok = r, true
		case r.RetiredAt.IsZero():
			ok, p.others = false, true
			if end := r.SealingAt.Add(settle); end.After(p.settled) {
				p.settled = end
			}
		}
	}
	// One that was in use before keys were noted.
	for _, key := range held {
		if key == primary {
			break
		}
		p.others = p.others || !known[key]
	}
	return p, ok
}

// done says that everything is sealed under the key, and will be: the pass that
// found nothing else began when no other key could seal any more.
func (p *plan) done() bool {
	s := &p.record.Sweep
	return !p.others || !s.DoneAt.IsZero() && !s.From.Before(p.settled)
}

// waiting says that a pass is over, and that the next one, which has to find
// nothing, must not begin yet.
func (p *plan) waiting(now time.Time) bool {
	s := &p.record.Sweep
	return s.From.IsZero() && s.Seen > 0 && now.Before(p.settled)
}

func (p *plan) progress() Progress {
	s := &p.record.Sweep
	return Progress{Key: p.record.ID, Seen: s.Seen, Total: s.Total, Done: p.done()}
}

// Status tells how far the sealing anew under the newest key is; ok is false if no
// server has sealed anything yet.
func Status(ctx context.Context, store Store) (p Progress, ok bool, err error) {
	records, err := store.MasterKeys(ctx)
	if err != nil || len(records) == 0 {
		return Progress{}, false, err
	}
	newest, _ := newPlan(records, records[len(records)-1].ID, nil)
	return newest.progress(), true, nil
}
