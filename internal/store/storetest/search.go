package storetest

import (
	"bytes"
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// Search looks for each text in every column of every table, as the schema lists
// them, and returns where it stands: "table.column holds text".
func Search(t testing.TB, db *sql.DB, texts ...string) (places []string) {
	t.Helper()
	for _, table := range tables(t, db) {
		places = append(places, searchTable(t, db, table, texts)...)
	}
	return places
}

func searchTable(t testing.TB, db *sql.DB, table string, texts []string) (places []string) {
	t.Helper()
	rows, err := db.Query(`SELECT * FROM ` + table)
	if err != nil {
		t.Fatalf("read %s: %v", table, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			held, isBytes := v.([]byte)
			if !isBytes {
				held = fmt.Append(nil, v)
			}
			for _, text := range texts {
				if bytes.Contains(held, []byte(text)) {
					places = append(places, fmt.Sprintf("%s.%s holds %s", table, columns[i], text))
				}
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return places
}

// tables lists the tables of a database, whichever it is.
func tables(t testing.TB, db *sql.DB) []string {
	t.Helper()
	names, err := list(db, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		names, err = list(db, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`)
	}
	if err != nil || !strings.Contains(strings.Join(names, " "), "identities") {
		t.Fatalf("these can't be all tables: %v, %v", names, err)
	}
	return names
}

func list(db *sql.DB, query string) (names []string, _ error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}
