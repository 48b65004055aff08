package identity

import (
	"context"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/web"
)

// API serves what a person may see of themself.
type API struct {
	// Person finds whom a session belongs to; its errors are problems.
	Person func(context.Context, id.SessionID) (Person, error)
	// Exposes reports whether the app shows openid and unionid to the phone.
	Exposes func(id.AppID) bool
}

// Mount adds the routes.
func (a *API) Mount(api *web.API) {
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/me", ID: "getMe", Tag: "User", Auth: web.Bearer,
		Summary:     "Who am I",
		Description: "The user that the access token speaks for, as its app sees them.",
	}, a.getMe)
}

func (a *API) getMe(ctx context.Context, r *web.Request, _ *struct{}) (View, error) {
	principal := r.Principal()
	p, err := a.Person(ctx, principal.SessionID)
	if err != nil {
		return View{}, err
	}
	return NewView(&p, a.Exposes(principal.AppID)), nil
}
