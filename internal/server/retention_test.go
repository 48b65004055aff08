package server_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/store"
)

// TestRetention moves the clock, and looks what is forgotten when.
func TestRetention(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, adjust := range map[string]func(*rig){"SQLite": func(*rig) {}, "Postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := &clock{}
			r := newRig(t, adjust, func(r *rig) {
				r.now = at.Now
				r.cfg.SessionIdleLife, r.cfg.SessionAbsoluteLife = 10*day, 20*day
				r.cfg.LoginRecordsKept, r.cfg.AuditKept, r.cfg.ReadsKept = 30*day, 40*day, 35*day
			})
			r.login(app1, "alice")
			db, err := store.Open(t.Context(), r.cfg.Store.Reveal(), store.Options{})
			must(t, err)
			t.Cleanup(func() { _ = db.Close() })
			for range 1100 { // more than two batches
				must(t, db.AppendAudit(t.Context(), audit.New(time.Now(), audit.System, audit.UsersImported)))
				if name == "Postgres" {
					break
				}
			}
			made := time.Now()
			read := audit.Read{At: made, Actor: audit.Key(id.NewKeyID(made))}
			for range 600 { // more than a batch
				read.Users = append(read.Users, id.NewUserID(made))
			}
			must(t, db.RecordReads(t.Context(), []audit.Read{read}))
			must(t, db.RecordListing(t.Context(), audit.Listing{At: made, Actor: read.Actor, First: read.Users[0], Last: read.Users[0], Count: 1}))
			count := func(table string) (n int) {
				t.Helper()
				driver, dsn := "pgx", r.cfg.Store.Reveal()
				if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
					driver, dsn = "sqlite", path
				}
				raw, err := sql.Open(driver, dsn)
				must(t, err)
				defer raw.Close()
				must(t, raw.QueryRow(`SELECT COUNT(*) FROM `+table).Scan(&n))
				return n
			}
			entries := count("audit")
			for _, step := range []struct {
				ahead                  time.Duration
				sessions, audit, reads int
			}{{29 * day, 1, entries, 600}, {2 * day, 0, entries, 600}, {5 * day, 0, entries, 0}, {3 * day, 0, entries, 0}, {2 * day, 0, 0, 0}} {
				at.advance(step.ahead)
				must(t, r.server.Prune(t.Context()))
				if s, a := count("sessions"), count("audit"); s != step.sessions || a != step.audit {
					t.Errorf("after %v more: %d sessions and %d entries, want %d and %d", step.ahead, s, a, step.sessions, step.audit)
				}
				if n, l := count("audit_reads"), count("audit_listings"); n != step.reads || l != min(step.reads, 1) {
					t.Errorf("after %v more: %d reads and %d lists, want %d", step.ahead, n, l, step.reads)
				}
			}
			if n := count("identities"); n != 1 {
				t.Error("a person was forgotten")
			}
		})
	}
}
