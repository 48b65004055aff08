package token

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/web"
)

// Subject is a token of ours as an API key may see it.
type Subject struct {
	Claims
	// Refresh says that it is a refresh token; it has no TokenID.
	Refresh bool
	// Active is false for a token that must not be accepted: expired, replaced,
	// or of a session that was ended.
	Active bool
}

// Sessions knows what became of tokens. It is asked by the calls that only an
// API key may make.
type Sessions interface {
	// Inspect looks at an access or a refresh token. ok is false for one that is
	// not ours; a time that has passed or a session that was ended shows in
	// Active. An error says that nobody can tell at present.
	Inspect(ctx context.Context, token secret.String) (s Subject, ok bool, err error)
	// Revoke ends a session; the audit is told by whom.
	Revoke(ctx context.Context, session id.SessionID, by audit.Actor) error
}

// Clients serves token introspection (RFC 7662) and revocation (RFC 7009).
type Clients struct {
	// Authenticate finds an API key.
	Authenticate web.KeyAuthenticator
	Sessions     Sessions
	// IntrospectScope and RevokeScope are the scopes that the key must have.
	IntrospectScope, RevokeScope string
}

// introspection is the answer of RFC 7662 §2.2. One that is not active says
// nothing else.
//
// A refresh token has no audience but this server: a backend that takes any
// active token meant for it must not take that one. So it has neither aud nor
// token_type, and says what it is.
type introspection struct {
	Active    bool       `json:"active"`
	TokenType string     `json:"token_type,omitzero" doc:"Bearer for an access token; a refresh token has none."`
	TokenUse  string     `json:"token_use,omitzero" doc:"refresh_token for a refresh token, which nobody but this server may accept; an access token has none."`
	Issuer    string     `json:"iss,omitzero"`
	Subject   id.UserID  `json:"sub,omitzero"`
	Audience  id.AppID   `json:"aud,omitzero" doc:"The appid, for an access token; a refresh token has none."`
	ClientID  id.AppID   `json:"client_id,omitzero"`
	Session   string     `json:"sid,omitzero"`
	OpenID    id.OpenID  `json:"openid,omitzero"`
	UnionID   id.UnionID `json:"unionid,omitzero"`
	IssuedAt  int64      `json:"iat,omitzero"`
	ExpiresAt int64      `json:"exp,omitzero"`
	TokenID   string     `json:"jti,omitzero"`
}

func (c *Clients) introspect(issuer string) http.Handler {
	return c.handler(c.IntrospectScope, func(w http.ResponseWriter, r *http.Request, key *web.Key, token secret.String) *oauthError {
		s, ok, err := c.Sessions.Inspect(r.Context(), token)
		if err != nil {
			return unavailable(w)
		}
		out := introspection{}
		// Of a token of another app the key learns nothing, not even that it is
		// one (RFC 7662 §2.2, §4).
		if ok && s.Active && key.For(s.AppID) {
			out = introspection{
				Active: true, Issuer: issuer, Subject: s.UserID, ClientID: s.AppID,
				Session: string(s.SessionID), OpenID: s.OpenID, UnionID: s.UnionID,
				IssuedAt: unix(s.IssuedAt), ExpiresAt: unix(s.ExpiresAt), TokenID: s.TokenID,
			}
			if s.Refresh {
				out.TokenUse = "refresh_token"
			} else { // RFC 6749 §5.1: the type is how an access token is used
				out.TokenType, out.Audience = "Bearer", s.AppID
			}
		}
		b, err := json.Marshal(out)
		if err != nil {
			return unavailable(w)
		}
		writeJSON(w, http.StatusOK, b)
		return nil
	})
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// revoke ends the session of the token, and with it all of its tokens
// (RFC 7009 §2.1). One that is not ours is as good as revoked (§2.2).
func (c *Clients) revoke() http.Handler {
	return c.handler(c.RevokeScope, func(w http.ResponseWriter, r *http.Request, key *web.Key, token secret.String) *oauthError {
		s, ok, err := c.Sessions.Inspect(r.Context(), token)
		if err != nil {
			return unavailable(w)
		}
		if ok && !key.For(s.AppID) {
			return insufficient(w, "this API key is not for the app of this token")
		}
		if ok {
			if err := c.Sessions.Revoke(r.Context(), s.SessionID, audit.Key(key.ID)); err != nil {
				return unavailable(w)
			}
		}
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusOK)
		return nil
	})
}

