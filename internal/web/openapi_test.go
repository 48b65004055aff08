package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/web"
)

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(t, func(o *web.Options) { o.PublicURL = "https://login.example.com" })
	api.HandleRaw("GET /openapi.json", api.OpenAPIHandler())
	w := serve(api, request("GET", "/openapi.json", ""))
	var doc struct {
		OpenAPI string
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			OperationID string
			Parameters  []struct {
				Name, In string
				Schema   struct{ Type string }
			}
			Security    []map[string][]string
			RequestBody struct {
				Required bool
				Content  map[string]struct{ Schema map[string]string }
			}
			Responses map[string]struct {
				Description string
				Content     map[string]struct{ Schema map[string]any }
			}
		}
		Components struct {
			Schemas map[string]struct {
				Properties           map[string]map[string]any
				Required             []string
				AdditionalProperties *bool
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if doc.OpenAPI != "3.1.0" || doc.Servers[0].URL != "https://login.example.com" {
		t.Errorf("head: %+v", doc)
	}
	var calls []string
	for path, methods := range doc.Paths {
		for method := range methods {
			calls = append(calls, method+" "+path)
		}
	}
	if len(calls) != 3 {
		t.Errorf("%v", calls)
	}

	login := doc.Paths["/v1/login"]["post"]
	if login.OperationID != "login" || !login.RequestBody.Required || login.Security != nil ||
		login.RequestBody.Content["application/json"].Schema["$ref"] != "#/components/schemas/LoginIn" {
		t.Errorf("login: %+v", login)
	}
	if got := login.Responses["400"].Description; got != "`invalid_request`, `invalid_code`" {
		t.Errorf("400: %s", got)
	}
	if login.Responses["413"].Content["application/problem+json"].Schema["$ref"] != "#/components/schemas/Problem" {
		t.Errorf("413: %+v", login.Responses)
	}
	session := doc.Paths["/v1/session"]["get"]
	if session.Security == nil || len(session.Parameters) != 2 || session.Parameters[0].Schema.Type != "boolean" {
		t.Errorf("session: %+v", session)
	}
	if got := session.Responses["401"].Description; got != "`invalid_token`, `token_expired`, `session_revoked`" {
		t.Errorf("401: %s", got)
	}
	if r, ok := doc.Paths["/v1/sessions/{id}"]["delete"].Responses["204"]; !ok || r.Content != nil {
		t.Errorf("204: %+v", r)
	}

	in := doc.Components.Schemas["LoginIn"]
	if diff := cmp.Diff([]string{"appid", "code", "maybe"}, in.Required); diff != "" {
		t.Error(diff)
	}
	if in.AdditionalProperties == nil || *in.AdditionalProperties {
		t.Error("requests are not strict")
	}
	if out := doc.Components.Schemas["LoginOut"]; out.AdditionalProperties != nil {
		t.Error("answers are closed for ever")
	}
	for name, want := range map[string]any{"device": "object", "token": "string", "tags": "array"} {
		if got := in.Properties[name]["type"]; got != want {
			t.Errorf("%s is %v", name, got)
		}
	}
	if got := doc.Components.Schemas["Problem"].Properties["code"]["enum"].([]any); len(got) != len(web.Codes()) {
		t.Errorf("%v", got)
	}
}

// TestDocs: the page is whole without anything from outside.
func TestDocs(t *testing.T) {
	t.Parallel()
	api, _ := newAPI(t, nil)
	web.Handle(api, web.Operation{Method: "POST", Path: "/v1/odd", ID: "odd", Summary: "<script>alert(1)</script>"}, echo)
	docs, err := api.DocsHandler()
	if err != nil {
		t.Fatal(err)
	}
	api.HandleRaw("GET /docs", docs)
	w := serve(api, request("GET", "/docs", ""))
	page := w.Body.String()
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || strings.Contains(page, "<script") {
		t.Fatalf("%d %v %s", w.Code, w.Header(), page)
	}
	for _, want := range []string{"/v1/login", "/v1/sessions/{id}", "LoginIn", `href="#schema-LoginIn"`, `id="schema-LoginIn"`, "invalid_code", "appid", "登录"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if found := regexp.MustCompile(`(?i)(src|href|action|url|@import|style)\s*[=(]\s*"?(https?:|//)`).FindString(page); found != "" {
		t.Errorf("loads from outside: %s", found)
	}
	if strings.Contains(page, " style=") {
		t.Error("inline style that the policy blocks")
	}
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)
	hash := sha256.Sum256([]byte(style[1]))
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+"'") {
		t.Errorf("the policy does not know the style: %s", policy)
	}
	for _, ref := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+ref[1]+`"`) {
			t.Errorf("dead link #%s", ref[1])
		}
	}
}
