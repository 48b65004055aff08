package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestAttack_MalformedBodies sends what is no request in every way we know; all
// of it is the client's fault, and nothing of it reaches WeChat.
func TestAttack_MalformedBodies(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	srv := newSite(t, w, sqlite).serve()
	login := func(member string) string { return `{"appid":"` + app1 + `","code":"c"` + member + `}` }
	bodies := map[string]string{
		"ByteOrderMark":     "\ufeff" + login(""),
		"UTF16":             "\xff\xfe{\x00}\x00",
		"UTF16NoMark":       "\x00{\x00}",
		"InvalidUTF8":       login(",\"device\":{\"a\":\"\xff\"}"),
		"OverlongUTF8":      login(",\"device\":{\"a\":\"\xc0\xaf\"}"),
		"InvalidUTF8Name":   "{\"app\xc3\x28id\":1}",
		"LoneSurrogate":     login(`,"device":{"a":"\ud800"}`),
		"LoneSurrogateCode": `{"appid":"` + app1 + `","code":"\udc00"}`,
		"RawNUL":            login(",\"device\":{\"a\":\"\x00\"}"),
		"EscapedNUL":        `{"appid":"` + app1 + `\u0000","code":"c"}`,
		"EscapedNULName":    login(`,"\u0000":1`),
		"RawControl":        "{\"appid\":\"" + app1 + "\",\"code\":\"a\x01b\"}",
		"RawNewline":        "{\"appid\":\"" + app1 + "\",\"code\":\"a\nb\"}",
		"BadEscape":         login(`,"device":{"a":"\x41"}`),
		"CutEscape":         `{"appid":"\u00`,
		"Deep":              login(`,"device":` + strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)),
		"DeepArrays":        strings.Repeat("[", 60000),
		"DeepUnclosed":      strings.Repeat(`{"a":`, 10000),
		"HugeNumber":        `{"appid":` + strings.Repeat("9", 60000) + `,"code":"c"}`,
		"HugeExponent":      `{"appid":1e999999999,"code":"c"}`,
		"NaN":               `{"appid":NaN,"code":"c"}`,
		"Infinity":          `{"appid":-Infinity,"code":"c"}`,
		"Hexadecimal":       `{"appid":0x41,"code":"c"}`,
		"LeadingZero":       `{"appid":01,"code":"c"}`,
		"TrailingData":      login("") + "x",
		"TwoObjects":        login("") + login(""),
		"TrailingComma":     login(","),
		"NoComma":           `{"appid":"a" "code":"c"}`,
		"SingleQuotes":      `{'appid':'a','code':'c'}`,
		"Unquoted":          `{appid:"a",code:"c"}`,
		"Comment":           login("/* c */"),
		"LineComment":       "// c\n" + login(""),
		"FullWidth":         `｛"appid":"a"｝`,
		"DuplicateDeep":     login(`,"device":{"a":{"b":1,"b":2}}`),
		"DuplicateEscaped":  login(`,"device":{"a":1,"\u0061":2}`),
		"CaseVariant":       `{"APPID":"a","Code":"c"}`,
		"CaseVariantBoth":   login(`,"Code":"d"`),
		"KelvinSign":        `{"appid":"a","code":"c","to\u212aen":"x"}`,
		"LongS":             login(`,"device\u017f":1`),
		"EmptyName":         login(`,"":1`),
		"Prototype":         login(`,"__proto__":{"a":1}`),
		"BoolAsCode":        `{"appid":"a","code":true}`,
		"ArrayAsCode":       `{"appid":"a","code":["c"]}`,
		"ObjectAsCode":      `{"appid":"a","code":{"$ne":""}}`,
		"NumberAsCode":      `{"appid":"a","code":0}`,
		"DeviceArray":       login(`,"device":[]`),
		"DeviceNumber":      login(`,"device":1`),
		"ArrayOfLogins":     "[" + login("") + "]",
		"OpenBrace":         "{",
		"CloseBrace":        "}",
		"Colon":             `{"appid":}`,
		"Whitespace":        " \n\t ",
		"VerticalTab":       "\v" + login(""),
		"NBSP":              "\u00a0" + login(""),
		"JSONP":             "cb(" + login("") + ")",
		"XSSI":              ")]}'\n" + login(""),
		"XML":               "<xml><code>1</code></xml>",
		"Gzip":              "\x1f\x8b\x08\x00",
	}
	for name, body := range bodies {
		for _, path := range []string{"/v1/login", "/v1/refresh"} {
			a := call(t, "POST", srv.url+path, nil, body)
			if p := wantProblem(t, a, 400, "invalid_request"); t.Failed() {
				t.Fatalf("%s at %s: %+v", name, path, p)
			}
		}
	}
	for name, h := range map[string]http.Header{
		"Text":            header("Content-Type", "text/plain"),
		"Form":            header("Content-Type", "application/x-www-form-urlencoded"),
		"Multipart":       header("Content-Type", "multipart/form-data; boundary=x"),
		"XML":             header("Content-Type", "application/xml"),
		"Latin1":          header("Content-Type", "application/json; charset=iso-8859-1"),
		"UTF16":           header("Content-Type", "application/json; charset=utf-16"),
		"Malformed":       header("Content-Type", "application/json; ="),
		"Two":             header("Content-Type", "application/json", "Content-Type", "text/plain"),
		"Gzip":            header("Content-Type", "application/json", "Content-Encoding", "gzip"),
		"JSONInNameAlone": header("Content-Type", "text/json-like"),
	} {
		t.Run("ContentType/"+name, func(t *testing.T) {
			wantProblem(t, call(t, "POST", srv.url+"/v1/login", h, login("")), 400, "invalid_request")
		})
	}
	if n := w.exchanges(); n != 0 {
		t.Errorf("WeChat was asked %d times", n)
	}
	for name, ct := range map[string]string{"Charset": "application/json; charset=UTF-8", "Suffix": "application/vnd.x+json"} {
		t.Run("ContentType/"+name, func(t *testing.T) {
			a := call(t, "POST", srv.url+"/v1/login", header("Content-Type", ct), loginBody(app1, w.code(app1, "alice")))
			a.as(t, 200, &tokens{})
		})
	}
	srv.stop()
	soundLog(t, srv)
}

