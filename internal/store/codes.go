package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

// SQLite has no index of codes. Their hashes come in random order, so that each
// login would write a page of it of its own, which was measured to cost ann
// eighth of the whole login. Instead the writer, who alone makes sessions, keeps
// a filter of the codes of the last minutes; and what passes it, nearly always a
// code that was in fact seen, is looked for among the sessions of that time,
// whose ids begin with the time.
//
// The filter holds no truth: it is filled from the sessions when it is first
// asked, and anew whenever another process has written to the file.

const (
	codeByTime = `WHERE s.id >= $1 AND s.code_hash = $2 AND s.created_at >= $3`

	codeMade = `SELECT 1 FROM sessions s ` + codeByTime + ` LIMIT 1`

	findReplayByTime = found + ` ` + codeByTime + ` ORDER BY s.id DESC LIMIT 1`

	codesSince = `SELECT s.code_hash, s.created_at FROM sessions s WHERE s.id >= $1 AND s.code_hash IS NOT NULL`

	dataVersion = `PRAGMA data_version`
)

// codeFilter tells which codes were not seen. Only the writer's goroutine uses
// it.
type codeFilter struct {
	// window is the newest window of codes that came; spans[0] is its own, the
	// others those before it. Three, as a login that took its time just before
	// a window began looks back into the third.
	window int64
	spans  [3]*bloom
	// loaded says that the filter knows every code since from.
	loaded bool
	from   time.Time
	// version is SQLite's number for what other processes have written.
	version int64
}

// recheck notices that another process has written: its codes are not known.
// The transaction has begun, so that from here on nobody else does.
func (f *codeFilter) recheck(ctx context.Context, tx queryer) error {
	var version int64
	if err := tx.QueryRowContext(ctx, dataVersion).Scan(&version); err != nil {
		return fmt.Errorf("ask for changes: %w", err)
	}
	if version != f.version {
		f.version, f.loaded = version, false
	}
	return nil
}

// seen reports whether a session was made of the code at or after since.
func (f *codeFilter) seen(ctx context.Context, tx queryer, code []byte, since time.Time) (bool, error) {
	if maybe, err := f.maySee(ctx, tx, code, since); err != nil || !maybe {
		return false, err
	}
	var one int
	err := tx.QueryRowContext(ctx, codeMade, id.EarliestSessionID(since), code, millis(since)).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// maySee is false only if no session was made of the code since then.
func (f *codeFilter) maySee(ctx context.Context, tx queryer, code []byte, since time.Time) (bool, error) {
	if !f.loaded {
		if err := f.load(ctx, tx, since); err != nil {
			return false, err
		}
	}
	if since.Before(f.from) {
		return true, nil // that far back the filter does not know
	}
	for _, span := range f.spans {
		if span != nil && span.has(code) {
			return true, nil
		}
	}
	return false, nil
}

// load fills the filter with the codes of the sessions made since then.
func (f *codeFilter) load(ctx context.Context, tx queryer, since time.Time) error {
	// Others that wait began a little earlier.
	since = since.Add(-time.Minute)
	*f = codeFilter{version: f.version, from: since}
	rows, err := tx.QueryContext(ctx, codesSince, id.EarliestSessionID(since))
	if err != nil {
		return fmt.Errorf("load codes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var code []byte
		var at time.Time
		if err := rows.Scan(&code, stamp{&at}); err != nil {
			return fmt.Errorf("load codes: %w", err)
		}
		f.add(code, at)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("load codes: %w", err)
	}
	f.loaded = true
	return nil
}

// add remembers the code of a session made at that time. If the transaction is
// undone, it remembers one too many, which costs a look.
func (f *codeFilter) add(code []byte, at time.Time) {
	window := codeWindowOf(at)
	if f.spans[0] == nil {
		f.window = window
	}
	for ; f.window < window; f.window++ {
		if window-f.window > int64(len(f.spans)) {
			f.window = window - int64(len(f.spans))
		}
		f.spans = [3]*bloom{nil, f.spans[0], f.spans[1]}
		if oldest := startOfWindow(f.window + 1 - int64(len(f.spans)-1)); f.from.Before(oldest) {
			f.from = oldest
		}
	}
	// An older code goes where it is forgotten no sooner than it should.
	span := &f.spans[min(max(f.window-window, 0), int64(len(f.spans)-1))]
	if *span == nil {
		*span = new(bloom)
	}
	(*span).add(code)
}

func startOfWindow(n int64) time.Time { return time.UnixMilli(n * codeWindow.Milliseconds()).UTC() }

// bloom is a Bloom filter that grows: layers, each twice the size of the one
// before. With 32 bits and 8 probes a code it takes one in 170,000 for seen that
// was not; a look at the sessions of some minutes is dear when logins are many.
type bloom struct{ layers []bloomLayer }

type bloomLayer struct {
	words []uint64
	room  int // for how many more codes
}

const (
	bloomFirst  = 1 << 13 // words of the first layer: 64 KiB, 16,384 codes
	bloomProbes = 8
	bitsPerCode = 32
)

func (b *bloom) add(code []byte) {
	last := len(b.layers) - 1
	if last < 0 || b.layers[last].room == 0 {
		size := bloomFirst
		if last >= 0 {
			size = 2 * len(b.layers[last].words)
		}
		b.layers = append(b.layers, bloomLayer{words: make([]uint64, size), room: size * 64 / bitsPerCode})
		last++
	}
	layer := &b.layers[last]
	layer.room--
	first, step := bloomHashes(code)
	for range bloomProbes {
		word, bit := layer.bit(first)
		layer.words[word] |= bit
		first += step
	}
}

func (b *bloom) has(code []byte) bool {
	for i := range b.layers {
		if b.layers[i].has(code) {
			return true
		}
	}
	return false
}

func (l *bloomLayer) has(code []byte) bool {
	first, step := bloomHashes(code)
	for range bloomProbes {
		if word, bit := l.bit(first); l.words[word]&bit == 0 {
			return false
		}
		first += step
	}
	return true
}

func (l *bloomLayer) bit(n uint64) (word, bit uint64) {
	n %= uint64(len(l.words)) * 64
	return n / 64, 1 << (n % 64)
}

// bloomHashes makes the probes of a code: it is a hash, so its bytes serve as
// they are. The step is odd, so that the probes differ.
func bloomHashes(code []byte) (first, step uint64) {
	var full [16]byte
	copy(full[:], code)
	return binary.BigEndian.Uint64(full[:8]), binary.BigEndian.Uint64(full[8:]) | 1
}

// recordedBefore tells whether the code of a login made a session within the
// window in which it can be repeated.
func (db *DB) recordedBefore(ctx context.Context, tx queryer, l *session.Login) (bool, error) {
	_, code := replayCode(l)
	if code == nil || db.codes == nil {
		return false, nil
	}
	return db.codes.seen(ctx, tx, code, l.At.Add(-session.ReplayWindow))
}

// findReplayByTime is FindReplay without an index of codes.
func (db *DB) findReplayByTime(ctx context.Context, code []byte, since time.Time) (session.Found, error) {
	var maybe bool
	err := db.backend.write(ctx, func(ctx context.Context, tx queryer) (err error) {
		maybe, err = db.codes.maySee(ctx, tx, code, since)
		return err
	})
	if err != nil {
		return session.Found{}, err
	}
	if !maybe {
		return session.Found{}, session.ErrNotFound
	}
	ctx, r := db.backend.reader(ctx)
	return scanFound(r.QueryRowContext(ctx, findReplayByTime, id.EarliestSessionID(since), code, millis(since)))
}
