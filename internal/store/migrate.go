package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrationFiles embed.FS

// ErrNotMigrated says that the schema is not up to date, and that Options forbid
// to change it.
var ErrNotMigrated = errors.New("the schema is not up to date, and may not be changed now")

// migrations returns the folder of a dialect, and the newest version in it.
func migrations(d *dialect) (_ fs.FS, newest int64, _ error) {
	folder, err := fs.Sub(migrationFiles, "migrations/"+d.name)
	if err != nil {
		return nil, 0, err
	}
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, 0, err
	}
	for _, entry := range entries {
		number, _, _ := strings.Cut(entry.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, 0, fmt.Errorf("migration %s: %w", entry.Name(), err)
		}
		newest = max(newest, version)
	}
	return folder, newest, nil
}

// schema is what a schema must be compared with before it is touched.
type schema struct {
	d      *dialect
	folder fs.FS
	newest int64
}

func newSchema(d *dialect) (*schema, error) {
	folder, newest, err := migrations(d)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return &schema{d, folder, newest}, nil
}

// current reports whether the schema is the one this program knows.
func (s *schema) current(ctx context.Context, db *sql.DB) (bool, error) {
	var tables int
	if err := db.QueryRowContext(ctx, s.d.hasMigrations).Scan(&tables); err != nil {
		return false, fmt.Errorf("read schema version: %w", err)
	}
	var version sql.NullInt64
	if tables > 0 {
		if err := db.QueryRowContext(ctx, `SELECT MAX(version_id) FROM goose_db_version WHERE is_applied`).Scan(&version); err != nil {
			return false, fmt.Errorf("read schema version: %w", err)
		}
	}
	if version.Int64 > s.newest {
		return false, fmt.Errorf("the database has schema version %d, and this hufu knows %d at most: run the hufu that wrote it, or a newer one",
			version.Int64, s.newest)
	}
	return version.Int64 == s.newest, nil
}

// up migrates, unless it need not or must not.
func (s *schema) up(ctx context.Context, db *sql.DB, forbidden bool, options ...goose.ProviderOption) error {
	done, err := s.current(ctx, db)
	if err != nil || done {
		return err
	}
	if forbidden {
		return ErrNotMigrated
	}
	provider, err := goose.NewProvider(s.d.goose, db, s.folder, append(options, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// migrateSQLite migrates a SQLite file. Of several processes that do so at once
// one wins each transaction, and the others fail, since the version is unique;
// they look again.
func migrateSQLite(ctx context.Context, db *sql.DB, forbidden bool) error {
	s, err := newSchema(sqliteDialect)
	if err != nil {
		return err
	}
	const tries = 10
	for try := range tries {
		if err = s.up(ctx, db, forbidden); err == nil || forbidden {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(try+1) * 10 * time.Millisecond):
		}
	}
	return err
}
