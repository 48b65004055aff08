package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

const goodLogin = `{"appid":"a","code":"c","maybe":null}`

// with returns goodLogin with more members.
func with(members string) string { return strings.TrimSuffix(goodLogin, "}") + "," + members + "}" }

func TestBodyIsStrict(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for _, tc := range []struct {
		name, body, field, detail string // detail: a part of it
	}{
		{"Good", goodLogin, "", ""},
		{"GoodWithSpace", " \r\n\t" + goodLogin + "\n", "", ""},
		{"GoodWithEscapes", `{"\u0061ppid":"\u4f60\ud83d\ude00","code":"\\u0000","maybe":"x"}`, "", ""},
		{"GoodFreeObject", with(`"device":{"model":"x","APPID":1,"deep":[{"x":null}]}`), "", ""},
		{"GoodOptionalNull", with(`"name":null,"tags":null,"device":null`), "", ""},
		{"GoodAtMaxDepth", with(`"device":` + deep(15)), "", ""},

		{"Empty", ``, "-", "the body is empty"},
		{"Blank", "  \n", "-", "the body is empty"},
		{"BareCode", `0a3XYZ000`, "-", loginHint},
		{"String", `"0a3XYZ000"`, "-", loginHint},
		{"Form", `code=0a3&appid=wx`, "-", loginHint},
		{"Array", `[` + goodLogin + `]`, "-", loginHint},
		{"Null", `null`, "-", loginHint},
		{"ByteOrderMark", "\ufeff" + goodLogin, "-", "no JSON object"},
		{"Truncated", `{"appid":"a","code":"c"`, "-", "not well-formed"},
		{"TruncatedName", `{"appid`, "-", "not well-formed"},
		{"TrailingComma", `{"appid":"a","code":"c","maybe":null,}`, "-", "not well-formed"},
		{"Comment", `{/**/"appid":"a","code":"c","maybe":null}`, "-", "not well-formed"},
		{"SingleQuotes", `{'appid':'a','code':'c'}`, "-", "not well-formed"},
		{"NaN", with(`"count":NaN`), "-", "not well-formed"},
		{"LeadingZero", with(`"count":01`), "-", "not well-formed"},
		{"RawNewline", `{"appid":"a` + "\n" + `","code":"c","maybe":null}`, "-", "not well-formed"},
		{"Trailing", goodLogin + `{}`, "-", "more in the body"},
		{"TrailingText", goodLogin + `x`, "-", "more in the body"},

		{"InvalidUTF8", `{"appid":"` + "\xff" + `","code":"c","maybe":null}`, "-", "not UTF-8"},
		{"InvalidUTF8InName", `{"` + "\xff" + `":1}`, "-", "not UTF-8"},
		{"InvalidUTF8InFreeObject", with(`"device":{"a":"` + "\xc3\x28" + `"}`), "-", "not UTF-8"},
		{"OverlongUTF8", `{"appid":"` + "\xc0\xaf" + `","code":"c","maybe":null}`, "-", "not UTF-8"},
		{"UnpairedSurrogate", `{"appid":"\ud83d","code":"c","maybe":null}`, "-", "not well-formed"},
		{"UnpairedSurrogateInFreeObject", with(`"device":{"a":"\udc00"}`), "-", "not well-formed"},
		{"NUL", `{"appid":"a\u0000b","code":"c","maybe":null}`, "-", "NUL"},
		{"NULInName", `{"appid\u0000":"a","code":"c","maybe":null}`, "-", "NUL"},
		{"NULInFreeObject", with(`"device":{"a":["\u0000"]}`), "-", "NUL"},
		{"GoodOwnNUL", with(`"own":"a\u0000b"`), "", ""},
		{"GoodOwnNULByEscape", with(`"\u006fwn":"\u0000"`), "", ""},
		{"NULBesideOwn", with(`"own":"\u0000","name":"\u0000"`), "-", "NUL"},
		{"NULBeforeOwn", with(`"name":"\u0000","own":"\u0000"`), "-", "NUL"},
		{"NULInListForOwn", with(`"own":["\u0000"]`), "-", "NUL"},
		{"NULInNameOfOwn", with(`"own\u0000":"a"`), "-", "NUL"},
		{"OwnNULTwice", with(`"own":"\u0000","own":"\u0000"`), "-", "NUL"},
		{"OwnNULThenTrailing", goodLogin[:len(goodLogin)-1] + `,"own":"\u0000"}{"name":"\u0000"}`, "-", "more in the body"},
		{"OwnNULUnclosed", strings.TrimSuffix(with(`"own":"\u0000"`), "}"), "-", "NUL"},
		{"RawNUL", "{\"appid\":\"a\x00\",\"code\":\"c\",\"maybe\":null}", "-", "not well-formed"},
		{"TooDeep", with(`"device":` + deep(16)), "-", "too deeply"},
		{"TooDeepArrays", with(`"tags":` + strings.Repeat("[", 60000)), "-", "too deeply"},

		{"Duplicate", with(`"code":"d"`), "code", "twice"},
		{"DuplicateByEscape", with(`"\u0063ode":"d"`), "code", "twice"},
		{"DuplicateInFreeObject", with(`"device":{"a":1,"a":2}`), "device.a", "twice"},
		{"DuplicateDeepInFreeObject", with(`"device":{"a":[{"b":1,"b":2}]}`), "device.a.0.b", "twice"},
		{"DuplicateNested", with(`"nested":{"x":1,"x":2}`), "nested.x", "twice"},
		{"Unknown", with(`"cod":"d"`), "cod", "not known"},
		{"UnknownNested", with(`"nested":{"y":1}`), "nested.y", "not known"},
		{"WrongCase", `{"appid":"a","CODE":"c"}`, "CODE", "case-sensitive"},
		{"WrongCaseBesideRight", with(`"Code":"d"`), "Code", "case-sensitive"},
		{"WrongCaseNested", with(`"nested":{"X":1}`), "nested.X", "not known"},
		{"UnderscoreVariant", with(`"app_id":"d"`), "app_id", "not known"},
		{"UnknownWithOddName", with(`"<b>":"d"`), "-", "not known"},
		{"UnknownWithLongName", with(`"` + strings.Repeat("n", 65) + `":"d"`), "-", "not known"},
		{"EmptyName", with(`"":1`), "-", "not known"},

		{"Missing", `{"appid":"a","maybe":null}`, "code", "missing"},
		{"MissingNullable", `{"appid":"a","code":"c"}`, "maybe", "missing"},
		{"MissingAll", `{}`, "appid", "missing"},
		{"NullForRequired", `{"appid":"a","code":null,"maybe":null}`, "code", "null"},
		{"NumberForString", `{"appid":"a","code":1,"maybe":null}`, "code", "a string"},
		{"ObjectForString", `{"appid":"a","code":{"$ne":""},"maybe":null}`, "code", "a string"},
		{"StringForInt", with(`"count":"1"`), "count", "a whole number"},
		{"FractionForInt", with(`"count":1.5`), "count", "a whole number"},
		{"HugeInt", with(`"count":99999999999999999999`), "count", "a whole number"},
		{"StringForArray", with(`"tags":"a"`), "tags", "an array"},
		{"NumberInArray", with(`"tags":["a",1]`), "tags.1", "a string"},
		{"StringForObject", with(`"device":"x"`), "device", "an object"},
		{"ArrayForObject", with(`"device":[]`), "device", "an object"},
		{"NumberForSecret", with(`"token":7`), "token", "a string"},
		{"StringNested", with(`"nested":{"x":"1"}`), "nested.x", "a whole number"},
		{"StringForStruct", with(`"nested":"x"`), "nested", "an object"},
		{"Validate", `{"appid":"refuse","code":"c","maybe":null}`, "appid", "is refused"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			api, _ := newAPI(t, nil)
			r := request("POST", "/v1/login", tc.body)
			r.Header.Set("Content-Type", "application/json")
			w := serve(api, r)
			if tc.detail == "" {
				if w.Code != http.StatusOK {
					t.Fatalf("refused: %s", w.Body)
				}
				return
			}
			p := problemOf(t, w)
			field := strings.TrimPrefix(tc.field, "-")
			if w.Code != http.StatusBadRequest || p.Code != problem.InvalidRequest || p.Field != field || !strings.Contains(p.Detail, tc.detail) {
				t.Fatalf("want field %q, detail …%s…; got %s", field, tc.detail, w.Body)
			}
		})
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(t, nil)
	for _, tc := range []struct {
		contentType string
		ok          bool
	}{
		{"application/json", true},
		{"", true}, // the body itself decides
		{"application/json; charset=utf-8", true},
		{"Application/JSON;charset=UTF-8", true},
		{"application/merge-patch+json", true},
		{"application/json; charset=gbk", false},
		{"application/x-www-form-urlencoded", false},
		{"multipart/form-data; boundary=x", false},
		{"text/plain", false},
		{"text/json", false},
		{"application/jsonp", false},
		{"application/json, text/plain", false},
		{";;", false},
	} {
		r := request("POST", "/v1/login", goodLogin)
		r.Header.Del("Content-Type")
		if tc.contentType != "" {
			r.Header.Set("Content-Type", tc.contentType)
		}
		w := serve(api, r)
		if (w.Code == http.StatusOK) != tc.ok {
			t.Errorf("%q: %d %s", tc.contentType, w.Code, w.Body)
		}
		if !tc.ok && !strings.Contains(problemOf(t, w).Detail, "Content-Type: application/json; "+loginHint) {
			t.Errorf("%q: the detail does not say what to send: %s", tc.contentType, w.Body)
		}
	}
	if w := serve(api, request("POST", "/v1/login", goodLogin, "Content-Type", "text/plain")); w.Code != http.StatusBadRequest {
		t.Errorf("two content types: %d", w.Code)
	}
	if w := serve(api, request("POST", "/v1/login", goodLogin, "Content-Encoding", "gzip")); w.Code != http.StatusBadRequest {
		t.Errorf("compressed: %d", w.Code)
	}
}

