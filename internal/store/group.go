package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/session"
)

// job is a step that waits for the writer. done has room for its one answer, so
// that the writer never waits for who asked.
type job struct {
	run  step
	err  error
	done chan error
}

// writer is the one goroutine that writes: it takes what waits, and commits it
// as one transaction. Nobody is answered before the commit.
type writer struct {
	db      *sql.DB
	tx      *writerTx
	codes   *codeFilter
	keeper  *checkpointer
	queue   *queue[*job]
	onFlush func(Flush)
	idle    sync.Pool // of *job
}

func newWriter(ctx context.Context, db *sql.DB, codes *codeFilter, keeper *checkpointer, o Options) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		db: db, tx: &writerTx{conn: conn, stmts: map[string]*sql.Stmt{}}, codes: codes, keeper: keeper,
		queue: newQueue[*job](o.QueueTimeout), onFlush: o.OnFlush,
		idle: sync.Pool{New: func() any { return &job{done: make(chan error, 1)} }},
	}
	// Now, and not while the first login waits.
	if err := errors.Join(codes.recheck(ctx, w.tx), codes.load(ctx, w.tx, time.Now().Add(-session.ReplayWindow))); err != nil {
		return nil, errors.Join(err, w.tx.close())
	}
	go w.queue.run(w.commit)
	return w, nil
}

// do queues a step and waits until it is committed. It heeds no context: once
// queued, a step is carried out, and the caller must learn how that went.
func (w *writer) do(s step) error {
	j := w.idle.Get().(*job)
	j.run, j.err = s, nil
	err := w.queue.put(j)
	if err == nil {
		err = <-j.done
	}
	j.run = nil
	w.idle.Put(j)
	return err
}

// close carries out what is queued, and ends the goroutine.
func (w *writer) close() error {
	w.queue.close()
	return errors.Join(w.tx.close(), w.db.Close())
}

// commit carries out a group, and answers.
func (w *writer) commit(group []*job) {
	start := time.Now()
	err := w.flush(group)
	w.onFlush(Flush{Steps: len(group), Took: time.Since(start), Err: err})
	for _, j := range group {
		j.done <- j.err
	}
	w.keeper.wrote()
}

// flush carries out a group and sets the answer of each job. It tries without
// savepoints, which nearly always goes well; if a step fails, all is undone and
// done again one by one.
func (w *writer) flush(group []*job) error {
	err := w.attempt(group, w.plain)
	if failed, ok := errors.AsType[*stepError](err); ok {
		if len(group) == 1 {
			group[0].err = failed.err
			return failed.err
		}
		err = w.attempt(group, w.guarded)
	}
	if err != nil {
		for _, j := range group {
			j.err = err
		}
	}
	return err
}

// stepError is the failure of a step, in contrast to that of the transaction.
type stepError struct{ err error }

func (e *stepError) Error() string { return e.err.Error() }

// attempt runs the group in a transaction. An error means that nothing was
// committed, but for one of COMMIT itself, which leaves it open.
func (w *writer) attempt(group []*job, run func(context.Context, *job) error) error {
	// Not to be cancelled: see sqliteDB.reader.
	ctx := context.Background()
	if err := w.begin(ctx); err != nil {
		return err
	}
	if err := w.codes.recheck(ctx, w.tx); err != nil {
		w.rollback(ctx)
		return err
	}
	for _, j := range group {
		if err := run(ctx, j); err != nil {
			w.rollback(ctx)
			return err
		}
	}
	if _, err := w.tx.ExecContext(ctx, "COMMIT"); err != nil {
		w.rollback(ctx)
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// begin takes SQLite's lock for writing. It waits for other processes within
// limits.
func (w *writer) begin(ctx context.Context) error {
	var err error
	for range sqliteTries {
		if _, err = w.tx.ExecContext(ctx, "BEGIN IMMEDIATE"); err == nil || !isBusy(err) {
			break
		}
	}
	if err != nil && isBusy(err) {
		return fmt.Errorf("another process writes: %w", session.ErrBusy)
	}
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return nil
}

// rollback undoes the transaction. SQLite may have done so by itself (when the
// disk is full, for example), so an error tells nothing.
func (w *writer) rollback(ctx context.Context) {
	_, _ = w.tx.ExecContext(ctx, "ROLLBACK")
	// It holds codes of sessions that were not made: to read it anew is less
	// work than to look for each of them.
	w.codes.loaded = false
}

// plain runs a step; unless it refuses, its failure fails the group.
func (w *writer) plain(ctx context.Context, j *job) error {
	j.err = w.run(ctx, j.run)
	if j.err == nil || refused(j.err) {
		return nil
	}
	return &stepError{j.err}
}

// guarded runs a step so that its failure undoes nothing but itself.
func (w *writer) guarded(ctx context.Context, j *job) error {
	if _, err := w.tx.ExecContext(ctx, "SAVEPOINT step"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	if j.err = w.run(ctx, j.run); j.err != nil {
		if _, err := w.tx.ExecContext(ctx, "ROLLBACK TO step"); err != nil {
			return fmt.Errorf("roll back to savepoint: %w", errors.Join(err, j.err))
		}
	}
	if _, err := w.tx.ExecContext(ctx, "RELEASE step"); err != nil {
		return fmt.Errorf("release savepoint: %w", err)
	}
	return nil
}

// run runs a step; a panic in it is its error.
func (w *writer) run(ctx context.Context, s step) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("step panicked: %v", p)
		}
	}()
	return s(ctx, w.tx)
}

// writerTx runs statements on the writer's connection, prepared at their first
// use. Only the writer's goroutine uses it.
type writerTx struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func (t *writerTx) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := t.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := t.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	t.stmts[query] = stmt
	return stmt, nil
}

// ExecContext implements queryer.
func (t *writerTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt, err := t.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

// QueryContext implements queryer.
func (t *writerTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := t.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRowContext implements queryer.
func (t *writerTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	stmt, err := t.prepared(ctx, query)
	if err != nil {
		return t.conn.QueryRowContext(ctx, query, args...) // tells the error
	}
	return stmt.QueryRowContext(ctx, args...)
}

func (t *writerTx) close() error {
	var errs []error
	for _, stmt := range t.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, t.conn.Close())...)
}
