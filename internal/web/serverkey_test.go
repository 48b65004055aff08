package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/web"
)

func TestServerKey(t *testing.T) {
	t.Parallel()
	api := web.New(web.Options{AuthenticateKey: func(_ context.Context, key secret.String) (web.Key, error) {
		if key.Reveal() != "hfk_good" {
			return web.Key{}, problem.New(problem.InvalidToken, "no key")
		}
		return web.Key{ID: "key_1", Scopes: []string{"b"}}, nil
	}})
	mount := func(path string, scopes ...string) {
		web.Handle(api, web.Operation{Method: "GET", Path: path, ID: path[1:], Auth: web.ServerKey, Scopes: scopes},
			func(_ context.Context, r *web.Request, _ *struct{}) (map[string]any, error) {
				return map[string]any{"id": r.Key().ID}, nil
			})
	}
	mount("/ab", "a", "b")
	mount("/a", "a")
	for _, c := range []struct {
		path, authorization string
		status              int
		www                 string
	}{
		{"/ab", "Bearer hfk_good", 200, ""},
		{"/a", "Bearer hfk_good", 403, `Bearer error="insufficient_scope"`},
		{"/a", "Bearer hfk_bad", 401, `Bearer error="invalid_token"`},
		{"/a", "Basic hfk_good", 401, `Bearer error="invalid_token"`},
		{"/a", "", 401, "Bearer"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("WWW-Authenticate") != c.www {
			t.Errorf("%s %q: %d %q", c.path, c.authorization, w.Code, w.Header().Get("WWW-Authenticate"))
		}
	}
	b, err := api.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Security  []map[string][]string
			Responses map[string]any
		}
		Components struct {
			SecuritySchemes map[string]map[string]string
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	op := doc.Paths["/ab"]["get"]
	if diff := cmp.Diff([]map[string][]string{{"apiKey": {"a"}}, {"apiKey": {"b"}}}, op.Security); diff != "" {
		t.Error(diff)
	}
	if op.Responses["401"] == nil || op.Responses["403"] == nil || doc.Components.SecuritySchemes["apiKey"]["scheme"] != "bearer" {
		t.Errorf("the document says %+v", op)
	}
	for what, op := range map[string]struct {
		api    *web.API
		scopes []string
	}{"no scopes": {api, nil}, "nobody to ask": {web.New(web.Options{}), []string{"a"}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: it was mounted", what)
				}
			}()
			web.Handle(op.api, web.Operation{Method: "GET", Path: "/x", ID: "x", Auth: web.ServerKey, Scopes: op.scopes},
				func(context.Context, *web.Request, *struct{}) (struct{}, error) { return struct{}{}, nil })
		}()
	}
}
