package session

import (
	"context"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

type assertRequest struct {
	AppID   id.AppID   `json:"appid" doc:"The app's appid." example:"wxdd00000000000001"`
	OpenID  id.OpenID  `json:"openid" doc:"As WeChat told it, for example by getWXContext in a cloud function."`
	UnionID id.UnionID `json:"unionid,omitzero" doc:"Links a person who is new to the app; changes nothing of one who is known."`
}

type revokedSession struct {
	SessionID id.SessionID `json:"sid"`
	Until     time.Time    `json:"until" doc:"When the last access token of the session will have expired."`
}

// MountServer adds the routes for a business's own services.
func (m *Manager) MountServer(api *web.API) {
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/server/sessions", ID: "assertLogin", Tag: "Server", Auth: web.ServerKey,
		Scopes:  []string{app.ScopeLoginAssert},
		Summary: "Log in a person whose openid your service knows",
		Description: "For WeChat cloud functions, which know the openid without any code. It answers as a login does. " +
			"Whoever has such a key can log in anybody: hand over what WeChat told the function, never what a client sent.",
		Errors: []problem.Code{problem.UnknownApp, problem.UserBlocked},
	}, m.handleAssert)
	web.Handle(api, web.Operation{
		Method: "DELETE", Path: "/v1/server/sessions/{id}", ID: "revokeSession", Tag: "Server", Auth: web.ServerKey,
		Scopes:  []string{app.ScopeSessionsWrite},
		Summary: "End a session",
		Params:  []web.Param{{In: web.InPath, Name: "id", Description: "The session's id.", Required: true}},
		Errors:  []problem.Code{problem.NotFound},
	}, m.handleRevoke)
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/server/revocations", ID: "listRevocations", Tag: "Server", Auth: web.ServerKey,
		Scopes:  []string{app.ScopeTokensIntrospect},
		Summary: "Follow the ended sessions",
		Description: "For backends that check tokens offline: refuse tokens whose sid was told, until then. Go on from " +
			"next_cursor; one that equals since says that there is nothing more at present. A session may be told more than once.",
		Params: []web.Param{{In: web.InQuery, Name: "since", Description: "next_cursor of the answer before; without it, all that still matter."}},
	}, m.handleRevocations)
}

func (m *Manager) handleAssert(ctx context.Context, r *web.Request, in *assertRequest) (loginResponse, error) {
	if err := r.Key().RequireApp(in.AppID); err != nil {
		return loginResponse{}, err
	}
	granted, err := m.Assert(ctx, Assertion{AppID: in.AppID, OpenID: in.OpenID, UnionID: in.UnionID, By: audit.Key(r.Key().ID)})
	if err != nil {
		return loginResponse{}, err
	}
	return loginResponse{tokens: granted.wire(), IsNewUser: granted.IsNewUser}, nil
}

func (m *Manager) handleRevoke(ctx context.Context, r *web.Request, _ *struct{}) (struct{}, error) {
	sid, ok := id.ParseSessionID(r.PathValue("id"))
	if !ok {
		return struct{}{}, problem.New(problem.NotFound, "there is no such session")
	}
	return struct{}{}, m.RevokeIn(ctx, sid, r.Key().For, audit.Key(r.Key().ID))
}

func (m *Manager) handleRevocations(ctx context.Context, r *web.Request, _ *struct{}) (web.List[revokedSession], error) {
	list, next, err := m.Feed(ctx, r.Query("since"), r.Key().For)
	if err != nil {
		return web.List[revokedSession]{}, err
	}
	out := web.List[revokedSession]{Data: make([]revokedSession, len(list)), NextCursor: &next}
	for i, each := range list {
		out.Data[i] = revokedSession{SessionID: each.SessionID, Until: each.Until}
	}
	return out, nil
}
