package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestCheckpoint makes sure that the log is moved into the database while the
// store is open, though the writer never does it.
func TestCheckpoint(t *testing.T) {
	t.Parallel()
	points := make(chan Checkpoint, 100)
	path := filepath.Join(t.TempDir(), "hufu.db")
	db, err := Open(t.Context(), "sqlite:"+path, Options{OnCheckpoint: func(c Checkpoint) { points <- c }})
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		if err := db.backend.write(t.Context(), insert(fmt.Sprintf("%04d %0100d", i, i))); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.After(time.Minute); ; {
		select {
		case p := <-points:
			if p.Moved < p.Pages {
				continue // it overlapped with a write
			}
			if after, err := os.Stat(path); err != nil || after.Size() <= before.Size() {
				continue // it was before the last write
			}
		case <-deadline:
			t.Error("the database has not grown")
		}
		break
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// TestLogBeginsAnew makes sure that the log does not grow for ever while there
// is always somebody who writes.
func TestLogBeginsAnew(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "hufu.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	keeper := db.backend.(*sqliteDB).keeper
	if err := db.backend.write(t.Context(), insert("one")); err != nil {
		t.Fatal(err)
	}
	if _, err := keeper.run("RESTART"); err != nil {
		t.Fatal(err)
	}
	if err := db.backend.write(t.Context(), insert("two")); err != nil {
		t.Fatal(err)
	}
	point, err := keeper.run("PASSIVE")
	if err != nil || point.Pages > 8 {
		t.Errorf("%d pages in the log after it was to begin anew, %v", point.Pages, err)
	}
}

// TestLogIsEmptied makes sure that the log is cut to nothing when that is asked
// for, and asked for again while somebody is in the way.
func TestLogIsEmptied(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hufu.db")
	db, err := Open(t.Context(), "sqlite:"+path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.backend.write(t.Context(), insert("one")); err != nil {
		t.Fatal(err)
	}
	readers := db.backend.(*sqliteDB).readers.db
	old, err := readers.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := old.QueryRow(`SELECT COUNT(*) FROM users`).Scan(&n); err != nil { // from here on it reads this state
		t.Fatal(err)
	}
	keeper := &checkpointer{db: db.backend.(*sqliteDB).keeper.db, onCheckpoint: func(Checkpoint) {}}
	for range scrubTries - 1 {
		if err := db.backend.write(t.Context(), insert(fmt.Sprint("two ", n))); err != nil {
			t.Fatal(err)
		}
		n++
		if err := keeper.empty(); err != nil || !keeper.scrub.Load() {
			t.Fatalf("somebody reads: %v, to be tried again: %t", err, keeper.scrub.Load())
		}
	}
	if err := keeper.empty(); err == nil {
		t.Error("nobody is told that the log is never emptied")
	}
	if err := old.Rollback(); err != nil {
		t.Fatal(err)
	}
	db.backend.scrub()
	for deadline := time.Now().Add(time.Minute); ; <-time.After(10 * time.Millisecond) {
		if log, err := os.Stat(path + "-wal"); err == nil && log.Size() == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the log was not emptied")
		}
	}
}
