// Command versions tells what the tests really ran on: Go, the SQLite that is
// linked in, and the PostgreSQL that TEST_POSTGRES_DSN names, with the number
// of transactions it has committed since there were -since of them. With -count
// it prints that number alone.
//
// Where TEST_POSTGRES_DSN is not set it says that PostgreSQL was not used, and
// fails if REQUIRE_BACKENDS is 1.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers pgx
	_ "modernc.org/sqlite"             // registers sqlite
)

func main() {
	count := flag.Bool("count", false, "print PostgreSQL's number of transactions alone")
	since := flag.Int64("since", 0, "the number to count from")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if *count {
		n, err := transactions(ctx, os.Getenv("TEST_POSTGRES_DSN"))
		if err != nil {
			n = 0 // whoever asks counts from the beginning then
		}
		fmt.Println(n)
		return
	}
	if err := run(ctx, *since); err != nil {
		fmt.Fprintln(os.Stderr, "versions:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, since int64) error {
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
	committed, err := transactions(ctx, dsn)
	if err != nil {
		return err
	}
	fmt.Printf("PostgreSQL  %s\n            which committed %d transactions meanwhile\n", version, committed-since)
	return nil
}

// transactions counts what PostgreSQL has committed; it is up to a second old.
func transactions(ctx context.Context, dsn string) (n int64, err error) {
	err = ask(ctx, "pgx", dsn, `SELECT sum(xact_commit)::bigint FROM pg_stat_database`, &n)
	return n, err
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
