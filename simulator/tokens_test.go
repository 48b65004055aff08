package simulator_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

const credentialText = "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r"

func tokenQuery() url.Values {
	return url.Values{"grant_type": {"client_credential"}, "appid": {app1}, "secret": {secret1}}
}

func cgiToken(change func(r *rig, q url.Values)) func(r *rig) answer {
	return func(r *rig) answer {
		q := tokenQuery()
		change(r, q)
		return r.do("GET", "/cgi-bin/token", q, "")
	}
}

// use tells what a business call answers to the token: 87007 when it is good,
// since the person asked about has no session.
func (r *rig) use(token string) int {
	r.t.Helper()
	q := url.Values{"access_token": {token}, "openid": {r.openID(app1, "carol")}, "signature": {"x"}, "sig_method": {"hmac_sha256"}}
	return r.do("GET", "/wxa/checksession", q, "").Errcode
}

const good = 87007

func (r *rig) wantUse(what, token string, want int) {
	r.t.Helper()
	if got := r.use(token); got != want {
		r.t.Errorf("%s: errcode %d, want %d", what, got, want)
	}
}

var tokenShape = regexp.MustCompile(`^[0-9]{2,3}_[0-9A-Za-z_-]{100,500}$`)

func checkToken(life int) func(r *rig, a answer) {
	return func(r *rig, a answer) {
		r.t.Helper()
		if !tokenShape.MatchString(a.AccessToken) || a.ExpiresIn != life || strings.Contains(a.text, "errcode") {
			r.t.Errorf("got %s", a.text)
		}
		if ct := a.header.Get("Content-Type"); ct != "application/json; encoding=utf-8" {
			r.t.Errorf("Content-Type %q", ct)
		}
		r.wantUse("the new token", a.AccessToken, good)
	}
}

// TestToken has the lines of getAccessToken.
func TestToken(t *testing.T) {
	t.Parallel()
	const path = "/cgi-bin/token"
	nothing := func(*rig, url.Values) {}
	rows := []row{
		{name: "0 success", call: cgiToken(nothing), check: checkToken(7200)},
		{name: "0 each call issues a new token", call: cgiToken(nothing), check: func(r *rig, a answer) {
			if b := r.token(); b.AccessToken == a.AccessToken {
				r.t.Error("the same token came twice")
			}
		}},
		{name: "0 old and new overlap for five minutes", call: cgiToken(nothing), check: func(r *rig, a answer) {
			b := r.token()
			r.advance(5*time.Minute - time.Second)
			r.wantUse("old in the overlap", a.AccessToken, good)
			r.advance(time.Second)
			r.wantUse("old after the overlap", a.AccessToken, 40001)
			r.wantUse("new", b.AccessToken, good)
		}},
		{name: "40002 no grant_type", call: cgiToken(without("grant_type")), errcode: 40002, errmsg: "invalid grant_type"},
		{name: "40002 wrong grant_type", call: cgiToken(set("grant_type", "authorization_code")), errcode: 40002},
		{name: "40013 unknown appid", call: cgiToken(set("appid", "wx1")), errcode: 40013, errmsg: "invalid appid"},
		{name: "40013 wins over a missing grant_type", call: cgiToken(func(_ *rig, q url.Values) { q.Set("appid", "wx1"); q.Del("grant_type") }), errcode: 40013},
		{name: "40125 wrong secret", call: cgiToken(set("secret", secret2)), errcode: 40125, errmsg: "invalid appsecret"},
		{name: "41002 no appid", call: cgiToken(without("appid")), errcode: 41002, errmsg: "appid missing"},
		{name: "41004 no secret", call: cgiToken(without("secret")), errcode: 41004, errmsg: "appsecret missing"},
		{name: "43001 POST", call: func(r *rig) answer { return r.do("POST", path, tokenQuery(), "") }, errcode: 43001, errmsg: "require GET method"},
		{name: "40164 not in the white list", call: faulty(40164, path, cgiToken(nothing)), errcode: 40164, errmsg: "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist"},
	}
	for code, text := range map[int]string{-1: "system error", 40001: credentialText, 40243: "appsecret is frozen", 50004: "forbid to use token api", 50007: "account frozen"} {
		rows = append(rows, row{name: itoa(code) + " by fault", call: faulty(code, path, cgiToken(nothing)), errcode: code, errmsg: text})
	}
	runRows(t, rows)
}

func stableBody(body string) func(r *rig) answer {
	return func(r *rig) answer { return r.do("POST", "/cgi-bin/stable_token", nil, body) }
}

func normal(r *rig) answer { return r.stable(false) }
func forced(r *rig) answer { return r.stable(true) }

