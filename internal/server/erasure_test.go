package server_test

import (
	"bytes"
	"database/sql"
	"image"
	"image/png"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/store/storetest"
)

// life is a person who has left traces everywhere.
type life struct {
	name           string
	user           string
	tokens         [2]string // of the two apps
	asserted       string
	openids        [2]string
	code, loginKey string // of the first login
	traces         map[string]string
}

// key makes an API key for all apps.
func (r *rig) key(scopes ...string) string {
	r.t.Helper()
	db, err := store.Open(r.t.Context(), r.cfg.Store.Reveal(), store.Options{})
	must(r.t, err)
	defer db.Close()
	record, key, err := app.NewKey(app.KeyOrder{Name: "test", Scopes: scopes}, time.Now())
	must(r.t, err)
	must(r.t, db.MakeAPIKey(r.t.Context(), record))
	return key.Reveal()
}

// first logs a person in as a careful client does.
func (r *rig) first(appid, name, code, key string) answer {
	r.t.Helper()
	body := `{"appid":"` + appid + `","code":"` + code + `","device":{"model":"device-of-` + name + `"},` +
		`"consent":{"policy_version":"policy-of-` + name + `","agreed_at":"2026-01-01T00:00:00Z"}}`
	return r.send("POST", "/v1/login", "", "application/json", []byte(body), map[string]string{"Idempotency-Key": key})
}

func (r *rig) send(method, path, token, kind string, body []byte, header map[string]string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, bytes.NewReader(body))
	must(r.t, err)
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	return r.do(req)
}

// live logs a person in in both apps, and leaves every kind of trace.
func (r *rig) live(name string, key string) life {
	r.t.Helper()
	l := life{name: name, loginKey: "idempotency-key-of-" + name}
	var err error
	l.code, err = r.sim.Login(app1, name)
	must(r.t, err)
	in := r.first(app1, name, l.code, l.loginKey)
	r.want(in, 200, "")
	l.tokens[0], l.tokens[1] = in.body["access_token"].(string), r.login(app2, name)
	var unionid string
	for i, token := range l.tokens {
		me := r.call("GET", "/v1/me", token, nil)
		l.user, l.openids[i], unionid = me.body["id"].(string), me.body["openid"].(string), me.body["unionid"].(string)
	}
	r.want(r.call("POST", "/v1/me/phone", l.tokens[0], code(r.tap(app1, name).Code)), 200, "")
	r.want(r.call("POST", "/v1/me", l.tokens[0], map[string]string{"nickname": "nickname-of-" + name}), 200, "")
	var picture bytes.Buffer
	must(r.t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 90, 90))))
	shown := r.send("POST", "/v1/me/avatar", l.tokens[0], "image/png", picture.Bytes(), nil)
	r.want(shown, 200, "")
	r.want(r.call("POST", "/v1/me/decrypt", l.tokens[0], map[string]string{"encrypted_data": "AAAA", "iv": "x"}), 422, "decrypt_failed")
	r.want(r.call("POST", "/v1/server/users/"+l.user, key, map[string]string{"external_id": "external-of-" + name}), 200, "")
	asserted := r.call("POST", "/v1/server/sessions", key, map[string]string{"appid": app2, "openid": l.openids[1]})
	r.want(asserted, 200, "")
	l.asserted = asserted.body["access_token"].(string)
	r.want(r.call("GET", "/v1/server/users/"+l.user+"/export", key, nil), 200, "")
	number := r.number(name)
	l.traces = map[string]string{
		"openid": l.openids[0], "openid of the other app": l.openids[1], "unionid": unionid, "number": number, "masked number": masked(number),
		"nickname": "nickname-of-" + name, "device": "device-of-" + name, "policy": "policy-of-" + name, "external id": "external-of-" + name,
		"avatar": path.Base(shown.body["avatar_url"].(string)),
	}
	return l
}

// raw is the database behind the server's back.
func (r *rig) raw() *sql.DB {
	r.t.Helper()
	driver, dsn := "pgx", r.cfg.Store.Reveal()
	if file, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		driver, dsn = "sqlite", file+"?_busy_timeout=5000"
	}
	db, err := sql.Open(driver, dsn)
	must(r.t, err)
	r.t.Cleanup(func() { db.Close() })
	return db
}

// left tells which traces stand in a column of a table, or in a byte of a file.
func (l *life) left(r *rig, db *sql.DB) (found []string) {
	r.t.Helper()
	texts := []string{l.user}
	for _, text := range l.traces {
		texts = append(texts, text)
	}
	for _, place := range storetest.Search(r.t, db, texts...) {
		table, _, _ := strings.Cut(place, ".")
		if (table == "erased_users" || strings.HasPrefix(table, "audit")) && strings.HasSuffix(place, " holds "+l.user) {
			continue // the id alone may stay there
		}
		found = append(found, place)
	}
	if !strings.HasPrefix(r.cfg.Store.Reveal(), "sqlite:") {
		return found
	}
	files := dump(r.t.(*testing.T), r)
	for what, text := range l.traces {
		if strings.Contains(files, text) {
			found = append(found, "a file holds the "+what)
		}
	}
	return found
}

