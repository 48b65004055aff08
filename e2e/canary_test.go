package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

// tap stands between hufu and WeChat and learns every secret that WeChat gives.
type tap struct {
	mu      sync.Mutex
	secrets map[string]bool
}

var givenSecret = regexp.MustCompile(`"(?:session_key|access_token)":"([^"]+)"`)

func (p *tap) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&tapped{ResponseWriter: w, tap: p}, r)
	})
}

type tapped struct {
	http.ResponseWriter
	tap *tap
}

func (w *tapped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *tapped) Write(b []byte) (int, error) {
	w.tap.mu.Lock()
	for _, m := range givenSecret.FindAllSubmatch(b, -1) {
		w.tap.secrets[string(m[1])] = true
	}
	w.tap.mu.Unlock()
	return w.ResponseWriter.Write(b)
}

// canaries are what must not be found: never at all, or only in the answer that
// gives it to its owner.
type canaries struct {
	mu            sync.Mutex
	never, owners map[string]bool
}

func (c *canaries) add(set map[string]bool, list ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range list {
		if len(s) >= 16 { // what is shorter may stand somewhere by chance
			set[s] = true
		}
	}
}

// forms are the ways in which a secret may be written.
func forms(s string) [][]byte {
	texts := []string{s, url.QueryEscape(s), url.PathEscape(s), strings.ReplaceAll(s, "/", `\/`), strings.Trim(jsonOf(s), `"`), strings.Trim(fmt.Sprintf("%q", s), `"`)}
	raws := [][]byte{[]byte(s)}
	if raw, err := base64.StdEncoding.DecodeString(s); err == nil && len(raw) >= 16 {
		raws = append(raws, raw) // a session_key is text for 16 bytes
	}
	for _, raw := range raws {
		texts = append(texts, hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)), string(raw))
		for shift := range 3 { // inside another base64 it may begin at any of three places
			padded := append(make([]byte, shift), raw...)
			padded = padded[:len(padded)-len(padded)%3]
			from := (shift*8 + 5) / 6
			texts = append(texts, base64.StdEncoding.EncodeToString(padded)[from:], base64.URLEncoding.EncodeToString(padded)[from:])
		}
	}
	var out [][]byte
	for _, text := range texts {
		if len(text) >= 16 {
			out = append(out, []byte(text))
		}
	}
	return out
}

func jsonOf(s string) string {
	b, _ := json.Marshal(s) // texts always encode
	return string(b)
}

// search looks for each canary of the sets in each place.
func search(t *testing.T, places map[string][]byte, sets ...map[string]bool) {
	t.Helper()
	for _, set := range sets {
		for secret := range set {
			for where, text := range places {
				for _, form := range forms(secret) {
					if i := bytes.Index(text, form); i >= 0 {
						t.Errorf("%s holds a secret (%.4s…): …%q…", where, secret, text[max(0, i-60):min(len(text), i+20)])
						break
					}
				}
			}
		}
	}
}

// canaryRun is a server under observation.
type canaryRun struct {
	t   *testing.T
	c   *canaries
	srv *server

	mu      sync.Mutex
	answers bytes.Buffer // all, with what is given to owners blanked
}

var granted = regexp.MustCompile(`"(access_token|refresh_token)":"[^"]+"`)

