package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/hufu-id/hufu/internal/problem"
)

const (
	schemaPrefix = "#/components/schemas/"
	bearerScheme = "accessToken"
	keyScheme    = "apiKey"
	// keyBasicScheme is the same key where OAuth's clients call.
	keyBasicScheme = "apiKeyBasic"
)

// OpenAPI returns the OpenAPI 3.1 document of the operations, in JSON.
func (api *API) OpenAPI() ([]byte, error) {
	b, err := json.MarshalIndent(api.document(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the OpenAPI document: %w", err)
	}
	return append(b, '\n'), nil
}

// OpenAPIHandler serves the document.
func (api *API) OpenAPIHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		b, err := api.OpenAPI()
		if err != nil {
			api.opts.Logger.Error("no OpenAPI document", "cause", err)
			http.Error(w, "no OpenAPI document", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", jsonType)
		_, _ = w.Write(b)
	})
}

// document builds the document anew: it is asked for rarely, and would take
// memory all the time.
func (api *API) document() *huma.OpenAPI {
	registry := huma.NewMapRegistry(schemaPrefix, huma.DefaultSchemaNamer)
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: api.opts.Title, Version: api.opts.Version, Description: api.opts.Description},
		Components: &huma.Components{
			Schemas: registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				bearerScheme: {
					Type: "http", Scheme: "bearer", BearerFormat: "JWT",
					Description: "The access token of a login or a refresh.",
				},
				keyScheme: {
					Type: "http", Scheme: "bearer", BearerFormat: "hfk_…",
					Description: "An API key of a service of yours, made by hufu key create. Never in a mini program.",
				},
				keyBasicScheme: {
					Type: "http", Scheme: "basic", Description: "The same as the password, with the key's id as the user name.",
				},
			},
		},
	}
	if api.opts.PublicURL != "" {
		doc.Servers = []*huma.Server{{URL: api.opts.PublicURL}}
	}
	problemSchema := registry.Schema(reflect.TypeFor[Problem](), true, "")
	enumCodes(registry.SchemaFromRef(problemSchema.Ref))
	for _, d := range api.operations {
		doc.AddOperation(d.document(registry, problemSchema))
	}
	for i := range api.plain {
		doc.AddOperation(api.plain[i].document(registry))
	}
	strict := map[string]bool{} // names of schemas that requests are made of
	for _, d := range api.operations {
		if d.hasBody() && d.in != uploadType {
			collect(registry, registry.Schema(d.in, true, d.ID+"Request"), strict)
		}
	}
	for name, s := range registry.Map() {
		arraysAreNotNull(s)
		if s.AdditionalProperties == false && !strict[name] {
			s.AdditionalProperties = nil // answers may grow; clients must bear it
		}
	}
	return doc
}

// collect adds the names of all schemas that s refers to.
func collect(registry huma.Registry, s *huma.Schema, names map[string]bool) {
	if s == nil {
		return
	}
	if s.Ref != "" {
		name := strings.TrimPrefix(s.Ref, schemaPrefix)
		if names[name] {
			return
		}
		names[name] = true
		s = registry.SchemaFromRef(s.Ref)
	}
	collect(registry, s.Items, names)
	for _, p := range s.Properties {
		collect(registry, p, names)
	}
}

// enumCodes lists the closed list of codes in the schema of problems.
func enumCodes(s *huma.Schema) {
	for _, c := range codes {
		s.Properties["code"].Enum = append(s.Properties["code"].Enum, string(c.Code))
	}
	// A client must bear members that come later (RFC 9457 §3.2).
	s.AdditionalProperties = true
}

// arraysAreNotNull undoes a default made for encoding/json v1: our encoder
// writes an empty slice as [], and our decoder takes no null for one.
func arraysAreNotNull(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
		arraysAreNotNull(s.Items)
	}
	for _, p := range s.Properties {
		arraysAreNotNull(p)
	}
}

func (d described) document(registry huma.Registry, problemSchema *huma.Schema) *huma.Operation {
	op := &huma.Operation{
		Method: d.Method, Path: d.Path, OperationID: d.ID,
		Summary: d.Summary, Description: d.Description,
		Responses: map[string]*huma.Response{},
	}
	if d.Tag != "" {
		op.Tags = []string{d.Tag}
	}
	switch d.Auth {
	case Bearer:
		op.Security = []map[string][]string{{bearerScheme: {}}}
	case ServerKey:
		// OpenAPI 3.1 lets any scheme name the roles that it takes.
		for _, scope := range d.Scopes {
			op.Security = append(op.Security, map[string][]string{keyScheme: {scope}})
		}
	case Public:
	}
	op.Parameters = documentParams(d.Params)
	if d.in == uploadType {
		op.RequestBody = &huma.RequestBody{Required: true, Content: uploadContent()}
	} else if d.hasBody() {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			jsonType: {Schema: registry.Schema(d.in, true, d.ID+"Request")},
		}}
	}
	success := &huma.Response{Description: http.StatusText(d.status)}
	if !d.noBody {
		success.Content = map[string]*huma.MediaType{
			jsonType: {Schema: registry.Schema(d.out, true, d.ID+"Answer")},
		}
	}
	op.Responses[strconv.Itoa(d.status)] = success
	for status, list := range d.failures() {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: "`" + strings.Join(list, "`, `") + "`",
			Content:     map[string]*huma.MediaType{problemType: {Schema: problemSchema}},
		}
	}
	return op
}

//nolint:gochecknoglobals // it never changes
var uploadType = reflect.TypeFor[Upload]()

func (d described) hasBody() bool { return d.in.NumField() > 0 }

// failures groups the codes that an operation can answer by status.
func (d described) failures() map[int][]string {
	list := []problem.Code{problem.InvalidRequest, problem.Internal}
	if d.Auth == Bearer {
		list = append(list, problem.InvalidToken, problem.TokenExpired, problem.SessionRevoked)
	}
	if d.Auth == ServerKey {
		list = append(list, problem.InvalidToken, problem.InsufficientScope)
	}
	list = append(list, d.Errors...)
	byStatus := map[int][]string{}
	for _, code := range list {
		status := infoOf(code).Status
		if !slices.Contains(byStatus[status], string(code)) {
			byStatus[status] = append(byStatus[status], string(code))
		}
	}
	// So busy at present that it helps to come again (problem.Passing).
	byStatus[http.StatusServiceUnavailable] = append(byStatus[http.StatusServiceUnavailable], string(problem.Internal))
	if d.hasBody() {
		byStatus[http.StatusRequestEntityTooLarge] = []string{string(problem.InvalidRequest)}
	}
	return byStatus
}
