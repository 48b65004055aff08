package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

func TestFailInRawHandlers(t *testing.T) {
	t.Parallel()
	api, log := newAPI(t, nil)
	api.HandleRaw("POST /form", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if web.FromContext(r.Context()).ClientIP().String() != "192.0.2.1" {
			t.Error("no client address")
		}
		web.Fail(w, problem.Wrap(problem.InvalidToken, errors.New("why"), "d"))
	}))
	w := serve(api, request("POST", "/form", ""))
	if p := problemOf(t, w); w.Code != 401 || p.Code != problem.InvalidToken || !strings.Contains(log.String(), `"cause":"why"`) {
		t.Fatalf("%d %s %s", w.Code, w.Body, log)
	}
	other := httptest.NewRecorder()
	web.Fail(other, errors.New("why"))
	if other.Code != 500 || strings.Contains(other.Body.String(), "why") {
		t.Fatalf("%d %s", other.Code, other.Body)
	}
	if web.FromContext(t.Context()) != nil || web.RequestID(t.Context()) != "" {
		t.Fatal("a request out of nothing")
	}
}

// TestFailAfterTheAnswerBegan logs the problem and adds nothing to the answer.
func TestFailAfterTheAnswerBegan(t *testing.T) {
	t.Parallel()
	api, log := newAPI(t, nil)
	api.HandleRaw("GET /late", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("begun"))
		web.Fail(w, errors.New("too late"))
	}))
	if w := serve(api, request("GET", "/late", "")); w.Code != 200 || w.Body.String() != "begun" || !strings.Contains(log.String(), "too late") {
		t.Fatalf("%d %s %s", w.Code, w.Body, log)
	}
}

func TestCacheControl(t *testing.T) {
	t.Parallel()
	api := web.New(web.Options{})
	var fail error
	web.Handle(api, web.Operation{Method: "GET", Path: "/jwks", CacheControl: "public, max-age=300"},
		func(context.Context, *web.Request, *struct{}) (map[string]string, error) {
			return map[string]string{"a": "b"}, fail
		})
	if w := serve(api, request("GET", "/jwks", "")); w.Header().Get("Cache-Control") != "public, max-age=300" || w.Body.String() != `{"a":"b"}` {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
	fail = errors.New("x")
	if w := serve(api, request("GET", "/jwks", "")); w.Header().Get("Cache-Control") != "no-store" || w.Code != 500 {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
}

// TestAnswerThatCannotBeEncoded is a fault of ours, not half an answer.
func TestAnswerThatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	api, log := newAPI(t, nil)
	web.Handle(api, web.Operation{Method: "GET", Path: "/bad", CacheControl: "max-age=9"},
		func(context.Context, *web.Request, *struct{}) (map[string]any, error) {
			return map[string]any{"a": strings.Repeat("x", 100), "f": func() {}}, nil
		})
	w := serve(api, request("GET", "/bad", ""))
	if p := problemOf(t, w); p.Code != problem.Internal || w.Header().Get("Cache-Control") != "no-store" || !strings.Contains(log.String(), "encode the answer") {
		t.Fatalf("%d %v %s %s", w.Code, w.Header(), w.Body, log)
	}
}

// explosive panics while it is decoded or encoded.
type explosive struct{}

func (*explosive) UnmarshalJSONFrom(*jsontext.Decoder) error { panic("decoding") }
func (explosive) MarshalJSONTo(*jsontext.Encoder) error      { panic("encoding") }

// TestPanicWhileDecoding: what the panic left behind is not used again.
func TestPanicWhileDecoding(t *testing.T) {
	t.Parallel()
	api := web.New(web.Options{})
	web.Handle(api, web.Operation{Method: "POST", Path: "/in"}, func(context.Context, *web.Request, *struct {
		E explosive `json:"e"`
	}) (struct{}, error) {
		return struct{}{}, nil
	})
	web.Handle(api, web.Operation{Method: "POST", Path: "/out"}, func(context.Context, *web.Request, *struct{}) (explosive, error) {
		return explosive{}, nil
	})
	web.Handle(api, web.Operation{Method: "POST", Path: "/echo"}, echo)
	for range 10 {
		for _, path := range []string{"/in", "/out"} {
			if w := serve(api, request("POST", path, `{"e":1}`)); w.Code != 500 && w.Code != 400 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		if w := serve(api, request("POST", "/echo", `{"appid":"a"}`)); w.Code != 200 || w.Body.String() != `{"appid":"a","count":0,"device":null}` {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}

// TestInputsDoNotShareMemory: buffers are used again, what was decoded from
// them must not change.
func TestInputsDoNotShareMemory(t *testing.T) {
	t.Parallel()
	type in struct {
		S string            `json:"s"`
		O web.Object        `json:"o"`
		V jsontext.Value    `json:"v"`
		M map[string]string `json:"m"`
		A any               `json:"a"`
	}
	api := web.New(web.Options{})
	var kept []*in
	web.Handle(api, web.Operation{Method: "POST", Path: "/x"}, func(_ context.Context, _ *web.Request, in *in) (struct{}, error) {
		kept = append(kept, in)
		return struct{}{}, nil
	})
	for _, c := range []string{"a", "b", "c"} {
		s := strings.Repeat(c, 40)
		body := strings.ReplaceAll(`{"s":"@","o":{"k":"@"},"v":["@"],"m":{"@":"@"},"a":["@"]}`, "@", s)
		if w := serve(api, request("POST", "/x", body)); w.Code != 204 {
			t.Fatal(w.Body)
		}
	}
	s := strings.Repeat("a", 40)
	first := kept[0]
	if first.S != s || string(first.O) != `{"k":"`+s+`"}` || string(first.V) != `["`+s+`"]` || first.M[s] != s || first.A.([]any)[0] != s {
		t.Fatalf("%+v", first)
	}
}

func TestHTTPLibraryFeatures(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(t, nil)
	api.HandleRaw("GET /stream", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		rc := http.NewResponseController(w)
		if err := rc.Flush(); err != nil {
			t.Error(err)
		}
		if err := rc.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
	}))
	server := httptest.NewServer(api)
	defer server.Close()
	res, err := http.Get(server.URL + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
}
