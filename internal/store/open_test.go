package store_test

import (
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/store"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	t.Run("RefusesWrongDSN", func(t *testing.T) {
		t.Parallel()
		const canary = "hunter2"
		dir := t.TempDir()
		for _, dsn := range []string{
			"", "sqlite", "sqlite:", "sqlite::memory:", "sqlite:///x/" + canary, "mysql://u:" + canary + "@h/d", canary,
			"postgres://u:" + canary + "@h:port/d", "postgres://u:" + canary + "@127.0.0.1:1/d?sslmode=nonsense",
			"postgres://u:" + canary + "@127.0.0.1:1/d?connect_timeout=1", "postgres://u:" + canary + "%zz@h/d", "postgresql://" + canary + "\x00",
			"sqlite:" + filepath.Join(dir, "missing", "hufu.db"), "sqlite:" + dir,
		} {
			db, err := store.Open(t.Context(), dsn, store.Options{})
			if err == nil {
				db.Close()
				t.Errorf("%q was opened", dsn)
				continue
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error tells the password: %v", err)
			}
		}
	})
	t.Run("FilesArePrivate", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(dir, "hufu ?#%.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
			if info, err := entry.Info(); err != nil || info.Mode() != fs.FileMode(0o600) {
				t.Errorf("%s has mode %v (%v), want 0600", entry.Name(), info.Mode(), err)
			}
		}
		if got := strings.Join(names, " "); got != "hufu ?#%.db hufu ?#%.db-shm hufu ?#%.db-wal" {
			t.Errorf("files: %s", got)
		}
	})
}

// TestOpenRelativePath changes the working directory, so it is not parallel.
func TestOpenRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	db, err := store.Open(t.Context(), "sqlite:hufu.db", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	version, err := db.Version(t.Context())
	if err != nil || !strings.HasPrefix(version, "SQLite 3.") {
		t.Errorf("version %q, %v", version, err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	// Everything is in the one file after a clean end.
	entries, err := os.ReadDir(".")
	if err != nil || len(entries) != 1 || entries[0].Name() != "hufu.db" {
		t.Errorf("files after Close: %v, %v", entries, err)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(t testing.TB) (dsn string, raw *sql.DB){
		"SQLite": func(t testing.TB) (string, *sql.DB) {
			path := filepath.Join(t.TempDir(), "hufu.db")
			return "sqlite:" + path, openRaw(t, "sqlite", path)
		},
		"Postgres": func(t testing.TB) (string, *sql.DB) {
			dsn := schemaDSN(t)
			return dsn, openRaw(t, "pgx", dsn)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn, raw := fresh(t)
			if db, err := store.Open(t.Context(), dsn, store.Options{NoMigrate: true}); err == nil {
				db.Close()
				t.Error("an empty database was opened without migrating")
			} else if !strings.Contains(err.Error(), "not up to date") {
				t.Error(err)
			}
			db, err := store.Open(t.Context(), dsn, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			db.Close()
			if db, err = store.Open(t.Context(), dsn, store.Options{NoMigrate: true}); err != nil {
				t.Errorf("an up to date database: %v", err)
			} else {
				db.Close()
			}
			if _, err := raw.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`); err != nil {
				t.Fatal(err)
			}
			if db, err := store.Open(t.Context(), dsn, store.Options{}); err == nil {
				db.Close()
				t.Error("a database newer than the program was opened")
			} else if !strings.Contains(err.Error(), "9999") {
				t.Errorf("newer database: %v; want its version to be told", err)
			}
			// Two processes can't both record a version.
			if _, err := raw.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`); err == nil {
				t.Error("a version was recorded twice")
			}
		})
	}
}

func openRaw(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	return raw
}

// TestMigrationsAlike makes sure that both databases have the same migrations.
func TestMigrationsAlike(t *testing.T) {
	t.Parallel()
	var lists []string
	for _, dialect := range []string{"sqlite", "postgres"} {
		entries, err := os.ReadDir(filepath.Join("migrations", dialect))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		lists = append(lists, strings.Join(names, "\n"))
	}
	if lists[0] != lists[1] || lists[0] == "" {
		t.Errorf("migrations differ:\n%s\n\n%s", lists[0], lists[1])
	}
}
