package store_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/store/storetest"
)

func freshSQLite(t testing.TB) storetest.Database {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hufu.db")
	raw, err := sql.Open("sqlite", path+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	return storetest.Database{
		Open: func(fault storetest.Fault) (storetest.Store, error) {
			return store.Open(t.Context(), "sqlite:"+path, store.Options{TestFault: fault})
		},
		SQL: raw,
	}
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, freshSQLite)
}

func TestSQLiteModel(t *testing.T) {
	t.Parallel()
	storetest.Model(t, freshSQLite)
}

func TestSQLiteMergeModel(t *testing.T) {
	t.Parallel()
	storetest.MergeModel(t, freshSQLite)
}
