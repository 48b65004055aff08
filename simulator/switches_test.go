package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

func itoa(n int) string { return strconv.Itoa(n) }

// tokenMany asks for n tokens without the network, which would take its time.
func tokenMany(r *rig, n int) {
	r.t.Helper()
	h := r.Handler()
	for range n {
		req := httptest.NewRequest(http.MethodGet, "http://localhost/cgi-bin/token?"+tokenQuery().Encode(), nil)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if !strings.Contains(rec.Body.String(), "access_token") {
			r.t.Fatalf("token: %s", rec.Body)
		}
	}
}

func loginSwitchRows() []row {
	type sw = simulator.Switches
	plain := sns(func(*rig, url.Values) {})
	contains := func(text string, want bool) func(*rig, answer) {
		return func(r *rig, a answer) {
			if strings.Contains(a.text, text) != want {
				r.t.Errorf("%q in the answer is not %v: %s", text, want, a.text)
			}
		}
	}
	contentType := func(want string) func(*rig, answer) {
		return func(r *rig, a answer) {
			if got := a.header.Get("Content-Type"); got != want {
				r.t.Errorf("Content-Type %q, want %q", got, want)
			}
		}
	}
	aged := func(d time.Duration) func(*rig) answer {
		return func(r *rig) answer {
			code := r.login(app1, "alice")
			r.exchange(code)
			r.advance(d)
			return r.exchange(code)
		}
	}
	spoilt := func(r *rig) answer {
		code := r.login(app1, "alice")
		r.do("GET", "/sns/jscode2session", exchangeQuery(app1, "wrong", code), "")
		return r.exchange(code)
	}
	stray := sns(set("access_token", "nonsense"))
	bad := sns(set("js_code", "x"))
	blocked := sns(func(r *rig, _ url.Values) { r.block("alice") })
	return []row{
		{name: "SuccessErrcode default", call: plain, check: contains("errcode", false)},
		{name: "SuccessErrcode", switches: sw{SuccessErrcode: true}, call: plain, check: contains(`"errcode":0,"errmsg":""`, true)},
		{name: "ContentType default success", call: plain, check: contentType("text/plain")},
		{name: "ContentType default failure", call: bad, errcode: 40029, check: contentType("application/json")},
		{name: "ContentType default elsewhere", call: normal, check: contentType("application/json; encoding=utf-8")},
		{name: "ContentType json", switches: sw{ContentType: simulator.ContentTypeJSON}, call: plain, check: contentType("application/json; encoding=utf-8")},
		{name: "ContentType text", switches: sw{ContentType: simulator.ContentTypeText}, call: bad, errcode: 40029, check: contentType("text/plain")},
		{name: "UsedCodeMemory default, used", call: aged(10*time.Minute - time.Second), errcode: 40163, errmsg: "code been used"},
		{name: "UsedCodeMemory default, used and aged", call: aged(10 * time.Minute), errcode: 40029, errmsg: "invalid code"},
		{name: "UsedCodeMemory", switches: sw{UsedCodeMemory: time.Minute}, call: aged(time.Minute), errcode: 40029},
		{name: "UsedCodeMemory off", switches: sw{UsedCodeMemory: -1}, call: aged(0), errcode: 40029},
		{name: "BadSecretConsumesCode default", call: spoilt},
		{name: "BadSecretConsumesCode", switches: sw{BadSecretConsumesCode: true}, call: spoilt, errcode: 40163},
		{name: "AnyGrantType default", call: sns(without("grant_type")), errcode: 40002},
		{name: "AnyGrantType", switches: sw{AnyGrantType: true}, call: sns(without("grant_type"))},
		{name: "StrayTokenChecked default", call: stray},
		{name: "StrayTokenChecked", switches: sw{StrayTokenChecked: true}, call: stray, errcode: 40001, errmsg: credentialText},
		{name: "BlockedText default", call: blocked, errcode: 40226, errmsg: "code blocked"},
		{name: "BlockedText", switches: sw{BlockedText: "blocked"}, call: blocked, errcode: 40226, errmsg: "blocked"},
		{name: "LoginsPerUserMinute default", call: func(r *rig) answer { return r.exchangeMany(100) }, errcode: 45011},
		{name: "LoginsPerUserMinute", switches: sw{LoginsPerUserMinute: 2}, call: func(r *rig) answer { return r.exchangeMany(2) }, errcode: 45011},
		{name: "LoginsPerUserMinute off", switches: sw{LoginsPerUserMinute: -1}, call: func(r *rig) answer { return r.exchangeMany(101) }},
		{name: "Hints default", call: func(r *rig) answer { return r.do("GET", "/wxa/checksession", nil, "") }, errcode: 41001, check: contains("hint", false)},
		{name: "Hints", switches: sw{Hints: true}, call: func(r *rig) answer { return r.do("GET", "/wxa/checksession", nil, "") }, errcode: 41001, check: contains("access_token missing hint: [", true)},
	}
}

