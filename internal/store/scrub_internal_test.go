package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestScrub makes SQLite move many rows, so that copies of them stay behind in
// its pages, and makes sure that none is left once a pass went through, that
// all else is as it was, and that a restart goes on with what was asked for.
func TestScrub(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hufu.db")
	db, err := Open(t.Context(), "sqlite:"+path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	db.backend.(*sqliteDB).scrubber.close() // by hand
	churn(t, db)
	before := contents(t, db)
	if n := unclean(t, db); n == 0 {
		t.Fatal("no row has left a copy: the test shows nothing")
	}
	s := newScrubber(db.backend.(*sqliteDB), nil)
	db.backend.(*sqliteDB).scrubber = s
	ask := func(ctx context.Context, tx queryer) error {
		_, err := tx.ExecContext(ctx, scrubAsked)
		return err
	}
	if err := db.backend.write(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	if again, err := s.pass(t.Context()); again || err != nil {
		t.Fatal(again, err)
	}
	if n := unclean(t, db); n > 0 {
		t.Errorf("%d pages hold more than their rows", n)
	}
	if after := contents(t, db); after != before {
		t.Error("the rows have changed")
	}
	check(t, db)

	churn(t, db)
	if err := db.backend.write(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil { // before anybody saw to it
		t.Fatal(err)
	}
	if db, err = Open(t.Context(), "sqlite:"+path, Options{}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	settled(t, db, path)
	if n := unclean(t, db); n > 0 {
		t.Errorf("%d pages hold more than their rows after a restart", n)
	}
	check(t, db)
}

// TestScrub_DuringErasures makes sure that who is erased while a pass goes on
// gets one of their own.
func TestScrub_DuringErasures(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "hufu.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := db.backend.(*sqliteDB).scrubber
	s.close()
	read := s.read
	s.read = onRead{read, func() {
		err := db.backend.write(t.Context(), func(ctx context.Context, tx queryer) error {
			_, err := tx.ExecContext(ctx, scrubAsked)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}}
	if again, err := s.pass(t.Context()); !again || err != nil {
		t.Fatal(again, err)
	}
	s.read = read
	if again, err := s.pass(t.Context()); again || err != nil {
		t.Fatal(again, err)
	}
	s.stop = make(chan struct{}) // for Close
}

// onRead does something before each reading of contexts with a query.
type onRead struct {
	queryer
	first func()
}

func (o onRead) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	o.first()
	return o.queryer.QueryRowContext(ctx, query, args...)
}

func TestClean(t *testing.T) {
	t.Parallel()
	leaf := func(edit func(page []byte)) []byte {
		page := make([]byte, 64)
		page[0], page[4], page[6] = 10, 1, 48 // one cell, at 48
		page[9] = 48
		copy(page[48:], "cell")
		edit(page)
		return page
	}
	for name, test := range map[string]struct {
		number int64
		page   []byte
		want   []byte
	}{
		"gap":          {2, leaf(func(p []byte) { copy(p[20:], "left") }), leaf(func([]byte) {})},
		"free block":   {2, leaf(func(p []byte) { p[2], p[55] = 52, 8; copy(p[56:], "left") }), leaf(func(p []byte) { p[2], p[55] = 52, 8 })},
		"inner":        {2, leaf(func(p []byte) { p[0], p[11] = 2, 7; copy(p[30:], "left") }), leaf(func(p []byte) { p[0], p[11] = 2, 7 })},
		"other kind":   {2, leaf(func(p []byte) { p[0] = 0; copy(p[20:], "left") }), nil},
		"clean":        {2, leaf(func([]byte) {}), nil},
		"short":        {2, []byte{10, 0, 0}, nil},
		"gone":         {2, nil, nil},
		"begin > end":  {2, leaf(func(p []byte) { p[4] = 40; copy(p[20:], "left") }), nil},
		"end > page":   {2, leaf(func(p []byte) { p[6] = 65; copy(p[20:], "left") }), nil},
		"block beyond": {2, leaf(func(p []byte) { p[2], p[55] = 52, 20; copy(p[56:], "left") }), nil},
		"block within": {2, leaf(func(p []byte) { p[2] = 20; p[23] = 8; copy(p[24:], "") }), leaf(func(p []byte) { p[2] = 20 })},
		"circle":       {2, leaf(func(p []byte) { p[2], p[53], p[55] = 52, 52, 8; copy(p[56:], "left") }), leaf(func(p []byte) { p[2], p[53], p[55] = 52, 52, 8 })},
		"first page":   {1, append([]byte(strings.Repeat("h", 100)), leaf(func(p []byte) { p[6] = 148; copy(p[20:], "left") })...), append([]byte(strings.Repeat("h", 100)), leaf(func(p []byte) { p[6] = 148 })...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := bytes.Clone(test.page)
			want := test.want
			if want == nil {
				want = test.page
			}
			if changed := clean(page, test.number); changed != (test.want != nil) || !bytes.Equal(page, want) {
				t.Errorf("changed %t:\n%q, want\n%q", changed, page, want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte{10, 0, 52, 0, 1, 0, 48, 0, 0, 48, 1, 2, 3}, int64(2))
	f.Fuzz(func(t *testing.T, page []byte, number int64) {
		clean(page, number)
		if clean(page, number) {
			t.Error("not clean after it was cleaned")
		}
	})
}

// churn writes rows that grow, in random order.
func churn(t *testing.T, db *DB) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 40 {
		err := db.backend.write(t.Context(), func(ctx context.Context, tx queryer) error {
			for range 50 {
				n := random.IntN(400)
				_, err := tx.ExecContext(ctx, `INSERT INTO users (id, created_at, nickname, external_id) VALUES ($1, 0, $2, $3)
					ON CONFLICT (id) DO UPDATE SET nickname = $2, external_id = $3`,
					fmt.Sprintf("usr_%d", n*7919%400), strings.Repeat("n", random.IntN(200)), fmt.Sprintf("%d-%d-%s", n, round, strings.Repeat("e", random.IntN(60))))
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// unclean counts the pages that hold more than their rows.
func unclean(t *testing.T, db *DB) (count int) {
	t.Helper()
	rows, err := db.backend.(*sqliteDB).readers.db.Query(`SELECT pgno, data FROM sqlite_dbpage`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var page []byte
		if err := rows.Scan(&n, &page); err != nil {
			t.Fatal(err)
		}
		if clean(page, n) {
			count++
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return count
}

func contents(t *testing.T, db *DB) string {
	t.Helper()
	var all string
	err := db.backend.(*sqliteDB).readers.db.QueryRow(`SELECT group_concat(id || nickname || external_id, ',') FROM (SELECT * FROM users ORDER BY id)`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func check(t *testing.T, db *DB) {
	t.Helper()
	var word string
	if err := db.backend.(*sqliteDB).readers.db.QueryRow(`PRAGMA integrity_check`).Scan(&word); err != nil || word != "ok" {
		t.Error(word, err)
	}
}

// settled waits until the pass that was asked for is over and the log empty.
func settled(t *testing.T, db *DB, path string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; <-time.After(10 * time.Millisecond) {
		var state int
		if err := db.backend.(*sqliteDB).readers.db.QueryRow(scrubState).Scan(&state); err != nil {
			t.Fatal(err)
		}
		if log, err := os.Stat(path + "-wal"); state == 0 && err == nil && log.Size() == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the pass is not over: state %d", state)
		}
	}
}
