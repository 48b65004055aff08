package session

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/web"
)

// maxDevice bounds what a client may say of itself, in bytes of JSON.
const maxDevice = 2048

type loginRequest struct {
	AppID   id.AppID        `json:"appid" doc:"The app's appid." example:"wxdd00000000000001"`
	Code    string          `json:"code" doc:"What wx.login gave." maxLength:"512" nul:"own"`
	Device  web.Object      `json:"device,omitzero" doc:"What the client says of itself, to be seen again in the list of sessions: any members, 2 KiB at most."`
	Consent *consentRequest `json:"consent,omitzero" doc:"What the person agreed to before this login; kept with the time, and told by the export."`
}

// consentRequest is a consent on the wire.
type consentRequest struct {
	PolicyVersion string    `json:"policy_version" doc:"Your privacy policy's version: 1 to 64 printable characters." minLength:"1" maxLength:"64" example:"2026-05"`
	AgreedAt      time.Time `json:"agreed_at" doc:"When the person agreed, by the phone's clock. The first for each version is kept; a time up to a day ahead is taken for now, and one farther ahead or before 2017 is refused."`
}

// consent is what came in at now; nil if nothing did. Errors are problems.
func (in *consentRequest) consent(now time.Time) (*Consent, error) {
	if in == nil {
		return nil, nil //nolint:nilnil // most logins have none
	}
	c := Consent{PolicyVersion: in.PolicyVersion, AgreedAt: in.AgreedAt}
	return &c, c.check(now)
}

// tokens are what a session holds on the wire.
type tokens struct {
	AccessToken      string        `json:"access_token" doc:"A JWT to send to any backend of yours."`
	TokenType        string        `json:"token_type" enum:"Bearer"`
	ExpiresIn        int64         `json:"expires_in" doc:"Seconds until the access token expires." example:"900"`
	RefreshToken     string        `json:"refresh_token" doc:"Good for one refresh; each refresh gives a new one."`
	RefreshExpiresIn int64         `json:"refresh_expires_in" doc:"Seconds until the session expires unless it is refreshed."`
	SessionID        id.SessionID  `json:"session_id" example:"ses_01kah5qnqfefgrpyy7v6fmxa3s"`
	User             identity.View `json:"user"`
}

type loginResponse struct {
	tokens
	IsNewUser bool `json:"is_new_user" doc:"Whether this login made the user."`
}

type refreshRequest struct {
	RefreshToken string `json:"refresh_token"`
}

type sessionResponse struct {
	Active    bool         `json:"active"`
	SessionID id.SessionID `json:"session_id"`
	UserID    id.UserID    `json:"user_id"`
	AppID     id.AppID     `json:"appid"`
	IssuedAt  time.Time    `json:"issued_at" doc:"When the access token was made."`
	ExpiresAt time.Time    `json:"expires_at" doc:"When the access token expires."`
	// WeChatSession is there only if it was asked for.
	WeChatSession WeChatState `json:"wechat_session,omitzero" enum:"valid,expired,unknown" doc:"Whether the session_key held is the current one at WeChat; only with ?wechat=true."`
}

type sessionItem struct {
	SessionID  id.SessionID   `json:"session_id"`
	Current    bool           `json:"current" doc:"Whether it is the session that asks."`
	Device     jsontext.Value `json:"device" doc:"What the client said of itself at login; null if nothing."`
	CreatedAt  time.Time      `json:"created_at"`
	LastUsedAt time.Time      `json:"last_used_at" doc:"The last refresh, or the login."`
	ExpiresAt  time.Time      `json:"expires_at"`
}

const sendJSON = `send {"appid":"wx…","code":"<what wx.login gave>"} as application/json by POST`

var idempotencyKey = web.Param{
	In: web.InHeader, Name: "Idempotency-Key",
	Description: "16 to 255 visible ASCII characters, new for each attempt of the user; makes the call safe to repeat.",
}

