// Command versions tells what the tests really ran on: Go, the SQLite that is
// linked in, and the PostgreSQL that TEST_POSTGRES_DSN names, with the number
// of transactions it has committed.
//
// Where TEST_POSTGRES_DSN is not set it says that PostgreSQL was not used, and
// fails if REQUIRE_BACKENDS is 1.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers pgx
	_ "modernc.org/sqlite"             // registers sqlite
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "versions:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	fmt.Printf("Go          %s %s/%s, %d CPUs\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	var sqlite string
	if err := ask(ctx, "sqlite", ":memory:", `SELECT sqlite_version()`, &sqlite); err != nil {
		return err
	}
	fmt.Printf("SQLite      %s\n", sqlite)

	dsn := os.Getenv("TEST_POSTGRES_DSN")
	if dsn == "" {
		fmt.Println("PostgreSQL  NOT USED: TEST_POSTGRES_DSN is not set")
		if os.Getenv("REQUIRE_BACKENDS") == "1" {
			return errors.New("REQUIRE_BACKENDS=1, and PostgreSQL was not used")
		}
		return nil
	}
	var version string
	if err := ask(ctx, "pgx", dsn, `SELECT version()`, &version); err != nil {
		return err
	}
	var committed int64
	if err := ask(ctx, "pgx", dsn, `SELECT sum(xact_commit)::bigint FROM pg_stat_database`, &committed); err != nil {
		return err
	}
	fmt.Printf("PostgreSQL  %s\n            %d transactions committed since its statistics began\n", version, committed)
	return nil
}

// ask runs a query that answers with one value. Errors hold no DSN: it may have
// a password in it.
func ask(ctx context.Context, driver, dsn, query string, out any) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return fmt.Errorf("open %s: the DSN can't be read", driver)
	}
	defer func() { _ = db.Close() }() // nothing was written
	if err := db.QueryRowContext(ctx, query).Scan(out); err != nil {
		return fmt.Errorf("ask %s: %w", driver, err)
	}
	return nil
}
