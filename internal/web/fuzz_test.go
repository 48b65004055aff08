package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/web"
)

// FuzzBody: no body makes the edge panic; what it accepts, the standard library
// reads the same way; what it refuses is a problem that repeats nothing.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		goodLogin, ``, `{}`, `null`, `[]`, with(`"device":{"a":[{"b":"\ud83d\ude00"}]}`), with(`"count":-0`), with(`"count":1e2`),
		with(`"tags":["a",null]`), with(`"name":null`), with(`"nested":{"x":1}`), `{"\u0061ppid":"a","code":"c","maybe":""}`,
		with(`"token":"t"`), with(`"a":{"a":{"a":{"a":[[[[[[[[[[[[[]]]]]]]]]]]]]}}}}`), goodLogin + goodLogin, `{"appid":"` + "\xff", `{"a":1,"a":2}`,
	} {
		f.Add([]byte(body))
	}
	var got *loginIn
	api := web.New(web.Options{})
	web.Handle(api, web.Operation{Method: "POST", Path: "/x"}, func(_ context.Context, _ *web.Request, in *loginIn) (struct{}, error) {
		got = in
		return struct{}{}, nil
	})
	f.Fuzz(func(t *testing.T, body []byte) {
		got = nil
		w := serve(api, httptest.NewRequest("POST", "/x", bytes.NewReader(body)))
		if w.Code != 204 {
			if !utf8.Valid(w.Body.Bytes()) || w.Code != 400 && w.Code != 413 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			problemOf(t, w)
			return
		}
		var want struct {
			loginIn
			Device json.RawMessage `json:"device"`
		}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("the standard library refuses %q: %v", body, err)
		}
		if string(want.Device) == "null" {
			want.Device = nil
		}
		want.loginIn.Device = web.Object(want.Device)
		if diff := cmp.Diff(want.loginIn, *got, cmp.Comparer(secret.String.Equal)); diff != "" {
			t.Fatalf("%q: %s", body, diff)
		}
	})
}
