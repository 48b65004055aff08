package store_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/store/storetest"
)

// The columns of a database, with their types.
const (
	sqliteColumns = `SELECT m.name, p.name, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~'`
	postgresColumns = `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()`
)

// TestTreatments: whoever adds a column says what becomes of it, in both
// databases.
func TestTreatments(t *testing.T) {
	t.Parallel()
	for name, each := range map[string]struct {
		fresh   func(testing.TB) storetest.Database
		columns string
		lacks   string // a column that the other database alone has
	}{
		"SQLite":   {freshSQLite, sqliteColumns, "sessions.code_window"},
		"Postgres": {freshPostgres, postgresColumns, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := each.fresh(t)
			s, err := db.Open(nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			there := map[string]bool{each.lacks: true}
			treatments := store.Treatments()
			for _, c := range schemaOf(t, db.SQL, each.columns) {
				there[c.table+"."+c.name] = true
				treatment, ok := treatments[c.table][c.name]
				if !ok {
					t.Errorf("%s.%s: say in law.go whether it is exported and erased, or why not", c.table, c.name)
				}
				personal := treatment.Impersonal == ""
				if (treatment.Export != "") == (treatment.Withheld != "") == personal || !personal && treatment != (store.Treatment{Impersonal: treatment.Impersonal}) {
					t.Errorf("%s.%s: want one of exported, withheld and impersonal: %+v", c.table, c.name, treatment)
				}
			}
			for table, columns := range treatments {
				for column := range columns {
					if !there[table+"."+column] {
						t.Errorf("%s.%s: there is no such column", table, column)
					}
				}
			}
		})
	}
}

type column struct{ table, name, kind string }

func schemaOf(t testing.TB, db *sql.DB, query string) (list []column) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.table, &c.name, &c.kind); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil || len(list) < 100 {
		t.Fatal(fmt.Errorf("%d columns: %w", len(list), err))
	}
	return list
}
