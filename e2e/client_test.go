package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

const (
	app1 = "wxdd00000000000001"
	app2 = "wxdd00000000000002"
)

func itoa(n int) string { return strconv.Itoa(n) }

func atoi(t testing.TB, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// httpClient keeps enough connections for the busiest test, and follows no
// redirect: there are none in the contract.
var httpClient = &http.Client{
	Timeout:       patience,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 128, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// answer is an HTTP answer, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// header makes a http.Header of pairs.
func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

// try makes a call; body is sent as it is, as JSON unless h says otherwise.
func try(method, url string, h http.Header, body string) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return answer{}, err
	}
	for name, values := range h {
		req.Header[name] = values
	}
	if _, set := h["Content-Type"]; !set && body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := httpClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, raw}, err
}

// call is try that must get an answer, whatever it says.
func call(t testing.TB, method, url string, h http.Header, body string) answer {
	t.Helper()
	a, err := try(method, url, h, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return a
}

// as reads the body into v, strictly: an unknown member fails the test.
func (a answer) as(t testing.TB, status int, v any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	dec := json.NewDecoder(bytes.NewReader(a.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

// object reads the body as a JSON object.
func (a answer) object(t testing.TB) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(a.body, &out); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return out
}

// user, tokens and problem are the contract's shapes.
type user struct {
	ID          string  `json:"id"`
	OpenID      *string `json:"openid"`
	UnionID     *string `json:"unionid"`
	Nickname    *string `json:"nickname"`
	AvatarURL   *string `json:"avatar_url"`
	PhoneNumber *string `json:"phone_number"`
	CreatedAt   string  `json:"created_at"`
	LastLoginAt string  `json:"last_login_at"`
}

type tokens struct {
	AccessToken      string `json:"access_token"`
	TokenType        string `json:"token_type"`
	ExpiresIn        int    `json:"expires_in"`
	RefreshToken     string `json:"refresh_token"`
	RefreshExpiresIn int    `json:"refresh_expires_in"`
	SessionID        string `json:"session_id"`
	User             user   `json:"user"`
	IsNewUser        *bool  `json:"is_new_user"`
}

type problem struct {
	Type          string `json:"type"`
	Title         string `json:"title"`
	Status        int    `json:"status"`
	Detail        string `json:"detail"`
	Code          string `json:"code"`
	RequestID     string `json:"request_id"`
	WeChatErrcode int    `json:"wechat_errcode"`
	RetryAfter    int    `json:"retry_after"`
	Field         string `json:"field"`
}

func bearer(token string) http.Header { return header("Authorization", "Bearer "+token) }

func key(k string) http.Header {
	if k == "" {
		return http.Header{}
	}
	return header("Idempotency-Key", k)
}

func loginBody(appid, code string) string {
	b, _ := json.Marshal(map[string]string{"appid": appid, "code": code}) // texts always encode
	return string(b)
}

// login logs in with a code; the Idempotency-Key may be empty.
func login(t testing.TB, base, appid, code, idempotencyKey string) tokens {
	t.Helper()
	var out tokens
	call(t, "POST", base+"/v1/login", key(idempotencyKey), loginBody(appid, code)).as(t, 200, &out)
	return out
}

func refreshBody(token string) string { return `{"refresh_token":"` + token + `"}` }

func refresh(t testing.TB, base, token, idempotencyKey string) tokens {
	t.Helper()
	var out tokens
	call(t, "POST", base+"/v1/refresh", key(idempotencyKey), refreshBody(token)).as(t, 200, &out)
	return out
}

// wantProblem asserts that an answer is the problem, in every formal respect.
func wantProblem(t testing.TB, a answer, status int, code string) problem {
	t.Helper()
	var p problem
	if a.status != status {
		t.Fatalf("status %d, want %d %s: %s", a.status, status, code, a.body)
	}
	a.as(t, status, &p)
	if p.Code != code || p.Status != status {
		t.Fatalf("%d %s in the body, want %d %s: %s", p.Status, p.Code, status, code, a.body)
	}
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("Content-Type %q", ct)
	}
	if p.Type == "" || p.Title == "" || p.Detail == "" {
		t.Errorf("type, title and detail must stand in %s", a.body)
	}
	if p.RequestID == "" || p.RequestID != a.header.Get("X-Request-Id") {
		t.Errorf("request_id %q, X-Request-Id %q", p.RequestID, a.header.Get("X-Request-Id"))
	}
	wantRetryAfter(t, a, p)
	challenge := a.header.Get("WWW-Authenticate")
	switch {
	case status == 401 && !strings.HasPrefix(challenge, "Bearer"):
		t.Errorf("WWW-Authenticate %q on a 401", challenge)
	case status != 401 && challenge != "":
		t.Errorf("WWW-Authenticate %q on a %d", challenge, status)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control %q", a.header.Get("Cache-Control"))
	}
	return p
}

func wantRetryAfter(t testing.TB, a answer, p problem) {
	t.Helper()
	h := a.header.Get("Retry-After")
	if p.RetryAfter == 0 && h != "" || p.RetryAfter != 0 && h != itoa(p.RetryAfter) {
		t.Errorf("retry_after %d, Retry-After %q", p.RetryAfter, h)
	}
	if p.Status == 429 && p.RetryAfter < 1 {
		t.Error("a 429 must say how long to wait")
	}
}

func jsonText(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// unmarshal is json.Unmarshal that knows every member.
func unmarshal(raw []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// metric reads one line of the metrics; 0 if it is not there.
func metric(t testing.TB, s *server, name string) float64 {
	t.Helper()
	for line := range strings.SplitSeq(string(call(t, "GET", s.admin+"/metrics", nil, "").body), "\n") {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			f, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
	}
	return 0
}