// call makes a call and keeps its answer.
func (r *canaryRun) call(method, path string, h http.Header, body string) answer {
	r.t.Helper()
	a := call(r.t, method, r.srv.url+path, h, body)
	var head bytes.Buffer
	_ = a.header.Write(&head) // a buffer takes everything
	text := a.body
	if a.status == 200 {
		for _, m := range granted.FindAllSubmatch(text, -1) {
			r.c.add(r.c.owners, string(bytes.Split(m[0], []byte(`"`))[3]))
		}
		text = granted.ReplaceAll(text, nil)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(&r.answers, "%s\n%s\n%s\n", method, head.Bytes(), text)
	return a
}

// login logs in under a key that is itself a canary.
func (r *canaryRun) login(appid, code, k string) (out tokens, a answer) {
	r.t.Helper()
	r.c.add(r.c.owners, code, k)
	a = r.call("POST", "/v1/login", key(k), loginBody(appid, code))
	_ = json.Unmarshal(a.body, &out) // a problem leaves it empty
	return out, a
}

const badApp, badSecret = "wxcc00000000000001", "Kanarie+5ecret/that=is&wrong%7e"

func TestCanary(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		w := &weChat{Server: &simulator.Server{Switches: simulator.Switches{LoginsPerUserMinute: -1, KeyRotation: simulator.RotateAlways}}, t: t}
		learnt := &tap{secrets: map[string]bool{}}
		front := httptest.NewServer(learnt.wrap(w.Handler()))
		t.Cleanup(front.Close)
		w.url = front.URL
		const canaryApp, canarySecret = "wxcc00000000000002", "Kanarie+5ecret/0f=the&app%41+x"
		for appid, s := range map[string]string{canaryApp: canarySecret, badApp: "another-secret-at-wechat"} {
			if err := w.AddApp(simulator.App{AppID: appid, Secret: s, OpenAccount: "acme"}); err != nil {
				t.Fatal(err)
			}
		}
		s := newSite(t, w, store)
		s.app(canaryApp, canarySecret, "open_account: acme")
		s.app(badApp, badSecret, "open_account: acme")
		s.wechat, s.more = "", "limits: {failed_logins_per_minute_per_ip: 0}\nlog: {level: debug}\nwechat: {base_url: "+w.url+", timeout: 3s}"
		master, err := os.ReadFile(filepath.Join(s.dir, "master.key"))
		if err != nil {
			t.Fatal(err)
		}
		c := &canaries{never: map[string]bool{}, owners: map[string]bool{}}
		c.add(c.never, canarySecret, badSecret, strings.TrimSpace(string(master)), simulator.DemoApps()[0].Secret, simulator.DemoApps()[1].Secret)
		r := &canaryRun{t: t, c: c, srv: s.serve()}

		r.goodLife(w, canaryApp)
		number := r.personalLife(w, s, canaryApp)
		r.badLife(w, canaryApp)
		metrics := call(t, "GET", r.srv.admin+"/metrics", nil, "").body
		running := databaseBytes(t, s)
		r.srv.stop()
		rotated := run(t, s.dir, nil, "key", "rotate", "--config", "hufu.yaml")
		doctor := run(t, s.dir, nil, "doctor", "--config", "hufu.yaml")

		learnt.mu.Lock()
		for secret := range learnt.secrets {
			c.add(c.never, secret)
		}
		n := len(learnt.secrets)
		learnt.mu.Unlock()
		if n < 5 || len(c.owners) < 20 {
			t.Fatalf("%d secrets of WeChat's and %d of the clients' were seen: the test did not test", n, len(c.owners))
		}
		places := map[string][]byte{
			"an answer": r.answers.Bytes(), "stdout": []byte(r.srv.stdout.String()), "the log": []byte(r.srv.stderr.String()), "the metrics": metrics,
			"key rotate": []byte(rotated.stdout.String() + rotated.stderr.String()), "doctor": []byte(doctor.stdout.String() + doctor.stderr.String()),
		}
		for where, text := range running {
			places[where+" while it runs"] = text
		}
		for where, text := range databaseBytes(t, s) {
			places[where+" afterwards"] = text
		}
		search(t, places, c.never, c.owners)
		wantNowhere(t, places, "phone number", number)
	})
}

// goodLife is what works.
func (r *canaryRun) goodLife(w *weChat, appid string) {
	r.t.Helper()
	for i := range 4 {
		k := fmt.Sprintf("canary-key-of-a-login-%d", i)
		code := w.code(appid, "alice")
		out, a := r.login(appid, code, k)
		if a.status != 200 {
			r.t.Fatalf("%d %s", a.status, a.body)
		}
		r.login(appid, code, k) // a replay
		auth := bearer(out.AccessToken)
		for _, path := range []string{"/v1/me", "/v1/session", "/v1/session?wechat=true", "/v1/sessions"} {
			r.call("GET", path, auth, "")
		}
		k = fmt.Sprintf("canary-key-of-a-refresh-%d", i)
		r.c.add(r.c.owners, k)
		r.call("POST", "/v1/refresh", key(k), refreshBody(out.RefreshToken))
		r.call("POST", "/v1/refresh", key(k), refreshBody(out.RefreshToken))
		if i == 1 { // reuse
			r.call("POST", "/v1/refresh", key("canary-key-of-a-thief"), refreshBody(out.RefreshToken))
			r.call("GET", "/v1/me", auth, "")
		}
	}
	r.c.add(r.c.owners, "canary-key-of-a-thief")
}

