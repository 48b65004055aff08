package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

// row is a request and the problem that must answer it.
type row struct {
	header       []string
	body         string
	status       int
	code         string
	field        string // of the problem; empty: none
	detail       string // a part of it
	errcode      int
	wantRetry    bool
	method, path string // default: the table's
}

func (r row) check(t *testing.T, method, base, path string) {
	t.Helper()
	if r.method != "" {
		method = r.method
	}
	if r.path != "" {
		path = r.path
	}
	a := call(t, method, base+path, header(r.header...), r.body)
	p := wantProblem(t, a, r.status, r.code)
	if p.Field != r.field {
		t.Errorf("field %q, want %q", p.Field, r.field)
	}
	if !strings.Contains(p.Detail, r.detail) {
		t.Errorf("detail %q lacks %q", p.Detail, r.detail)
	}
	if p.WeChatErrcode != r.errcode {
		t.Errorf("wechat_errcode %d, want %d", p.WeChatErrcode, r.errcode)
	}
	if r.wantRetry != (p.RetryAfter > 0) {
		t.Errorf("retry_after %d", p.RetryAfter)
	}
	if r.status == 405 && a.header.Get("Allow") == "" {
		t.Error("no Allow on a 405")
	}
	if strings.Contains(strings.ReplaceAll(string(a.body), p.RequestID, ""), "MARK") {
		t.Errorf("a value that was sent stands in %s", a.body)
	}
}

const sendThis = `{"appid":"wx…","code":"<what wx.login gave>"} as application/json by POST`