// TestStableToken has the lines of getStableAccessToken.
func TestStableToken(t *testing.T) {
	t.Parallel()
	const path = "/cgi-bin/stable_token"
	body := `{"grant_type":"client_credential","appid":"` + app1 + `","secret":"` + secret1 + `"}`
	change := func(old, with string) string { return strings.Replace(body, old, with, 1) }
	rows := []row{
		{name: "0 success", call: normal, check: checkToken(7200)},
		{name: "0 without force_refresh", call: stableBody(body), check: checkToken(7200)},
		{name: "0 the same token, with the life that is left", call: normal, check: func(r *rig, a answer) {
			r.advance(time.Hour)
			if b := r.stable(false); b.AccessToken != a.AccessToken || b.ExpiresIn != 3600 {
				r.t.Errorf("got %s", b.text)
			}
		}},
		{name: "0 renewed with five minutes left", call: normal, check: func(r *rig, a answer) {
			r.advance(115 * time.Minute)
			b := r.stable(false)
			if b.AccessToken == a.AccessToken || b.ExpiresIn != 7200 {
				r.t.Errorf("got %s", b.text)
			}
			r.wantUse("old until its own end", a.AccessToken, good)
			r.advance(5 * time.Minute)
			r.wantUse("old at its end", a.AccessToken, 42001)
		}},
		{name: "0 not renewed with more left", call: normal, check: func(r *rig, a answer) {
			r.advance(115*time.Minute - time.Second)
			if b := r.stable(false); b.AccessToken != a.AccessToken || b.ExpiresIn != 301 {
				r.t.Errorf("got %s", b.text)
			}
		}},
		{name: "0 apart from the tokens of cgi-bin/token", call: normal, check: func(r *rig, a answer) {
			b := r.token()
			r.advance(6 * time.Minute)
			c := r.stable(true)
			r.wantUse("stable, forced out", a.AccessToken, 40001)
			r.wantUse("ordinary", b.AccessToken, good)
			r.wantUse("stable", c.AccessToken, good)
		}},
		{name: "0 force gives another token and ends the last", call: normal, check: func(r *rig, a answer) {
			b := r.stable(true)
			if b.AccessToken == a.AccessToken || b.ExpiresIn != 7200 {
				r.t.Errorf("got %s", b.text)
			}
			r.wantUse("forced out", a.AccessToken, 40001)
		}},
		{name: "0 force after 30 seconds", call: forced, check: func(r *rig, _ answer) {
			r.advance(30 * time.Second)
			if a := r.stable(true); a.AccessToken == "" {
				r.t.Errorf("got %s", a.text)
			}
		}},
		{name: "40002 no grant_type", call: stableBody(change("client_credential", "")), errcode: 40002, errmsg: "invalid grant_type"},
		{name: "40013 unknown appid", call: stableBody(change(app1, "wx1")), errcode: 40013, errmsg: "invalid appid"},
		{name: "40125 wrong secret", call: stableBody(change(secret1, secret2)), errcode: 40125, errmsg: "invalid appsecret"},
		{name: "41002 no appid", call: stableBody(change(app1, "")), errcode: 41002, errmsg: "appid missing"},
		{name: "41002 arguments in the query", call: func(r *rig) answer { return r.do("POST", path, tokenQuery(), "{}") }, errcode: 41002},
		{name: "41004 no secret", call: stableBody(change(secret1, "")), errcode: 41004, errmsg: "appsecret missing"},
		{name: "43002 GET", call: func(r *rig) answer { return r.do("GET", path, tokenQuery(), "") }, errcode: 43002, errmsg: "require POST method"},
		{name: "44002 no body", call: stableBody(""), errcode: 44002, errmsg: "empty post data"},
		{name: "47001 not JSON", call: stableBody("grant_type=client_credential"), errcode: 47001, errmsg: "data format error"},
		{name: "47001 force_refresh is text", call: stableBody(change("{", `{"force_refresh":"true",`)), errcode: 47001},
	}
	for code, text := range map[int]string{
		-1: "system error", 40164: "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist", 45009: "reach max api daily quota limit",
		45011: "api minute-quota reach limit  mustslower  retry next minute", 89503: "", 89506: "", 89507: "",
	} {
		rows = append(rows, row{name: itoa(code) + " by fault", call: faulty(code, path, normal), errcode: code, errmsg: text})
	}
	runRows(t, rows)
}

