package server_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/server"
	"github.com/hufu-id/hufu/internal/store"
)

// readsRig is a server at noon (UTC), with keys to read and to ask the audit.
type readsRig struct {
	*rig
	at    *clock
	db    *store.DB
	admin string
}

func newReadsRig(t *testing.T, adjust ...func(*rig)) *readsRig {
	t.Helper()
	at := &clock{}
	noon := time.Now().UTC().Truncate(24 * time.Hour).Add(36 * time.Hour)
	at.advance(time.Until(noon))
	r := &readsRig{at: at}
	r.rig = newRig(t, append(adjust, func(r *rig) { r.now = at.Now })...)
	var err error
	r.db, err = store.Open(t.Context(), r.cfg.Store.Reveal(), store.Options{})
	must(t, err)
	t.Cleanup(func() { _ = r.db.Close() })
	_, r.admin = r.key("admin")
	return r
}

func (r *readsRig) key(scopes string, apps ...string) (_ id.KeyID, key string) {
	r.t.Helper()
	order := app.KeyOrder{Name: "test", Scopes: strings.Fields(scopes)}
	for _, each := range apps {
		order.AppIDs = append(order.AppIDs, id.AppID(each))
	}
	record, secret, err := app.NewKey(order, time.Now())
	must(r.t, err)
	must(r.t, r.db.MakeAPIKey(r.t.Context(), record))
	return record.ID, secret.Reveal()
}

// entries asks the audit; each entry is its action and what it says of users.
func (r *readsRig) entries(query string) (list []string) {
	r.t.Helper()
	a := r.call("GET", "/v1/server/audit"+query, r.admin, nil)
	r.want(a, 200, "")
	for _, each := range a.body["data"].([]any) {
		e := each.(map[string]any)
		d := e["details"].(map[string]any)
		line := fmt.Sprint(e["action"], " by ", e["actor"])
		for _, member := range []any{e["user_id"], e["appid"], d["count"], d["from_user_id"], d["to_user_id"], d["appids"]} {
			if member != nil {
				line += fmt.Sprint(" ", member)
			}
		}
		list = append(list, line)
	}
	return list
}