func TestContract_LoginRequests(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	s := newSite(t, w, sqlite)
	s.more = "limits: {failed_logins_per_minute_per_ip: 0}"
	srv := s.serve()
	body := func(code string) string { return loginBody(app1, code) }
	long := strings.Repeat("k", 256)
	for name, r := range map[string]row{
		"BareCode":            {body: "0MARKa1b2c3d4e5f6a1b2c3d4e5f6a1b", status: 400, code: "invalid_request", detail: sendThis},
		"BareCodeQuoted":      {body: `"0MARKa1b2"`, status: 400, code: "invalid_request", detail: sendThis},
		"BareCodeAsText":      {header: []string{"Content-Type", "text/plain"}, body: "0MARKa1b2", status: 400, code: "invalid_request", detail: sendThis},
		"Form":                {header: []string{"Content-Type", "application/x-www-form-urlencoded"}, body: "code=MARK", status: 400, code: "invalid_request", detail: sendThis},
		"CodeInTheQuery":      {method: "GET", path: "/v1/login?code=0MARK", status: 405, code: "invalid_request", detail: sendThis},
		"CodeInTheQueryPOST":  {path: "/v1/login?code=0MARK", body: body("x"), status: 400, code: "invalid_request"},
		"PUT":                 {method: "PUT", body: body("MARK"), status: 405, code: "invalid_request", detail: sendThis},
		"NoBody":              {status: 400, code: "invalid_request", detail: "empty"},
		"Array":               {body: `[]`, status: 400, code: "invalid_request", detail: sendThis},
		"Null":                {body: `null`, status: 400, code: "invalid_request", detail: sendThis},
		"Malformed":           {body: `{"appid":"MARK",`, status: 400, code: "invalid_request"},
		"NoAppID":             {body: `{"code":"MARK"}`, status: 400, code: "invalid_request", field: "appid"},
		"NoCode":              {body: `{"appid":"MARK"}`, status: 400, code: "invalid_request", field: "code"},
		"NullCode":            {body: `{"appid":"MARK","code":null}`, status: 400, code: "invalid_request", field: "code"},
		"NumberAsCode":        {body: `{"appid":"MARK","code":1}`, status: 400, code: "invalid_request", field: "code"},
		"ObjectAsAppID":       {body: `{"appid":{"MARK":1},"code":"a"}`, status: 400, code: "invalid_request", field: "appid"},
		"UnknownField":        {body: `{"appid":"a","code":"b","jscode":"MARK"}`, status: 400, code: "invalid_request", field: "jscode"},
		"WrongCase":           {body: `{"appId":"MARK","code":"b"}`, status: 400, code: "invalid_request", field: "appId", detail: "case"},
		"TwiceAField":         {body: `{"appid":"a","code":"b","code":"MARK"}`, status: 400, code: "invalid_request", field: "code"},
		"TwiceEscaped":        {body: `{"appid":"a","code":"b","\u0063ode":"MARK"}`, status: 400, code: "invalid_request", field: "code"},
		"DeviceIsText":        {body: `{"appid":"a","code":"b","device":"MARK"}`, status: 400, code: "invalid_request", field: "device"},
		"DeviceTooLarge":      {body: `{"appid":"a","code":"b","device":{"x":"` + strings.Repeat("MARK", 600) + `"}}`, status: 400, code: "invalid_request", field: "device"},
		"DeviceTwice":         {body: `{"appid":"a","code":"b","device":{"x":1,"x":"MARK"}}`, status: 400, code: "invalid_request", field: "device.x"},
		"BodyTooLarge":        {body: `{"appid":"a","code":"b","device":{"x":"` + strings.Repeat("x", 64<<10) + `"}}`, status: 413, code: "invalid_request"},
		"ShortKey":            {header: []string{"Idempotency-Key", "fifteen-chars-x"}, body: body("b"), status: 400, code: "invalid_request", field: "Idempotency-Key"},
		"LongKey":             {header: []string{"Idempotency-Key", long}, body: body("b"), status: 400, code: "invalid_request", field: "Idempotency-Key"},
		"KeyWithSpace":        {header: []string{"Idempotency-Key", "sixteen chars x MARK"}, body: body("b"), status: 400, code: "invalid_request", field: "Idempotency-Key"},
		"TwoKeys":             {header: []string{"Idempotency-Key", "sixteen-chars-one", "Idempotency-Key", "sixteen-chars-two"}, body: body("b"), status: 400, code: "invalid_request", field: "Idempotency-Key"},
		"EmptyKey":            {header: []string{"Idempotency-Key", ""}, body: body("b"), status: 400, code: "invalid_request", field: "Idempotency-Key"},
		"UnknownApp":          {body: loginBody("wxMARK", "b"), status: 404, code: "unknown_app"},
		"EmptyCode":           {body: body(""), status: 400, code: "invalid_code", field: "code"},
		"CodeOf513Characters": {body: body(strings.Repeat("c", 513)), status: 400, code: "invalid_code", field: "code"},
		"CodeWithSpace":       {body: body("MARK b"), status: 400, code: "invalid_code", field: "code"},
		"CodeWithNUL":         {body: body("MARK\x00b"), status: 400, code: "invalid_code", field: "code"},
		"CodeWithTab":         {body: body("MARK\tb"), status: 400, code: "invalid_code", field: "code"},
		"CodeWithNextLine":    {body: body("MARK\u0085b"), status: 400, code: "invalid_code", field: "code"},
		"CodeWithWideSpace":   {body: body("MARK\u3000b"), status: 400, code: "invalid_code", field: "code"},
		"CodeWithDelete":      {body: body("MARK\u007fb"), status: 400, code: "invalid_code", field: "code"},
		"DevToolsMockCode":    {body: body("the code is a mock one"), status: 400, code: "invalid_code", field: "code", detail: "mock"},
	} {
		t.Run(name, func(t *testing.T) { r.check(t, "POST", srv.url, "/v1/login") })
	}
	if n := w.exchanges(); n != 0 {
		t.Errorf("WeChat was asked %d times about what can't be a login", n)
	}
	t.Run("CodeOf512CharactersIsAsked", func(t *testing.T) {
		row{body: body(strings.Repeat("码", 512)), status: 400, code: "invalid_code", errcode: 40029}.check(t, "POST", srv.url, "/v1/login")
		if w.exchanges() != 1 {
			t.Error("WeChat was not asked")
		}
	})
	t.Run("KeysOf16And255Characters", func(t *testing.T) {
		login(t, srv.url, app1, w.code(app1, "alice"), strings.Repeat("k", 16))
		login(t, srv.url, app1, w.code(app1, "alice"), strings.Repeat("!", 255))
	})
	t.Run("DeviceHoldsAnything", func(t *testing.T) {
		a := call(t, "POST", srv.url+"/v1/login", nil, `{"appid":"`+app1+`","code":"`+w.code(app1, "alice")+`","device":{"appId":1,"a":{"b":[null]}}}`)
		a.as(t, 200, &tokens{})
	})
}

