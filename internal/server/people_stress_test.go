package server_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/simulator"
)

// crowd does to a few people all that can be done to them, at once, on two
// replicas.
type crowd struct {
	*rig
	twins  [2]*replica
	key    string
	people []string

	mu     sync.Mutex
	tokens []string
	fresh  []string // refresh tokens
	users  []string
	seen   map[string]int // answers by call, status and code
}

// newCrowd makes three people in two apps.
func newCrowd(t *testing.T, adjust ...func(*rig)) *crowd {
	t.Helper()
	c := &crowd{rig: newRig(t, adjust...), people: []string{"alice", "bob", "carol"}, seen: map[string]int{}}
	c.twins = [2]*replica{c.replica, c.start()}
	db, err := store.Open(t.Context(), c.cfg.Store.Reveal(), store.Options{})
	must(t, err)
	defer db.Close()
	record, key, err := app.NewKey(app.KeyOrder{
		Name: "test", Scopes: strings.Fields("users:read users:write phone:read sessions:write login:assert tokens:introspect admin"),
	}, time.Now())
	must(t, err)
	must(t, db.MakeAPIKey(t.Context(), record))
	c.key = key.Reveal()
	return c
}

func pick(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[rand.IntN(len(list))]
}

// all are the newest of a list.
func (c *crowd) all(list *[]string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone((*list)[max(0, len(*list)-8):])
}

func (c *crowd) some(list *[]string) string { return pick(c.all(list)) }

// ask calls one of the replicas, and notes what it said.
func (c *crowd) ask(what, method, path, token string, body any) map[string]any {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			c.t.Error(err)
			return nil
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.twins[rand.IntN(2)].url+path, in)
	if err != nil {
		c.t.Error(err)
		return nil
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Errorf("%s: %v", what, err)
		return nil
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	var out map[string]any
	if err != nil || (len(text) > 0 && json.Unmarshal(text, &out) != nil) {
		c.t.Errorf("%s: %v %s", what, err, text)
	}
	code, _ := out["code"].(string)
	if res.StatusCode >= 500 && code != "wechat_rejected" { // a code of the other app
		c.t.Errorf("%s: %d %s", what, res.StatusCode, text)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[fmt.Sprintf("%s %d %s", what, res.StatusCode, code)]++
	return out
}

func (c *crowd) openAccount(together bool) {
	for _, a := range simulator.DemoApps() {
		if !together {
			a.OpenAccount = ""
		}
		if err := c.sim.AddApp(a); err != nil {
			c.t.Error(err)
		}
	}
}

func (c *crowd) logIn(appid, person string) {
	code, err := c.sim.Login(appid, person)
	if err != nil {
		c.t.Error(err)
		return
	}
	out := c.ask("login", "POST", "/v1/login", "", map[string]any{
		"appid": appid, "code": code, "consent": map[string]any{"policy_version": fmt.Sprint(rand.IntN(4)), "agreed_at": time.Now()},
	})
	access, _ := out["access_token"].(string)
	if access == "" {
		return
	}
	user, _ := out["user"].(map[string]any)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens, c.fresh = append(c.tokens, access), append(c.fresh, out["refresh_token"].(string))
	c.users = append(c.users, user["id"].(string))
}

// act does one thing to somebody.
func (c *crowd) act() {
	appid, person := pick([]string{app1, app2}), pick(c.people)
	token, user := c.some(&c.tokens), c.some(&c.users)
	path := "/v1/server/users/" + user
	switch n := rand.IntN(40); {
	case n < 16:
		c.logIn(appid, person)
	case n < 18:
		c.openAccount(n == 16)
	case n < 20:
		if phone, err := c.sim.PhoneNumber(appid, person); err == nil {
			c.ask("phone", "POST", "/v1/me/phone", token, map[string]string{"code": phone.Code})
		}
	case n < 22:
		c.ask("nickname", "POST", "/v1/me", token, map[string]string{"nickname": person})
	case n < 24:
		c.ask("refresh", "POST", "/v1/refresh", "", map[string]string{"refresh_token": c.some(&c.fresh)})
	case n < 26:
		c.ask("forget me here", "DELETE", "/v1/me", token, nil)
	case n < 27:
		c.ask("forget me", "DELETE", "/v1/me?scope=user", token, nil)
	case n < 28:
		c.ask("erase", "DELETE", path, c.key, nil)
	case n < 30:
		c.ask("change", "POST", path, c.key, map[string]string{"external_id": pick([]string{"", "c1", "c2", "c3"}), "nickname": person})
	case n < 31:
		c.ask("disable", "POST", path+"/disable", c.key, nil)
		c.ask("enable", "POST", path+"/enable", c.key, nil)
	case n < 33:
		for _, each := range c.all(&c.users) { // who was disabled by a merge, too
			c.ask("enable", "POST", "/v1/server/users/"+each+"/enable", c.key, nil)
		}
	case n < 34:
		c.ask("export", "GET", path+"/export", c.key, nil)
	case n < 35:
		c.ask("list", "GET", "/v1/server/users", c.key, nil)
	case n < 36:
		c.ask("logout", "DELETE", "/v1/session", token, nil)
	case n < 37:
		openid, err := c.sim.OpenID(appid, person)
		if err != nil {
			c.t.Error(err)
		}
		unionid, err := c.sim.UnionID(app1, pick(c.people)) // perhaps somebody else's
		body := map[string]string{"appid": appid, "openid": openid}
		if err == nil && unionid != "" {
			body["unionid"] = unionid
		}
		c.ask("assert", "POST", "/v1/server/sessions", c.key, body)
	default:
		c.decide()
	}
}

// decide decides the pairs that wait.
func (c *crowd) decide() {
	out := c.ask("merges", "GET", "/v1/server/merges?state=pending", c.key, nil)
	list, _ := out["data"].([]any)
	for _, each := range list {
		how := pick([]string{"accept", "accept", "accept", "reject"})
		c.ask(how, "POST", "/v1/server/merges/"+each.(map[string]any)["id"].(string)+"/"+how, c.key, nil)
	}
}

// TestPeople_AtOnce: whatever is done to people at the same time, nothing fails
// on our side, and nobody is left by half.
func TestPeople_AtOnce(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, onPostgres, func(r *rig) { r.cfg.Apps[1].Merge = app.MergeManual })
	var wg sync.WaitGroup
	least, last := time.Now().Add(3*time.Second), time.Now().Add(40*time.Second)
	for range 12 {
		wg.Go(func() {
			for !t.Failed() && time.Now().Before(last) && (time.Now().Before(least) || len(c.missing()) > 0) {
				c.act()
			}
		})
	}
	wg.Wait()
	t.Log(c.seen)
	if missing := c.missing(); len(missing) > 0 {
		t.Errorf("there never was: %q", missing)
	}
	wholePeople(t, c.cfg.Store.Reveal())
}

