package store_test

import (
	"database/sql"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/store"
)

// recipes returns the two blocks of SQL that docs/privacy.md has for PostgreSQL,
// in both languages: what to set once, and what to run after erasures.
func recipes(t *testing.T) (once, nightly []string) {
	t.Helper()
	var found [2][][]string
	for i, path := range []string{"../../docs/privacy.md", "../../docs/privacy.zh.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			block := regexp.MustCompile(`--.*`).ReplaceAllString(block[1], "")
			found[i] = append(found[i], strings.FieldsFunc(strings.Join(strings.Fields(block), " "), func(r rune) bool { return r == ';' }))
		}
	}
	if len(found[0]) != 2 || !slices.EqualFunc(found[0], found[1], slices.Equal[[]string]) {
		t.Fatalf("want two blocks of SQL, the same in both languages: %q", found)
	}
	return found[0][0], found[0][1]
}

// TestPostgresRecipe erases people, does what docs/privacy.md tells operators to
// do, and looks for them in every byte of what PostgreSQL keeps.
func TestPostgresRecipe(t *testing.T) {
	t.Parallel()
	once, nightly := recipes(t)
	dsn, dir := ownPostgres(t)
	raw, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	run := func(statements ...string) {
		for _, s := range statements {
			if _, err := raw.Exec(s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	run(once...)
	// Autovacuum would look at rows while they are to be left behind. That nothing
	// waits for the disk changes nothing in the files.
	run(`ALTER SYSTEM SET autovacuum = off`, `ALTER SYSTEM SET fsync = off`, `SELECT pg_reload_conf()`)
	db, err := store.Open(t.Context(), dsn+"&synchronous_commit=off", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()

	w := fillTown(t, db)
	held := values(t, raw)
	const whole, half = 50, 51
	for _, n := range []int{whole, half} {
		// Another profile: what was before must go too. The WAL has several parts,
		// so that some are used again with what they held.
		run(`SELECT pg_switch_wal()`)
		if err := w.dress(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	betray(t, w, raw, whole)
	run(`ANALYZE`, `CHECKPOINT`)
	maps.Copy(held, values(t, raw))
	at := lawDay.Add(10 * time.Minute)
	for _, e := range []identity.Erasure{{UserID: w.users[whole], Scope: identity.EraseUser}, {SessionID: w.sessions[half], Scope: identity.EraseApp}} {
		e.At, e.Until, e.Reason = at, at.Add(15*time.Minute), identity.AskedByBusiness
		if erased, err := db.Erase(t.Context(), e); err != nil || erased.Gone != (e.UserID != "") {
			t.Fatal(erased, err)
		}
	}
	others := values(t, raw)
	maps.DeleteFunc(held, func(v, _ string) bool { _, stays := others[v]; return stays })
	gone := pieces(held)
	everyKind(t, gone)
	if n := len(searchFiles(t, dir, keys(gone))); n < len(gone)*9/10 {
		t.Errorf("before the recipe %d of %d values are in the files: the test shows nothing", n, len(gone))
	}

	begun := time.Now().Truncate(time.Second)
	run(nightly...)
	var oldest time.Time
	if err := raw.QueryRow(nightly[len(nightly)-1]).Scan(&oldest); err != nil || oldest.Before(begun) {
		t.Errorf("a file of the WAL is from %v, before %v: %v", oldest, begun, err)
	}
	stay := pieces(others)
	found := searchFiles(t, dir, slices.Concat(keys(gone), keys(stay)))
	for v, column := range gone {
		if files := found[v]; len(files) > 0 {
			t.Errorf("%s is still in %v", column, files)
		}
	}
	for v, column := range stay {
		if len(found[v]) == 0 && len(v) != pieceSize { // which may be cut at the border of a page
			t.Errorf("of others %s is gone", column)
		}
	}
}

// betray has PostgreSQL write a line in its log about the person: of a row that it
// refuses, and of a statement that takes long.
func betray(t *testing.T, w *town, raw *sql.DB, n int) {
	t.Helper()
	user := string(w.users[n])
	if _, err := raw.Exec(`INSERT INTO identities SELECT * FROM identities WHERE user_id = $1`, user); err == nil {
		t.Error("an identity is there twice")
	}
	var openid string
	if err := raw.QueryRow(`SELECT openid FROM identities WHERE user_id = $1 LIMIT 1`, user).Scan(&openid); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`SET log_min_duration_statement = 0`, `SELECT 1 FROM sessions WHERE openid = $1`, `RESET log_min_duration_statement`} {
		if _, err := raw.Exec(s, []any{openid}[:strings.Count(s, "$1")]...); err != nil {
			t.Fatal(err)
		}
	}
}

// everyKind makes sure that there is a value of each kind to look for.
func everyKind(t *testing.T, gone map[string]string) {
	t.Helper()
	there := map[string]bool{}
	for _, column := range gone {
		_, name, _ := strings.Cut(column, ".")
		there[name] = true
	}
	for _, name := range []string{
		"openid", "unionid", "nickname", "external_id", "avatar_url", "phone_masked", "phone_sealed", "phone_hash", "data", "policy_version",
		"session_keys", "device", "salt", "rotation_key", "code_hash", "key_hash", "body_hash",
	} {
		if !there[name] {
			t.Errorf("the test looks for no %s", name)
		}
	}
}
