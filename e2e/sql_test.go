package e2e_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the drivers by which tests look into databases
	_ "modernc.org/sqlite"
)

// database opens the site's own database, beside the server.
func (s *site) database() *sql.DB {
	s.t.Helper()
	driver, dsn := "pgx", s.store
	if path, ok := strings.CutPrefix(s.store, "sqlite:"); ok {
		driver, dsn = "sqlite", "file:"+filepath.Join(s.dir, path)+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = db.Close() })
	return db
}

// exec runs a statement in the site's database.
func (s *site) exec(statement string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := s.database().ExecContext(ctx, statement); err != nil {
		s.t.Fatal(err)
	}
}

// ask reads one value.
func ask[T any](t testing.TB, db *sql.DB, query string) (v T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := db.QueryRowContext(ctx, query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}