// TestContract_LoginAnswersOfWeChat has a row for each thing that WeChat may
// say or not say.
func TestContract_LoginAnswersOfWeChat(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	s := newSite(t, w, sqlite)
	s.more = "limits: {failed_logins_per_minute_per_ip: 0}\n"
	rows := []struct {
		name  string
		fault simulator.Fault
		row
	}{
		{"40029", simulator.Fault{Errcode: 40029}, row{status: 400, code: "invalid_code", errcode: 40029}},
		{"40163", simulator.Fault{Errcode: 40163}, row{status: 409, code: "code_already_used", errcode: 40163}},
		{"40226", simulator.Fault{Errcode: 40226}, row{status: 403, code: "user_blocked", errcode: 40226}},
		{"45011", simulator.Fault{Errcode: 45011}, row{status: 429, code: "wechat_quota", errcode: 45011, wantRetry: true}},
		{"45009", simulator.Fault{Errcode: 45009}, row{status: 429, code: "wechat_quota", errcode: 45009, wantRetry: true}},
		{"40125", simulator.Fault{Errcode: 40125}, row{status: 502, code: "wechat_rejected", errcode: 40125}},
		{"40013", simulator.Fault{Errcode: 40013}, row{status: 502, code: "wechat_rejected", errcode: 40013}},
		{"40164", simulator.Fault{Errcode: 40164}, row{status: 502, code: "wechat_rejected", errcode: 40164}},
		{"40243", simulator.Fault{Errcode: 40243}, row{status: 502, code: "wechat_rejected", errcode: 40243}},
		{"48001", simulator.Fault{Errcode: 48001}, row{status: 502, code: "wechat_rejected", errcode: 48001}},
		{"50002", simulator.Fault{Errcode: 50002}, row{status: 502, code: "wechat_rejected", errcode: 50002}},
		{"99999", simulator.Fault{Errcode: 99999}, row{status: 502, code: "wechat_rejected", errcode: 99999}},
		{"-1", simulator.Fault{Errcode: -1}, row{status: 503, code: "wechat_unavailable", errcode: -1, wantRetry: true}},
		{"HTTP500", simulator.Fault{Status: 500}, row{status: 503, code: "wechat_unavailable", wantRetry: true}},
		{"HTTP302", simulator.Fault{Status: 302}, row{status: 503, code: "wechat_unavailable", wantRetry: true}},
		{"RequestLost", simulator.Fault{Drop: simulator.DropBefore}, row{status: 503, code: "wechat_unavailable", wantRetry: true}},
		{"AnswerLost", simulator.Fault{Drop: simulator.DropAfter}, row{status: 503, code: "wechat_unavailable", wantRetry: true}},
		{"Slow", simulator.Fault{Latency: time.Minute}, row{status: 503, code: "wechat_unavailable", wantRetry: true}},
	}
	s.more += "wechat: {base_url: " + w.url + ", timeout: 6s}"
	s.wechat = "" // said in more
	appOf := func(i int) string { return fmt.Sprintf("wxfa000000000000%02x", i) }
	for i := range rows {
		if err := w.AddApp(simulator.App{AppID: appOf(i), Secret: "s"}); err != nil {
			t.Fatal(err)
		}
		s.app(appOf(i), "s", "open_account: x")
	}
	srv := s.serve()
	for i, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			code := w.code(appOf(i), "alice")
			r.fault.Path = code2Session
			w.faults(r.fault)
			asked := w.exchanges()
			r.body = loginBody(appOf(i), code)
			r.check(t, "POST", srv.url, "/v1/login")
			want := 1
			if r.name == "-1" {
				want = 3 // WeChat wants it tried again
			}
			if n := w.exchanges() - asked; n != want {
				t.Errorf("WeChat was asked %d times, want %d", n, want)
			}
			w.faults()
			// A login that failed leaves no record, and nobody is shut out.
			login(t, srv.url, appOf(i), w.code(appOf(i), "alice"), "")
		})
	}
}

