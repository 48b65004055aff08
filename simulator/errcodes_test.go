package simulator_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

// noon is a moment well inside a minute and a Beijing day.
var noon = time.Date(2026, 3, 2, 4, 0, 10, 0, time.UTC)

func atNoon(s *simulator.Server) { s.Now = func() time.Time { return noon } }

// row is one line of WeChat's tables: what is done, and what must come back.
// The name begins with the errcode, or with the switch.
type row struct {
	name     string
	switches simulator.Switches
	call     func(r *rig) answer
	errcode  int
	errmsg   string // up to the rid
	check    func(r *rig, a answer)
}

func runRows(t *testing.T, rows []row) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, atNoon, withSwitches(row.switches))
			a := row.call(r)
			if a.status != 200 {
				t.Errorf("HTTP status %d, WeChat answers 200 always", a.status)
			}
			if a.Errcode != row.errcode {
				t.Fatalf("errcode %d, want %d: %s", a.Errcode, row.errcode, a.text)
			}
			if row.errmsg != "" {
				checkMessage(t, r, a, row.errmsg)
			}
			if row.check != nil {
				row.check(r, a)
			}
		})
	}
}

var (
	commaRID = `, rid: 69a50b4a-[0-9a-f]{8}-[0-9a-f]{8}$` // noon, in hex
	spaceRID = ` rid: 69a50b4a-[0-9a-f]{8}-[0-9a-f]{8}$`
)

func checkMessage(t *testing.T, r *rig, a answer, text string) {
	t.Helper()
	last := r.Requests()
	tail := spaceRID
	if strings.HasPrefix(last[len(last)-1].Path, "/sns/") {
		tail = commaRID
	}
	if !regexp.MustCompile("^" + regexp.QuoteMeta(text) + tail).MatchString(a.Errmsg) {
		t.Errorf("errmsg %q, want %q and a tail like %q", a.Errmsg, text, tail)
	}
}

func sns(change func(r *rig, q url.Values)) func(r *rig) answer {
	return func(r *rig) answer {
		q := exchangeQuery(app1, secret1, r.login(app1, "alice"))
		change(r, q)
		return r.do("GET", "/sns/jscode2session", q, "")
	}
}

func set(name, value string) func(*rig, url.Values) {
	return func(_ *rig, q url.Values) { q.Set(name, value) }
}

func without(name string) func(*rig, url.Values) {
	return func(_ *rig, q url.Values) { q.Del(name) }
}

// faulty makes the call with a fault that answers with the errcode: how the
// simulator shows what depends on WeChat's mood or on an account's state.
func faulty(errcode int, path string, call func(r *rig) answer) func(r *rig) answer {
	return func(r *rig) answer {
		if err := r.SetFaults(simulator.Fault{Path: path, Errcode: errcode, Times: 1}); err != nil {
			r.t.Fatal(err)
		}
		return call(r)
	}
}

