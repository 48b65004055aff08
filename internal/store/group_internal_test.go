package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/session"
)

// openWriter opens a store whose writer can be held: it stays inside a step
// until release is called.
func openWriter(t *testing.T, o Options) (db *DB, hold func() (release func())) {
	t.Helper()
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "hufu.db"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, func() func() {
		entered, leave := make(chan struct{}), make(chan struct{})
		var once sync.Once
		go func() {
			_ = db.backend.write(t.Context(), func(context.Context, queryer) error {
				once.Do(func() { close(entered) })
				<-leave
				return nil
			})
		}()
		<-entered
		return func() { close(leave) }
	}
}

// queued waits until so many steps wait.
func queued(t *testing.T, db *DB, n int) {
	t.Helper()
	deadline, tick := time.After(time.Minute), time.Tick(time.Millisecond)
	for db.Stats().Queued != n {
		select {
		case <-tick:
		case <-deadline:
			t.Fatalf("%d steps wait, want %d", db.Stats().Queued, n)
		}
	}
}

func insert(key string) step {
	return func(ctx context.Context, tx queryer) error {
		_, err := tx.ExecContext(ctx, insertUser, key, 1)
		return err
	}
}

// stored are the ids of the users.
func stored(t *testing.T, db *DB) []string {
	t.Helper()
	ctx, r := db.backend.reader(t.Context())
	rows, err := r.QueryContext(ctx, `SELECT id FROM users ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestGroup puts steps that go wrong into one group with others.
func TestGroup(t *testing.T) {
	t.Parallel()
	errOwn := errors.New("own error")
	bad := map[string]step{
		"Error": func(ctx context.Context, tx queryer) error {
			return errors.Join(insert("bad")(ctx, tx), errOwn)
		},
		"Panic": func(ctx context.Context, tx queryer) error {
			_ = insert("bad")(ctx, tx)
			panic("as a test")
		},
		"Constraint": func(ctx context.Context, tx queryer) error {
			return errors.Join(insert("bad")(ctx, tx), insert("bad")(ctx, tx))
		},
		"PanicAmidRows": func(ctx context.Context, tx queryer) error {
			rows, err := tx.QueryContext(ctx, `SELECT id FROM users`) //nolint:rowserrcheck // it panics before that
			if err != nil {
				return err
			}
			defer rows.Close()
			rows.Next()
			panic("as a test")
		},
		"Refusal": func(context.Context, queryer) error { return session.ErrConflict },
	}
	for name, bad := range bad {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var sizes []int
			db, hold := openWriter(t, Options{OnFlush: func(f Flush) {
				mu.Lock()
				defer mu.Unlock()
				sizes = append(sizes, f.Steps)
			}})
			release := hold()
			errs := make(chan error, 5)
			for i := range 4 {
				go func() { errs <- db.backend.write(t.Context(), insert(fmt.Sprint("good", i))) }()
			}
			badErr := make(chan error, 1)
			go func() { badErr <- db.backend.write(t.Context(), bad) }()
			queued(t, db, 5)
			release()
			for range 4 {
				if err := <-errs; err != nil {
					t.Errorf("a good step: %v", err)
				}
			}
			if err := <-badErr; err == nil {
				t.Error("the bad step has no error")
			}
			if got := stored(t, db); !slices.Equal(got, []string{"good0", "good1", "good2", "good3"}) {
				t.Errorf("stored %v", got)
			}
			if err := db.backend.write(t.Context(), insert("later")); err != nil {
				t.Errorf("a later step: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(sizes, []int{1, 5, 1}) {
				t.Errorf("groups of %v, want 1, 5, 1", sizes)
			}
		})
	}
}

func TestQueue(t *testing.T) {
	t.Parallel()
	t.Run("FullIsBusy", func(t *testing.T) {
		t.Parallel()
		db, hold := openWriter(t, Options{QueueTimeout: 20 * time.Millisecond})
		release := hold()
		var wg sync.WaitGroup
		for i := range queueLength {
			wg.Go(func() {
				if err := db.backend.write(t.Context(), insert(fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			})
		}
		queued(t, db, queueLength)
		if err := db.backend.write(t.Context(), insert("late")); !errors.Is(err, session.ErrBusy) {
			t.Errorf("a full queue: %v, want ErrBusy", err)
		}
		release()
		wg.Wait()
		if n := len(stored(t, db)); n != queueLength {
			t.Errorf("%d stored, want %d", n, queueLength)
		}
	})
	t.Run("CloseFinishes", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "hufu.db")
		db, err := Open(t.Context(), "sqlite:"+path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var kept sync.Map
		for i := range 200 {
			wg.Go(func() {
				err := db.backend.write(context.Background(), insert(fmt.Sprint(i)))
				if err == nil {
					kept.Store(fmt.Sprint(i), true)
				} else if !errors.Is(err, session.ErrBusy) {
					t.Error(err)
				}
			})
		}
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		wg.Wait()
		db, err = Open(t.Context(), "sqlite:"+path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		n := 0
		kept.Range(func(any, any) bool { n++; return true })
		if got := stored(t, db); len(got) != n {
			t.Errorf("%d stored, %d acknowledged", len(got), n)
		}
	})
}

// TestOtherProcessWrites makes sure that a writer waits for another process, and
// gives up in time without harm.
func TestOtherProcessWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hufu.db")
	db, err := Open(t.Context(), "sqlite:"+path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := sqlitePool(path, 1, "_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- db.backend.write(t.Context(), insert("waits")) }()
	queued(t, db, 0)
	if err := insert("other")(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("a write that had to wait: %v", err)
	}
	if got := stored(t, db); !slices.Equal(got, []string{"other", "waits"}) {
		t.Errorf("stored %v", got)
	}
}
