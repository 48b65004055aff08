package playground

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// shown is a message as it would be told, whole.
func shown(t *tracer, to lane, m message) string {
	s := t.begin(laneHufu, to, link{}, m)
	answer := m
	answer.status = 200
	s.end(&answer, "", "")
	var all strings.Builder
	for _, e := range t.hub.after(0) {
		all.Write(e.data)
		all.WriteByte('\n')
	}
	return all.String()
}

func parsed(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

const (
	jwt     = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl"
	session = "tiihtNczf5v6AKRyjwEUhQ=="
	hidden  = "CANARY-0123456789abcdef" // has no shape of its own
)

// One row a place where a secret can stand, with what is told of it.
func TestRedaction(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		to     lane
		url    string
		header http.Header
		body   string
		media  string
		want   string // somewhere in what is shown
	}{
		"SessionKey":          {to: laneWeChat, body: `{"session_key":"` + session + `","openid":"o1"}`, want: `{"session_key":{"$locked":"session_key"},"openid":"o1"}`},
		"SessionKeyEscaped":   {to: laneWeChat, body: `{"session_\u006bey":"tiihtNczf5v6AKRyjwEUh\/=="}`, want: `"$locked":"session_key"`},
		"OtherSpelling":       {body: `{"sessionKey":"` + hidden + `","SESSION-KEY":"` + hidden + `"}`, want: `{"sessionKey":{"$locked":"session_key"},"SESSION-KEY":{"$locked":"session_key"}}`},
		"KeyUnderAnyName":     {body: `{"x":"` + session + `"}`, want: `{"x":{"$locked":"session_key"}}`},
		"InsideAText":         {body: `{"x":"the key is ` + session + `."}`, want: `{"x":"the key is [session_key]."}`},
		"Deep":                {body: `{"a":[{"b":{"refresh_token":"` + hidden + `"}}]}`, want: `{"a":[{"b":{"refresh_token":{"$locked":"refresh_token"}}}]}`},
		"JSONInAText":         {body: `{"rawData":"{\"session_key\":\"` + hidden + `\"}"}`, want: `$locked`},
		"Duplicates":          {body: `{"secret":"` + hidden + `","secret":"` + hidden + `"}`, want: `{"secret":{"$locked":"app_secret"},"secret":{"$locked":"app_secret"}}`},
		"ObjectAsSecret":      {body: `{"token":{"value":"` + hidden + `"},"x":"` + hidden + `"}`, want: `{"token":{"$locked":"secret"},"x":"[secret]"}`},
		"NumberAsSecret":      {body: `{"password":1234567890123}`, want: `{"password":{"$locked":"secret"}}`},
		"AsAName":             {body: `{"` + session + `":1}`, want: `{"[session_key]":1}`},
		"OurToken":            {to: laneHufu, body: `{"access_token":"` + jwt + `"}`, want: `{"access_token":{"$locked":"access_token"}}`},
		"TokenUnderAnyName":   {body: `{"x":"` + jwt + `","y":"hfr_abcdefghijk"}`, want: `{"x":{"$locked":"access_token"},"y":{"$locked":"refresh_token"}}`},
		"WeChatsToken":        {to: laneWeChat, body: `{"access_token":"` + hidden + `","expires_in":7200}`, want: `{"access_token":{"$locked":"wechat_access_token"},"expires_in":7200}`},
		"Code":                {body: `{"code":"0a3CaNaRyc0de00aBcDe1fGh2IjKl3Mn"}`, want: `{"code":{"$locked":"code","shown":"0a3C"}}`},
		"PhoneCode":           {to: laneHufu, url: "/v1/me/phone", body: `{"code":"` + hidden + `"}`, want: `{"code":{"$locked":"phone_code","shown":"CANA"}}`},
		"PhoneCodeAtWeChat":   {to: laneWeChat, url: "/wxa/business/getuserphonenumber?access_token=" + hidden, body: `{"code":"0a3CaNaRyc0de00aBcDe1fGh2IjKl3Mn"}`, want: `{"code":{"$locked":"phone_code","shown":"0a3C"}}`},
		"PhoneNumber":         {to: laneWeChat, body: `{"phone_info":{"phoneNumber":"+85291234567","purePhoneNumber":"91234567","countryCode":"852"}}`, want: `{"phoneNumber":{"$locked":"phone_number"},"purePhoneNumber":{"$locked":"phone_number"},"countryCode":"852"}`},
		"PhoneNumberOfOurs":   {to: laneHufu, body: `{"phone_number":"13800138000"}`, want: `{"phone_number":{"$locked":"phone_number"}}`},
		"PhoneNumberMasked":   {to: laneHufu, body: `{"phone_number":"138****8000","x":"phone_number: +852****4567"}`, want: `{"phone_number":"138****8000","x":"phone_number: +852****4567"}`},
		"PhoneNumberInAText":  {media: "text/plain", body: "phone_number: 13800138000", want: `[phone_number]`},
		"ShortCode":           {body: `{"code":"abcdef"}`, want: `{"code":{"$locked":"code"}}`},
		"NumberNamedCode":     {body: `{"code":0,"errcode":40029}`, want: `{"code":0,"errcode":40029}`},
		"Signature":           {to: laneWeChat, url: "/wxa/checksession?signature=" + hidden + "&sig_method=hmac_sha256", want: `[["signature",{"$locked":"signature"}],["sig_method","hmac_sha256"]]`},
		"Query":               {to: laneWeChat, url: "/sns/jscode2session?appid=wx1&secret=" + hidden, want: `[["appid","wx1"],["secret",{"$locked":"app_secret"}]]`},
		"QueryEncoded":        {url: "/?s%65cret=" + hidden, want: `[["secret",{"$locked":"app_secret"}]]`},
		"QueryUnreadable":     {url: "/?secret=%zz" + hidden, want: `[["secret",{"$locked":"app_secret"}]]`},
		"QueryWithoutName":    {url: "/?" + jwt, want: `[["[access_token]",""]]`},
		"Path":                {url: "/x/" + jwt, want: `"path":"/x/[access_token]"`},
		"Bearer":              {header: http.Header{"Authorization": {"Bearer " + hidden}}, want: `["authorization",{"$locked":"access_token","prefix":"Bearer "}]`},
		"Basic":               {header: http.Header{"Authorization": {"Basic " + hidden}}, want: `["authorization",{"$locked":"secret","prefix":"Basic "}]`},
		"NoScheme":            {header: http.Header{"Authorization": {hidden}}, want: `["authorization",{"$locked":"secret"}]`},
		"Cookies":             {header: http.Header{"Cookie": {"a=" + hidden}, "Set-Cookie": {"b=" + hidden}}, want: `["set-cookie",{"$locked":"secret"}]`},
		"HeaderOfAKey":        {header: http.Header{"X-Api-Key": {hidden}, "Idempotency-Key": {"k-1234567890123456"}}, want: `["idempotency-key","k-1234567890123456"],["x-api-key",{"$locked":"secret"}]`},
		"TokenInAnyHeader":    {header: http.Header{"X-Odd": {"a " + jwt}}, want: `["x-odd","a [access_token]"]`},
		"Form":                {media: "application/x-www-form-urlencoded", body: "grant_type=x&refresh_token=" + hidden, want: `"grant_type=x\u0026refresh_token=[refresh_token]"`},
		"Text":                {media: "text/html", body: "<p>session_key: " + hidden + "</p>", want: `session_key: [session_key]`},
		"BrokenJSON":          {media: "application/json", body: `{"session_key":"` + hidden + `"`, want: `session_key`},
		"BrokenJSONOfWeChat":  {to: laneWeChat, media: "application/json", body: `{"odd" "` + hidden + `"`, want: `"(not JSON, and therefore not shown)"`},
		"TwoJSONTexts":        {body: `{"a":1}{"secret":"` + hidden + `"}`, want: `[app_secret]`},
		"BearerInAText":       {media: "text/plain", body: "Authorization: Bearer " + hidden, want: `[access_token]`},
		"PrivateKey":          {body: `{"x":"-----BEGIN PRIVATE KEY-----\n` + hidden + `\n-----END PRIVATE KEY-----"}`, want: `{"x":{"$locked":"secret"}}`},
		"Picture":             {media: "image/png", body: "\x89PNG" + hidden, want: `"(image/png)"`},
		"EncryptedData":       {body: `{"encrypted_data":"` + hidden + `","iv":"` + session + `"}`, want: `{"encrypted_data":{"$locked":"encrypted_data"},"iv":{"$locked":"encrypted_data"}`},
		"EmptyNullAndBoolean": {body: `{"secret":"","token":null,"password":true}`, want: `{"secret":"","token":null,"password":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.url == "" {
				tt.url = "/"
			}
			h := tt.header.Clone()
			if h == nil {
				h = http.Header{}
			}
			if tt.media != "" {
				h.Set("Content-Type", tt.media)
			}
			all := shown(newTracer(newHub()), tt.to, message{method: "POST", url: parsed(t, tt.url), header: h, body: []byte(tt.body)})
			for _, secret := range []string{hidden, session, "AKRyjwEUh", jwt, "hfr_abcdefghijk", "c0de00aBc", "abcdef", "1234567890123\"", "91234567", "13800138000"} {
				if strings.Contains(tt.url+tt.body+fmt.Sprint(tt.header), secret) && strings.Contains(all, secret) && name != "Cookies" || strings.Contains(all, hidden) {
					t.Errorf("%s is in %s", secret, all)
				}
			}
			if !strings.Contains(all, tt.want) {
				t.Errorf("%s\nlacks %s", all, tt.want)
			}
		})
	}
}

func TestProblemCodesAreWords(t *testing.T) {
	t.Parallel()
	tr := newTracer(newHub())
	s := tr.begin(lanePhone, laneHufu, link{}, message{method: "POST", url: parsed(t, "/v1/login")})
	s.end(&message{
		status: 409, header: http.Header{"Content-Type": {"application/problem+json"}},
		body: []byte(`{"code":"code_already_used","x":{"code":"deep_code_inside"}}`),
	}, "", "")
	events := tr.hub.after(0)
	if got := string(events[1].data); !strings.Contains(got, `"code":"code_already_used"`) || strings.Contains(got, "deep_code_inside") {
		t.Error(got)
	}
}

// What was met once under its name is known everywhere after: in another call,
// in an echo, in a URL, in an error.
func TestVaultRemembers(t *testing.T) {
	t.Parallel()
	tr := newTracer(newHub())
	tr.vault.pin("pinned-secret", kindAppSecret)
	shown(tr, laneWeChat, message{method: "GET", url: parsed(t, "/?secret="+hidden), header: http.Header{}})
	seen := tr.hub.last()
	tr.begin(lanePhone, laneBackend, link{}, message{
		method: "POST", url: parsed(t, "/"+hidden+"?q="+hidden+"&"+hidden+"=1"), header: http.Header{"X-Odd": {hidden}},
		body: []byte(`{"errmsg":"bad ` + hidden + ` or pinned-secret","` + hidden + `":["` + hidden + `"]}`),
	}).end(nil, "about "+hidden, "")
	for _, e := range tr.hub.after(seen) {
		if text := string(e.data); strings.Contains(text, hidden) || strings.Contains(text, "pinned") || !json.Valid(e.data) {
			t.Error(text)
		}
	}
}

// A page may call anything a secret, also what JSON is made of.
func TestVaultBreaksNoJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`","state":"`, `null,"fault":null`, `:[],"headers":[`, `"request":{"method"`, `exchange-id-x1`} {
		tr := newTracer(newHub())
		tr.vault.learn(text, kindSecret)
		shown(tr, laneBackend, message{method: "GET", url: parsed(t, "/"), header: http.Header{}})
		for _, e := range tr.hub.after(0) {
			var x exchange
			if err := json.Unmarshal(e.data, &x); err != nil || x.ID == "" {
				t.Errorf("%q makes %s", text, e.data)
			}
		}
	}
}

func TestVaultIsBounded(t *testing.T) {
	t.Parallel()
	var v vault
	for i := range maxKnown + 100 {
		v.learn(fmt.Sprintf("secret-number-%d", i), kindSecret)
	}
	if len(v.list) != maxKnown || len(v.known) != maxKnown {
		t.Errorf("%d, %d", len(v.list), len(v.known))
	}
	if got := string(v.clean([]byte(fmt.Sprintf("secret-number-%d", maxKnown+99)))); got != "[secret]" {
		t.Error(got)
	}
}

func TestLongBodiesAreCut(t *testing.T) {
	t.Parallel()
	tr := newTracer(newHub())
	text := strings.Repeat("虎", 1000) + " session_key=" + strings.Repeat("k", 20_000) + " end"
	all := shown(tr, laneBackend, message{method: "GET", url: parsed(t, "/"), header: http.Header{"Content-Type": {"text/plain"}}, body: []byte(text)})
	if strings.Contains(all, "kkkk") || len(all) > 4*maxText {
		t.Errorf("%d bytes", len(all))
	}
	r := &redactor{vault: new(vault)}
	var cut string
	if err := json.Unmarshal(r.body("text/plain", []byte(strings.Repeat("虎", 2000))), &cut); err != nil || len(cut) > maxText || !strings.HasSuffix(cut, "虎…") {
		t.Errorf("%d %v", len(cut), err)
	}
}

var secretNames = []string{
	"session_key", "sessionKey", "secret", "appsecret", "access_token", "accessToken", "refresh_token", "refreshToken", "token",
	"js_code", "code", "signature", "password", "client_secret", "api_key", "id_token", "encryptedData", "iv",
}

// Whatever a message is made of: what stands under a secret's name in any place
// is in no event, also where the same text stands once more in the open.
func TestNoCanaryIsShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		canary := rapid.StringMatching(`[A-Za-z0-9+/_=.~-]{16,40}`).Draw(rt, "canary")
		name := rapid.SampledFrom(secretNames).Draw(rt, "name")
		to := rapid.SampledFrom([]lane{laneHufu, laneWeChat, laneBackend}).Draw(rt, "to")
		m := message{method: "POST", url: &url.URL{Path: "/x"}, header: http.Header{}}
		inJSON := string(mustJSON(map[string]any{name: canary}))
		for range rapid.IntRange(0, 4).Draw(rt, "depth") {
			switch rapid.IntRange(0, 2).Draw(rt, "wrap") {
			case 0:
				inJSON = `[1,` + inJSON + `]`
			case 1:
				inJSON = `{"a":` + inJSON + `,"echo":` + string(mustJSON("x "+canary)) + `}`
			case 2:
				inJSON = `{"text":` + string(mustJSON(inJSON)) + `}`
			}
		}
		switch rapid.IntRange(0, 4).Draw(rt, "place") {
		case 0:
			m.body = []byte(inJSON)
		case 1:
			m.url.RawQuery = url.Values{name: {canary}, "echo": {canary}}.Encode()
		case 2:
			m.header.Set("X-"+strings.ReplaceAll(name, "_", "-"), canary)
			m.header.Set("X-Echo", canary)
		case 3:
			m.header.Set("Content-Type", "application/x-www-form-urlencoded")
			m.body = []byte(url.Values{name: {canary}, "a": {"1"}}.Encode())
		case 4:
			m.header.Set("Authorization", "Bearer "+canary)
			m.body = []byte(string(mustJSON(map[string]string{"echo": canary})))
		}
		all := shown(newTracer(newHub()), to, m)
		for _, form := range []string{canary, url.QueryEscape(canary)} {
			if strings.Contains(all, form) {
				rt.Fatalf("%q is in %s", form, all)
			}
		}
	})
}

// FuzzRedactJSON: whatever comes, what is shown is JSON, and a canary under a
// secret's name is not in it.
func FuzzRedactJSON(f *testing.F) {
	f.Add([]byte(`{"a":1}`), "session_key")
	f.Add([]byte(`{"session_key":"`+session+`","x":["`+jwt+`"]}`), "token")
	f.Add([]byte("{\"a\":\xff}"), "secret")
	f.Fuzz(func(t *testing.T, body []byte, name string) {
		tr := newTracer(newHub())
		shown(tr, laneHufu, message{method: "POST", url: &url.URL{Path: "/"}, header: http.Header{}, body: body})
		for _, e := range tr.hub.after(0) {
			if !json.Valid(e.data) {
				t.Fatalf("%q makes %s", body, e.data)
			}
		}
		if kindOfName(name) == "" || !json.Valid(body) {
			return
		}
		whole := `{"a":` + string(body) + `,` + string(mustJSON(name)) + `:"` + hidden + `"}`
		all := shown(newTracer(newHub()), laneWeChat, message{method: "POST", url: &url.URL{Path: "/"}, header: http.Header{}, body: []byte(whole)})
		if strings.Contains(all, hidden) {
			t.Fatalf("%s is in %s", hidden, all)
		}
	})
}
