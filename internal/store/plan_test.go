package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPlans makes sure that what runs for each login or request looks things up
// by an index, and sorts nothing.
func TestPlans(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "hufu.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, r := db.backend.reader(t.Context())
	params := regexp.MustCompile(`\$\d+`)
	for _, query := range []string{
		codeMade, findReplayByTime, codesSince, db.stmts.identityForLogin, db.stmts.unionForLogin, updateIdentity, dropUnion, oldestOpen,
		findSession, rotateSession, rotationTarget, ownerOfSession, markEnded, oneSessionLess, revocationsSince, keysOf,
		oldSessions, oldRevocations, listSessions,
	} {
		plan := explain(ctx, t, r, query, len(params.FindAllString(query, -1)))
		text := strings.Join(plan, "; ")
		if strings.Contains(text, "TEMP B-TREE") || regexp.MustCompile(`SCAN \w+(;|$)`).MatchString(text) {
			t.Errorf("%s\nplan: %s", query, text)
		}
		t.Log(text)
	}
}

// explain returns the plan of a query with that many parameters.
func explain(ctx context.Context, t *testing.T, r queryer, query string, params int) (plan []string) {
	t.Helper()
	rows, err := r.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, make([]any, params)...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}

// TestPlansOfLogins makes sure that what PostgreSQL plans for a group of logins
// while the tables are empty, and keeps, looks each login up by an index: the
// plan still serves when there are many.
func TestPlansOfLogins(t *testing.T) {
	t.Parallel()
	dsn := os.Getenv("TEST_POSTGRES_DSN")
	if dsn == "" {
		if os.Getenv("REQUIRE_BACKENDS") == "1" {
			t.Fatal("REQUIRE_BACKENDS=1, but TEST_POSTGRES_DSN is not set")
		}
		t.Skip("TEST_POSTGRES_DSN is not set")
	}
	schema := "hufu_" + strings.ToLower(rand.Text())
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal("TEST_POSTGRES_DSN can't be read")
	}
	defer admin.Close()
	if _, err := admin.Exec(`CREATE SCHEMA ` + schema); err != nil {
		t.Fatal(err)
	}
	defer admin.Exec(`DROP SCHEMA ` + schema + ` CASCADE`)
	separator := "?"
	if strings.Contains(dsn, "?") {
		separator = "&"
	}
	db, err := Open(t.Context(), dsn+separator+"search_path="+schema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.backend.(*postgresDB).logins.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for name, query := range map[string]string{"login_returning": recordReturning, "login_first": recordFirst, "login_full": recordFull} {
		if _, err := conn.ExecContext(t.Context(), `PREPARE `+name+` AS `+query); err != nil {
			t.Fatal(err)
		}
		nulls := strings.TrimSuffix(strings.Repeat("NULL, ", 19), ", ")
		rows, err := conn.QueryContext(t.Context(), `EXPLAIN EXECUTE `+name+` (`+nulls+`)`)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := scanIDs(rows, nil) // lines, in fact
		if err != nil {
			t.Fatal(err)
		}
		plan := make([]string, len(ids))
		for i, line := range ids {
			plan[i] = string(line)
		}
		for i, line := range plan {
			scan := regexp.MustCompile(`(Seq|Index|Index Only) Scan.* on (identities|sessions|users|unions) `).MatchString(line)
			if scan && (i+1 == len(plan) || !strings.Contains(plan[i+1], "Index Cond:")) {
				t.Errorf("%s reads a whole table: %s\n%s", name, line, strings.Join(plan, "\n"))
			}
		}
	}
}
