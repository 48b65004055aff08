package store_test

import (
	"crypto/rand"
	"database/sql"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
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

func TestPostgresMergeModel(t *testing.T) {
	t.Parallel()
	postgresDSN(t)
	storetest.MergeModel(t, freshPostgres)
}

// TestPostgresRotateOvertaken: what is read without a transaction may be old when
// it is written on, and then it is decided again.
func TestPostgresRotateOvertaken(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), schemaDSN(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	l := session.Login{
		AppID: "wxaaaaaaaaaaaaaaaa", OpenID: "a", At: now, NewUserID: id.NewUserID(now), SessionID: id.NewSessionID(now),
		ExpiresAt: now.Add(time.Hour), EndsAt: now.Add(time.Hour), MaxSessions: 2, RevokedUntil: now.Add(time.Minute),
	}
	if _, err := db.RecordLogin(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	var seen []uint32
	next := func(f *session.Found) *session.Rotation {
		seen = append(seen, f.Session.Generation)
		return &session.Rotation{From: f.Session.Generation, At: now, ExpiresAt: l.ExpiresAt}
	}
	err = db.Rotate(t.Context(), l.SessionID, func(f *session.Found) *session.Rotation {
		r := next(f)
		if len(seen) == 1 {
			if err := db.Rotate(t.Context(), l.SessionID, next); err != nil {
				t.Error(err)
			}
		}
		return r
	})
	if want := []uint32{1, 1, 2}; err != nil || !slices.Equal(seen, want) {
		t.Errorf("decided on generations %v, %v; want %v", seen, err, want)
	}
	f, err := db.Load(t.Context(), l.SessionID)
	if err != nil || f.Session.Generation != 3 {
		t.Errorf("generation %d, %v; want 3", f.Session.Generation, err)
	}
}

// TestPostgresGroups makes sure that the common logins take the fast way: what
// it can't do goes the slow way without a word, and as right.
func TestPostgresGroups(t *testing.T) {
	t.Parallel()
	var flushes []store.Flush // nothing is concurrent here
	db, err := store.Open(t.Context(), schemaDSN(t), store.Options{OnFlush: func(f store.Flush) { flushes = append(flushes, f) }})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	const appA, appB = "wxaaaaaaaaaaaaaaaa", "wxbbbbbbbbbbbbbbbb"
	login := func(appid id.AppID, openid id.OpenID, unionid id.UnionID) session.Login {
		now = now.Add(time.Second)
		return session.Login{
			AppID: appid, OpenID: openid, UnionID: unionid, OpenAccount: "acme", At: now,
			NewUserID: id.NewUserID(now), SessionID: id.NewSessionID(now), ExpiresAt: now.Add(time.Hour), EndsAt: now.Add(time.Hour),
			MaxSessions: 2, RevokedUntil: now.Add(time.Minute),
		}
	}
	for _, step := range []struct {
		what       string
		appid      id.AppID
		openid     id.OpenID
		unionid    id.UnionID
		newUser    bool
		ended, txs int
	}{
		{"first login", appA, "a", "", true, 0, 1},
		{"first login with unionid", appA, "b", "u", true, 0, 1},
		{"returning", appA, "b", "u", false, 0, 1},
		{"returning without unionid", appA, "a", "", false, 0, 1},
		{"no room", appA, "b", "u", false, 1, 1},
		{"no room again", appA, "b", "", false, 1, 1},
		{"linked", appB, "c", "u", false, 0, 2},
		{"a second openid", appA, "d", "u", true, 0, 2},
		{"late unionid", appA, "a", "u2", false, 1, 2},
	} {
		flushes = nil
		r, err := db.RecordLogin(t.Context(), login(step.appid, step.openid, step.unionid))
		if err != nil || r.IsNewUser != step.newUser || len(r.Ended) != step.ended {
			t.Errorf("%s: %+v, %v", step.what, r, err)
		}
		if len(flushes) != step.txs {
			t.Errorf("%s: %d transactions, want %d", step.what, len(flushes), step.txs)
		}
		for _, f := range flushes {
			if f.Err != nil {
				t.Errorf("%s: %v", step.what, f.Err)
			}
		}
	}
}

// TestPlansOfLogins makes sure that what PostgreSQL plans for a group of logins
// while the tables are empty, and keeps, looks each login up by an index: the
// plan still serves when there are many.
func TestPlansOfLogins(t *testing.T) {
	t.Parallel()
	db, err := store.Open(t.Context(), schemaDSN(t), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	plans, err := db.PlansOfLogins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(Seq|Index|Index Only) Scan.* on (identities|sessions|users|unions) `)
	for name, plan := range plans {
		for i, line := range plan {
			if table.MatchString(line) && (i+1 == len(plan) || !strings.Contains(plan[i+1], "Index Cond:")) {
				t.Errorf("%s reads a whole table: %s\n%s", name, line, strings.Join(plan, "\n"))
			}
		}
	}
}
