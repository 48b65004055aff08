package web

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// formType is what OAuth's endpoints take.
const formType = "application/x-www-form-urlencoded"

// Plain describes a call that HandleRaw mounts, in the OpenAPI document.
type Plain struct {
	Method, Path                  string
	ID, Tag, Summary, Description string
	// Client says that the call wants an API key, as Bearer or as HTTP Basic with
	// the key's id; Scopes are those of which it must have one.
	Client bool
	Scopes []string
	Params []Param
	// Form is a struct whose fields, by their JSON names, are those of a
	// form-encoded body; nil: there is no body.
	Form    any
	Answers []PlainAnswer
}

// PlainAnswer is one way in which the call answers.
type PlainAnswer struct {
	Status int
	// Description is empty for the text of the status.
	Description string
	// Type is the media type; empty: there is no body.
	Type string
	// Body is a value of the body's type; nil: an object, or what is no JSON.
	Body any
}

// Describe adds calls to the OpenAPI document. It mounts nothing.
func (api *API) Describe(calls ...Plain) { api.plain = append(api.plain, calls...) }

// Undescribed lists the patterns that are mounted and not in the OpenAPI
// document, so that a test can hold it complete.
func (api *API) Undescribed() []string {
	known := map[string]bool{}
	for _, d := range api.operations {
		known[d.Method+" "+d.Path] = true
	}
	for _, p := range api.plain {
		known[p.Method+" "+p.Path], known[p.Path] = true, true
	}
	var missing []string
	for pattern := range api.routes {
		if !known[pattern] {
			missing = append(missing, pattern)
		}
	}
	slices.Sort(missing)
	return missing
}

func (p *Plain) document(registry huma.Registry) *huma.Operation {
	op := &huma.Operation{
		Method: p.Method, Path: p.Path, OperationID: p.ID, Tags: []string{p.Tag},
		Summary: p.Summary, Description: p.Description, Parameters: documentParams(p.Params),
		Responses: map[string]*huma.Response{},
	}
	if p.Client {
		for _, scope := range p.Scopes {
			op.Security = append(op.Security, map[string][]string{keyScheme: {scope}}, map[string][]string{keyBasicScheme: {scope}})
		}
	}
	if p.Form != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			formType: {Schema: registry.Schema(reflect.TypeOf(p.Form), true, p.ID+"Form")},
		}}
	}
	for _, a := range p.Answers {
		op.Responses[strconv.Itoa(a.Status)] = a.document(registry, p.ID)
	}
	return op
}

func (a *PlainAnswer) document(registry huma.Registry, id string) *huma.Response {
	r := &huma.Response{Description: orDefault(a.Description, http.StatusText(a.Status))}
	if a.Type == "" {
		return r
	}
	schema := &huma.Schema{Type: huma.TypeObject}
	switch {
	case a.Body != nil:
		schema = registry.Schema(reflect.TypeOf(a.Body), true, id+"Answer")
	case !strings.HasSuffix(a.Type, "json"):
		schema = &huma.Schema{Type: huma.TypeString, Format: "binary"}
	}
	r.Content = map[string]*huma.MediaType{a.Type: {Schema: schema}}
	return r
}

func documentParams(params []Param) (list []*huma.Param) {
	for _, p := range params {
		list = append(list, &huma.Param{
			Name: p.Name, In: p.In, Description: p.Description,
			Required: p.Required || p.In == InPath,
			Schema:   &huma.Schema{Type: orDefault(p.Type, huma.TypeString)},
		})
	}
	return list
}
