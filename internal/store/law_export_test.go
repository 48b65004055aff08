package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	wire "github.com/go-json-experiment/json"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/store/storetest"
)

// TestExport fills a person with every kind of data, exports them, and looks for
// the value of each column where the list says that it stands.
func TestExport(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) storetest.Database{"SQLite": freshSQLite, "Postgres": freshPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := fillPerson(t, fresh(t))
			for _, asked := range []id.UserID{p.user, p.loser} {
				doc := p.export(t, asked)
				for table, columns := range store.Treatments() {
					for column, treatment := range columns {
						if treatment.Export != "" {
							p.find(t, doc, table, column, treatment.Export)
						}
					}
				}
				if text := fmt.Sprint(doc); strings.Contains(text, "bystander") || strings.Contains(text, string(p.bystander)) {
					t.Errorf("somebody else is in it: %s", text)
				}
			}
			if len(p.audited(t)) != 2 {
				t.Error("the audit does not tell of each export")
			}
		})
	}
}

// export exports the person, as a business would get it.
func (p *person) export(t *testing.T, user id.UserID) map[string]any {
	t.Helper()
	x := identity.Exporter{Store: p.store, Audit: p.store, Phones: p.book, Now: time.Now}
	out, err := x.Export(t.Context(), user, func(id.AppID) bool { return true }, audit.CLI)
	if err != nil {
		t.Fatal(err)
	}
	text, err := wire.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func (p *person) audited(t *testing.T) []audit.Entry {
	t.Helper()
	list, err := p.store.Audit(t.Context(), audit.Filter{UserID: p.user, Action: audit.UserExported}, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// find looks for all values of a column at a path.
func (p *person) find(t *testing.T, doc map[string]any, table, column, path string) {
	t.Helper()
	own := p.own[table]
	if own == "" {
		t.Errorf("%s: the test does not fill this table", table)
		return
	}
	switch column { // they are on one of a merged user's row
	case "merged_into", "merged_at":
		own = `merged_into IS NOT NULL AND id = '` + string(p.loser) + `'`
	}
	rows, err := p.db.SQL.Query(`SELECT ` + column + ` FROM ` + table + ` WHERE ` + column + ` IS NOT NULL AND ` + own)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var stand []any
	collect(doc, strings.Split(path, "."), &stand)
	values := 0
	for rows.Next() {
		var value any
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values++
		for _, want := range p.told(t, table, column, value) {
			if !has(stand, want) {
				t.Errorf("%s.%s: %v is not at %s, where there is %v", table, column, want, path, stand)
			}
		}
	}
	if err := rows.Err(); err != nil || values == 0 {
		t.Errorf("%s.%s: the test does not fill it, %v", table, column, err)
	}
}

// told is a value of the database as the export tells it.
func (p *person) told(t *testing.T, table, column string, value any) []any {
	t.Helper()
	switch table + "." + column {
	case "users.phone_sealed":
		return []any{p.phone.E164()}
	case "identities.session_keys":
		return p.keysReceived
	case "sessions.generation":
		return []any{json.Number(fmt.Sprint(value.(int64) - 1))}
	case "open_data_failures.failures", "audit_listings.shown":
		return []any{json.Number(fmt.Sprint(value))}
	case "sessions.device", "audit.details":
		// Of an entry about several users, this one.
		text := strings.Replace(fmt.Sprintf("%s", value), `"`+string(p.bystander)+`",`, "", 1)
		var o any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&o); err != nil {
			t.Fatal(err)
		}
		return []any{o}
	}
	switch v := value.(type) {
	case int64:
		return []any{time.UnixMilli(v).UTC().Format(time.RFC3339Nano)}
	case []byte:
		return []any{base64.StdEncoding.EncodeToString(v)}
	}
	return []any{value}
}

// collect gathers what stands at a path; of lists, in each element.
func collect(node any, path []string, out *[]any) {
	if list, ok := node.([]any); ok {
		for _, each := range list {
			collect(each, path, out)
		}
		return
	}
	if len(path) == 0 {
		*out = append(*out, node)
		return
	}
	if object, ok := node.(map[string]any); ok {
		collect(object[path[0]], path[1:], out)
	}
}

func has(list []any, want any) bool {
	for _, each := range list {
		if reflect.DeepEqual(each, want) {
			return true
		}
	}
	return false
}

// TestExport_Unaudited: what can't be told of is not handed out.
func TestExport_Unaudited(t *testing.T) {
	t.Parallel()
	p := fillPerson(t, freshSQLite(t))
	s, err := p.db.Open(func(op string) (bool, error) { return op != "AppendAudit", nil })
	p.must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	x := identity.Exporter{Store: s, Audit: s, Phones: p.book, Now: time.Now}
	out, err := x.Export(t.Context(), p.user, func(id.AppID) bool { return true }, audit.CLI)
	if err == nil || out.User.ID != "" || len(out.Identities) > 0 {
		t.Errorf("%v, %v", out, err)
	}
}
