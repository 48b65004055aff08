package identity

import (
	"cmp"
	"context"
	"net/http"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// UploadsPerMinute is how many avatars a user may upload, in a burst or evenly.
const UploadsPerMinute = 60

// API serves what a person may see of themself, and change.
type API struct {
	// Person finds whom a session belongs to; its errors are problems.
	Person func(context.Context, id.SessionID) (Person, error)
	// Erase forgets whom a session belongs to; its errors are problems.
	Erase func(context.Context, id.SessionID, ErasureScope) error
	// Exposes reports whether the app shows openid and unionid to the phone.
	Exposes func(id.AppID) bool
	// Profiles changes what they show.
	Profiles *Profiles
	// Uploads limits the avatars of each user, and apart from these the
	// nicknames that are to be checked; nil: no limit.
	Uploads *web.RateLimiter
	// Check is asked about each nickname before it is kept; nil: nobody is.
	Check NicknameCheck

	bodies, decoders slots
}

// NicknameCheck asks whether the person with the openid may have a clean
// nickname. Errors are problems: invalid_request if not.
type NicknameCheck = func(ctx context.Context, app id.AppID, openid id.OpenID, nickname string) error

// profileChange is the body of POST /v1/me.
type profileChange struct {
	Nickname web.NullableString `json:"nickname,omitzero" doc:"1 to 32 characters; null: none."`
}

// Mount adds the routes.
func (a *API) Mount(api *web.API) {
	a.bodies, a.decoders = make(slots, bodiesAtOnce), make(slots, decodersAtOnce())
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/me", ID: "getMe", Tag: "User", Auth: web.Bearer,
		Summary:     "Who am I",
		Description: "The user that the access token speaks for, as its app sees them.",
	}, a.getMe)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/me", ID: "updateMe", Tag: "User", Auth: web.Bearer,
		Summary: "Change my profile",
		Description: "Changes the fields that are given. A nickname is kept in NFC, without what nobody can see " +
			"(bidirectional controls, zero-width characters) and without space around it. Where the app's content_check is on, " +
			"WeChat must let it pass.",
		Errors: []problem.Code{problem.RateLimited, problem.WeChatQuota, problem.WeChatRejected, problem.WeChatUnavailable},
	}, a.postMe)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/me/avatar", ID: "uploadAvatar", Tag: "User", Auth: web.Bearer,
		Summary: "Change my avatar",
		Description: "Takes a JPEG, PNG, WebP or GIF of at most 2 MiB, told by its bytes: as the field file of multipart/form-data, " +
			"as wx.uploadFile sends it, or as the body. The middle of it becomes a square of at most 512 pixels, without any metadata. " +
			"The answer has a new avatar_url; the one before is gone.",
		MaxBody: MaxAvatar, Errors: []problem.Code{problem.RateLimited},
	}, a.postAvatar)
	a.mountErasure(api)
	api.HandleRaw("GET "+avatarPath+"{id}", http.HandlerFunc(a.getAvatar))
	api.Describe(web.Plain{
		Method: "GET", Path: avatarPath + "{id}", ID: "getAvatar", Tag: "User", Summary: "A picture that avatar_url names",
		Params: []web.Param{{In: web.InPath, Name: "id", Description: "What ends an avatar_url.", Required: true}},
		Answers: []web.PlainAnswer{
			{Status: http.StatusOK, Type: "image/jpeg"}, {Status: http.StatusNotModified},
			{Status: http.StatusNotFound, Description: "`not_found`", Type: "application/problem+json", Body: web.Problem{}},
		},
	})
}

func (a *API) postMe(ctx context.Context, r *web.Request, in *profileChange) (View, error) {
	p, err := a.Person(ctx, r.Principal().SessionID)
	if err != nil {
		return View{}, err
	}
	nickname, sent := in.Nickname.Get()
	if !sent {
		return NewView(&p, a.Exposes(r.Principal().AppID)), nil
	}
	if nickname == "" && !in.Nickname.IsNull() {
		return View{}, problem.InField("nickname", "the nickname is empty: send null for none")
	}
	if err := a.checkNickname(ctx, &p, nickname); err != nil {
		return View{}, err
	}
	if err := a.Profiles.SetNickname(ctx, p.User.ID, nickname); err != nil {
		return View{}, a.orGone(ctx, r, err)
	}
	return a.getMe(ctx, r, nil)
}

// orGone is why a step failed: somebody who was erased meanwhile has no session
// any more, and is told that in place of not being found.
func (a *API) orGone(ctx context.Context, r *web.Request, err error) error {
	if problem.CodeOf(err) != problem.NotFound {
		return err
	}
	_, gone := a.Person(ctx, r.Principal().SessionID)
	return cmp.Or(gone, err)
}

func (a *API) getMe(ctx context.Context, r *web.Request, _ *struct{}) (View, error) {
	principal := r.Principal()
	p, err := a.Person(ctx, principal.SessionID)
	if err != nil {
		return View{}, err
	}
	return NewView(&p, a.Exposes(principal.AppID)), nil
}

// checkNickname asks the Check about a nickname that is clean. What it may be
// asked is limited: the app's quota at WeChat is everybody's.
func (a *API) checkNickname(ctx context.Context, p *Person, nickname string) error {
	if a.Check == nil || nickname == "" {
		return nil
	}
	clean, err := CleanNickname(nickname)
	if err != nil || clean == p.User.Nickname {
		return err
	}
	if ok, wait := a.Uploads.AllowKey("nickname " + string(p.User.ID)); !ok {
		e := problem.New(problem.RateLimited, "the nickname was changed too often")
		e.RetryAfter = wait
		return e
	}
	return a.Check(ctx, p.Identity.AppID, p.Identity.OpenID, clean)
}
