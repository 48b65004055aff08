package identity

import (
	"context"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// ServerAPI serves users to a business's own services.
type ServerAPI struct {
	Directory *Directory
	Reads     *audit.Reads
	// ReadScope and WriteScope are the scopes of the API key; PhoneScope lets it
	// look up by phone numbers and see them whole.
	ReadScope, WriteScope, PhoneScope string
}

// ServerUser is a user on the wire, as a business sees them.
type ServerUser struct {
	ID          id.UserID        `json:"id" example:"usr_01kah5qnqfefgrpyy7v6fmxa3s"`
	ExternalID  *string          `json:"external_id" doc:"Your own name of the person."`
	Identities  []ServerIdentity `json:"identities" doc:"In the apps that the API key is for."`
	Nickname    *string          `json:"nickname"`
	AvatarURL   *string          `json:"avatar_url"`
	PhoneNumber *string          `json:"phone_number" doc:"Masked, unless the API key has the scope phone:read; then as +8613800000000." example:"138****0000"`
	Disabled    bool             `json:"disabled"`
	MergedFrom  []id.UserID      `json:"merged_from" doc:"Ids that this user had before."`
	CreatedAt   time.Time        `json:"created_at"`
}

// ServerIdentity is a person in one app.
type ServerIdentity struct {
	AppID       id.AppID    `json:"appid"`
	OpenID      id.OpenID   `json:"openid"`
	UnionID     *id.UnionID `json:"unionid"`
	LastLoginAt time.Time   `json:"last_login_at" doc:"The last login in this app. Of somebody imported who has not logged in yet: since when they are known."`
}

func newServerUser(a *Account) ServerUser {
	u := ServerUser{
		ID: a.User.ID, ExternalID: orNull(a.ExternalID), Identities: make([]ServerIdentity, len(a.Identities)),
		Nickname: orNull(a.User.Nickname), AvatarURL: orNull(a.User.AvatarURL), PhoneNumber: orNull(a.User.PhoneMasked),
		Disabled: a.User.Disabled(), MergedFrom: append([]id.UserID{}, a.MergedFrom...), CreatedAt: a.User.CreatedAt,
	}
	for i, each := range a.Identities {
		u.Identities[i] = ServerIdentity{each.AppID, each.OpenID, orNull(each.UnionID), each.LastLoginAt}
	}
	return u
}

func orNull[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}

type lookupRequest struct {
	OpenID      id.OpenID      `json:"openid,omitzero" doc:"Together with appid."`
	AppID       id.AppID       `json:"appid,omitzero"`
	UnionID     id.UnionID     `json:"unionid,omitzero" doc:"Together with open_account."`
	OpenAccount id.OpenAccount `json:"open_account,omitzero" doc:"As the configuration calls it."`
	ExternalID  string         `json:"external_id,omitzero"`
	PhoneNumber string         `json:"phone_number,omitzero" doc:"With its country, as +8613800000000; wants the scope phone:read as well."`
}

const sendLookup = "send openid and appid, or unionid and open_account, or external_id, or phone_number"

// Validate wants one way to look up, whole.
func (in *lookupRequest) Validate() error {
	byOpenID, byUnionID := in.OpenID != "" && in.AppID != "", in.UnionID != "" && in.OpenAccount != ""
	given := 0
	for _, set := range []bool{in.OpenID != "", in.AppID != "", in.UnionID != "", in.OpenAccount != "", in.ExternalID != "", in.PhoneNumber != ""} {
		if set {
			given++
		}
	}
	if (given == 2 && (byOpenID || byUnionID)) || (given == 1 && (in.ExternalID != "" || in.PhoneNumber != "")) {
		return nil
	}
	return problem.New(problem.InvalidRequest, sendLookup)
}

type changeRequest struct {
	ExternalID web.NullableString `json:"external_id,omitzero" doc:"Your own name of the person, at most 128 characters; null or empty: none."`
	Nickname   web.NullableString `json:"nickname,omitzero" doc:"Null or empty: none."`
}

// given is nil if the member was absent, and the empty string if null came.
func given(s web.NullableString) *string {
	value, sent := s.Get()
	if !sent {
		return nil
	}
	return &value
}

var userIDParam = web.Param{In: web.InPath, Name: "id", Description: "The user's id.", Required: true}

// Mount adds the routes.
func (a *ServerAPI) Mount(api *web.API) {
	read, write := []string{a.ReadScope}, []string{a.WriteScope}
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/server/users/lookup", ID: "lookupUser", Tag: "Server", Auth: web.ServerKey, Scopes: read,
		Summary: "Find a user by what you know", BodyHint: sendLookup, Errors: []problem.Code{problem.NotFound},
	}, a.lookup)
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/server/users", ID: "listUsers", Tag: "Server", Auth: web.ServerKey, Scopes: read,
		Summary: "List users, the oldest first",
		Params: []web.Param{
			{In: web.InQuery, Name: "limit", Type: "integer", Description: "1 to 100; default 100."},
			{In: web.InQuery, Name: "cursor", Description: "next_cursor of the page before."},
		},
	}, a.list)
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/server/users/{id}", ID: "getUser", Tag: "Server", Auth: web.ServerKey, Scopes: read,
		Summary: "A user", Params: []web.Param{userIDParam}, Errors: []problem.Code{problem.NotFound},
	}, a.get)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/server/users/{id}", ID: "changeUser", Tag: "Server", Auth: web.ServerKey, Scopes: write,
		Summary:     "Change the fields given",
		Description: "A key that is for some apps alone can't change a user who is in others too; nor disable or enable one.",
		Params:      []web.Param{userIDParam}, Errors: []problem.Code{problem.NotFound, problem.Conflict},
	}, a.change)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/server/users/{id}/disable", ID: "disableUser", Tag: "Server", Auth: web.ServerKey, Scopes: write,
		Summary: "Shut a user out", Description: "All sessions end, and their tokens are refused within a second.",
		Params: []web.Param{userIDParam}, Errors: []problem.Code{problem.NotFound},
	}, a.disable)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/server/users/{id}/enable", ID: "enableUser", Tag: "Server", Auth: web.ServerKey, Scopes: write,
		Summary: "Let a user in again", Params: []web.Param{userIDParam}, Errors: []problem.Code{problem.NotFound},
	}, a.enable)
	a.mountErasure(api)
}