func TestBodySize(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(t, nil)
	sized := func(n int) string {
		return with(`"device":{"a":"` + strings.Repeat("x", n-len(with(`"device":{"a":""}`))) + `"}`)
	}
	for _, tc := range []struct {
		size, status int
	}{{64 << 10, 200}, {64<<10 + 1, 413}, {1 << 20, 413}} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprint(tc.size, chunked), func(t *testing.T) {
				t.Parallel()
				r := request("POST", "/v1/login", sized(tc.size))
				if chunked {
					r.ContentLength = -1
				}
				w := serve(api, r)
				if w.Code != tc.status {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
				if tc.status == 413 {
					if p := problemOf(t, w); p.Code != problem.InvalidRequest || w.Header().Get("Connection") != "close" {
						t.Fatalf("%v %v", p, w.Header())
					}
				}
			})
		}
	}
}

// TestDeclaredSizeIsEnough: a body that says it is too large is not even read.
func TestDeclaredSizeIsEnough(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(t, nil)
	r := httptest.NewRequest("POST", "/v1/login", unreadable{t})
	r.ContentLength = 64<<10 + 1
	if w := serve(api, r); w.Code != http.StatusRequestEntityTooLarge {
		t.Fatalf("%d", w.Code)
	}
}

type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// TestNoBodyWanted: calls without body take none, or an empty object as some
// clients always send.
func TestNoBodyWanted(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(t, nil)
	for body, status := range map[string]int{
		"": http.StatusNoContent, "{}": http.StatusNoContent, `{"scope":"user"}`: http.StatusBadRequest, "x": http.StatusBadRequest,
	} {
		w := serve(api, request("DELETE", "/v1/sessions/1", body, "Authorization", "Bearer "+goodToken))
		if w.Code != status {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
		if status == http.StatusNoContent && w.Body.Len() > 0 {
			t.Errorf("204 with a body: %s", w.Body)
		}
	}
	if w := serve(api, request("GET", "/v1/session", "anything", "Authorization", "Bearer "+goodToken)); w.Code != http.StatusOK {
		t.Errorf("GET with a body: %d", w.Code)
	}
}

// TestWrongTypesAreDescribed: each Go type in the words of JSON.
func TestWrongTypesAreDescribed(t *testing.T) {
	t.Parallel()
	type in struct {
		Bool   bool              `json:"bool,omitzero"`
		Int8   int8              `json:"int8,omitzero"`
		Uint   uint              `json:"uint,omitzero"`
		Float  float64           `json:"float,omitzero"`
		Bytes  []byte            `json:"bytes,omitzero"`
		Array  [2]int            `json:"array,omitzero"`
		Map    map[string]string `json:"map,omitzero"`
		Time   time.Time         `json:"time,omitzero"`
		Ptr    *bool             `json:"ptr,omitzero"`
		Struct struct {
			B bool `json:"b"`
		} `json:"struct,omitzero"`
	}
	api := web.New(web.Options{})
	web.Handle(api, web.Operation{Method: "POST", Path: "/x"}, func(context.Context, *web.Request, *in) (struct{}, error) {
		return struct{}{}, nil
	})
	for body, want := range map[string]string{
		`{"bool":"true"}`:              "bool: this field must be true or false",
		`{"int8":128}`:                 "int8: this field must be a whole number in range",
		`{"uint":-1}`:                  "uint: this field must be a whole number in range, not negative",
		`{"float":"1"}`:                "float: this field must be a number",
		`{"bytes":"%"}`:                "bytes: this field must be a string in base64",
		`{"array":{}}`:                 "array: this field must be an array",
		`{"map":[]}`:                   "map: this field must be an object",
		`{"map":{"a":1}}`:              "map.a: this field must be a string",
		`{"map":{"a b":1}}`:            ": this field must be a string",
		`{"time":"yesterday"}`:         "time: this field must be a string of the right form",
		`{"ptr":1}`:                    "ptr: this field must be true or false",
		`{"struct":{"b":0}}`:           "struct.b: this field must be true or false",
		`{"struct":{"b":true,"c":{}}}`: "struct.c: this field is not known here",
	} {
		p := problemOf(t, serve(api, request("POST", "/x", body)))
		if got := p.Field + ": " + p.Detail; got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
}