func keySwitchRows() []row {
	type sw = simulator.Switches
	// again logs alice in, waits, and reports whether the second login
	// brought another key.
	again := func(wait time.Duration, rotated bool) func(*rig) answer {
		return func(r *rig) answer {
			first := r.session("alice")
			r.advance(wait)
			second := r.session("alice")
			if got := first.SessionKey != second.SessionKey; got != rotated {
				r.t.Errorf("rotated: %v, want %v", got, rotated)
			}
			return second
		}
	}
	idle := func(wait time.Duration, want bool) func(*rig) answer {
		return func(r *rig) answer {
			a := r.session("alice")
			r.advance(wait)
			if valid, err := r.CheckSession(app1, "alice"); err != nil || valid != want {
				r.t.Errorf("valid: %v (%v), want %v", valid, err, want)
			}
			return a
		}
	}
	resets := func(n int) func(*rig) answer {
		return func(r *rig) answer {
			var a answer
			for range n {
				key, err := r.SessionKey(app1, "alice")
				if err != nil {
					key = r.session("alice").SessionKey
				}
				a = r.do("GET", "/wxa/resetusersessionkey", url.Values{"access_token": {r.stable(false).AccessToken},
					"openid": {r.openID(app1, "alice")}, "signature": {sign(key)}, "sig_method": {"hmac_sha256"}}, "")
			}
			return a
		}
	}
	return []row{
		{name: "KeyRotation default, in quick succession", call: again(60*time.Second, false)},
		{name: "KeyRotation default, later", call: again(61*time.Second, true)},
		{name: "KeyRotation always", switches: sw{KeyRotation: simulator.RotateAlways}, call: again(0, true)},
		{name: "KeyRotation never", switches: sw{KeyRotation: simulator.RotateNever}, call: again(29*time.Minute, false)},
		{name: "KeyRotation never, yet a dead key is replaced", switches: sw{KeyRotation: simulator.RotateNever}, call: again(30*time.Minute, true)},
		{name: "KeyRotationInterval", switches: sw{KeyRotationInterval: 10 * time.Minute}, call: again(9*time.Minute, false)},
		{name: "SessionKeyIdle default, alive", call: idle(30*time.Minute-time.Second, true)},
		{name: "SessionKeyIdle default, dead", call: idle(30*time.Minute, false)},
		{name: "SessionKeyIdle", switches: sw{SessionKeyIdle: time.Minute}, call: idle(time.Minute, false)},
		{name: "SessionKeyIdle off", switches: sw{SessionKeyIdle: -1}, call: idle(24*time.Hour, true)},
		{name: "SessionKeyIdle slides with use", call: func(r *rig) answer {
			a := r.session("alice")
			for range 3 {
				r.advance(20 * time.Minute)
				if _, err := r.WeRun(app1, "alice"); err != nil {
					r.t.Error(err)
				}
			}
			return a
		}},
		{name: "SessionKeyIdle counts from the exchange", call: func(r *rig) answer {
			code := r.login(app1, "alice")
			r.advance(4 * time.Minute)
			a := r.exchange(code)
			r.advance(29 * time.Minute)
			if valid, err := r.CheckSession(app1, "alice"); err != nil || !valid {
				r.t.Errorf("the exchange did not count as use (%v)", err)
			}
			return a
		}},
		{name: "SessionKeyIdle shorter than a code's life", switches: sw{SessionKeyIdle: time.Minute}, call: func(r *rig) answer {
			code := r.login(app1, "alice")
			r.advance(4 * time.Minute)
			a := r.exchange(code)
			if key, err := r.SessionKey(app1, "alice"); err != nil || key != a.SessionKey {
				r.t.Errorf("the exchange gave a dead key (%v)", err)
			}
			if second := r.session("alice"); second.SessionKey != a.SessionKey {
				r.t.Error("the key was not as young as the exchange")
			}
			return a
		}},
		{name: "SessionQueryOnly default", call: bodyArgs("/wxa/checksession")},
		{name: "SessionQueryOnly", switches: sw{SessionQueryOnly: true}, call: bodyArgs("/wxa/checksession"), errcode: 43001},
		{name: "ResetsPerUserMinute default", call: resets(5)},
		{name: "ResetsPerUserMinute", switches: sw{ResetsPerUserMinute: 2}, call: resets(3), errcode: 45011},
		{name: "EscapeSlashes default", call: slashes(`\/`, false)},
		{name: "EscapeSlashes", switches: sw{EscapeSlashes: true}, call: slashes(`\/`, true)},
	}
}

// slashes logs people in until a key holds a slash.
func slashes(text string, want bool) func(*rig) answer {
	return func(r *rig) answer {
		for range 200 {
			if _, err := r.AddUser(simulator.User{Name: "again"}); err != nil {
				r.t.Fatal(err)
			}
			a := r.session("again")
			if strings.Contains(a.SessionKey, "/") {
				if strings.Contains(a.text, text) != want {
					r.t.Errorf("%q in the answer is not %v: %s", text, want, a.text)
				}
				return a
			}
			r.advance(61 * time.Second)
		}
		r.t.Fatal("no key with a slash in 200")
		return answer{}
	}
}

func profileSwitchRows() []row {
	type sw = simulator.Switches
	raw := func(want string) func(*rig) answer {
		return func(r *rig) answer {
			if _, err := r.AddUser(simulator.User{Name: "alice", Nickname: "Alice <&>", AvatarURL: "https://example.com/a.png"}); err != nil {
				r.t.Fatal(err)
			}
			a := r.session("alice")
			d, err := r.UserProfile(app1, "alice", "")
			if err != nil {
				r.t.Fatal(err)
			}
			if !strings.Contains(d.RawData, want) {
				r.t.Errorf("%q is not in %s", want, d.RawData)
			}
			return a
		}
	}
	return []row{
		{name: "ProfileRules default", call: raw(`"nickName":"微信用户"`)},
		{name: "ProfileRules today", switches: sw{ProfileRules: simulator.ProfilesToday}, call: raw(`"nickName":"微信用户"`)},
		{name: "ProfileRules 2021", switches: sw{ProfileRules: simulator.Profiles2021}, call: raw(`"nickName":"Alice <&>"`)},
		{name: "ProfileRules 2020", switches: sw{ProfileRules: simulator.Profiles2020}, call: raw(`"nickName":"Alice <&>"`)},
	}
}