// userID reads the id in the path; one that can't be is that of nobody.
func userID(r *web.Request) (id.UserID, error) {
	user, ok := id.ParseUserID(r.PathValue("id"))
	if !ok {
		return "", noUser()
	}
	return user, nil
}

func (a *ServerAPI) lookup(ctx context.Context, r *web.Request, in *lookupRequest) (ServerUser, error) {
	may := Apps(r.Key().For)
	switch {
	case in.PhoneNumber != "" && !r.Key().HasScope(a.PhoneScope):
		return ServerUser{}, problem.New(problem.InsufficientScope, "this API key lacks the scope "+a.PhoneScope)
	case in.PhoneNumber != "":
		return a.lookupPhone(ctx, r, in.PhoneNumber)
	case in.OpenID != "":
		if err := r.Key().RequireApp(in.AppID); err != nil {
			return ServerUser{}, err
		}
		account, err := a.Directory.FindByOpenID(ctx, in.AppID, in.OpenID, may)
		return a.answer(ctx, r, account, err)
	case in.UnionID != "":
		account, err := a.Directory.FindByUnionID(ctx, in.OpenAccount, in.UnionID, may)
		return a.answer(ctx, r, account, err)
	}
	account, err := a.Directory.FindByExternalID(ctx, in.ExternalID, may)
	return a.answer(ctx, r, account, err)
}

func (a *ServerAPI) list(ctx context.Context, r *web.Request, _ *struct{}) (web.List[ServerUser], error) {
	limit, err := r.QueryInt("limit", 100, 1, 100)
	if err != nil {
		return web.List[ServerUser]{}, err
	}
	cursor := r.Query("cursor")
	after, ok := id.ParseUserID(cursor)
	if !ok && cursor != "" {
		return web.List[ServerUser]{}, problem.InField("cursor", "the cursor is the next_cursor of a page before")
	}
	list, last, err := a.Directory.List(ctx, after, limit, r.Key().For)
	if err != nil {
		return web.List[ServerUser]{}, err
	}
	users, err := a.page(ctx, r, after, last, list)
	if err != nil {
		return web.List[ServerUser]{}, err
	}
	out := web.List[ServerUser]{Data: users}
	if last != "" {
		next := string(last)
		out.NextCursor = &next
	}
	return out, nil
}

func (a *ServerAPI) get(ctx context.Context, r *web.Request, _ *struct{}) (ServerUser, error) {
	user, err := userID(r)
	if err != nil {
		return ServerUser{}, err
	}
	account, err := a.Directory.Find(ctx, user, r.Key().For)
	return a.answer(ctx, r, account, err)
}

func (a *ServerAPI) change(ctx context.Context, r *web.Request, in *changeRequest) (ServerUser, error) {
	user, err := userID(r)
	if err != nil {
		return ServerUser{}, err
	}
	change := AccountChange{ExternalID: given(in.ExternalID), Nickname: given(in.Nickname), Actor: actor(r)}
	account, err := a.Directory.Change(ctx, user, change, r.Key().For)
	return a.answer(ctx, r, account, err)
}

func (a *ServerAPI) disable(ctx context.Context, r *web.Request, _ *struct{}) (ServerUser, error) {
	user, err := userID(r)
	if err != nil {
		return ServerUser{}, err
	}
	account, err := a.Directory.Disable(ctx, user, r.Key().For, actor(r))
	return a.answer(ctx, r, account, err)
}

func (a *ServerAPI) enable(ctx context.Context, r *web.Request, _ *struct{}) (ServerUser, error) {
	user, err := userID(r)
	if err != nil {
		return ServerUser{}, err
	}
	account, err := a.Directory.Enable(ctx, user, r.Key().For, actor(r))
	return a.answer(ctx, r, account, err)
}