func TestAttack_Methods(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	srv := newSite(t, w, sqlite).serve()
	out := login(t, srv.url, app1, w.code(app1, "alice"), "")
	for _, method := range []string{"TRACE", "PATCH", "PROPFIND", "OPTIONS", "post", "Get", "PRI", "A-VERY-LONG-METHOD-" + strings.Repeat("X", 1000)} {
		a := call(t, method, srv.url+"/v1/session", bearer(out.AccessToken), "")
		if a.status != 405 && a.status != 404 || strings.Contains(string(a.body), out.AccessToken) {
			t.Errorf("%.20s: %d %s", method, a.status, a.body)
		}
	}
	override := header("Authorization", "Bearer "+out.AccessToken, "X-HTTP-Method-Override", "DELETE", "X-HTTP-Method", "DELETE", "X-Method-Override", "DELETE")
	call(t, "GET", srv.url+"/v1/session?", override, "")
	call(t, "GET", srv.url+"/v1/session", bearer(out.AccessToken), "").as(t, 200, &map[string]any{}) // it lives
	a := call(t, "HEAD", srv.url+"/v1/session", bearer(out.AccessToken), "")
	if a.status != 200 || len(a.body) != 0 {
		t.Errorf("HEAD: %d %s", a.status, a.body)
	}
	t.Run("LabelsAreBounded", func(t *testing.T) {
		for i := range 200 {
			call(t, fmt.Sprintf("M%d", i), fmt.Sprintf("%s/p%d", srv.url, i), nil, "")
			call(t, "POST", srv.url+"/v1/login", nil, loginBody(fmt.Sprintf("wx%d", i), "c"))
			call(t, "DELETE", fmt.Sprintf("%s/v1/sessions/s%d", srv.url, i), bearer(out.AccessToken), "")
		}
		text := string(call(t, "GET", srv.admin+"/metrics", nil, "").body)
		for _, bad := range []string{"M150", "/p150", "wx150", "s150"} {
			if strings.Contains(text, `"`+bad) || strings.Contains(text, bad+`"`) {
				t.Errorf("what anybody may invent (%s) is a label", bad)
			}
		}
	})
}