// TestCode2Session has the lines of the code2Session page and of what was
// observed beside it.
func TestCode2Session(t *testing.T) {
	t.Parallel()
	const path = "/sns/jscode2session"
	plain := sns(func(*rig, url.Values) {})
	runRows(t, []row{
		{name: "0 success", call: plain, check: func(r *rig, a answer) { checkSuccess(r, a) }},
		{name: "0 no unionid without an open account", call: func(r *rig) answer {
			r.addApp(simulator.App{AppID: app1, Secret: secret1})
			return plain(r)
		}, check: func(r *rig, a answer) {
			if strings.Contains(a.text, "unionid") || a.OpenID == "" {
				r.t.Errorf("got %s", a.text)
			}
		}},
		{name: "0 unionid follows the account at the time of the exchange", call: func(r *rig) answer {
			r.addApp(simulator.App{AppID: app1, Secret: secret1})
			code := r.login(app1, "alice")
			r.addApp(simulator.App{AppID: app1, Secret: secret1, OpenAccount: "late"})
			return r.exchange(code)
		}, check: func(r *rig, a answer) {
			if a.UnionID == "" {
				r.t.Errorf("got %s", a.text)
			}
		}},
		{name: "0 two codes do not cancel each other", call: func(r *rig) answer {
			first := r.login(app1, "alice")
			second := r.login(app1, "alice")
			if a := r.exchange(second); a.OpenID == "" {
				r.t.Errorf("second code: %s", a.text)
			}
			return r.exchange(first)
		}},
		{name: "-1 busy", call: faulty(-1, path, plain), errcode: -1, errmsg: "system error"},
		{name: "40029 unknown code", call: sns(set("js_code", "0"+strings.Repeat("a", 31))), errcode: 40029, errmsg: "invalid code"},
		{name: "40029 malformed code", call: sns(set("js_code", "the code is a mock one")), errcode: 40029, errmsg: "invalid code"},
		{name: "40029 expired code", call: sns(func(r *rig, _ url.Values) { r.advance(5 * time.Minute) }), errcode: 40029, errmsg: "invalid code"},
		{name: "0 a code of four minutes and 59 seconds", call: sns(func(r *rig, _ url.Values) { r.advance(5*time.Minute - time.Second) })},
		{name: "40029 code of another app", call: sns(func(r *rig, q url.Values) { q.Set("appid", app2); q.Set("secret", secret2) }), errcode: 40029, errmsg: "invalid code"},
		{name: "40163 used code", call: twice, errcode: 40163, errmsg: "code been used"},
		{name: "40226 blocked user", call: sns(func(r *rig, _ url.Values) { r.block("alice") }), errcode: 40226, errmsg: "code blocked"},
		{name: "45011 101st call of one user in one minute", call: func(r *rig) answer { return r.exchangeMany(100) }, errcode: 45011,
			errmsg: "api minute-quota reach limit  mustslower  retry next minute", check: func(r *rig, _ answer) {
				if a := r.exchange(r.login(app1, "bob")); a.OpenID == "" {
					r.t.Errorf("another user is limited too: %s", a.text)
				}
				code := r.login(app1, "alice")
				r.exchange(code)
				r.advance(time.Minute)
				if a := r.exchange(code); a.OpenID == "" {
					r.t.Errorf("the code was lost to the limit: %s", a.text)
				}
			}},
		{name: "40013 unknown appid", call: sns(set("appid", "wx0000000000000000")), errcode: 40013, errmsg: "invalid appid"},
		{name: "40125 wrong secret", call: sns(set("secret", secret2)), errcode: 40125, errmsg: "invalid appsecret"},
		{name: "40125 malformed secret", call: sns(set("secret", "x")), errcode: 40125, errmsg: "invalid appsecret"},
		{name: "41002 no appid", call: sns(without("appid")), errcode: 41002, errmsg: "appid missing"},
		{name: "41004 no secret", call: sns(without("secret")), errcode: 41004, errmsg: "appsecret missing"},
		{name: "41008 no code", call: sns(without("js_code")), errcode: 41008, errmsg: "missing code"},
		{name: "40002 no grant_type", call: sns(without("grant_type")), errcode: 40002, errmsg: "invalid grant_type"},
		{name: "40002 wrong grant_type", call: sns(set("grant_type", "client_credential")), errcode: 40002},
		{name: "40001 is not given for a stray access_token", call: sns(set("access_token", "nonsense"))},
		{name: "40243 frozen secret", call: faulty(40243, path, plain), errcode: 40243, errmsg: "appsecret is frozen"},
		{name: "40164 is not given: no white list here", call: plain},
		{name: "43001 POST", call: func(r *rig) answer { return r.do("POST", path, exchangeQuery(app1, secret1, "x"), "") }, errcode: 43001, errmsg: "require GET method"},
		{name: "41002 wins over all", call: func(r *rig) answer { return r.do("GET", path, nil, "") }, errcode: 41002},
		{name: "40013 wins over a missing secret", call: sns(func(_ *rig, q url.Values) { q.Set("appid", "wx"); q.Del("secret") }), errcode: 40013},
		{name: "40125 wins over a missing code", call: sns(func(_ *rig, q url.Values) { q.Set("secret", "x"); q.Del("js_code") }), errcode: 40125},
		{name: "41008 wins over a missing grant_type", call: sns(func(_ *rig, q url.Values) { q.Del("js_code"); q.Del("grant_type") }), errcode: 41008},
	})
}

