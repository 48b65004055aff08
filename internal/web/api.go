package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

// Principal is who a valid access token speaks for.
type Principal struct {
	UserID    id.UserID
	AppID     id.AppID
	SessionID id.SessionID
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Authenticator tells whom an access token speaks for. A refusal is a
// *problem.Error of a 401 code; any other error is answered as internal. The
// token is well-formed (RFC 6750 b64token, at most 4 KiB), nothing more.
type Authenticator func(ctx context.Context, token secret.String) (Principal, error)

// Options are the dependencies and settings of an API. The zero value works.
type Options struct {
	// Title, Version and Description head the OpenAPI document.
	Title, Version, Description string
	// PublicURL is where clients reach the server. With https it turns on
	// Strict-Transport-Security.
	PublicURL string
	// Logger gets one line per request and the causes of 5xx; nil: none.
	Logger *slog.Logger
	// NoAccessLog leaves only the lines of 5xx.
	NoAccessLog bool
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// TrustedProxies may tell the client's address by X-Forwarded-For.
	TrustedProxies []netip.Prefix
	// Authenticate serves operations with Bearer; required if there is one.
	Authenticate Authenticator
	// AuthenticateKey serves operations with ServerKey; required if there is one.
	AuthenticateKey KeyAuthenticator
	// Metrics counts requests; nil: none. APIs may share one.
	Metrics *Metrics
}

// API is a ServeMux behind the edge, and the OpenAPI document of its
// operations. It is an http.Handler. Register everything before serving.
type API struct {
	opts       Options
	mux        *http.ServeMux
	routes     map[string]*route // by pattern
	operations []described
	plain      []Plain
	headers    []fixedHeader
	scratch    sync.Pool // *scratch
	// warnedProxy is set once the warning about X-Forwarded-For was given.
	warnedProxy atomic.Bool
}

// New makes an API without routes.
func New(o Options) *API {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	api := &API{
		opts:    o,
		mux:     http.NewServeMux(),
		routes:  map[string]*route{},
		headers: securityHeaders(strings.HasPrefix(o.PublicURL, "https://")),
	}
	api.scratch.New = func() any { return new(scratch) }
	return api
}

// HandleRaw mounts a plain handler behind the edge, under a ServeMux pattern.
// It may replace the security headers of its answers; Describe makes it a part
// of the OpenAPI document. A pattern ending in "/" without a method would also take
// the place of 404 and 405 answers below it: prefer exact paths.
//
// It panics on a pattern that is malformed or taken, as ServeMux does.
func (api *API) HandleRaw(pattern string, h http.Handler) {
	rt := api.newRoute(pattern)
	api.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange) // only ServeHTTP reaches the mux
		x.route = rt
		h.ServeHTTP(x, r.WithContext(withRequest(r.Context(), &x.request)))
	})
}

// route is what the edge knows of a pattern.
type route struct {
	pattern string // as ServeMux knows it, with the method if it has one
	path    string // without the method: the label of logs and metrics
	method  string // empty: any
	// wrongMethodHint is added to the detail of a 405.
	wrongMethodHint string
	metrics         *routeMetrics
}

func (api *API) newRoute(pattern string) *route {
	rt := &route{pattern: pattern, path: pattern}
	if method, path, ok := strings.Cut(pattern, " "); ok {
		rt.method, rt.path = method, strings.TrimLeft(path, " \t")
	}
	rt.metrics = api.opts.Metrics.forRoute(rt)
	api.routes[pattern] = rt
	return rt
}

type requestKey struct{}

func withRequest(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// FromContext returns the Request that ctx belongs to; nil if there is none.
// Handlers under HandleRaw find theirs so.
func FromContext(ctx context.Context) *Request {
	r, _ := ctx.Value(requestKey{}).(*Request)
	return r
}

// RequestID is the id of the request that ctx belongs to; empty if there is none.
func RequestID(ctx context.Context) string {
	if r := FromContext(ctx); r != nil {
		return r.requestID
	}
	return ""
}