// nowhere waits until no trace is found any more.
func (l *life) nowhere(r *rig, db *sql.DB) {
	r.t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.After(20 * time.Millisecond) {
		found := l.left(r, db)
		if len(found) == 0 {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("of who was erased there are left:\n%s", strings.Join(found, "\n"))
		}
	}
}

// TestErasure searches who was erased in every table and file, and finds them
// nowhere; somebody else is found everywhere.
func TestErasure(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		key := r.key(app.ScopeUsersRead, app.ScopeUsersWrite, app.ScopePhoneRead, app.ScopeLoginAssert, app.ScopeAdmin)
		alice, bob := r.live("alice", key), r.live("bob", key)
		db := r.raw()
		if found := strings.Join(alice.left(r, db), "\n"); strings.Count(found, "\n") < len(alice.traces) {
			t.Fatalf("the test leaves too little to be erased:\n%s", found)
		}
		r.want(r.call("DELETE", "/v1/me?scope=user", alice.asserted, nil), 409, "login_too_old")
		r.want(r.call("DELETE", "/v1/me?scope=user", alice.tokens[0], nil), 204, "")
		for _, token := range append(alice.tokens[:], alice.asserted) {
			r.want(r.call("GET", "/v1/me", token, nil), 401, "session_revoked")
			r.want(r.call("DELETE", "/v1/me?scope=user", token, nil), 401, "session_revoked")
		}
		for _, call := range []string{"GET /v1/server/users/" + alice.user, "DELETE /v1/server/users/" + alice.user, "GET /v1/server/users/" + alice.user + "/export"} {
			method, target, _ := strings.Cut(call, " ")
			r.want(r.call(method, target, key, nil), 404, "not_found")
		}
		r.want(r.call("POST", "/v1/server/users/lookup", key, map[string]string{"external_id": "external-of-alice"}), 404, "not_found")
		r.want(r.call("POST", "/v1/server/users/lookup", key, map[string]string{"phone_number": "+86" + r.number("alice")}), 404, "not_found")
		r.want(r.call("GET", "/avatars/"+alice.traces["avatar"], "", nil), 404, "not_found")
		alice.nowhere(r, db)
		if log := r.log.String(); strings.Contains(log, alice.openids[0]) || strings.Contains(log, "-of-alice") {
			t.Error("the log tells of who was erased")
		}
		// The answer to a lost login does not bring the session back.
		r.want(r.first(app1, "alice", alice.code, alice.loginKey), 409, "code_already_used")
		twin := r.start()
		repeated := *r
		repeated.replica = twin
		r.want(repeated.first(app1, "alice", alice.code, alice.loginKey), 409, "code_already_used")
		alice.nowhere(r, db)

		if found := strings.Join(bob.left(r, db), "\n"); strings.Count(found, "\n") < len(bob.traces) {
			t.Errorf("of somebody else there is less left:\n%s", found)
		}
		r.want(r.call("GET", "/v1/me", bob.tokens[0], nil), 200, "")
		back := r.call("GET", "/v1/me", r.login(app1, "alice"), nil)
		if back.body["id"] == alice.user || back.body["nickname"] != nil || back.body["phone_number"] != nil {
			t.Errorf("who comes back is no new user: %s", back.text)
		}
	})
}

// TestErasure_OneApp leaves the other app's identity whole, until that goes too.
func TestErasure_OneApp(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		key := r.key(app.ScopeUsersRead, app.ScopeUsersWrite, app.ScopePhoneRead, app.ScopeLoginAssert)
		alice := r.live("alice", key)
		db := r.raw()
		r.want(r.call("DELETE", "/v1/me?scope=everything", alice.tokens[0], nil), 400, "invalid_request")
		if a := r.call("DELETE", "/v1/me?scope=", alice.tokens[0], nil); a.status != 400 || a.body["field"] != "scope" {
			t.Errorf("no scope: %d %s", a.status, a.text)
		}
		r.want(r.call("DELETE", "/v1/me", alice.tokens[0], nil), 204, "")
		r.want(r.call("GET", "/v1/me", alice.tokens[0], nil), 401, "session_revoked")
		me := r.call("GET", "/v1/me", alice.tokens[1], nil)
		r.want(me, 200, "")
		if me.body["id"] != alice.user || me.body["nickname"] != "nickname-of-alice" || me.body["phone_number"] != nil || me.body["avatar_url"] == nil {
			t.Errorf("in the other app there is left %s", me.text)
		}
		user := r.call("GET", "/v1/server/users/"+alice.user, key, nil)
		if list, _ := user.body["identities"].([]any); len(list) != 1 || user.body["external_id"] != "external-of-alice" {
			t.Errorf("the business sees %s", user.text)
		}
		gone := life{user: alice.openids[0], traces: map[string]string{}}
		for _, what := range []string{"openid", "number", "masked number", "device", "policy"} {
			gone.traces[what] = alice.traces[what]
		}
		gone.nowhere(r, db)
		// A phone that came by the other app stays when this one is erased.
		back := r.login(app1, "alice")
		r.want(r.call("POST", "/v1/me/phone", alice.tokens[1], code(r.tap(app2, "alice").Code)), 200, "")
		r.want(r.call("DELETE", "/v1/me", back, nil), 204, "")
		if me := r.call("GET", "/v1/me", alice.tokens[1], nil); me.body["phone_number"] != masked(r.number("alice")) {
			t.Errorf("another app's number is gone: %s", me.text)
		}
		// The asserted session may erase its app, which is the last.
		r.want(r.call("DELETE", "/v1/me", alice.asserted, nil), 204, "")
		r.want(r.call("GET", "/v1/server/users/"+alice.user, key, nil), 404, "not_found")
		alice.nowhere(r, db)
	})
}

