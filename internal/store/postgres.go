package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	// writeTries is how often a step that lost a race runs.
	writeTries = 10
	// writeTimeout bounds a write with its repetitions, whatever became of who
	// asked for it.
	writeTimeout = 15 * time.Second
)

// postgresDB is an open PostgreSQL database.
type postgresDB struct {
	pool    *sql.DB
	logins  *loginFlusher
	vacuum  *vacuumer
	timeout time.Duration
	onFlush func(Flush)
}

func openPostgres(ctx context.Context, dsn string, o Options) (*postgresDB, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errDSN
	}
	for name, value := range map[string]string{
		"application_name": "hufu", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "30s",
	} {
		config.RuntimeParams[name] = cmp.Or(config.RuntimeParams[name], value)
	}
	if err := migratePostgres(ctx, config, o.NoMigrate); err != nil {
		return nil, fmt.Errorf("open PostgreSQL store: %w", err)
	}
	pool := stdlib.OpenDB(*config)
	conns := cmp.Or(o.MaxConns, 16)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	var commit string
	if err := pool.QueryRowContext(ctx, `SHOW synchronous_commit`).Scan(&commit); err != nil {
		return nil, errors.Join(fmt.Errorf("open PostgreSQL store: %w", err), pool.Close())
	}
	if commit == "off" {
		o.Logger.Warn("PostgreSQL's synchronous_commit is off: a crash of it loses logins that were answered")
	}
	return &postgresDB{
		pool: pool, logins: newLoginFlusher(config, o), vacuum: startVacuumer(config, pool, vacuumAfter, o.Logger),
		timeout: o.QueueTimeout, onFlush: o.OnFlush,
	}, nil
}

// migratePostgres migrates on connections of its own, where no statement is cut
// off.
func migratePostgres(ctx context.Context, config *pgx.ConnConfig, forbidden bool) error {
	s, err := newSchema(postgresDialect)
	if err != nil {
		return err
	}
	config = config.Copy()
	config.RuntimeParams["statement_timeout"] = "0"
	db := stdlib.OpenDB(*config)
	defer db.Close()
	return s.up(ctx, db, forbidden, goose.WithSessionLocker(migrationLock{}))
}

// migrationLock lets one process migrate at a time, and none while another
// vacuums: ALTER TABLE would wait for the table, and all logins behind it. Unlike
// goose's own locker, which asks every few seconds, it waits in the server.
type migrationLock struct{}

// lockID is "hufu" in ASCII, and nobody else's in this database.
const lockID = 0x68756675

// SessionLock implements lock.SessionLocker.
func (migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, lockID); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(`+vacuumLock+`)`)
	return err
}

// SessionUnlock implements lock.SessionLocker.
func (migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock(`+vacuumLock+`), pg_advisory_unlock($1)`, lockID)
	return err
}

// write runs the step in a transaction, again if it lost a race. It does not
// end because the caller went away.
func (p *postgresDB) write(ctx context.Context, s step) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	start := time.Now()
	var err error
	for try := range writeTries {
		if try > 0 && !pause(ctx, try) {
			break
		}
		if err = p.attempt(ctx, s); !lostRace(err) {
			break
		}
	}
	if lostRace(err) {
		err = fmt.Errorf("%w: lost every race: %w", session.ErrBusy, err)
	}
	p.onFlush(Flush{Steps: 1, Took: time.Since(start), Err: err})
	return err
}

// pause waits a random time that grows with the tries; false: it is too late.
func pause(ctx context.Context, try int) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(rand.N(time.Duration(try) * 4 * time.Millisecond)):
		return true
	}
}

func (p *postgresDB) attempt(ctx context.Context, s step) error {
	conn, err := p.conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := s(ctx, tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// conn takes a connection of the pool, or fails as busy when there is none for
// too long.
func (p *postgresDB) conn(ctx context.Context) (*sql.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	conn, err := p.pool.Conn(wait)
	if err != nil && wait.Err() != nil {
		return nil, fmt.Errorf("%w: no connection to PostgreSQL: %w", session.ErrBusy, err)
	}
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

// lostRace reports whether a transaction failed, without effect, only since
// others ran at the same time.
func lostRace(err error) bool {
	if errors.Is(err, errRace) {
		return true
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01") // serialization_failure, deadlock_detected
}

// update spares the round trips of BEGIN and COMMIT.
func (p *postgresDB) update(ctx context.Context, query string, args ...any) (bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	start := time.Now()
	conn, err := p.conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	err = updateOne(ctx, conn, query, args...)
	if errors.Is(err, errRace) || lostRace(err) {
		return false, nil
	}
	p.onFlush(Flush{Steps: 1, Took: time.Since(start), Err: err})
	return err == nil, err
}

// rotate reads and writes without a transaction: what writes looks again whether
// the session is as it was read.
func (p *postgresDB) rotate(ctx context.Context, sid id.SessionID, decide func(*session.Found) *session.Rotation) (bool, error) {
	f, err := scanFound(p.pool.QueryRowContext(ctx, findSession, sid))
	if err != nil {
		return false, err
	}
	r := decide(&f)
	if r == nil {
		return true, nil
	}
	return p.update(ctx, rotateSession, rotationArgs(sid, r)...)
}

func (p *postgresDB) recordLogin(l *session.Login) (session.Recorded, bool, error) {
	return p.logins.record(l)
}

func (p *postgresDB) reader(ctx context.Context) (context.Context, queryer) { return ctx, p.pool }

func (p *postgresDB) snapshot(ctx context.Context) (context.Context, *sql.Tx, error) {
	tx, err := p.pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	return ctx, tx, err
}

func (p *postgresDB) scrub() { p.vacuum.ask() }

func (p *postgresDB) ping(ctx context.Context) error {
	if err := p.pool.PingContext(ctx); err != nil {
		return fmt.Errorf("ping PostgreSQL: %w", err)
	}
	return nil
}

func (p *postgresDB) stats() Stats {
	s := p.pool.Stats()
	return Stats{Queued: len(p.logins.queue.jobs), Conns: s.OpenConnections, InUse: s.InUse}
}

func (p *postgresDB) close() error {
	p.vacuum.close()
	return errors.Join(p.logins.close(), p.pool.Close())
}
