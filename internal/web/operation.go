package web

import (
	"context"
	"fmt"
	"net/http"
	"reflect"

	"github.com/hufu-id/hufu/internal/problem"
)

// AuthKind says what an operation asks of its caller.
type AuthKind int

const (
	// Public operations ask for nothing.
	Public AuthKind = iota
	// Bearer operations ask for an access token (RFC 6750, header alone).
	Bearer
	// ServerKey operations ask for an API key of a business's own service, in
	// the same header.
	ServerKey
)

// DefaultMaxBody is the size of a request body in bytes that is still read.
const DefaultMaxBody = 64 << 10

// Operation declares one call of the API. What is empty takes its default.
type Operation struct {
	// Method and Path are those of a ServeMux pattern: GET, /v1/sessions/{id}.
	// GET answers HEAD as well.
	Method, Path string
	// ID names the call in the OpenAPI document: login, listSessions.
	ID string
	// Tag groups calls there.
	Tag                  string
	Summary, Description string

	Auth AuthKind
	// Scopes are those of which the key of a ServerKey operation must have one.
	Scopes []string
	// Params lists path, query and header parameters. A query parameter that
	// is not listed here, or comes twice, is refused.
	Params []Param
	// Status of success; 0: 200, or 204 if the answer type is struct{}.
	Status int
	// Errors are the codes beyond those that any call can answer:
	// invalid_request, internal, with Bearer those of a bad token, and with
	// ServerKey those of a key that is bad or does not reach so far.
	Errors []problem.Code
	// MaxBody is the largest body in bytes; 0: DefaultMaxBody.
	MaxBody int64
	// BodyHint is a sentence that says what to send; it ends the detail of
	// bodies that are no JSON object at all.
	BodyHint string
	// CacheControl of success, for what anybody may keep; empty: no-store.
	CacheControl string
	// FileName is under what name a browser saves what success brings; empty: it
	// shows it.
	FileName string
	// WrongMethodHint is a sentence that ends the detail of a 405 on Path.
	WrongMethodHint string
}

// Where a parameter stands.
const (
	InPath   = "path"
	InQuery  = "query"
	InHeader = "header"
)

// Param is a parameter outside the body.
type Param struct {
	In, Name, Description string
	Required              bool
	// Type is string, boolean or integer; empty: string.
	Type string
}

// List is the answer of calls that list things; NextCursor is null at the end.
type List[T any] struct {
	Data       []T     `json:"data"`
	NextCursor *string `json:"next_cursor"`
}

// Handle mounts an operation.
//
// In is a struct whose fields are the members of the JSON body; struct{} stands
// for calls without one. A field is required unless its tag says omitzero or
// omitempty; names are case-sensitive, others are refused. Objects inside are
// just as strict; Object takes any. NUL is refused in all of it but in texts
// tagged nul:"own", which have a check of their own for it. An In that is Upload takes a file instead. If *In has a method Validate() error, it is
// asked before h. Out is encoded as JSON; struct{} is no body.
//
// Errors of h, of Validate and of the Authenticator are answered by their
// *problem.Error, all others as internal.
//
// Handle panics on a declaration that can't work, as ServeMux does.
func Handle[In, Out any](api *API, op Operation, h func(ctx context.Context, r *Request, in *In) (Out, error)) {
	ep := api.newEndpoint(op, reflect.TypeFor[In](), reflect.TypeFor[Out]())
	api.mux.HandleFunc(ep.route.pattern, func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange) // only ServeHTTP reaches the mux
		x.route = ep.route
		ctx := withRequest(r.Context(), &x.request)
		in := new(In)
		if err := ep.prepare(ctx, x, in); err != nil {
			x.fail(err)
			return
		}
		out, err := h(ctx, &x.request, in)
		if err != nil {
			x.fail(err)
			return
		}
		if op.CacheControl != "" {
			x.Header().Set("Cache-Control", op.CacheControl)
		}
		if op.FileName != "" {
			x.Header().Set("Content-Disposition", `attachment; filename="`+op.FileName+`"`)
		}
		if ep.noBody {
			x.WriteHeader(ep.status)
			return
		}
		x.writeJSON(ep.status, jsonType, out)
	})
}

// described is an operation with its types, for the OpenAPI document.
type described struct {
	Operation
	in, out reflect.Type
	status  int
	noBody  bool // success has none
}

// endpoint is an operation made ready to serve.
type endpoint struct {
	api    *API
	op     Operation
	route  *route
	body   *bodyDecoder
	query  map[string]bool // known parameters
	status int
	noBody bool
}

func (api *API) newEndpoint(op Operation, in, out reflect.Type) *endpoint {
	body, err := newBodyDecoder(in, op)
	if err != nil {
		panic(fmt.Sprintf("web: %s %s: %v", op.Method, op.Path, err))
	}
	if op.Auth == Bearer && api.opts.Authenticate == nil {
		panic(fmt.Sprintf("web: %s %s wants a token, and Options.Authenticate is nil", op.Method, op.Path))
	}
	if op.Auth == ServerKey && (api.opts.AuthenticateKey == nil || len(op.Scopes) == 0) {
		panic(fmt.Sprintf("web: %s %s wants an API key: it needs Options.AuthenticateKey and Scopes", op.Method, op.Path))
	}
	ep := &endpoint{api: api, op: op, body: body, query: map[string]bool{}, status: op.Status}
	ep.noBody = out.Kind() == reflect.Struct && out.NumField() == 0
	if ep.status == 0 {
		ep.status = http.StatusOK
		if ep.noBody {
			ep.status = http.StatusNoContent
		}
	}
	for _, p := range op.Params {
		if p.In == InQuery {
			ep.query[p.Name] = true
		}
	}
	ep.route = api.newRoute(op.Method + " " + op.Path)
	ep.route.wrongMethodHint = op.WrongMethodHint
	api.operations = append(api.operations, described{op, in, out, ep.status, ep.noBody})
	return ep
}

// prepare does all that comes before the domain: token, query, body, Validate.
func (ep *endpoint) prepare(ctx context.Context, x *exchange, in any) error {
	var err error
	switch ep.op.Auth {
	case Bearer:
		err = x.authenticate(ctx)
	case ServerKey:
		err = x.authenticateKey(ctx, ep.op.Scopes)
	case Public:
	}
	if err != nil {
		return err
	}
	if err := x.request.parseQuery(ep.query); err != nil {
		return err
	}
	if u, ok := in.(*Upload); ok {
		u.x, u.max = x, ep.body.max
		return nil
	}
	if err := ep.body.decode(x, in); err != nil {
		return err
	}
	if v, ok := in.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}
