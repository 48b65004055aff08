package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity/importing"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/server"
	"github.com/hufu-id/hufu/internal/store"
)

// imports imports rows of openid, unionid, phone, nickname and external_id, beside
// the server.
func (r *rig) imports(appid, rows string, adjust ...func(*importing.Config)) (counts importing.Counts, rejects []importing.Code, err error) {
	r.t.Helper()
	file := "openid,unionid,phone,nickname,external_id\n" + rows
	c := importing.Config{
		AppID: id.AppID(appid), Input: strings.NewReader(file), Size: int64(len(file)), Format: importing.CSV, Zone: time.UTC,
		Begun: func(importing.Progress) {}, Observe: func(importing.Progress) {}, Now: r.now,
		Rejected: func(reject importing.Reject) { rejects = append(rejects, reject.Code) },
	}
	for _, f := range adjust {
		f(&c)
	}
	end, err := server.Import(r.t.Context(), r.cfg, c)
	return end.Counts, rejects, err
}

func (r *rig) mustImport(appid, rows string, want importing.Counts, rejected ...importing.Code) {
	r.t.Helper()
	got, rejects, err := r.imports(appid, rows)
	if err != nil || got != want || fmt.Sprint(rejects) != fmt.Sprint(rejected) {
		r.t.Fatalf("import: %+v %v, %v; want %+v %v", got, rejects, err, want, rejected)
	}
}

// names are what WeChat calls a person in an app.
func (r *rig) names(appid, user string) (openid, unionid string) {
	r.t.Helper()
	openid, err := r.sim.OpenID(appid, user)
	must(r.t, err)
	unionid, err = r.sim.UnionID(appid, user)
	must(r.t, err)
	return openid, unionid
}

func (r *rig) users() (n int) {
	r.t.Helper()
	must(r.t, r.raw().QueryRowContext(r.t.Context(), `SELECT COUNT(*) FROM users`).Scan(&n))
	return n
}

// TestImport_Serves: backends find who was imported, before any login and after
// the first, which makes them whole.
func TestImport_Serves(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		openid, unionid := r.names(app1, "alice")
		r.mustImport(app1, openid+","+unionid+",13800138000,爱丽丝,crm-1\n", importing.Counts{Made: 1})
		key := r.key(app.ScopeUsersRead, app.ScopeUsersWrite, app.ScopePhoneRead, app.ScopeLoginAssert)
		blind := r.key(app.ScopeUsersRead)
		look := func(key string, by map[string]string) answer {
			t.Helper()
			a := r.call("POST", "/v1/server/users/lookup", key, by)
			r.want(a, 200, "")
			return a
		}
		user := ""
		for what, by := range map[string]map[string]string{
			"openid": {"appid": app1, "openid": openid}, "unionid": {"open_account": string(r.cfg.Apps[0].OpenAccount), "unionid": unionid},
			"phone": {"phone_number": "+8613800138000"}, "external id": {"external_id": "crm-1"},
		} {
			a := look(key, by)
			if user == "" {
				user = a.body["id"].(string)
			}
			if a.body["id"] != user || a.body["phone_number"] != "+8613800138000" || a.body["external_id"] != "crm-1" {
				t.Errorf("by %s: %s", what, a.text)
			}
			// Who has never logged in is known, since when they were made.
			one := a.body["identities"].([]any)[0].(map[string]any)
			if one["last_login_at"] != a.body["created_at"] {
				t.Errorf("by %s: a login that nobody saw: %s", what, a.text)
			}
		}
		if a := look(blind, map[string]string{"external_id": "crm-1"}); a.body["phone_number"] != "138****8000" {
			t.Errorf("without phone:read: %s", a.text)
		}

		// A session that a backend makes has no session_key behind it.
		a := r.call("POST", "/v1/server/sessions", key, map[string]string{"appid": app1, "openid": openid})
		r.want(a, 200, "")
		token := a.body["access_token"].(string)
		if me := a.body["user"].(map[string]any); me["id"] != user || me["phone_number"] != "138****8000" || me["nickname"] != "爱丽丝" || a.body["is_new_user"] != false {
			t.Errorf("asserted: %s", a.text)
		}
		code, err := r.sim.Login(app1, "alice")
		must(t, err)
		r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(r.steps("alice"))), 422, "session_key_stale")
		wechat := r.call("GET", "/v1/session?wechat=true", token, nil)
		r.want(wechat, 200, "")
		if wechat.body["wechat_session"] != "expired" {
			t.Errorf("without a session_key: %s", wechat.text)
		}

		a = r.call("POST", "/v1/login", "", map[string]string{"appid": app1, "code": code})
		r.want(a, 200, "")
		if me := a.body["user"].(map[string]any); me["id"] != user || me["phone_number"] != "138****8000" || me["unionid"] != unionid || a.body["is_new_user"] != false {
			t.Errorf("the first login: %s", a.text)
		}
		r.want(r.call("POST", "/v1/me/decrypt", a.body["access_token"].(string), sealedBody(r.steps("alice"))), 200, "")
		if other := r.call("GET", "/v1/me", r.login(app2, "alice"), nil); other.body["id"] != user {
			t.Errorf("in another app: %s", other.text)
		}
		export := r.call("GET", "/v1/server/users/"+user+"/export", key, nil)
		r.want(export, 200, "")
		for _, want := range []string{`"number":"+8613800138000"`, `"external_id":"crm-1"`, `"nickname":"爱丽丝"`} {
			if !strings.Contains(export.text, want) {
				t.Errorf("the export lacks %s: %s", want, export.text)
			}
		}
	})
}