// TestTokenErrors has the lines of token errors on business calls.
func TestTokenErrors(t *testing.T) {
	t.Parallel()
	with := func(token func(r *rig) string) func(r *rig) answer {
		return signed("/wxa/checksession", func(r *rig, q url.Values) { q.Set("access_token", token(r)) })
	}
	runRows(t, []row{
		{name: "40001 unknown", call: with(func(*rig) string { return "57_" + strings.Repeat("x", 133) }), errcode: 40001, errmsg: credentialText},
		{name: "40001 superseded", call: with(func(r *rig) string {
			a := r.token().AccessToken
			r.token()
			r.advance(5 * time.Minute)
			return a
		}), errcode: 40001, errmsg: credentialText},
		{name: "42001 expired", call: with(func(r *rig) string {
			a := r.token().AccessToken
			r.advance(2 * time.Hour)
			return a
		}), errcode: 42001, errmsg: "access_token expired"},
		{name: "40014 malformed", call: with(func(*rig) string { return "nonsense" }), errcode: 40014, errmsg: "invalid access_token"},
		{name: "41001 missing", call: with(func(*rig) string { return "" }), errcode: 41001, errmsg: "access_token missing"},
		{name: "41001 in the body", call: func(r *rig) answer {
			return r.do("POST", "/wxa/checksession", nil, `{"access_token":"`+r.token().AccessToken+`"}`)
		}, errcode: 41001, errmsg: "access_token missing"},
		{name: "40003 token of another app", call: with(func(r *rig) string {
			return r.do("GET", "/cgi-bin/token", url.Values{"grant_type": {"client_credential"}, "appid": {app2}, "secret": {secret2}}, "").AccessToken
		}), errcode: 40003},
		{name: "40066 a path that is not simulated", call: func(r *rig) answer {
			return r.do("POST", "/wxa/business/nothing", nil, "{}")
		}, errcode: 40066, errmsg: "invalid url"},
	})
}

// TestSwitches turns each open question the other way, and states its default.
func TestSwitches(t *testing.T) {
	t.Parallel()
	t.Run("login", func(t *testing.T) { t.Parallel(); runRows(t, loginSwitchRows()) })
	t.Run("session key", func(t *testing.T) { t.Parallel(); runRows(t, keySwitchRows()) })
	t.Run("token", func(t *testing.T) { t.Parallel(); runRows(t, tokenSwitchRows()) })
	t.Run("profile", func(t *testing.T) { t.Parallel(); runRows(t, profileSwitchRows()) })
}

func tokenSwitchRows() []row {
	type sw = simulator.Switches
	old := func(want int) func(*rig, answer) {
		return func(r *rig, a answer) {
			r.stable(true)
			r.wantUse("the old token", a.AccessToken, want)
		}
	}
	renewed := func(want int) func(*rig, answer) {
		return func(r *rig, a answer) {
			r.advance(116 * time.Minute)
			r.stable(false)
			r.advance(time.Minute)
			r.wantUse("the old token", a.AccessToken, want)
		}
	}
	again := func(r *rig) answer { r.stable(true); return r.stable(true) }
	return []row{
		{name: "WrongSecretIs40001 default", call: cgiToken(set("secret", "x")), errcode: 40125},
		{name: "WrongSecretIs40001", switches: sw{WrongSecretIs40001: true}, call: cgiToken(set("secret", "x")), errcode: 40001},
		{name: "TokensPerDay default", call: cgiToken(func(r *rig, _ url.Values) { tokenMany(r, 2000) }), errcode: 45009, errmsg: "reach max api daily quota limit",
			check: func(r *rig, _ answer) {
				r.advance(12 * time.Hour) // past midnight in Beijing
				if a := r.token(); a.AccessToken == "" {
					r.t.Errorf("next day: %s", a.text)
				}
			}},
		{name: "TokensPerDay", switches: sw{TokensPerDay: 3}, call: cgiToken(func(r *rig, _ url.Values) { tokenMany(r, 3) }), errcode: 45009},
		{name: "TokensPerDay off", switches: sw{TokensPerDay: -1}, call: cgiToken(func(r *rig, _ url.Values) { tokenMany(r, 2001) })},
		{name: "ForceTooSoon default", call: again, errcode: 45011},
		{name: "ForceTooSoon", switches: sw{ForceTooSoon: 45009}, call: again, errcode: 45009},
		{name: "ForceTooMany default", call: forceMany, errcode: 45009},
		{name: "ForceTooMany", switches: sw{ForceTooMany: 45011}, call: forceMany, errcode: 45011},
		{name: "ForceOverlap default", call: normal, check: old(40001)},
		{name: "ForceOverlap", switches: sw{ForceOverlap: time.Minute}, call: normal, check: old(good)},
		{name: "RenewalOverlap default", call: normal, check: renewed(good)},
		{name: "RenewalOverlap", switches: sw{RenewalOverlap: -1}, call: normal, check: renewed(40001)},
	}
}

// forceMany forces 20 times in one day and once more.
func forceMany(r *rig) answer {
	for range 20 {
		if a := r.stable(true); a.AccessToken == "" {
			r.t.Fatalf("force: %s", a.text)
		}
		r.advance(30 * time.Second)
	}
	return r.stable(true)
}
