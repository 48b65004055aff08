package store_test

import (
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/store/storetest"
)

// TestErasure erases a person with every kind of data, and looks at each column:
// what is not said to be kept is gone, and what is said to be is there.
func TestErasure(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) storetest.Database{"SQLite": freshSQLite, "Postgres": freshPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fillPerson(t, fresh(t))
			p.own["users"] += ` OR id = '` + string(p.loser) + `'`
			p.own["erased_users"] = `user_id IN ('` + string(p.user) + `', '` + string(p.loser) + `')`
			columns := schemaOf(t, p.db.SQL, map[string]string{"SQLite": sqliteColumns, "Postgres": postgresColumns}[name])
			held := p.held(t, columns)
			at := lawDay.Add(10 * time.Minute) // tokens of sessions that ended before may live still
			_, err := p.store.Erase(t.Context(), identity.Erasure{
				UserID: p.loser, Scope: identity.EraseUser, At: at, Until: at.Add(15 * time.Minute), Reason: identity.AskedByBusiness,
			})
			p.must(t, err)
			for c, n := range p.held(t, columns) {
				treatment := store.Treatments()[c.table][c.name]
				switch {
				case treatment.Kept == "" && n > 0:
					t.Errorf("%s.%s: %d of %d are left", c.table, c.name, n, held[c])
				case treatment.Kept != "" && n == 0:
					t.Errorf("%s.%s: nothing is left of what is said to be kept: %s", c.table, c.name, treatment.Kept)
				case treatment.Kept == "" && held[c] == 0:
					t.Errorf("%s.%s: there was nothing to erase", c.table, c.name)
				}
			}
			// By value too, wherever it may have got to.
			for _, place := range storetest.Search(t, p.db.SQL, "canary", p.phone.E164(), p.phone.E164()[3:]) {
				t.Error(place)
			}
			if n := len(storetest.Search(t, p.db.SQL, "bystander")); n < 10 {
				t.Errorf("of somebody else %d places are left", n)
			}
		})
	}
}

// held counts, by column with personal data, what is there of the person.
func (p *person) held(t *testing.T, columns []column) map[column]int {
	t.Helper()
	out := map[column]int{}
	for _, c := range columns {
		if store.Treatments()[c.table][c.name].Impersonal != "" {
			continue
		}
		own, ok := p.own[c.table]
		if !ok {
			t.Fatalf("%s: the test does not fill this table", c.table)
		}
		var n int
		p.must(t, p.db.SQL.QueryRow(`SELECT COUNT(`+c.name+`) FROM `+c.table+` WHERE `+own).Scan(&n))
		out[c] = n
	}
	return out
}