func TestContract_LoginReplay(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	srv := newSite(t, w, sqlite).serve()
	const k, other = "key-of-sixteen-chars", "another-sixteen-chars"
	post := func(k, body string) answer { return call(t, "POST", srv.url+"/v1/login", key(k), body) }
	t.Run("SameCodeAndKey", func(t *testing.T) {
		code := w.code(app1, "alice")
		first, asked := login(t, srv.url, app1, code, k), w.exchanges()
		for range 3 {
			again := login(t, srv.url, app1, code, k)
			if again.SessionID != first.SessionID || again.RefreshToken != first.RefreshToken || again.AccessToken == first.AccessToken ||
				*again.IsNewUser != *first.IsNewUser || again.User.ID != first.User.ID {
				t.Errorf("%+v, want %+v", again, first)
			}
		}
		if w.exchanges() != asked {
			t.Error("WeChat was asked about a code that was exchanged here")
		}
	})
	t.Run("AnotherKeyOrNone", func(t *testing.T) {
		code := w.code(app1, "alice")
		first := login(t, srv.url, app1, code, k)
		wantProblem(t, post(other, loginBody(app1, code)), 409, "code_already_used")
		wantProblem(t, post("", loginBody(app1, code)), 409, "code_already_used")
		refresh(t, srv.url, first.RefreshToken, "") // nobody was harmed
	})
	t.Run("FirstWithoutKey", func(t *testing.T) {
		code := w.code(app1, "alice")
		login(t, srv.url, app1, code, "")
		wantProblem(t, post("", loginBody(app1, code)), 409, "code_already_used")
		wantProblem(t, post(k, loginBody(app1, code)), 409, "code_already_used")
	})
	t.Run("AnotherBody", func(t *testing.T) {
		code := w.code(app1, "alice")
		body := func(device string) string {
			return `{"appid":"` + app1 + `","code":"` + code + `","device":` + device + `}`
		}
		var first, again tokens
		post(k, body(`{"a":1,"b":"x"}`)).as(t, 200, &first)
		post(k, body(` {"b":"\u0078", "a":1.0}`)).as(t, 200, &again)
		if first.SessionID != again.SessionID {
			t.Error("another spelling of the same body is another request")
		}
		wantProblem(t, post(k, body(`{"a":2,"b":"x"}`)), 409, "idempotency_conflict")
		wantProblem(t, post(k, loginBody(app1, code)), 409, "idempotency_conflict")
	})
	t.Run("SameKeyAnotherCode", func(t *testing.T) {
		if login(t, srv.url, app1, w.code(app1, "alice"), k).SessionID == login(t, srv.url, app1, w.code(app1, "alice"), k).SessionID {
			t.Error("two logins, one session")
		}
	})
	t.Run("SameCodeAnotherApp", func(t *testing.T) {
		code := w.code(app1, "alice")
		login(t, srv.url, app1, code, k)
		wantProblem(t, post(k, loginBody(app2, code)), 400, "invalid_code")
	})
	t.Run("AfterARefresh", func(t *testing.T) {
		code := w.code(app1, "alice")
		refresh(t, srv.url, login(t, srv.url, app1, code, k).RefreshToken, "")
		wantProblem(t, post(k, loginBody(app1, code)), 409, "code_already_used")
	})
	t.Run("AfterALogout", func(t *testing.T) {
		code := w.code(app1, "alice")
		call(t, "DELETE", srv.url+"/v1/session", bearer(login(t, srv.url, app1, code, k).AccessToken), "")
		wantProblem(t, post(k, loginBody(app1, code)), 409, "code_already_used")
	})
	t.Run("AFailureLeavesNoRecord", func(t *testing.T) {
		code := w.code(app1, "alice")
		w.faults(simulator.Fault{Path: code2Session, Drop: simulator.DropBefore, Times: 1})
		wantProblem(t, post(k, loginBody(app1, code)), 503, "wechat_unavailable")
		login(t, srv.url, app1, code, other)
	})
}

