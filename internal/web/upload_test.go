package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/web"
)

// TestUploadIsReadWhenAsked: a handler that refuses reads nothing of it.
func TestUploadIsReadWhenAsked(t *testing.T) {
	t.Parallel()
	api := web.New(web.Options{})
	var read bool
	var got []byte
	web.Handle(api, web.Operation{Method: "POST", Path: "/file", ID: "file", MaxBody: 100}, func(_ context.Context, _ *web.Request, u *web.Upload) (_ struct{}, err error) {
		if read {
			got, err = u.Read()
		}
		return struct{}{}, err
	})
	body := strings.NewReader(strings.Repeat("x", 100))
	if w := serve(api, httptest.NewRequest("POST", "/file", io.NopCloser(body))); w.Code != 204 || body.Len() != 100 {
		t.Errorf("%d, %d bytes left", w.Code, body.Len())
	}
	read = true
	if w := serve(api, httptest.NewRequest("POST", "/file", body)); w.Code != 204 || len(got) != 100 {
		t.Errorf("%d, %d bytes", w.Code, len(got))
	}
	gzip := httptest.NewRequest("POST", "/file", strings.NewReader("x"))
	gzip.Header.Set("Content-Encoding", "gzip")
	if w := serve(api, gzip); w.Code != 400 {
		t.Errorf("gzip: %d", w.Code)
	}
	// What an endless body says of its length counts for nothing.
	endless := httptest.NewRequest("POST", "/file", io.MultiReader(strings.NewReader(strings.Repeat("x", 101)), neverRead{t}))
	endless.ContentLength = -1
	if w := serve(api, endless); w.Code != 413 || w.Header().Get("Connection") != "close" {
		t.Errorf("endless: %d %v", w.Code, w.Header())
	}
	doc, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct {
					Schema struct{ Properties map[string]any }
				}
			}
			Responses map[string]any
		}
	}
	if err := json.Unmarshal(doc, &parsed); err != nil {
		t.Fatal(err)
	}
	op := parsed.Paths["/file"]["post"]
	if op.RequestBody.Content["multipart/form-data"].Schema.Properties["file"] == nil || op.Responses["413"] == nil || bytes.Contains(doc, []byte("FileRequest")) {
		t.Errorf("%s", doc)
	}
}

type neverRead struct{ t *testing.T }

func (n neverRead) Read([]byte) (int, error) {
	n.t.Error("more was read than may be sent")
	return 0, io.EOF
}

func TestNullableString(t *testing.T) {
	t.Parallel()
	type in struct {
		S web.NullableString `json:"s,omitzero"`
	}
	api := web.New(web.Options{})
	var value string
	var sent, null bool
	web.Handle(api, web.Operation{Method: "POST", Path: "/s", ID: "s"}, func(_ context.Context, _ *web.Request, in *in) (struct{}, error) {
		value, sent = in.S.Get()
		null = in.S.IsNull()
		return struct{}{}, nil
	})
	for body, want := range map[string]struct {
		value      string
		sent, null bool
	}{
		`{}`:           {"", false, false},
		`{"s":null}`:   {"", true, true},
		`{"s":""}`:     {"", true, false},
		`{"s":"n"}`:    {"n", true, false},
		`{"s":"é\n"}`:  {"é\n", true, false},
		`{"s":"null"}`: {"null", true, false},
	} {
		if w := serve(api, request("POST", "/s", body)); w.Code != 204 || value != want.value || sent != want.sent || null != want.null {
			t.Errorf("%s: %d %q %v %v", body, w.Code, value, sent, null)
		}
	}
	for _, body := range []string{`{"s":1}`, `{"s":{}}`, `{"s":[]}`, `{"s":true}`, `{"s":"\ud800"}`} {
		w := serve(api, request("POST", "/s", body))
		if p := problemOf(t, w); w.Code != 400 || strings.HasPrefix(body, `{"s":"`) != (p.Field == "") && p.Field != "s" {
			t.Errorf("%s: %s", body, w.Body)
		}
	}
	if w := serve(api, request("POST", "/s", `{"s":1}`)); problemOf(t, w).Detail != "this field must be a string" {
		t.Errorf("%s", w.Body)
	}
}

func TestRateLimiterCountsKeys(t *testing.T) {
	t.Parallel()
	l := web.NewRateLimiter(2, nil)
	for i, want := range []bool{true, true, false} {
		if ok, wait := l.AllowKey("a"); ok != want || ok == (wait > 0) {
			t.Errorf("%d: %v %v", i, ok, wait)
		}
	}
	if ok, _ := l.AllowKey("b"); !ok {
		t.Error("another key has no room")
	}
	var off *web.RateLimiter
	if ok, _ := off.AllowKey("a"); !ok {
		t.Error("no limiter, and a limit")
	}
}
