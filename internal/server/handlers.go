package server

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/internal/web"
)

// handlers mounts every domain.
func (s *Server) handlers() (public, admin http.Handler, err error) {
	edge := web.NewMetrics(s.metrics.registry)
	options := web.Options{
		Title:   "hufu",
		Version: s.opts.Version,
		Description: "Identity for WeChat Mini Programs. The mini program sends the code of wx.login and gets tokens; " +
			"any backend checks them by the JWKS.",
		PublicURL: s.cfg.PublicURL, Logger: s.log, NoAccessLog: s.cfg.NoAccessLog, Now: s.opts.Now,
		TrustedProxies: s.cfg.TrustedProxies, Authenticate: s.authenticate, AuthenticateKey: s.keys.Authenticate, Metrics: edge,
	}
	api := web.New(options)
	s.sessions.Mount(api)
	s.sessions.MountServer(api)
	if !s.cfg.NoReadRecords {
		s.reads = audit.NewReads(s.db, s.opts.Now, s.log)
	}
	(&identity.ServerAPI{
		Reads:     s.reads,
		Directory: &identity.Directory{Store: s.db, Now: s.opts.Now, AccessLife: s.cfg.TokenLife, Phones: s.phones},
		ReadScope: app.ScopeUsersRead, WriteScope: app.ScopeUsersWrite, PhoneScope: app.ScopePhoneRead,
	}).Mount(api)
	(&identity.MergeAPI{
		Reads:     s.reads,
		Merges:    &identity.Merges{Store: s.db, Now: s.opts.Now, AccessLife: s.cfg.TokenLife},
		ReadScope: app.ScopeUsersRead, WriteScope: app.ScopeUsersWrite,
	}).Mount(api)
	(&audit.API{Store: s.db, Reads: s.reads, Scope: app.ScopeAdmin}).Mount(api)
	(&identity.ExportAPI{
		Exporter:  &identity.Exporter{Store: s.db, Audit: s.db, Reads: s.reads, Phones: s.phones, Now: s.opts.Now},
		ReadScope: app.ScopeUsersRead, PhoneScope: app.ScopePhoneRead,
	}).Mount(api)
	(&identity.API{
		Person: s.sessions.Person, Erase: s.sessions.Erase, Exposes: s.exposes,
		Profiles: s.profiles(),
		Uploads:  web.NewRateLimiter(identity.UploadsPerMinute, s.opts.Now),
		Check:    s.checkNickname,
	}).Mount(api)
	if err := token.Mount(api, s.keyring, s.cfg.PublicURL, s.clients()); err != nil {
		return nil, nil, err
	}
	api.HandleRaw("GET /healthz", http.HandlerFunc(s.healthz))
	api.HandleRaw("GET /readyz", http.HandlerFunc(s.readyz))
	describeHealth(api)

	operators := api
	if !s.opts.OneAddress {
		options.Authenticate = nil
		operators = web.New(options)
	}
	operators.HandleRaw("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	operators.HandleRaw("GET /openapi.json", api.OpenAPIHandler())
	docs, err := api.DocsHandler()
	if err != nil {
		return nil, nil, err
	}
	operators.HandleRaw("GET /docs", docs)
	for pattern, h := range s.opts.Extra {
		api.HandleRaw(pattern, h)
	}
	return api, operators, nil
}

// authenticate makes a principal of an access token.
func (s *Server) authenticate(ctx context.Context, access secret.String) (web.Principal, error) {
	claims, err := s.sessions.Authenticate(ctx, access)
	if err != nil {
		return web.Principal{}, err
	}
	return web.Principal{
		UserID: claims.UserID, AppID: claims.AppID, SessionID: claims.SessionID,
		IssuedAt: claims.IssuedAt, ExpiresAt: claims.ExpiresAt,
	}, nil
}

func (s *Server) exposes(appid id.AppID) bool {
	a, ok := s.apps.Find(appid)
	return ok && a.ExposeOpenID
}

// healthz tells that the process lives.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	writeStatus(w, http.StatusOK, statusAnswer{Status: "ok"})
}

// readyz tells whether logins can be served: the store answers, and the keys
// are loaded (New fails without them).
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	answer, status := statusAnswer{Status: "ready", Simulated: s.cfg.Simulated}, http.StatusOK
	if err := s.db.Ping(ctx); err != nil {
		answer.Status, status = "store unreachable", http.StatusServiceUnavailable
	}
	writeStatus(w, status, answer)
}

func describeHealth(api *web.API) {
	answer := func(status int) web.PlainAnswer {
		return web.PlainAnswer{Status: status, Type: "application/json", Body: statusAnswer{}}
	}
	api.Describe(
		web.Plain{
			Method: "GET", Path: "/healthz", ID: "healthz", Tag: "Health", Summary: "Does the process live",
			Answers: []web.PlainAnswer{answer(http.StatusOK)},
		},
		web.Plain{
			Method: "GET", Path: "/readyz", ID: "readyz", Tag: "Health", Summary: "Can logins be served",
			Answers: []web.PlainAnswer{answer(http.StatusOK), answer(http.StatusServiceUnavailable)},
		},
	)
}

// statusAnswer is what a load balancer and an operator read.
type statusAnswer struct {
	Status    string `json:"status"`
	Simulated bool   `json:"simulated,omitempty" doc:"Whether WeChat is not the real one."`
}

func writeStatus(w http.ResponseWriter, status int, answer statusAnswer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // the client went away; nobody is left to tell
}

// clients serves introspection and revocation to API keys.
func (s *Server) clients() *token.Clients {
	return &token.Clients{
		Authenticate: s.keys.Authenticate, Sessions: s.sessions,
		IntrospectScope: app.ScopeTokensIntrospect, RevokeScope: app.ScopeSessionsWrite,
	}
}
