package store_test

import (
	"crypto/rand"
	"database/sql"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/store/storetest"
)

// postgresDSN is where the tests may make schemas; without it the test is
// skipped, or fails if it must not be.
func postgresDSN(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("TEST_POSTGRES_DSN")
	if dsn == "" && os.Getenv("REQUIRE_BACKENDS") == "1" {
		t.Fatal("REQUIRE_BACKENDS=1, but TEST_POSTGRES_DSN is not set: hack/postgres.sh start DIR prints one")
	}
	if dsn == "" {
		t.Skip("TEST_POSTGRES_DSN is not set: hack/postgres.sh start DIR prints one")
	}
	return dsn
}

// schemaDSN makes a schema that goes with the test, and returns a DSN for it.
func schemaDSN(t testing.TB) string {
	t.Helper()
	dsn := postgresDSN(t)
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal("TEST_POSTGRES_DSN can't be read")
	}
	admin.SetMaxOpenConns(1)
	schema := "hufu_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec(`CREATE SCHEMA ` + schema); err != nil {
		t.Fatalf("make schema: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(`DROP SCHEMA ` + schema + ` CASCADE`); err != nil {
			t.Errorf("drop schema: %v", err)
		}
		admin.Close()
	})
	separator := "?"
	if strings.Contains(dsn, "?") {
		separator = "&"
	}
	return dsn + separator + "search_path=" + schema
}

func freshPostgres(t testing.TB) storetest.Database {
	t.Helper()
	dsn := schemaDSN(t)
	raw, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	raw.SetMaxOpenConns(2)
	t.Cleanup(func() { raw.Close() })
	return storetest.Database{
		Open: func(fault storetest.Fault) (storetest.Store, error) {
			return store.Open(t.Context(), dsn, store.Options{TestFault: fault, MaxConns: 8})
		},
		SQL: raw,
	}
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	postgresDSN(t)
	storetest.Run(t, freshPostgres)
}

func TestPostgresModel(t *testing.T) {
	t.Parallel()
	postgresDSN(t)
	storetest.Model(t, freshPostgres)
}
