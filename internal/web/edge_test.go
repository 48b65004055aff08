package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// targets are requests that end in every kind of answer.
var targets = []struct {
	name   string
	status int
	make   func() *http.Request
}{
	{"OK", 200, func() *http.Request { return request("POST", "/v1/login", goodLogin) }},
	{"Raw", 200, func() *http.Request { return request("GET", "/raw", "") }},
	{"NoContent", 204, func() *http.Request {
		return request("DELETE", "/v1/sessions/1", "", "Authorization", "Bearer "+goodToken)
	}},
	{"BadBody", 400, func() *http.Request { return request("POST", "/v1/login", "x") }},
	{"NoToken", 401, func() *http.Request { return request("GET", "/v1/session", "") }},
	{"NotFound", 404, func() *http.Request { return request("GET", "/nowhere", "") }},
	{"Root", 404, func() *http.Request { return request("GET", "/", "") }},
	{"UncleanPath", 404, func() *http.Request { return request("POST", "//v1//login?code=x", goodLogin) }},
	{"DotPath", 404, func() *http.Request { return request("GET", "/x/../raw?code=x", "") }},
	{"TrailingSlash", 404, func() *http.Request { return request("GET", "/raw/", "") }},
	{"WrongMethod", 405, func() *http.Request { return request("GET", "/v1/login?code=x", "") }},
	{"Options", 405, func() *http.Request {
		return request("OPTIONS", "/v1/login", "", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
	}},
	{"OptionsStar", 404, func() *http.Request {
		r := request("OPTIONS", "/", "")
		r.RequestURI, r.URL.Path = "*", "*"
		return r
	}},
	{"Panic", 500, func() *http.Request { return request("GET", "/panic", "") }},
}

func newEdge(t *testing.T, adjust func(*web.Options)) (*web.API, *lockedBuffer) {
	t.Helper()
	api, log := newAPI(t, adjust)
	api.HandleRaw("GET /panic", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("canary-5ca1") }))
	return api, log
}

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	t.Parallel()
	api, _ := newEdge(t, nil)
	for _, tc := range targets {
		w := serve(api, tc.make())
		if w.Code != tc.status {
			t.Errorf("%s: %d %s", tc.name, w.Code, w.Body)
		}
		h := w.Header()
		if len(h.Get("X-Request-Id")) < 20 {
			t.Errorf("%s: request id %q", tc.name, h.Get("X-Request-Id"))
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "no-referrer",
			"X-Frame-Options":         "DENY",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
			"Cache-Control":           "no-store",
			"Location":                "", "Strict-Transport-Security": "", "Server": "",
		} {
			if tc.name == "Raw" && name == "Cache-Control" {
				want = "max-age=60" // its own wish
			}
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s: %q", tc.name, name, got)
			}
		}
		for name := range h {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s", tc.name, name)
			}
		}
		if tc.status >= 400 {
			problemOf(t, w)
		}
	}
}