func (r *readsRig) wantEntries(query string, want ...string) {
	r.t.Helper()
	if got := r.entries(query); fmt.Sprint(got) != fmt.Sprint(want) {
		r.t.Errorf("the audit of %q:\n%s\nwant\n%s", query, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// person logs somebody in, and returns what a business knows of them.
func (r *readsRig) person(appid, name string) (user, openid, unionid string) {
	r.t.Helper()
	a := r.call("GET", "/v1/me", r.login(appid, name), nil)
	r.want(a, 200, "")
	return a.body["id"].(string), a.body["openid"].(string), a.body["unionid"].(string)
}

// exec changes the database behind the server's back.
func (r *readsRig) exec(query string) {
	r.t.Helper()
	raw, err := sql.Open("sqlite", strings.TrimPrefix(r.cfg.Store.Reveal(), "sqlite:"))
	must(r.t, err)
	defer raw.Close()
	_, err = raw.ExecContext(r.t.Context(), query)
	must(r.t, err)
}

// TestReads takes every way to read a person, each with a key of its own: the
// audit has an entry, by ids alone; once a day, and again on the next.
func TestReads(t *testing.T) {
	t.Parallel()
	r := newReadsRig(t)
	user, openid, unionid := r.person(app1, "alice")
	must(t, r.putExternalID(user, "crm-1"))
	lookup := func(body map[string]string) func(key string) answer {
		return func(key string) answer { return r.call("POST", "/v1/server/users/lookup", key, body) }
	}
	path := "/v1/server/users/" + user
	for name, c := range map[string]struct {
		scopes string
		read   func(key string) answer
	}{
		"get":      {"users:read", func(key string) answer { return r.call("GET", path, key, nil) }},
		"openid":   {"users:read", lookup(map[string]string{"appid": app1, "openid": openid})},
		"unionid":  {"users:read", lookup(map[string]string{"open_account": r.openAccount(), "unionid": unionid})},
		"external": {"users:read", lookup(map[string]string{"external_id": "crm-1"})},
		"change":   {"users:write", func(key string) answer { return r.call("POST", path, key, map[string]string{"nickname": "Ali"}) }},
		"disable":  {"users:write", func(key string) answer { return r.call("POST", path+"/disable", key, nil) }},
		"enable":   {"users:write", func(key string) answer { return r.call("POST", path+"/enable", key, nil) }},
		"phone":    {"users:read phone:read", func(key string) answer { return r.call("GET", path, key, nil) }},
	} {
		keyID, key := r.key(c.scopes)
		asked := "?action=user.read&actor=" + string(keyID)
		for range 3 {
			r.want(c.read(key), 200, "")
		}
		once := fmt.Sprintf("user.read by %s %s", keyID, user)
		r.wantEntries(asked, once)
		r.at.advance(12*time.Hour + time.Minute) // past midnight
		r.want(c.read(key), 200, "")
		r.wantEntries(asked, once, once)
		r.at.advance(12*time.Hour - time.Minute)
		if text := r.call("GET", "/v1/server/audit"+asked, r.admin, nil).text; strings.Contains(text, openid) || strings.Contains(text, unionid) {
			t.Errorf("%s: the audit holds more than ids: %s", name, text)
		}
	}
	if list := r.entries(""); strings.Contains(fmt.Sprint(list), "user.read") {
		t.Errorf("reads stand among all else: %q", list)
	}
	if list := r.entries("?user=" + user); strings.Count(fmt.Sprint(list), "user.read") != 16 {
		t.Errorf("of the user: %q", list)
	}
	export, key := r.key("users:read phone:read")
	a := r.call("GET", path+"/export", key, nil)
	r.want(a, 200, "")
	if n := strings.Count(a.text, `"user.read"`); n != 16 {
		t.Errorf("%d in the export", n)
	}
	r.wantEntries("?action=user.read&actor=" + string(export)) // it has an entry of its own
}

func (r *readsRig) openAccount() string {
	account := r.cfg.Apps[0].OpenAccount
	return string(account)
}

func (r *readsRig) putExternalID(user, external string) error {
	_, key := r.key("users:write")
	if a := r.call("POST", "/v1/server/users/"+user, key, map[string]string{"external_id": external}); a.status != 200 {
		return fmt.Errorf("external id: %d %s", a.status, a.text)
	}
	// What that showed is not what the test is about.
	r.entries("") // writes it
	r.exec(`DELETE FROM audit_reads`)
	return nil
}

// TestReads_Nothing: who is shown nobody leaves no entry.
func TestReads_Nothing(t *testing.T) {
	t.Parallel()
	r := newReadsRig(t)
	user, openid, _ := r.person(app2, "alice")
	_, key := r.key("users:read tokens:introspect", app1)
	_, reader := r.key("users:read tokens:introspect")
	_, writer := r.key("users:write")
	token := r.login(app2, "bob")
	for name, c := range map[string]struct {
		key, method, path string
		body              any
		status            int
	}{
		"OtherApp":   {key, "GET", "/v1/server/users/" + user, nil, 404},
		"AppRefused": {key, "POST", "/v1/server/users/lookup", map[string]string{"appid": app2, "openid": openid}, 403},
		"NoScope":    {writer, "GET", "/v1/server/users/" + user, nil, 403},
		"NoScopes":   {writer, "GET", "/v1/server/users", nil, 403},
		"NobodyByID": {reader, "GET", "/v1/server/users/usr_01kah5qnqfefgrpyy7v6fmxa3s", nil, 404},
		"Nobody":     {reader, "POST", "/v1/server/users/lookup", map[string]string{"external_id": "nobody"}, 404},
		"EmptyPage":  {key, "GET", "/v1/server/users", nil, 200},
		"NoMerges":   {reader, "GET", "/v1/server/merges", nil, 200},
		"Revoked":    {reader, "GET", "/v1/server/revocations", nil, 200},
		"Myself":     {token, "GET", "/v1/me", nil, 200},
	} {
		if a := r.call(c.method, c.path, c.key, c.body); a.status != c.status {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	r.wantEntries("?action=user.read")
	r.wantEntries("?action=users.listed")
}

// TestReads_Pages reads the whole list, page by page: one entry, which tells of
// each who was in it.
func TestReads_Pages(t *testing.T) {
	t.Parallel()
	r := newReadsRig(t)
	var users []string
	for i, name := range []string{"alice", "bob", "carol"} {
		appid := app1
		if i == 1 {
			appid = app2
		}
		user, _, _ := r.person(appid, name)
		users = append(users, user)
		r.at.advance(time.Second) // the list is in the order of their ids
	}
	all, key := r.key("users:read")
	one, ofOne := r.key("users:read", app1)
	read := func(key string) {
		t.Helper()
		for cursor := ""; ; {
			a := r.call("GET", "/v1/server/users?limit=1"+cursor, key, nil)
			r.want(a, 200, "")
			next, more := a.body["next_cursor"].(string)
			if !more {
				return
			}
			cursor = "&cursor=" + next
		}
	}
	read(key)
	read(key)
	read(ofOne)
	whole := fmt.Sprintf("users.listed by %s 3 %s %s", all, users[0], users[2])
	part := fmt.Sprintf("users.listed by %s 2 %s %s [%s]", one, users[0], users[2], app1)
	r.wantEntries("?action=users.listed", part, whole)
	r.wantEntries("?action=users.listed&actor="+string(all), whole)
	r.wantEntries("?user="+users[0], part, whole)
	r.wantEntries("?user="+users[1], whole)
	r.wantEntries("?user=usr_01kah5qnqfefgrpyy7v6fmxa3s")
	_, exporter := r.key("users:read phone:read")
	a := r.call("GET", "/v1/server/users/"+users[1]+"/export", exporter, nil)
	r.want(a, 200, "")
	if strings.Count(a.text, "users.listed") != 1 || strings.Contains(a.text, users[0]) || strings.Contains(a.text, users[2]) {
		t.Errorf("the export: %s", a.text)
	}
	r.at.advance(24 * time.Hour)
	read(key)
	r.wantEntries("?action=users.listed&actor="+string(all), whole, whole)
	// An erased person's entries stay.
	_, writer := r.key("users:write")
	r.want(r.call("DELETE", "/v1/server/users/"+users[1], writer, nil), 204, "")
	if list := r.entries("?user=" + users[1]); strings.Count(fmt.Sprint(list), whole) != 2 {
		t.Errorf("after the erasure: %q", list)
	}
}

// TestReads_PassedOver: of a key for some apps, a page may end at somebody who is
// in none of them; the next one goes on in the same entry.
func TestReads_PassedOver(t *testing.T) {
	t.Parallel()
	r := newReadsRig(t)
	first, _, _ := r.person(app1, "alice")
	r.at.advance(time.Second)
	next := string(id.NewUserID(r.now()))
	r.exec(fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
		INSERT INTO users (id, created_at) SELECT '%s' || printf('%%04d', i), 1 FROM n`, next[:len(next)-4]))
	r.exec(fmt.Sprintf(`INSERT INTO identities (appid, openid, user_id, created_at, last_login_at, session_keys)
		SELECT '%s', id, id, 1, 1, x'' FROM users WHERE id <> '%s'`, app2, first))
	r.at.advance(time.Second)
	last, _, _ := r.person(app1, "bob")
	keyID, key := r.key("users:read", app1)
	a := r.call("GET", "/v1/server/users?limit=2", key, nil)
	r.want(a, 200, "")
	next = a.body["next_cursor"].(string)
	if n := len(a.body["data"].([]any)); n != 1 || next == first {
		t.Fatalf("%d on the page: %s", n, a.text)
	}
	r.want(r.call("GET", "/v1/server/users?limit=2&cursor="+next, key, nil), 200, "")
	r.wantEntries("?action=users.listed", fmt.Sprintf("users.listed by %s 2 %s %s [%s]", keyID, first, last, app1))
}

// TestReads_Merges: a list of pairs tells something of both.
func TestReads_Merges(t *testing.T) {
	t.Parallel()
	r := newReadsRig(t)
	one, _, _ := r.person(app1, "alice")
	two, _, _ := r.person(app1, "bob")
	r.exec(fmt.Sprintf(`INSERT INTO merges (id, state, reason, open_account, first_user, second_user, created_at)
		VALUES ('mrg_01kah5qnqfefgrpyy7v6fmxa3s', 'pending', 'late_unionid', 'acme', '%s', '%s', 1)`, min(one, two), max(one, two)))
	keyID, key := r.key("users:read", app1)
	for range 2 {
		r.want(r.call("GET", "/v1/server/merges?state=pending", key, nil), 200, "")
	}
	for _, user := range []string{one, two} {
		r.wantEntries("?action=user.read&user="+user, fmt.Sprintf("user.read by %s %s %s", keyID, user, app1))
	}
}

// TestReads_Failing: once nothing can be written down, nobody new is shown. What
// was written down that day is shown without asking the database for it.
func TestReads_Failing(t *testing.T) {
	t.Parallel()
	r := newReadsRig(t)
	user, openid, _ := r.person(app1, "alice")
	other, _, _ := r.person(app1, "bob")
	r.exec(fmt.Sprintf(`INSERT INTO merges (id, state, reason, open_account, first_user, second_user, created_at)
		VALUES ('mrg_01kah5qnqfefgrpyy7v6fmxa3s', 'pending', 'late_unionid', 'acme', '%s', '%s', 1)`, min(user, other), max(user, other)))
	_, known := r.key("users:read")
	calls := []func(key string) answer{
		func(key string) answer { return r.call("GET", "/v1/server/users/"+user, key, nil) },
		func(key string) answer {
			return r.call("POST", "/v1/server/users/lookup", key, map[string]string{"appid": app1, "openid": openid})
		},
		func(key string) answer { return r.call("GET", "/v1/server/users", key, nil) },
		func(key string) answer { return r.call("GET", "/v1/server/merges", key, nil) },
	}
	for _, call := range calls {
		r.want(call(known), 200, "")
	}
	r.exec(`ALTER TABLE audit_reads RENAME TO reads_gone`)
	r.exec(`ALTER TABLE audit_listings RENAME TO listings_gone`)
	keyID, key := r.key("users:read")
	_, first := r.key("users:read")
	r.want(calls[0](first), 200, "") // nobody knows yet
	r.want(r.call("GET", "/v1/server/audit", r.admin, nil), 500, "internal")
	for i, call := range calls {
		r.want(call(known), 200, "")
		a := call(key)
		r.want(a, 500, "internal")
		if strings.Contains(a.text, openid) || strings.Contains(a.text, user) {
			t.Errorf("call %d shows %s", i, a.text)
		}
	}
	r.exec(`ALTER TABLE reads_gone RENAME TO audit_reads`)
	r.exec(`ALTER TABLE listings_gone RENAME TO audit_listings`)
	for _, call := range calls {
		r.want(call(key), 200, "")
	}
	if n := len(r.entries("?action=user.read&actor=" + string(keyID))); n != 2 {
		t.Errorf("%d entries, want one of each person", n)
	}
	if n := len(r.entries("?action=users.listed&actor=" + string(keyID))); n != 1 {
		t.Errorf("%d entries of the list", n)
	}
}

// TestReads_Off: who wants no such entries has none, and loses those there are.
func TestReads_Off(t *testing.T) {
	t.Parallel()
	r := newReadsRig(t)
	user, _, _ := r.person(app1, "alice")
	_, key := r.key("users:read")
	read := func(at *replica) {
		t.Helper()
		r.want(r.callAt(at, "GET", "/v1/server/users/"+user, key, nil), 200, "")
		r.want(r.callAt(at, "GET", "/v1/server/users", key, nil), 200, "")
		r.want(r.callAt(at, "GET", "/v1/server/merges", key, nil), 200, "")
	}
	read(r.replica)
	cfg := *r.cfg
	cfg.NoReadRecords = true
	r.cfg = &cfg
	off := r.start()
	r.at.advance(24 * time.Hour)
	read(off)
	if list := r.entries("?user=" + user); len(list) != 2 {
		t.Errorf("%q", list)
	}
	must(t, r.server.Prune(t.Context()))
	if list := r.entries("?user=" + user); len(list) != 2 {
		t.Errorf("who sets no time keeps them: %q", list)
	}
	must(t, off.server.Prune(t.Context()))
	r.wantEntries("?user=" + user)
}

// TestReads_Close: a server of which only the handler is served loses nothing at
// its end.
func TestReads_Close(t *testing.T) {
	t.Parallel()
	r := newReadsRig(t)
	user, _, _ := r.person(app1, "alice")
	keyID, key := r.key("users:read")
	s, err := server.New(t.Context(), r.cfg, server.Options{Logger: slog.New(slog.DiscardHandler), Now: r.now})
	must(t, err)
	front := httptest.NewServer(s.Handler())
	r.want(r.callAt(&replica{s, front.URL}, "GET", "/v1/server/users/"+user, key, nil), 200, "")
	front.Close()
	must(t, s.Close())
	r.wantEntries("?action=user.read", fmt.Sprintf("user.read by %s %s", keyID, user))
}