// handler does what both calls have in common: method, client, form, token.
func (c *Clients) handler(scope string, do func(http.ResponseWriter, *http.Request, *web.Key, secret.String) *oauthError) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !allow(w, r, http.MethodPost) {
			return
		}
		if refusal := c.serve(w, r, scope, do); refusal != nil {
			refusal.write(w)
		}
	})
}

func (c *Clients) serve(w http.ResponseWriter, r *http.Request, scope string,
	do func(http.ResponseWriter, *http.Request, *web.Key, secret.String) *oauthError) *oauthError {
	key, refusal := c.client(w, r)
	if refusal != nil {
		return refusal
	}
	if !key.HasScope(scope) {
		return insufficient(w, "this API key lacks the scope "+scope)
	}
	form, refusal := readForm(w, r)
	if refusal != nil {
		return refusal
	}
	// token_type_hint is a hint: our tokens tell themselves apart, and one that
	// names no type of ours is to be passed over (RFC 7009 §2.1).
	token := form.Get("token")
	if token == "" {
		return badRequest("token is missing")
	}
	return do(w, r, &key, secret.New(token))
}

// client authenticates the caller by its API key: as Bearer, or as HTTP Basic
// with the key's id and the key (RFC 6749 §2.3.1).
func (c *Clients) client(w http.ResponseWriter, r *http.Request) (web.Key, *oauthError) {
	const basic = `Basic realm="hufu", charset="UTF-8"`
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		w.Header().Set("WWW-Authenticate", basic)
		return web.Key{}, unauthorized("invalid_client", "this call wants the credentials of an API key")
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	bearer := strings.EqualFold(scheme, "Bearer")
	refusal, challenge := unauthorized("invalid_client", "this is no API key of this server's, or it was revoked"), basic
	if bearer {
		refusal.Code, challenge = "invalid_token", `Bearer error="invalid_token"`
	}
	keyID, text, ok := id.KeyID(""), strings.TrimLeft(rest, " "), len(values) == 1
	switch {
	case bearer:
	case strings.EqualFold(scheme, "Basic"):
		var user string
		user, text, ok = r.BasicAuth()
		ok = ok && len(values) == 1
		// Both were form-encoded before (RFC 6749 §2.3.1). Neither of ours holds
		// a character that would change by that.
		user, err1 := url.QueryUnescape(user)
		password, err2 := url.QueryUnescape(text)
		ok = ok && err1 == nil && err2 == nil
		keyID, text = id.KeyID(user), password
	default:
		ok = false
	}
	if !ok || len(text) > maxToken {
		w.Header().Set("WWW-Authenticate", challenge)
		return web.Key{}, refusal
	}
	key, err := c.Authenticate(r.Context(), secret.New(text))
	switch {
	case err != nil && problem.CodeOf(err) != problem.InvalidToken:
		return web.Key{}, unavailable(w)
	case err != nil, !bearer && key.ID != keyID:
		w.Header().Set("WWW-Authenticate", challenge)
		return web.Key{}, refusal
	}
	return key, nil
}

func unauthorized(code, description string) *oauthError {
	return &oauthError{code, description, http.StatusUnauthorized}
}

func insufficient(w http.ResponseWriter, description string) *oauthError {
	w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope"`)
	return &oauthError{"insufficient_scope", description, http.StatusForbidden}
}

// unavailable is RFC 7009 §2.2.1's: the caller must take the token for alive
// until it could be asked.
func unavailable(w http.ResponseWriter) *oauthError {
	w.Header().Set("Retry-After", "1")
	return &oauthError{"temporarily_unavailable", "nobody can tell at present: ask again", http.StatusServiceUnavailable}
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone is no fault of ours
}