func TestStrictTransportSecurity(t *testing.T) {
	t.Parallel()
	api, _ := newEdge(t, func(o *web.Options) { o.PublicURL = "https://login.example.com" })
	if got := serve(api, request("GET", "/nowhere", "")).Header().Get("Strict-Transport-Security"); !strings.HasPrefix(got, "max-age=") {
		t.Fatalf("%q", got)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	api, log := newEdge(t, nil)
	for _, tc := range targets {
		r := tc.make()
		r.Header.Set("X-Request-Id", "Trace-1.2_"+tc.name)
		if got := serve(api, r).Header().Get("X-Request-Id"); got != "Trace-1.2_"+tc.name {
			t.Errorf("%s: sane id became %q", tc.name, got)
		}
		if !strings.Contains(log.String(), `"request_id":"Trace-1.2_`+tc.name+`"`) {
			t.Errorf("%s: the log does not know the id", tc.name)
		}
	}
	if got := serve(api, request("GET", "/raw", "", "X-Request-Id", "mine-and-long-enough")).Body.String(); got != "raw mine-and-long-enough" {
		t.Errorf("context: %q", got)
	}
	for _, bad := range []string{"", "a b", "a\tb", "ü", "<x>", `"`, strings.Repeat("a", 129), "a,b", "a/b"} {
		r := request("GET", "/raw", "")
		r.Header["X-Request-Id"] = []string{bad}
		if got := serve(api, r).Header().Get("X-Request-Id"); got == bad || len(got) < 20 {
			t.Errorf("%q was answered by %q", bad, got)
		}
	}
	twice := request("GET", "/raw", "", "X-Request-Id", "one", "X-Request-Id", "two")
	if got := serve(api, twice).Header().Get("X-Request-Id"); got == "one" || got == "two" {
		t.Errorf("one of two ids was taken: %q", got)
	}
}

func TestWrongMethod(t *testing.T) {
	t.Parallel()
	api, _ := newEdge(t, nil)
	w := serve(api, request("GET", "/v1/login?code=x", ""))
	p := problemOf(t, w)
	if p.Code != problem.InvalidRequest || w.Header().Get("Allow") != "POST" || !strings.HasSuffix(p.Detail, "POST the code as JSON") {
		t.Errorf("%s %v", w.Body, w.Header())
	}
	w = serve(api, request("POST", "/v1/session", ""))
	if p := problemOf(t, w); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" || strings.Contains(p.Detail, "JSON") {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	api, _ := newEdge(t, nil)
	server := httptest.NewServer(api)
	defer server.Close()
	res, err := http.Head(server.URL + "/raw")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
}

func nilMap() map[string]int { return nil }

func TestPanicIsOpaque(t *testing.T) {
	t.Parallel()
	api, log := newEdge(t, nil)
	web.Handle(api, web.Operation{Method: "POST", Path: "/typed-panic", ID: "p"},
		func(context.Context, *web.Request, *struct{}) (struct{}, error) {
			nilMap()["canary-5ca1"] = 1
			return struct{}{}, nil
		})
	for _, r := range []*http.Request{request("GET", "/panic", ""), request("POST", "/typed-panic", "")} {
		w := serve(api, r)
		if p := problemOf(t, w); w.Code != 500 || p.Code != problem.Internal || p.Detail != "something went wrong on our side" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if s := log.String(); strings.Contains(s, "canary-5ca1") || !strings.Contains(s, `"panic":"a value of type string"`) ||
		!strings.Contains(s, "assignment to entry in nil map") || !strings.Contains(s, "edge_test.go") {
		t.Errorf("log: %s", s)
	}
}

// TestPanicAfterTheAnswerBegan: the client must see the answer break off.
func TestPanicAfterTheAnswerBegan(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(t, nil)
	api.HandleRaw("GET /half", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		w.(http.Flusher).Flush()
		panic("x")
	}))
	server := httptest.NewServer(api)
	defer server.Close()
	res, err := http.Get(server.URL + "/half")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if b, err := io.ReadAll(res.Body); err == nil || string(b) != "half" {
		t.Fatalf("half an answer looked whole: %q", b)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	secretURL := &url.Error{Op: "Get", URL: "https://api.weixin.qq.com/?secret=canary-5ca1", Err: errors.New("refused")}
	for _, tc := range []struct {
		name       string
		err        error
		status     int
		want       web.Problem
		retryAfter string
		challenge  string
		logged     string
	}{
		{name: "Plain", err: errors.New("disk full"), status: 500,
			want: web.Problem{Code: problem.Internal, Detail: "something went wrong on our side"}, logged: `"cause":"disk full"`},
		{name: "URL", err: secretURL, status: 500,
			want: web.Problem{Code: problem.Internal, Detail: "something went wrong on our side"}, logged: "withheld"},
		{name: "Unavailable", err: problem.Wrap(problem.WeChatUnavailable, errors.New("time-out"), "try again"), status: 503,
			want: web.Problem{Code: problem.WeChatUnavailable, Detail: "try again"}, logged: `"cause":"time-out"`},
		{name: "Errcode", err: &problem.Error{Code: problem.InvalidCode, Detail: "d", WeChatErrcode: 40029}, status: 400,
			want: web.Problem{Code: problem.InvalidCode, Detail: "d", WeChatErrcode: 40029}, logged: `"problem":"invalid_code"`},
		{name: "RetryIsRoundedUp", err: &problem.Error{Code: problem.RateLimited, Detail: "d", RetryAfter: 1100 * time.Millisecond}, status: 429,
			want: web.Problem{Code: problem.RateLimited, Detail: "d", RetryAfter: 2}, retryAfter: "2"},
		{name: "RetryIsNeverMissing", err: problem.New(problem.WeChatQuota, "d"), status: 429,
			want: web.Problem{Code: problem.WeChatQuota, Detail: "d", RetryAfter: 1}, retryAfter: "1"},
		{name: "Reused", err: problem.New(problem.TokenReused, "d"), status: 401,
			want: web.Problem{Code: problem.TokenReused, Detail: "d"}, challenge: `Bearer error="invalid_token"`},
		{name: "Scope", err: problem.New(problem.InsufficientScope, "d"), status: 403,
			want: web.Problem{Code: problem.InsufficientScope, Detail: "d"}, challenge: `Bearer error="insufficient_scope"`},
		{name: "UnknownCode", err: problem.New("made_up", "d"), status: 500, want: web.Problem{Code: problem.Internal, Detail: "d"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			api, log := newAPI(t, nil)
			failWith(api, tc.err)
			w := serve(api, request("POST", "/fail", ""))
			got := problemOf(t, w)
			tc.want.Type, tc.want.Title, tc.want.Status, tc.want.RequestID = got.Type, got.Title, tc.status, got.RequestID
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if w.Header().Get("Retry-After") != tc.retryAfter || w.Header().Get("WWW-Authenticate") != tc.challenge {
				t.Errorf("headers %v", w.Header())
			}
			if s := log.String(); !strings.Contains(s, tc.logged) || strings.Contains(s, "canary") || strings.Count(s, "\n") != 1 {
				t.Errorf("log: %s", s)
			}
		})
	}
}

func TestClientGone(t *testing.T) {
	t.Parallel()
	api, log := newAPI(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	failWith(api, context.Canceled)
	serve(api, request("POST", "/fail", "").WithContext(ctx))
	if s := log.String(); !strings.Contains(s, `"status":499`) || !strings.Contains(s, `"level":"INFO"`) {
		t.Errorf("log: %s", s)
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		headers   []string
		status    int
		challenge string
	}{
		{"Good", []string{"Bearer " + goodToken}, 200, ""},
		{"SchemeInLowerCase", []string{"bearer " + goodToken}, 200, ""},
		{"Missing", nil, 401, "Bearer"},
		{"Empty", []string{""}, 401, `Bearer error="invalid_token"`},
		{"SchemeAlone", []string{"Bearer "}, 401, `Bearer error="invalid_token"`},
		{"Basic", []string{"Basic dTpw"}, 401, `Bearer error="invalid_token"`},
		{"NoScheme", []string{goodToken}, 401, `Bearer error="invalid_token"`},
		{"Two", []string{"Bearer " + goodToken, "Bearer " + goodToken}, 401, `Bearer error="invalid_token"`},
		{"TwoInOne", []string{"Bearer " + goodToken + ", Bearer x"}, 401, `Bearer error="invalid_token"`},
		{"Space", []string{"Bearer " + goodToken + " x"}, 401, `Bearer error="invalid_token"`},
		{"Quoted", []string{`Bearer "` + goodToken + `"`}, 401, `Bearer error="invalid_token"`},
		{"NonASCII", []string{"Bearer ü"}, 401, `Bearer error="invalid_token"`},
		{"EqualsAlone", []string{"Bearer =="}, 401, `Bearer error="invalid_token"`},
		{"Unknown", []string{"Bearer x" + goodToken}, 401, `Bearer error="invalid_token"`},
		{"Long", []string{"Bearer " + longToken}, 200, ""},
		{"TooLong", []string{"Bearer " + longToken + "="}, 401, `Bearer error="invalid_token"`},
		{"Broken", []string{"Bearer broken"}, 500, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			api, _ := newAPI(t, nil)
			r := request("GET", "/v1/session?access_token="+goodToken, "")
			if tc.status == 200 {
				r.URL.RawQuery = ""
			}
			r.Header["Authorization"] = tc.headers
			if tc.headers == nil {
				r.Header.Del("Authorization")
			}
			w := serve(api, r)
			if w.Code != tc.status || w.Header().Get("WWW-Authenticate") != tc.challenge {
				t.Fatalf("%d %q %s", w.Code, w.Header().Get("WWW-Authenticate"), w.Body)
			}
			if tc.status == 200 && !strings.Contains(w.Body.String(), `"user_id":"usr_1"`) {
				t.Fatalf("%s", w.Body)
			}
		})
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(t, nil)
	for query, want := range map[string]string{
		"":                       `"wechat":false`,
		"wechat=true":            `"wechat":true`,
		"wechat=false&limit=100": `"limit":100`,
		"limit=1":                `"limit":1`,
		"wechat=yes":             `"field":"wechat"`,
		"wechat=true&wechat=1":   `more than once`,
		"WECHAT=true":            `not known here`,
		"limit=0":                `"field":"limit"`,
		"limit=101":              `"field":"limit"`,
		"limit=x":                `"field":"limit"`,
		"%zz=1":                  `malformed`,
		"a;b=1":                  `malformed`,
		"%3Cb%3E=1":              `not known here`,
	} {
		w := serve(api, request("GET", "/v1/session?"+query, "", "Authorization", "Bearer "+goodToken))
		if !strings.Contains(w.Body.String(), want) || strings.Contains(w.Body.String(), "<b>") {
			t.Errorf("%q: %d %s", query, w.Code, w.Body)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(t, nil)
	for key, ok := range map[string]bool{
		strings.Repeat("k", 16): true, strings.Repeat("~", 255): true, "550e8400-e29b-41d4-a716-446655440000": true,
		"": false, strings.Repeat("k", 15): false, strings.Repeat("k", 256): false,
		"0123456789 12345": false, "0123456789\t12345": false, "0123456789012345ü": false,
	} {
		r := request("POST", "/v1/login", goodLogin)
		r.Header["Idempotency-Key"] = []string{key}
		w := serve(api, r)
		if (w.Code == 200) != ok {
			t.Errorf("%q: %d", key, w.Code)
		}
		if !ok && problemOf(t, w).Field != "Idempotency-Key" {
			t.Errorf("%q: %s", key, w.Body)
		}
	}
	k := strings.Repeat("k", 16)
	if w := serve(api, request("POST", "/v1/login", goodLogin, "Idempotency-Key", k, "Idempotency-Key", k)); w.Code != 400 {
		t.Errorf("two keys: %d", w.Code)
	}
}
