package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	// sqliteBusy is how long a connection waits for another process that
	// writes.
	sqliteBusy = 5 * time.Second
	// sqliteTries is how often what failed as busy is begun again.
	sqliteTries = 3
	// mmapSize is how much of the file is read without copying: it spares a
	// fifth of the CPU of a login at a million identities.
	mmapSize = 1 << 30
)

// sqliteDB is an open SQLite file: one connection that writes, some that read,
// one that checkpoints.
type sqliteDB struct {
	readers  *preparedPool
	writer   *writer
	keeper   *checkpointer
	scrubber *scrubber
}

func openSQLite(ctx context.Context, path string, codes *codeFilter, o Options) (_ *sqliteDB, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open SQLite store: %w", err)
	}
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	writing := []string{"_txlock=immediate", pragma("wal_autocheckpoint", 0)}
	if o.WriteCache > 0 {
		writing = append(writing, pragma("cache_size", -o.WriteCache>>10)) // negative: KiB
	}
	writerDB, err1 := sqlitePool(path, 1, writing...)
	readerDB, err2 := sqlitePool(path, cmp.Or(o.MaxConns, 8), "_query_only=1")
	keeperDB, err3 := sqlitePool(path, 1, "_busy_timeout=100")
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, fmt.Errorf("open SQLite store: %w", err)
	}
	s := &sqliteDB{}
	defer func() {
		if err != nil {
			err = fmt.Errorf("open SQLite store %s: %w", path, err)
			_ = errors.Join(writerDB.Close(), readerDB.Close(), keeperDB.Close())
		}
	}()
	if err := migrateSQLite(ctx, writerDB, o.NoMigrate); err != nil {
		return nil, err
	}
	if err := checkPragmas(ctx, writerDB); err != nil {
		return nil, err
	}
	s.readers = &preparedPool{db: readerDB}
	s.keeper = newCheckpointer(keeperDB, o)
	if s.writer, err = newWriter(ctx, writerDB, codes, s.keeper, o); err != nil {
		return nil, err
	}
	s.keeper.start()
	s.scrubber = newScrubber(s, o.Logger)
	if err := s.scrubber.start(ctx); err != nil {
		return nil, errors.Join(err, s.writer.close(), s.keeper.close())
	}
	return s, nil
}

// createPrivate makes the file if it is missing, readable for its owner only;
// SQLite gives the files beside it the same mode.
//
// It never opens the file under its own name: closing that would take away the
// locks that SQLite holds on it elsewhere in this process (POSIX locks belong to
// the process).
func createPrivate(path string) error {
	if info, err := os.Stat(path); err == nil {
		if info.IsDir() {
			return fmt.Errorf("the SQLite store %s is a directory: name a file in it", path)
		}
		return nil
	}
	dir := filepath.Dir(path)
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("the directory of the SQLite store %s can't be used: %w", path, err)
	}
	f, err := os.CreateTemp(dir, ".hufu-new-*") // mode 0600
	if err != nil {
		return fmt.Errorf("create SQLite store: %w", err)
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return fmt.Errorf("create SQLite store: %w", err)
	}
	if err := os.Link(f.Name(), path); err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	// A file system without hard links.
	f, err = os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create SQLite store: %w", err)
	}
	return f.Close()
}

func pragma(name string, value any) string {
	return "_pragma=" + url.QueryEscape(fmt.Sprintf("%s(%v)", name, value))
}

// sqlitePool opens a pool of connections. The parameters are those of the driver;
// of two with the same name the first counts.
func sqlitePool(path string, conns int, params ...string) (*sql.DB, error) {
	params = append(params,
		fmt.Sprintf("_busy_timeout=%d", sqliteBusy.Milliseconds()), "_dqs=0",
		pragma("journal_mode", "WAL"), pragma("synchronous", "FULL"), pragma("foreign_keys", 1),
		// What is deleted is overwritten: an erased person must not be found in the
		// file either.
		pragma("secure_delete", 1),
		pragma("mmap_size", mmapSize), pragma("journal_size_limit", 2*walLimit), pragma("temp_store", "MEMORY"))
	dsn := (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}).String() + "?"
	for _, p := range params {
		dsn += p + "&"
	}
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// checkPragmas makes sure that SQLite took what durability depends on.
func checkPragmas(ctx context.Context, db *sql.DB) error {
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "secure_delete": "1", "wal_autocheckpoint": "0"} {
		var got string
		if err := db.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil {
			return fmt.Errorf("read PRAGMA %s: %w", name, err)
		}
		if got != want {
			return fmt.Errorf("PRAGMA %s is %q, and must be %q", name, got, want)
		}
	}
	return nil
}

// isBusy reports whether another process was writing for too long.
func isBusy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED)
}

func (s *sqliteDB) write(_ context.Context, st step) error { return s.writer.do(st) }

// update leaves it to a step: those are grouped already.
func (s *sqliteDB) update(context.Context, string, ...any) (bool, error) { return false, nil }

// rotate leaves it to a step. Reading the session beforehand would not spare the
// writer work, which has its pages at hand, and cost more than the step: whenever
// something was written, a connection that reads gives back its map of the file.
func (s *sqliteDB) rotate(context.Context, id.SessionID, func(*session.Found) *session.Rotation) (bool, error) {
	return false, nil
}

// recordLogin leaves it to a step.
func (s *sqliteDB) recordLogin(*session.Login) (session.Recorded, bool, error) {
	return session.Recorded{}, false, nil
}

// reader gives a context that can't be cancelled: the driver would start a
// goroutine for each statement to watch it, and all reads are short.
func (s *sqliteDB) reader(ctx context.Context) (context.Context, queryer) {
	return context.WithoutCancel(ctx), s.readers
}

func (s *sqliteDB) snapshot(ctx context.Context) (context.Context, *sql.Tx, error) {
	ctx = context.WithoutCancel(ctx)
	tx, err := s.readers.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	return ctx, tx, err
}

func (s *sqliteDB) scrub() {
	s.keeper.scrub.Store(true)
	s.scrubber.ask()
}

func (s *sqliteDB) ping(ctx context.Context) error {
	var n int
	if err := s.readers.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM signing_keys`).Scan(&n); err != nil {
		return fmt.Errorf("ping SQLite: %w", err)
	}
	return nil
}

func (s *sqliteDB) stats() Stats {
	pool := s.readers.db.Stats()
	return Stats{Queued: len(s.writer.queue.jobs), Conns: pool.OpenConnections + 2, InUse: pool.InUse}
}

// close lets the writer finish first, so that the last checkpoint moves all.
func (s *sqliteDB) close() error {
	s.scrubber.close()
	return errors.Join(s.writer.close(), s.readers.db.Close(), s.keeper.close())
}

// preparedPool reads by statements that are prepared once for each connection.
type preparedPool struct {
	db    *sql.DB
	stmts sync.Map // query → *sql.Stmt
}

func (p *preparedPool) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt, ok := p.stmts.Load(query); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := p.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if other, loaded := p.stmts.LoadOrStore(query, stmt); loaded {
		_ = stmt.Close()
		return other.(*sql.Stmt), nil
	}
	return stmt, nil
}

// ExecContext implements queryer, though nothing is to be executed by a reader.
func (p *preparedPool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return p.db.ExecContext(ctx, query, args...)
}

// QueryContext implements queryer.
func (p *preparedPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := p.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRowContext implements queryer.
func (p *preparedPool) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	stmt, err := p.prepared(ctx, query)
	if err != nil {
		return p.db.QueryRowContext(ctx, query, args...) // tells the error
	}
	return stmt.QueryRowContext(ctx, args...)
}