// wantLimit posts until 20 posts were refused, and wants as many taken as a limit
// of so many a minute lets through in the time that passed.
func wantLimit(t *testing.T, perMinute, status int, post func() answer) (taken int) {
	t.Helper()
	began := time.Now()
	for refused := 0; refused < 20; {
		a := post()
		if a.status == status {
			taken++
			continue
		}
		wantProblem(t, a, 429, "rate_limited")
		refused++
	}
	if most := perMinute + int(time.Since(began)*time.Duration(perMinute)/time.Minute); taken < perMinute || taken > most {
		t.Errorf("%d were taken, want %d to %d", taken, perMinute, most)
	}
	return taken
}

func TestContract_LoginLimits(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	limited := func(t *testing.T, limits string) *server {
		s := newSite(t, w, sqlite)
		s.more = "limits: {" + limits + "}"
		return s.serve()
	}
	t.Run("AllLoginsOfAnAddress", func(t *testing.T) {
		t.Parallel()
		srv := limited(t, "logins_per_minute_per_ip: 3")
		wantLimit(t, 3, 200, func() answer {
			return call(t, "POST", srv.url+"/v1/login", nil, loginBody(app1, w.code(app1, "alice")))
		})
	})
	t.Run("AllLoginsOfAnApp", func(t *testing.T) {
		t.Parallel()
		srv := limited(t, "logins_per_minute_per_app: 3")
		wantLimit(t, 3, 200, func() answer {
			return call(t, "POST", srv.url+"/v1/login", nil, loginBody(app1, w.code(app1, "alice")))
		})
		login(t, srv.url, app2, w.code(app2, "alice"), "")
	})
	t.Run("BadCodesSpendNoMoreOfWeChatsQuota", func(t *testing.T) {
		t.Parallel()
		own := newWeChat(t)
		s := newSite(t, own, sqlite)
		s.more = "limits: {failed_logins_per_minute_per_ip: 5}"
		srv := s.serve()
		n := 0
		taken := wantLimit(t, 5, 400, func() answer {
			n++
			return call(t, "POST", srv.url+"/v1/login", nil, loginBody(app1, fmt.Sprintf("bad-%d", n)))
		})
		if n := own.exchanges(); n != taken {
			t.Errorf("WeChat was asked %d times, want %d", n, taken)
		}
	})
	t.Run("WhatIsNotTheClientsFaultCountsForNobody", func(t *testing.T) {
		t.Parallel()
		own := newWeChat(t)
		s := newSite(t, own, sqlite)
		s.more = "limits: {failed_logins_per_minute_per_ip: 2}"
		srv := s.serve()
		own.faults(simulator.Fault{Path: code2Session, Errcode: 40125})
		for range 5 {
			wantProblem(t, call(t, "POST", srv.url+"/v1/login", nil, loginBody(app1, "x")), 502, "wechat_rejected")
		}
		own.faults()
		login(t, srv.url, app1, own.code(app1, "alice"), "")
	})
	t.Run("OpenCircuitOfOneAppLeavesTheOther", func(t *testing.T) {
		t.Parallel()
		own := newWeChat(t)
		srv := newSite(t, own, sqlite).serve()
		own.faults(simulator.Fault{Path: code2Session, Status: 502})
		var rush sync.WaitGroup
		for range 12 { // at once: on a slow machine the circuit would forget the first
			rush.Go(func() {
				if a, err := try("POST", srv.url+"/v1/login", nil, loginBody(app1, "x")); err != nil || a.status != 503 {
					t.Errorf("%d %s, %v", a.status, a.body, err)
				}
			})
		}
		rush.Wait()
		asked := own.exchanges()
		p := wantProblem(t, call(t, "POST", srv.url+"/v1/login", nil, loginBody(app1, "x")), 503, "wechat_unavailable")
		if own.exchanges() != asked || p.RetryAfter < 1 {
			t.Errorf("the circuit is not open; retry_after %d", p.RetryAfter)
		}
		own.faults()
		login(t, srv.url, app2, own.code(app2, "alice"), "")
	})
}
