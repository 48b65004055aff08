package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the benchmark's own questions
)

// postgresScript starts and stops a PostgreSQL; relative to the module's folder.
const postgresScript = "hack/postgres.sh"

// postgres is a database of its own on a PostgreSQL server.
type postgres struct {
	dsn, version string
	admin        *sql.DB
	database     string
	stop         func()
}

// openPostgres makes a database on the server that the DSN names, or starts a
// server if there is none.
func openPostgres(ctx context.Context, dsn, dir string) (_ *postgres, err error) {
	p := &postgres{stop: func() {}}
	if dsn == "" {
		if dsn, p.stop, err = startPostgres(ctx, dir); err != nil {
			return nil, err
		}
	}
	if p.admin, err = sql.Open("pgx", dsn); err != nil {
		p.stop()
		return nil, err
	}
	p.database = fmt.Sprintf("hufu_bench_%d", os.Getpid())
	if _, err := p.admin.ExecContext(ctx, "CREATE DATABASE "+p.database); err != nil {
		p.stop()
		return nil, fmt.Errorf("make a database on PostgreSQL: %w", err)
	}
	if err := p.admin.QueryRowContext(ctx, "SHOW server_version").Scan(&p.version); err != nil {
		p.close(ctx)
		return nil, err
	}
	p.dsn, err = withDatabase(dsn, p.database)
	return p, err
}

// withDatabase names another database in a DSN of the form of a URL.
func withDatabase(dsn, database string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return "", fmt.Errorf("the DSN of PostgreSQL must be a URL: postgres://user@host:port/database")
	}
	u.Path = "/" + database
	return u.String(), nil
}

func startPostgres(ctx context.Context, parent string) (dsn string, stop func(), _ error) {
	// Not inside a folder of ours: another user may have to enter it.
	dir, err := os.MkdirTemp(parent, "hufu-bench-pg-")
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, "sh", postgresScript, "start", dir)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		_ = os.RemoveAll(dir)
		return "", nil, fmt.Errorf("%s: %w: %s", postgresScript, err, strings.TrimSpace(said.String()))
	}
	return strings.TrimSpace(string(out)), func() {
		_ = exec.Command("sh", postgresScript, "stop", dir).Run()
		_ = os.RemoveAll(dir)
	}, nil
}

// processes are those of the server: of the connections and behind them.
func (p *postgres) processes() ([]int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	rows, err := p.admin.QueryContext(ctx, "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
	if err != nil {
		return nil, fmt.Errorf("ask PostgreSQL for its processes: %w", err)
	}
	defer rows.Close()
	var pids []int
	for rows.Next() {
		var pid int
		if err := rows.Scan(&pid); err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, rows.Err()
}

// close drops the database, and stops the server if it was started for it.
func (p *postgres) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_, _ = p.admin.ExecContext(ctx, "DROP DATABASE IF EXISTS "+p.database+" WITH (FORCE)")
	_ = p.admin.Close()
	p.stop()
}