// TestImport_NeverLoggedIn: who is imported and never comes is handed out whole,
// erased whole, and somebody new when they are imported again.
func TestImport_NeverLoggedIn(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		key := r.key(app.ScopeUsersRead, app.ScopeUsersWrite, app.ScopePhoneRead)
		const row = "oNeverHere00001,uNeverHere00001,13700137001,never-here-name,never-here-crm\n"
		r.mustImport(app1, row, importing.Counts{Made: 1})
		a := r.call("POST", "/v1/server/users/lookup", key, map[string]string{"external_id": "never-here-crm"})
		r.want(a, 200, "")
		l := life{user: a.body["id"].(string), traces: map[string]string{
			"openid": "oNeverHere00001", "unionid": "uNeverHere00001", "nickname": "never-here-name", "external id": "never-here-crm",
		}}
		db := r.raw()
		if found := l.left(r, db); len(found) < 5 {
			t.Fatalf("the search finds too little: %v", found)
		}
		export := r.call("GET", "/v1/server/users/"+l.user+"/export", key, nil)
		r.want(export, 200, "")
		for _, text := range l.traces {
			if !strings.Contains(export.text, text) {
				t.Errorf("the export lacks %s: %s", text, export.text)
			}
		}
		if !strings.Contains(export.text, `"number":"+8613700137001"`) || !strings.Contains(export.text, `"held":0`) {
			t.Errorf("export: %s", export.text)
		}
		r.want(r.call("DELETE", "/v1/server/users/"+l.user, key, nil), 204, "")
		l.nowhere(r, db)
		r.mustImport(app1, row, importing.Counts{Made: 1})
		again := r.call("POST", "/v1/server/users/lookup", key, map[string]string{"phone_number": "13700137001"})
		r.want(again, 200, "")
		if again.body["id"] == l.user || again.body["external_id"] != "never-here-crm" {
			t.Errorf("imported again: %s", again.text)
		}
		r.want(r.call("GET", "/v1/server/users/"+l.user, key, nil), 404, "not_found")
	})
}

// TestImport_Merged: what is imported about a user who was merged fills the one
// who is left.
func TestImport_Merged(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		here, unionid := r.names(app1, "alice")
		there, _ := r.names(app2, "alice")
		r.mustImport(app1, here+",,,,\n", importing.Counts{Made: 1})
		r.mustImport(app2, there+",,,,crm-2\n", importing.Counts{Made: 1})
		survivor := r.call("GET", "/v1/me", r.login(app1, "alice"), nil).body["id"]
		if other := r.call("GET", "/v1/me", r.login(app2, "alice"), nil); other.body["id"] != survivor {
			t.Fatalf("not merged: %s", other.text)
		}
		r.mustImport(app1, here+","+unionid+",13800138000,爱丽丝,crm-2\n", importing.Counts{Filled: 1})
		r.mustImport(app2, there+",,13900139000,别名,crm-2\n", importing.Counts{Unchanged: 1})
		r.mustImport(app2, "oSomebodyElse,"+unionid+",,,\noNobodyElse,,,,crm-2\n"+there+",,,,crm-3\n",
			importing.Counts{Rejected: 3}, importing.UnionIDTaken, importing.ExternalIDTaken, importing.ExternalIDDiffers)
		key := r.key(app.ScopeUsersRead, app.ScopePhoneRead)
		a := r.call("POST", "/v1/server/users/lookup", key, map[string]string{"external_id": "crm-2"})
		r.want(a, 200, "")
		if a.body["id"] != survivor || a.body["phone_number"] != "+8613800138000" || a.body["nickname"] != "爱丽丝" {
			t.Errorf("who is left: %s", a.text)
		}
	})
}

