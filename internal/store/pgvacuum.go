package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
)

const (
	// vacuumAfter is how long a pass waits for more people to be erased.
	vacuumAfter = time.Minute
	// vacuumRests is how often as long as it has worked a pass waits at least.
	vacuumRests = 10
	// vacuumsBack is how far back a start looks for people who were erased.
	vacuumsBack = 7 * 24 * time.Hour
	// vacuumLock lets one replica do it; it is nobody else's in this database. Its
	// first number is lockID + 1.
	vacuumLock = `1752524406, hashtext(current_schema())`

	tryVacuumLock = `SELECT pg_try_advisory_lock(` + vacuumLock + `)`

	lastVacuum = `SELECT MIN(COALESCE(last_vacuum, 'epoch')) FROM pg_stat_user_tables WHERE schemaname = current_schema() AND relname = ANY ($1)`

	erasedSince = `SELECT EXISTS (SELECT 1 FROM audit WHERE id >= $1 AND action = $2)`
)

// vacuumed are the tables that lose rows or values when a person is erased.
func vacuumed() []string {
	return []string{"users", "identities", "unions", "avatars", "consents", "merges", "sessions", "phone_codes", "open_data_failures"}
}

// vacuumer has PostgreSQL free the room of those who were erased, and forget
// them in its statistics, which hold openids and nicknames for all to read who
// may read the tables. By itself it does that only when a part of a table has
// changed. What bytes this leaves in the files docs/privacy.md tells.
type vacuumer struct {
	config  *pgx.ConnConfig
	pool    *sql.DB
	after   time.Duration
	logger  *slog.Logger
	asked   chan struct{}
	stop    context.CancelFunc
	stopped sync.WaitGroup
}

func startVacuumer(config *pgx.ConnConfig, pool *sql.DB, after time.Duration, logger *slog.Logger) *vacuumer {
	v := &vacuumer{config: config.Copy(), pool: pool, after: after, logger: logger, asked: make(chan struct{}, 1)}
	v.config.RuntimeParams["statement_timeout"] = "0"
	v.config.RuntimeParams["vacuum_cost_delay"] = "2ms" // as autovacuum: logins come first
	v.config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.Severity == "WARNING" { // of a table that it may not vacuum
			logger.LogAttrs(context.Background(), slog.LevelWarn, "PostgreSQL warns", slog.String("warning", n.Message))
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	v.stop = stop
	v.stopped.Go(func() { v.loop(ctx) })
	return v
}

// ask asks for a pass; it does not wait.
func (v *vacuumer) ask() {
	select {
	case v.asked <- struct{}{}:
	default:
	}
}

// close ends the pass under way; the next start goes on with it.
func (v *vacuumer) close() {
	v.stop()
	v.stopped.Wait()
}

func (v *vacuumer) loop(ctx context.Context) {
	switch due, err := v.due(ctx); {
	case err != nil:
		v.tell(ctx, err)
	case due:
		v.ask()
	}
	var worked time.Duration
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.asked:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(v.after, vacuumRests*worked)):
		}
		begun := time.Now()
		if done, err := v.pass(ctx); err != nil || !done {
			v.tell(ctx, err)
			v.ask()
		}
		worked = time.Since(begun)
	}
}

func (v *vacuumer) tell(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		v.logger.LogAttrs(ctx, slog.LevelError, "PostgreSQL's statistics may still hold who was erased", slog.Any("error", err))
	}
}

// due reports whether somebody was erased and no pass came after it.
func (v *vacuumer) due(ctx context.Context) (bool, error) {
	var last time.Time
	if err := v.pool.QueryRowContext(ctx, lastVacuum, vacuumed()).Scan(&last); err != nil {
		return false, fmt.Errorf("ask for the last VACUUM: %w", err)
	}
	if week := time.Now().Add(-vacuumsBack); last.Before(week) {
		last = week
	}
	// A pass counts from its beginning, which was before that, and clocks differ.
	since := id.EarliestAuditID(last.Add(-vacuumAfter))
	var due bool
	if err := v.pool.QueryRowContext(ctx, erasedSince, string(since), string(audit.UserErased)).Scan(&due); err != nil {
		return false, fmt.Errorf("ask who was erased: %w", err)
	}
	return due, nil
}

// pass is done if no other replica is at it.
func (v *vacuumer) pass(ctx context.Context) (done bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, v.config)
	if err != nil {
		return false, fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) // which lets go of the lock
	if err := conn.QueryRow(ctx, tryVacuumLock).Scan(&done); err != nil || !done {
		return false, err
	}
	// Index entries of few rows would be left for another time; to shorten the
	// file would lock the table.
	_, err = conn.Exec(ctx, `VACUUM (ANALYZE, INDEX_CLEANUP ON, TRUNCATE OFF) `+strings.Join(vacuumed(), ", "))
	return err == nil, err
}
