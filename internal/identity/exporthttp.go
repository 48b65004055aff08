package identity

import (
	"context"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// ExportAPI serves exports to a business's own services.
type ExportAPI struct {
	Exporter *Exporter
	// ReadScope and PhoneScope are the scopes that the API key must have, both.
	ReadScope, PhoneScope string
}

// Mount adds the route.
func (a *ExportAPI) Mount(api *web.API) {
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/server/users/{id}/export", ID: "exportUser", Tag: "Server", Auth: web.ServerKey,
		Scopes:  []string{a.ReadScope},
		Summary: "All that is held about a person",
		Description: "For who asks for a copy of their personal data (PIPL, article 45). The API key needs " + a.PhoneScope +
			" as well, as the phone number stands in it whole. A key that is for some apps alone can't export a user who is in " +
			"others too. Each export is kept in the audit. session_keys, which are WeChat's secret, and the server's own hashes are not in it.",
		Params: []web.Param{userIDParam}, Errors: []problem.Code{problem.NotFound}, FileName: "hufu-export.json",
	}, a.export)
}

func (a *ExportAPI) export(ctx context.Context, r *web.Request, _ *struct{}) (Export, error) {
	if !r.Key().HasScope(a.PhoneScope) {
		return Export{}, problem.New(problem.InsufficientScope, "this API key lacks the scope "+a.PhoneScope)
	}
	user, err := userID(r)
	if err != nil {
		return Export{}, err
	}
	return a.Exporter.Export(ctx, user, r.Key().For, audit.Key(r.Key().ID))
}