func (r *rig) addApp(a simulator.App) {
	r.t.Helper()
	if err := r.AddApp(a); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) block(name string) {
	r.t.Helper()
	if _, err := r.AddUser(simulator.User{Name: name, Blocked: true}); err != nil {
		r.t.Fatal(err)
	}
}

func twice(r *rig) answer {
	code := r.login(app1, "alice")
	r.exchange(code)
	return r.exchange(code)
}

// exchangeMany makes n good exchanges of alice and one more.
func (r *rig) exchangeMany(n int) answer {
	for range n {
		r.session("alice")
	}
	return r.exchange(r.login(app1, "alice"))
}

var (
	idShape  = regexp.MustCompile(`^o[0-9A-Za-z_-]{27}$`)
	keyShape = regexp.MustCompile(`^[0-9A-Za-z+/]{22}==$`)
)

func checkSuccess(r *rig, a answer) {
	r.t.Helper()
	if !idShape.MatchString(a.OpenID) || !idShape.MatchString(a.UnionID) || !keyShape.MatchString(a.SessionKey) {
		r.t.Errorf("shape: %s", a.text)
	}
	if strings.Contains(a.text, "errcode") {
		r.t.Errorf("a success carries no errcode: %s", a.text)
	}
	if ct := a.header.Get("Content-Type"); ct != "text/plain" {
		r.t.Errorf("Content-Type %q", ct)
	}
	if a.header.Get(simulator.Header) != "1" {
		r.t.Error("the answer does not say that it is a simulator's")
	}
}

// sign is the signature of a session-signed GET.
func sign(key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	return hex.EncodeToString(mac.Sum(nil))
}

// signed logs alice in and makes a session-signed call, changed as told
// after it was signed.
func signed(path string, change func(r *rig, q url.Values)) func(r *rig) answer {
	return func(r *rig) answer {
		a := r.session("alice")
		r.before = a.SessionKey
		q := url.Values{"access_token": {r.token().AccessToken}, "openid": {a.OpenID}, "signature": {sign(a.SessionKey)}, "sig_method": {"hmac_sha256"}}
		change(r, q)
		return r.do("GET", path, q, "")
	}
}

