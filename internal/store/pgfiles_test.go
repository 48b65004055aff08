package store_test

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const postgresScript = "../../hack/postgres.sh"

// ownPostgres starts a PostgreSQL for one test alone, which may configure it and
// read its files. It returns its DSN and its folder.
func ownPostgres(t *testing.T) (dsn, dir string) {
	t.Helper()
	postgresDSN(t)                           // where no PostgreSQL is wanted, or one must be
	dir, err := os.MkdirTemp("", "hufu-pg-") //nolint:usetesting // another user, who runs PostgreSQL, may have to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("sh", postgresScript, "stop", dir).CombinedOutput(); err != nil {
			t.Errorf("stop PostgreSQL: %v\n%s", err, out)
		}
		_ = os.RemoveAll(dir)
	})
	start := exec.Command("sh", postgresScript, "start", dir)
	var said bytes.Buffer
	start.Stderr = &said
	out, err := start.Output()
	if err != nil && strings.Contains(said.String(), "not installed") && os.Getenv("REQUIRE_BACKENDS") != "1" {
		t.Skip(said.String()) // TEST_POSTGRES_DSN names one elsewhere
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v\n%s", err, said.String())
	}
	return strings.TrimSpace(string(out)), dir
}

// needles are the texts to look for, by their first eight bytes.
type needles struct {
	first  [1 << 16]bool // whether any begins with these two bytes
	byHead map[uint64][]string
}

func newNeedles(texts []string) *needles {
	n := &needles{byHead: map[uint64][]string{}}
	for _, text := range texts {
		head := binary.BigEndian.Uint64([]byte(text))
		n.first[head>>48] = true
		n.byHead[head] = append(n.byHead[head], text)
	}
	return n
}

// in calls found wherever one stands in b. Of some hundred megabytes nothing is
// shared, and the race detector would take ten times as long.
//
//go:norace
func (n *needles) in(b []byte, found func(text string)) {
	for i := 0; i+8 <= len(b); i++ {
		if !n.first[int(b[i])<<8|int(b[i+1])] {
			continue
		}
		for _, text := range n.byHead[binary.BigEndian.Uint64(b[i:])] {
			if strings.HasPrefix(string(b[i:min(i+len(text), len(b))]), text) {
				found(text)
			}
		}
	}
}

// searchFiles reads every file below dir, and returns in which each text stands.
func searchFiles(t *testing.T, dir string, texts []string) map[string][]string {
	t.Helper()
	n, places := newNeedles(texts), map[string][]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if os.IsNotExist(err) { // it went while we read the folder
			return nil
		}
		name, _ := filepath.Rel(dir, path)
		n.in(b, func(text string) { places[text] = append(places[text], name) })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return places
}

// values returns every text and every run of bytes in every cell of every table,
// with one of the columns that hold it.
func values(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, c := range schemaOf(t, db, postgresColumns) {
		if c.kind != "text" && c.kind != "bytea" {
			continue
		}
		for _, v := range cells(t, db, `SELECT DISTINCT `+c.name+` FROM `+c.table+` WHERE `+c.name+` IS NOT NULL`) {
			out[v] = c.table + "." + c.name
		}
	}
	return out
}

func cells(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var v []byte
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		list = append(list, string(v))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// pieceSize is how much of a long value is looked for at once, as it may be cut
// at the border of a page.
const pieceSize = 24

// pieces makes of values what can be looked for: short ones say nothing, and of
// long ones there are pieces here and there.
func pieces(values map[string]string) map[string]string {
	out := map[string]string{}
	for v, where := range values {
		switch {
		case len(v) < 8:
		case len(v) <= 64:
			out[v] = where
		default:
			for i := pieceSize; i+pieceSize <= len(v); i += 1500 {
				out[v[i:i+pieceSize]] = where
			}
		}
	}
	return out
}

func keys(m map[string]string) []string { return slices.Collect(maps.Keys(m)) }