// Mount adds the routes.
func (m *Manager) Mount(api *web.API) {
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/login", ID: "login", Tag: "Session",
		Summary: "Log in with the code of wx.login",
		Description: "Exchanges the code with WeChat and begins a session. With an Idempotency-Key the call can be repeated " +
			"for five minutes: same code and same key give the same session and refresh token.",
		Params: []web.Param{idempotencyKey},
		Errors: []problem.Code{problem.InvalidCode, problem.CodeAlreadyUsed, problem.UserBlocked, problem.UnknownApp,
			problem.IdempotencyConflict, problem.RateLimited, problem.WeChatQuota, problem.WeChatRejected, problem.WeChatUnavailable},
		BodyHint: sendJSON, WrongMethodHint: sendJSON,
	}, m.handleLogin)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/refresh", ID: "refresh", Tag: "Session",
		Summary:     "Replace the refresh token",
		Description: "Each refresh token is good once. A repeated call with the Idempotency-Key of the first gets the same successor.",
		Params:      []web.Param{idempotencyKey},
		Errors: []problem.Code{problem.InvalidToken, problem.TokenExpired, problem.SessionRevoked, problem.TokenReused,
			problem.UserBlocked},
	}, m.handleRefresh)
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/session", ID: "getSession", Tag: "Session", Auth: web.Bearer,
		Summary: "Is my session alive",
		Params: []web.Param{{
			In: web.InQuery, Name: "wechat", Type: "boolean",
			Description: "Also ask WeChat whether the session_key held is the current one; WeChat is asked at most once a minute.",
		}},
	}, m.handleSession)
	web.Handle(api, web.Operation{
		Method: "DELETE", Path: "/v1/session", ID: "logout", Tag: "Session", Auth: web.Bearer,
		Summary: "Log out",
	}, m.handleLogout)
	web.Handle(api, web.Operation{
		Method: "GET", Path: "/v1/sessions", ID: "listSessions", Tag: "Session", Auth: web.Bearer,
		Summary: "My sessions in this app",
		Params: []web.Param{
			{In: web.InQuery, Name: "limit", Type: "integer", Description: "1 to 100; default 100."},
			{In: web.InQuery, Name: "cursor", Description: "next_cursor of the page before."},
		},
	}, m.handleList)
	web.Handle(api, web.Operation{
		Method: "DELETE", Path: "/v1/sessions/{id}", ID: "endSession", Tag: "Session", Auth: web.Bearer,
		Summary: "End another session of mine in this app",
		Params:  []web.Param{{In: web.InPath, Name: "id", Description: "The session's id.", Required: true}},
		Errors:  []problem.Code{problem.NotFound},
	}, m.handleEnd)
	if m.cfg.Phones != nil && m.cfg.PhoneBook != nil && m.cfg.Profiles != nil {
		m.mountOpenData(api)
	}
}

func (m *Manager) handleLogin(ctx context.Context, r *web.Request, in *loginRequest) (loginResponse, error) {
	key, err := r.IdempotencyKey()
	if err != nil {
		return loginResponse{}, err
	}
	device, err := canonicalDevice(in.Device)
	if err != nil {
		return loginResponse{}, err
	}
	consent, err := in.Consent.consent(m.now())
	if err != nil {
		return loginResponse{}, err
	}
	granted, err := m.Login(ctx, Call{AppID: in.AppID, Code: in.Code, Key: key, Device: device, Consent: consent, Client: r.ClientIP()})
	if err != nil {
		return loginResponse{}, err
	}
	return loginResponse{tokens: granted.wire(), IsNewUser: granted.IsNewUser}, nil
}

// canonicalDevice brings the device into one spelling (RFC 8785), so that the
// same words always are the same request.
func canonicalDevice(device web.Object) ([]byte, error) {
	if len(device) == 0 {
		return nil, nil
	}
	v := jsontext.Value(device).Clone()
	if err := v.Canonicalize(); err != nil {
		return nil, problem.InField("device", "the device must be a JSON object")
	}
	if len(v) > maxDevice {
		return nil, problem.InField("device", "the device must not be larger than 2 KiB")
	}
	return v, nil
}

