package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/identity/importing"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/token"
)

// Options tune a DB; the zero value is good.
type Options struct {
	// NoMigrate leaves the schema alone: Open fails if it is not up to date.
	NoMigrate bool
	// MaxConns bounds the connections to PostgreSQL, or the readers of SQLite.
	// Default: 16, or 8.
	MaxConns int
	// QueueTimeout is how long a write waits for its turn before it fails with
	// session.ErrBusy. Default: 2 s.
	QueueTimeout time.Duration
	// WriteCache is how many bytes of pages SQLite's writer holds; 0: SQLite's
	// own 2 MB, enough for logins. What writes all over the tables reads them
	// again and again with less.
	WriteCache int
	// OnFlush is told of each transaction that wrote, OnCheckpoint of each
	// checkpoint (SQLite only). They must be fast and safe for concurrent use.
	OnFlush      func(Flush)
	OnCheckpoint func(Checkpoint)
	Logger       *slog.Logger // default: discards
	// TestFault lets a test lose a request or an answer: a writing method
	// named op takes effect if apply is true, and then returns err if it is
	// not nil.
	TestFault func(op string) (apply bool, err error)
}

// Flush describes one transaction.
type Flush struct {
	Steps int // how many atomic steps share it
	Took  time.Duration
	Err   error // why it was not committed, as far as one knows
}

// Checkpoint describes one move of SQLite's log into its database.
type Checkpoint struct {
	Took time.Duration
	// Pages are in the log, of which Moved have been moved.
	Pages, Moved int
	Busy         bool // somebody was in the way
}

// Stats is what a DB is doing.
type Stats struct {
	Queued int // writes that wait for their turn
	Conns  int // open connections
	InUse  int // those of them that are at work
}

// DB is a store. It is safe for concurrent use, as is the database by other
// processes.
type DB struct {
	d       *dialect
	backend backend
	stmts   statements
	texts   texts
	codes   *codeFilter // SQLite only
	fault   func(op string) (apply bool, err error)
}

var (
	_ session.Store = (*DB)(nil)
	_ token.Store   = (*DB)(nil)
	_ app.KeyStore  = (*DB)(nil)
	_ audit.Store   = (*DB)(nil)

	_ identity.ProfileStore = (*DB)(nil)

	_ identity.DirectoryStore = (*DB)(nil)
	_ identity.ExportStore    = (*DB)(nil)
	_ identity.MergeStore     = (*DB)(nil)

	_ importing.Store = (*DB)(nil)
)

// queryer runs statements: a transaction, or whatever reads.
type queryer interface {
	execer
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// step is an atomic step in a transaction. It may run more than once, each time
// in a new transaction; what it returns besides an error it must set anew. An
// error undoes what it wrote. A refusal (see refused) it returns only before it
// has written anything.
type step func(ctx context.Context, tx queryer) error

// backend is a database that is open.
type backend interface {
	// write runs the step in a transaction and commits it.
	write(ctx context.Context, s step) error
	// reader returns what to read with, and the context to use for it.
	reader(ctx context.Context) (context.Context, queryer)
	// snapshot begins a transaction in which all reads see the same moment, and
	// returns the context to use for it. Whoever has it rolls it back.
	snapshot(ctx context.Context) (context.Context, *sql.Tx, error)
	// update runs an UPDATE of one row as a transaction of its own, faster than
	// a step. It reports whether the row was changed; if not, a step has to tell
	// why.
	update(ctx context.Context, query string, args ...any) (bool, error)
	// rotate is Rotate in a faster way than by a step; done is false, and
	// nothing changed, if it has none or somebody else was faster.
	rotate(ctx context.Context, sid id.SessionID, decide func(*session.Found) *session.Rotation) (done bool, err error)
	// recordLogin records a login in a faster way than by a step; done is
	// false, and nothing changed, if it has none for this login.
	recordLogin(l *session.Login) (recorded session.Recorded, done bool, err error)
	// scrub asks that what was deleted is soon in no file either, and does not
	// wait for it.
	scrub()
	ping(ctx context.Context) error
	stats() Stats
	close() error
}

// errRace says that another transaction was faster: the step must run again.
var errRace = errors.New("another transaction was faster")

// refused tells the errors by which a step says that it has written nothing.
func refused(err error) bool {
	return errors.Is(err, session.ErrCodeSeen) || errors.Is(err, session.ErrConflict) ||
		errors.Is(err, session.ErrNotFound) || errors.Is(err, token.ErrConflict) ||
		errors.Is(err, app.ErrKeyNotFound) || errors.Is(err, app.ErrKeyGone) || errors.Is(err, masterkey.ErrRetired) ||
		errors.Is(err, identity.ErrElsewhere) || errors.Is(err, identity.ErrExternalIDTaken) ||
		errors.Is(err, identity.ErrNotFound) || errors.Is(err, identity.ErrMergeDecided)
}

// Open opens the store that the DSN names, "sqlite:PATH" or "postgres://…", and
// brings its schema up to date. Any number of processes may do so at once. A
// schema newer than this program is refused. Errors never hold the DSN.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	d, rest, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	o.QueueTimeout = cmp.Or(o.QueueTimeout, 2*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.OnFlush == nil {
		o.OnFlush = func(Flush) {}
	}
	if o.OnCheckpoint == nil {
		o.OnCheckpoint = func(Checkpoint) {}
	}
	db := &DB{d: d, stmts: newStatements(d), fault: o.TestFault}
	if d == sqliteDialect {
		db.codes = &codeFilter{}
		db.backend, err = openSQLite(ctx, rest, db.codes, o)
	} else {
		db.backend, err = openPostgres(ctx, rest, o)
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

// Close waits for what was begun, and closes the store. Later calls fail.
func (db *DB) Close() error { return db.backend.close() }

// Ping tells whether the store answers.
func (db *DB) Ping(ctx context.Context) error { return db.backend.ping(ctx) }

// Stats tells what the store is doing.
func (db *DB) Stats() Stats { return db.backend.stats() }

// Version returns name and version of the database, such as "SQLite 3.53.4".
func (db *DB) Version(ctx context.Context) (string, error) {
	ctx, r := db.backend.reader(ctx)
	var version string
	if err := r.QueryRowContext(ctx, db.d.version).Scan(&version); err != nil {
		return "", fmt.Errorf("ask the database for its version: %w", err)
	}
	return version, nil
}

var errTestFault = errors.New("step was not applied")

// write runs a step; op names it.
func (db *DB) write(ctx context.Context, op string, s step) error {
	return db.do(op, func() error { return db.backend.write(ctx, s) })
}

// do calls write, unless a test wants to lose the request or the answer.
func (db *DB) do(op string, write func() error) error {
	var lost error
	if db.fault != nil {
		var apply bool
		if apply, lost = db.fault(op); !apply {
			return cmp.Or(lost, errTestFault)
		}
	}
	if err := write(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return lost
}