// TestImport_MasterKey: an import seals under nothing but the key of the servers.
func TestImport_MasterKey(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		right := r.cfg.MasterKey
		wrong, err := seal.NewMasterKey()
		must(t, err)
		staged, err := seal.Stage(right)
		must(t, err)
		ahead, err := seal.Activate(staged)
		must(t, err)
		refused := func(what string, master secret.String, words string) {
			t.Helper()
			r.cfg.MasterKey = master
			for _, dry := range []bool{true, false} {
				_, _, err := r.imports(app1, "o1,,13800138000,,\n", func(c *importing.Config) { c.DryRun = dry })
				if err == nil || !strings.Contains(err.Error(), words) {
					t.Errorf("%s, dry run %v: %v", what, dry, err)
				}
			}
		}
		refused("another key", wrong, "holds data sealed under the master key")
		refused("a key that no server has", ahead, "no server has it yet")
		refused("half a key", secret.New(right.Reveal()[:60]), "damaged")
		if n := r.users(); n != 0 {
			t.Errorf("%d users were imported", n)
		}
		r.cfg.MasterKey = staged
		r.mustImport(app1, "o1,,13800138000,,\n", importing.Counts{Made: 1})
		if _, err := r.server.ReplaceMasterKey(t.Context(), staged); err != nil {
			t.Fatal(err)
		}
		if _, err := r.server.ReplaceMasterKey(t.Context(), ahead); err != nil {
			t.Fatal(err)
		}
		r.cfg.MasterKey = ahead
		r.mustImport(app1, "o2,,13800138002,,\n", importing.Counts{Made: 1})
		key := r.key(app.ScopeUsersRead, app.ScopePhoneRead)
		for _, number := range []string{"+8613800138000", "+8613800138002"} {
			a := r.call("POST", "/v1/server/users/lookup", key, map[string]string{"phone_number": number})
			if r.want(a, 200, ""); a.body["phone_number"] != number {
				t.Errorf("the server does not open what was imported: %s", a.text)
			}
		}
	})
}

// TestImport_Rotation: a key is not retired while an import seals under it, and
// once it is, the import ends.
func TestImport_Rotation(t *testing.T) {
	t.Parallel()
	for name, adjust := range map[string]func(*rig){"SQLite": func(*rig) {}, "Postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := (&clock{}).stop()
			r := newRig(t, func(r *rig) { r.now = c.Now }, adjust)
			db, err := store.Open(t.Context(), r.cfg.Store.Reveal(), store.Options{})
			must(t, err)
			t.Cleanup(func() { db.Close() })
			sealing := func() masterkey.Record {
				t.Helper()
				records, err := db.MasterKeys(t.Context())
				must(t, err)
				return records[0]
			}
			var rows strings.Builder
			for i := range 1400 {
				fmt.Fprintf(&rows, "o%d,,138%08d,,\n", i, i)
			}
			batches := 0
			counts, _, err := r.imports(app1, rows.String(), func(config *importing.Config) {
				config.Observe = func(importing.Progress) {
					c.advance(40 * time.Second)
					if batches++; batches == 2 {
						if record := sealing(); c.Now().Sub(record.SealingAt) > 45*time.Second {
							t.Errorf("an import told last %s ago that it seals", c.Now().Sub(record.SealingAt))
						}
						must(t, db.RetireMasterKeys(context.Background(), []masterkey.KeyID{sealing().ID}, c.Now()))
					}
				}
			})
			if !errors.Is(err, masterkey.ErrRetired) || counts.Made != 1000 || r.users() != 1000 {
				t.Errorf("after the key was retired: %+v, %v", counts, err)
			}
		})
	}
}
