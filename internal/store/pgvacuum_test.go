package store_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/store"
)

// TestPostgresForgetsStatistics: who is erased is soon in no statistics of
// PostgreSQL's either, also if the server that erased them was ended first.
func TestPostgresForgetsStatistics(t *testing.T) {
	t.Parallel()
	dsn := schemaDSN(t)
	raw, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	db, err := store.Open(t.Context(), dsn+"&synchronous_commit=off", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	w := fillTown(t, db)
	// So that everybody's stand in them, as only some do of many.
	for _, s := range []string{`ALTER TABLE identities ALTER COLUMN openid SET STATISTICS 1000`, `ANALYZE identities`} {
		if _, err := raw.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	due := func() bool {
		t.Helper()
		is, err := db.VacuumDue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	erase := func(n int) (openid string) {
		t.Helper()
		openid = cells(t, raw, `SELECT openid FROM identities WHERE user_id = '`+string(w.users[n])+`'`)[0]
		if !inStatistics(t, raw, openid) {
			t.Fatal("the statistics do not hold the openid: the test shows nothing")
		}
		at := time.Now().Add(-2 * vacuumSlack)
		e := identity.Erasure{UserID: w.users[n], Scope: identity.EraseUser, At: at, Until: at.Add(time.Hour), Reason: identity.AskedByBusiness}
		if _, err := db.Erase(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		return openid
	}
	until := func(what string, is func() bool) {
		t.Helper()
		limit := time.After(time.Minute)
		for !is() {
			select {
			case <-limit:
				t.Fatal("never: " + what)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}

	if due() {
		t.Error("a pass is due, and nobody was erased")
	}
	openid := erase(50)
	if !due() {
		t.Error("no pass is due")
	}
	db.RestartVacuumer(time.Millisecond) // before anybody saw to it
	until("the pass that was due at the start", func() bool { return !due() })
	if inStatistics(t, raw, openid) {
		t.Error("the statistics still hold the openid")
	}

	db.RestartVacuumer(time.Millisecond)
	openid = erase(51)
	until("the statistics without the openid", func() bool { return !inStatistics(t, raw, openid) })
}

// vacuumSlack is by how much the clocks of hufu and of PostgreSQL may differ.
const vacuumSlack = time.Minute

func inStatistics(t *testing.T, raw *sql.DB, openid string) bool {
	t.Helper()
	var n int
	err := raw.QueryRow(`SELECT COUNT(*) FROM pg_stats WHERE schemaname = current_schema() AND
		POSITION($1 IN CONCAT(most_common_vals, histogram_bounds)) > 0`, openid).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// TestPostgresMigratesAfterVacuum: a migration begins when a pass has ended, or
// its ALTER TABLE would hold up all logins until then.
func TestPostgresMigratesAfterVacuum(t *testing.T) {
	t.Parallel()
	dsn := schemaDSN(t)
	raw := openRaw(t, "pgx", dsn)
	raw.SetMaxOpenConns(1) // whose is the lock
	if _, err := raw.Exec(`SELECT pg_advisory_lock(` + store.VacuumLock + `)`); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		db, err := store.Open(t.Context(), dsn, store.Options{})
		if err == nil {
			err = db.Close()
		}
		opened <- err
	}()
	const waiting = `SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
		AND objid = (hashtext(current_schema())::BIGINT & 4294967295)::OID`
	for cells(t, raw, waiting)[0] == "0" {
		select {
		case err := <-opened:
			t.Fatalf("migrated during a pass: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	if _, err := raw.Exec(`SELECT pg_advisory_unlock(` + store.VacuumLock + `)`); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
	if held := cells(t, raw, `SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'
		AND objid = (hashtext(current_schema())::BIGINT & 4294967295)::OID`)[0]; held != "0" {
		t.Errorf("%s locks are held after it", held)
	}
}
