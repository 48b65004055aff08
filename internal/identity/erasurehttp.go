package identity

import (
	"context"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// mountErasure adds the route by which people have themselves forgotten.
func (a *API) mountErasure(api *web.API) {
	web.Handle(api, web.Operation{
		Method: "DELETE", Path: "/v1/me", ID: "eraseMe", Tag: "User", Auth: web.Bearer,
		Summary: "Forget me",
		Description: "Erases who I am in this app: openid, sessions, consents, the phone number if it came by this app, and all else that " +
			"hangs on them. If I am in no other app, all that is held about me goes. With scope=user I am erased in all apps, which wants " +
			"a login by wx.login younger than 10 minutes. It can't be undone; whoever logs in again is a new user.",
		Params: []web.Param{{In: web.InQuery, Name: "scope", Description: "user: in all apps; without it: in this one."}},
		Errors: []problem.Code{problem.LoginTooOld},
	}, a.eraseMe)
}

func (a *API) eraseMe(ctx context.Context, r *web.Request, _ *struct{}) (struct{}, error) {
	scope := EraseApp
	switch sent, given := r.QueryGiven("scope"); {
	case !given:
	case sent == string(EraseUser):
		scope = EraseUser
	default:
		return struct{}{}, problem.InField("scope", "the scope is user, or is not sent")
	}
	return struct{}{}, a.Erase(ctx, r.Principal().SessionID, scope)
}

// mountErasure adds the route by which a business forgets a user.
func (a *ServerAPI) mountErasure(api *web.API) {
	web.Handle(api, web.Operation{
		Method: "DELETE", Path: "/v1/server/users/{id}", ID: "eraseUser", Tag: "Server", Auth: web.ServerKey, Scopes: []string{a.WriteScope},
		Summary: "Forget a user",
		Description: "Erases the user in all apps, with everybody who was merged into them; all their ids are not_found from then on. A key " +
			"that is for some apps alone can't erase a user who is in others too. It can't be undone; a user who was disabled and logs in " +
			"again is a new one, who is not.",
		Params: []web.Param{userIDParam}, Errors: []problem.Code{problem.NotFound},
	}, a.erase)
}

func (a *ServerAPI) erase(ctx context.Context, r *web.Request, _ *struct{}) (struct{}, error) {
	user, err := userID(r)
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, a.Directory.Erase(ctx, user, r.Key().For, actor(r))
}