// wire shows a granted session.
func (g *Granted) wire() tokens {
	return tokens{
		AccessToken:      g.AccessToken.Reveal(),
		TokenType:        "Bearer",
		ExpiresIn:        seconds(g.AccessUntil.Sub(g.At)),
		RefreshToken:     g.RefreshToken.Reveal(),
		RefreshExpiresIn: seconds(g.Session.ExpiresAt.Sub(g.At)),
		SessionID:        g.Session.ID,
		User:             identity.NewView(&g.Person, g.App.ExposeOpenID),
	}
}

// seconds rounds up: the milliseconds since the tokens were made must not turn
// 15 minutes into 899.
func seconds(d time.Duration) int64 { return int64((max(d, 0) + time.Second - 1) / time.Second) }

func (m *Manager) handleRefresh(ctx context.Context, r *web.Request, in *refreshRequest) (tokens, error) {
	key, err := r.IdempotencyKey()
	if err != nil {
		return tokens{}, err
	}
	granted, err := m.Refresh(ctx, secret.New(in.RefreshToken), key)
	if err != nil {
		return tokens{}, err
	}
	return granted.wire(), nil
}

func (m *Manager) handleSession(ctx context.Context, r *web.Request, _ *struct{}) (sessionResponse, error) {
	p := r.Principal()
	out := sessionResponse{
		Active: true, SessionID: p.SessionID, UserID: p.UserID, AppID: p.AppID,
		IssuedAt: p.IssuedAt, ExpiresAt: p.ExpiresAt,
	}
	ask, err := r.QueryBool("wechat")
	if err == nil && ask {
		out.WeChatSession = m.CheckWeChat(ctx, p.SessionID)
	}
	return out, err
}

func (m *Manager) handleLogout(ctx context.Context, r *web.Request, _ *struct{}) (struct{}, error) {
	return struct{}{}, m.Logout(ctx, r.Principal().SessionID)
}

func (m *Manager) handleList(ctx context.Context, r *web.Request, _ *struct{}) (web.List[sessionItem], error) {
	limit, err := r.QueryInt("limit", 100, 1, 100)
	if err != nil {
		return web.List[sessionItem]{}, err
	}
	cursor := r.Query("cursor")
	if _, ok := id.ParseSessionID(cursor); !ok && cursor != "" {
		return web.List[sessionItem]{}, problem.InField("cursor", "the cursor is the next_cursor of a page before")
	}
	own := r.Principal().SessionID
	list, err := m.Sessions(ctx, own)
	if err != nil {
		return web.List[sessionItem]{}, err
	}
	out := web.List[sessionItem]{Data: []sessionItem{}}
	for _, s := range list {
		// Ids sort by time, and the newest comes first: the cursor is the id
		// that the page before ended with.
		if cursor != "" && string(s.ID) >= cursor {
			continue
		}
		if len(out.Data) == limit {
			next := string(out.Data[limit-1].SessionID)
			out.NextCursor = &next
			break
		}
		item := sessionItem{
			SessionID: s.ID, Current: s.ID == own, Device: jsontext.Value("null"),
			CreatedAt: s.CreatedAt, LastUsedAt: s.LastUsedAt, ExpiresAt: s.ExpiresAt,
		}
		if len(s.Device) > 0 {
			item.Device = s.Device
		}
		out.Data = append(out.Data, item)
	}
	return out, nil
}

func (m *Manager) handleEnd(ctx context.Context, r *web.Request, _ *struct{}) (struct{}, error) {
	other, ok := id.ParseSessionID(r.PathValue("id"))
	if !ok {
		return struct{}{}, problem.New(problem.NotFound, "there is no such session of yours")
	}
	return struct{}{}, m.EndOther(ctx, r.Principal().SessionID, other)
}