// badLife is what goes wrong.
func (r *canaryRun) badLife(w *weChat, appid string) {
	r.t.Helper()
	const k = "canary-key-of-a-failure"
	r.login(badApp, w.code(badApp, "alice"), k)
	for _, f := range []simulator.Fault{
		{Errcode: -1}, {Errcode: 40029}, {Errcode: 40125}, {Errcode: 40164}, {Errcode: 45011}, {Status: 500}, {Status: 302},
		{Drop: simulator.DropBefore}, {Drop: simulator.DropAfter}, {Latency: time.Minute},
	} {
		code := w.code(app1, "bob")
		f.Path = code2Session
		w.faults(f)
		r.login(app1, code, k)
		w.faults()
		r.login(appid, w.code(appid, "bob"), k) // keeps the circuit's count of failures low
	}
	w.faults(simulator.Fault{Path: "/wxa/checksession", Errcode: 40001}, simulator.Fault{Path: "/cgi-bin/*", Errcode: 40125})
	out, _ := r.login(app2, w.code(app2, "carol"), k)
	r.call("GET", "/v1/session?wechat=true", bearer(out.AccessToken), "")
	w.faults()

	code := w.code(appid, "carol")
	r.c.add(r.c.owners, code)
	for _, body := range []string{code, `"` + code + `"`, `{"code":"` + code + `"`, `{"appid":"` + code + `","code":"` + code + `"}`,
		`{"appid":"x","code":{"a":"` + code + `"}}`, `{"refresh_token":"` + out.RefreshToken + `","` + out.RefreshToken + `":1}`, `{"refresh_token":["` + out.RefreshToken + `"]}`} {
		r.call("POST", "/v1/login", header("Content-Type", "text/plain", "Idempotency-Key", code+" "), body)
		r.call("POST", "/v1/login", nil, body)
		r.call("POST", "/v1/refresh", nil, body)
	}
	r.c.add(r.c.owners, out.RefreshToken, out.AccessToken)
	for _, path := range []string{"/v1/login?code=" + code, "/v1/me?access_token=" + out.AccessToken, "/v1/sessions/" + out.RefreshToken, "/" + out.AccessToken,
		"/v1/sessions?limit=" + code, "/v1//" + code, "/v1/me?" + code + "=1", "/oauth2/token?refresh_token=" + out.RefreshToken, "/%zz" + code} {
		if _, err := url.Parse(path); err == nil {
			r.call("GET", path, bearer(out.RefreshToken), "")
			r.call("DELETE", path, nil, "")
		}
	}
	r.call("POST", "/oauth2/introspect", header("Content-Type", "application/x-www-form-urlencoded"), "token="+out.AccessToken)
	r.call("POST", "/oauth2/revoke", header("Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic "+b64([]byte("x:"+out.RefreshToken))), "token="+out.RefreshToken)
}

// databaseBytes is every byte that the store keeps.
func databaseBytes(t *testing.T, s *site) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	if s.store == sqlite {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if raw, err := os.ReadFile(filepath.Join(s.dir, "hufu.db"+suffix)); err == nil {
				out["hufu.db"+suffix] = raw
			}
		}
		if len(out["hufu.db"]) == 0 {
			t.Fatal("there is no database")
		}
		return out
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	db := s.database()
	tables, err := db.QueryContext(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tables.Close() }()
	for tables.Next() {
		var table, rows string
		if err := tables.Scan(&table); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRowContext(ctx, fmt.Sprintf(`SELECT coalesce(string_agg(t::text, E'\n'), '') FROM %q t`, table)).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		out["table "+table] = []byte(rows)
	}
	if err := tables.Err(); err != nil {
		t.Fatal(err)
	}
	if len(out["table sessions"]) == 0 {
		t.Fatal("there are no sessions")
	}
	return out
}