// TestErasure_FreshLogin wants a login of the last ten minutes for a whole
// person, which a refresh does not renew.
func TestErasure_FreshLogin(t *testing.T) {
	t.Parallel()
	var now clock
	r := newRig(t, func(r *rig) { r.now = now.Now })
	code, err := r.sim.Login(app1, "alice")
	must(t, err)
	in := r.first(app1, "alice", code, "idempotency-key-of-alice")
	r.want(in, 200, "")
	token := in.body["access_token"].(string)
	now.advance(10 * time.Minute)
	r.want(r.call("DELETE", "/v1/me?scope=user", token, nil), 409, "login_too_old")
	refreshed := r.call("POST", "/v1/refresh", "", map[string]any{"refresh_token": in.body["refresh_token"]})
	r.want(refreshed, 200, "")
	token = refreshed.body["access_token"].(string)
	r.want(r.call("DELETE", "/v1/me?scope=user", token, nil), 409, "login_too_old")
	fresh := r.login(app1, "alice")
	now.advance(9 * time.Minute)
	r.want(r.call("DELETE", "/v1/me?scope=user", fresh, nil), 204, "")
	r.want(r.call("GET", "/v1/me", token, nil), 401, "session_revoked")
}

// TestBusiness_Erasure: every replica refuses the tokens within a second, and
// backends that check offline hear of it, also those of one app alone.
func TestBusiness_Erasure(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	alice := r.login(shopApp, "alice")
	other := r.login(otherApp, "alice")
	user := userOf(alice, "id")
	shop := bearer(r.key("users:read users:write tokens:introspect", id.AppID(shopApp)))
	all := bearer(r.key("users:read users:write"))
	if a := r.call("DELETE", "/v1/server/users/"+user, shop, nil); a.status != 403 || a.at("code") != "insufficient_scope" {
		t.Errorf("a key of one app erases: %d %s", a.status, a.text)
	}
	if a := r.call("DELETE", "/v1/server/users/"+user, bearer(r.key("users:read")), nil); a.status != 403 {
		t.Errorf("a key that may read erases: %d %s", a.status, a.text)
	}
	if a := r.call("POST", "/v1/server/users/"+user+"/disable", all, nil); a.status != 200 {
		t.Fatalf("disable: %d %s", a.status, a.text)
	}
	if a := r.call("DELETE", r.twin+"/v1/server/users/"+user, all, nil); a.status != 204 || a.text != "" {
		t.Fatalf("erase: %d %s", a.status, a.text)
	}
	for _, at := range []string{r.url, r.twin} {
		for _, in := range []businessAnswer{alice, other} {
			eventually(t, "an erased person's token is refused", func() bool {
				return r.call("GET", at+"/v1/me", "Bearer "+in.at("access_token"), nil).status == 401
			})
			if a := r.call("POST", at+"/v1/refresh", "", map[string]string{"refresh_token": in.at("refresh_token")}); a.status != 401 {
				t.Errorf("an erased person refreshes: %d %s", a.status, a.text)
			}
		}
	}
	feed := r.call("GET", "/v1/server/revocations", shop, nil)
	if !strings.Contains(feed.text, alice.at("session_id")) || strings.Contains(feed.text, other.at("session_id")) {
		t.Errorf("the feed of one app tells %s", feed.text)
	}
	for _, target := range []string{user, string(id.NewUserID(time.Now())), "usr_x"} {
		if a := r.call("DELETE", "/v1/server/users/"+target, all, nil); a.status != 404 || a.at("code") != "not_found" {
			t.Errorf("erase %s: %d %s", target, a.status, a.text)
		}
	}
	// Who was shut out and erased comes back as somebody new.
	if back := r.login(shopApp, "alice"); userOf(back, "id") == user || back.body["is_new_user"] != true {
		t.Errorf("back as %s", back.text)
	}
}