// sessionRows are common to the two session-signed calls.
func sessionRows(path string) []row {
	nothing := func(*rig, url.Values) {}
	return []row{
		{name: "-1 busy", call: faulty(-1, path, signed(path, nothing)), errcode: -1, errmsg: "system error"},
		{name: "40003 unknown openid", call: signed(path, set("openid", "o"+strings.Repeat("x", 27))), errcode: 40003, errmsg: "invalid openid"},
		{name: "40003 openid of another app", call: signed(path, func(r *rig, q url.Values) { q.Set("openid", r.openID(app2, "alice")) }), errcode: 40003},
		{name: "40097 no openid", call: signed(path, without("openid")), errcode: 40097, errmsg: "invalid args"},
		{name: "40097 no signature", call: signed(path, without("signature")), errcode: 40097, errmsg: "invalid args"},
		{name: "87007 a person who never logged in", call: signed(path, func(r *rig, q url.Values) { q.Set("openid", r.openID(app1, "bob")) }), errcode: 87007, errmsg: "session_key is not existd or expired"},
		{name: "87007 expired key", call: signed(path, func(r *rig, _ url.Values) { r.advance(30 * time.Minute) }), errcode: 87007},
		{name: "87008 no sig_method", call: signed(path, without("sig_method")), errcode: 87008, errmsg: "invalid sig_method"},
		{name: "87008 other sig_method", call: signed(path, set("sig_method", "HMAC_SHA256")), errcode: 87008},
		{name: "87009 wrong signature", call: signed(path, set("signature", sign("x"))), errcode: 87009, errmsg: "invalid signature"},
		{name: "87009 upper case", call: signed(path, func(_ *rig, q url.Values) { q.Set("signature", strings.ToUpper(q.Get("signature"))) }), errcode: 87009},
		{name: "87009 stale key", call: signed(path, func(r *rig, _ url.Values) {
			r.advance(2 * time.Minute)
			r.login(app1, "alice")
		}), errcode: 87009, errmsg: "invalid signature"},
		{name: "40001 unknown token", call: signed(path, set("access_token", "57_"+strings.Repeat("x", 133))), errcode: 40001},
		{name: "42001 expired token", call: signed(path, func(r *rig, _ url.Values) { r.advance(2 * time.Hour) }), errcode: 42001, errmsg: "access_token expired"},
		{name: "41001 no token", call: signed(path, without("access_token")), errcode: 41001, errmsg: "access_token missing"},
	}
}

func (r *rig) openID(app, user string) string {
	r.t.Helper()
	id, err := r.OpenID(app, user)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// TestCheckSessionKey has the lines of checkSessionKey.
func TestCheckSessionKey(t *testing.T) {
	t.Parallel()
	const path = "/wxa/checksession"
	runRows(t, append(sessionRows(path), []row{
		{name: "0 good", call: signed(path, func(*rig, url.Values) {}), check: func(r *rig, a answer) {
			if a.text != `{"errcode":0,"errmsg":"ok"}` {
				r.t.Errorf("got %s", a.text)
			}
		}},
		{name: "0 token in the query, the rest in a body", call: bodyArgs(path)},
	}...))
}

// bodyArgs sends the arguments as the documents' table has it.
func bodyArgs(path string) func(r *rig) answer {
	return func(r *rig) answer {
		a := r.session("alice")
		body := `{"openid":"` + a.OpenID + `","signature":"` + sign(a.SessionKey) + `","sig_method":"hmac_sha256"}`
		return r.do("POST", path, url.Values{"access_token": {r.token().AccessToken}}, body)
	}
}

// TestResetUserSessionKey has the lines of ResetUserSessionKey.
func TestResetUserSessionKey(t *testing.T) {
	t.Parallel()
	const path = "/wxa/resetusersessionkey"
	nothing := func(*rig, url.Values) {}
	runRows(t, append(sessionRows(path), []row{
		{name: "0 a new key, and the old one dies at once", call: signed(path, nothing), check: func(r *rig, a answer) {
			again := url.Values{"access_token": {r.stable(false).AccessToken}, "openid": {a.OpenID}, "signature": {sign(r.before)}, "sig_method": {"hmac_sha256"}}
			if b := r.do("GET", path, again, ""); b.Errcode != 87009 || a.SessionKey == r.before {
				r.t.Errorf("with the old key: %s", b.text)
			}
			if a.OpenID != r.openID(app1, "alice") || !keyShape.MatchString(a.SessionKey) || a.Errmsg != "ok" {
				r.t.Errorf("got %s", a.text)
			}
			if now, err := r.SessionKey(app1, "alice"); err != nil || now != a.SessionKey {
				r.t.Errorf("the platform holds %q (%v), not the key it gave", now, err)
			}
		}},
		{name: "0 the new key inherits the old life", call: signed(path, func(r *rig, _ url.Values) { r.advance(20 * time.Minute) }),
			check: func(r *rig, _ answer) {
				r.advance(10 * time.Minute)
				if valid, _ := r.CheckSession(app1, "alice"); valid {
					r.t.Error("a reset prolonged the session")
				}
			}},
	}...))
}