// missing are the answers that the crowd has not had yet, and must have had to
// have tried what it is for.
func (c *crowd) missing() (calls []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, call := range []string{
		"login 200 ", "phone 200 ", "nickname 200 ", "forget me here 204 ", "forget me 204 ", "erase 204 ", "accept 200 ", "disable 200 ", "enable 200 ", "export 200 ",
	} {
		if c.seen[call] == 0 {
			calls = append(calls, call)
		}
	}
	return calls
}

// wholePeople looks for anybody by half.
func wholePeople(t *testing.T, dsn string) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	must(t, err)
	defer db.Close()
	for what, query := range map[string]string{
		"users without identity":        `SELECT COUNT(*) FROM users u WHERE u.merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)`,
		"identities of merged users":    `SELECT COUNT(*) FROM users u JOIN identities i ON i.user_id = u.id WHERE u.merged_into IS NOT NULL`,
		"users merged into merged ones": `SELECT COUNT(*) FROM users u JOIN users v ON v.id = u.merged_into WHERE v.merged_into IS NOT NULL`,
		"users who were erased":         `SELECT COUNT(*) FROM users u JOIN erased_users e ON e.user_id = u.id`,
		"sessions without identity":     `SELECT COUNT(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.appid = s.appid AND i.openid = s.openid)`,
		"consents without identity":     `SELECT COUNT(*) FROM consents s WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.appid = s.appid AND i.openid = s.openid)`,
		"phone codes without identity":  `SELECT COUNT(*) FROM phone_codes s WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.appid = s.appid AND i.openid = s.openid)`,
		"claims without identity":       `SELECT COUNT(*) FROM unions n WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = n.user_id AND i.open_account IN (n.open_account, '') AND i.unionid = n.unionid)`,
		"open sessions of the disabled": `SELECT COUNT(*) FROM sessions s JOIN identities i ON i.appid = s.appid AND i.openid = s.openid JOIN users u ON u.id = i.user_id WHERE u.disabled_at IS NOT NULL AND s.ended_at IS NULL`,
		"pending pairs of merged users": `SELECT COUNT(*) FROM merges m JOIN users u ON u.id IN (m.first_user, m.second_user) WHERE m.state = 'pending' AND u.merged_into IS NOT NULL`,
		"phones of no app of the user": `SELECT COUNT(*) FROM users u WHERE u.phone_appid IS NOT NULL AND NOT EXISTS
			(SELECT 1 FROM identities i WHERE i.user_id = COALESCE(u.merged_into, u.id) AND i.appid = u.phone_appid)`,
	} {
		var n int
		if err := db.QueryRow(query).Scan(&n); err != nil || n != 0 {
			t.Error(n, what, errors.Join(err))
		}
	}
}
