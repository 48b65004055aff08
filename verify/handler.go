package verify

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

type claimsKey struct{}

// FromContext returns the claims that Handler put into a request's context.
func FromContext(ctx context.Context) (Claims, bool) {
	claims, ok := ctx.Value(claimsKey{}).(Claims)
	return claims, ok
}

// NewContext puts claims into a context, as Handler does: for tests of what
// stands behind it, and for what is no net/http.
func NewContext(ctx context.Context, claims Claims) context.Context {
	return context.WithValue(ctx, claimsKey{}, claims)
}

// Handler lets a request through to next if it brings a good access token as
// Authorization: Bearer, and puts the claims into its context. Other requests are
// answered as RFC 6750 §3 says, with a problem document (RFC 9457) whose "code"
// is one of hufu's: 401 invalid_token, token_expired or session_revoked, so that
// hufu's client SDK knows to refresh; 400 invalid_request for what is no single
// header; 503 temporarily_unavailable where tokens cannot be checked.
func (v *Verifier) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, refused := bearerToken(r.Header.Values("Authorization"))
		if refused != nil {
			refused.write(w, v.issuer)
			return
		}
		claims, err := v.Verify(r.Context(), token)
		if err != nil {
			refusalOf(err).write(w, v.issuer)
			return
		}
		next.ServeHTTP(w, r.WithContext(NewContext(r.Context(), claims)))
	})
}

// bearerToken reads the credentials of RFC 6750 §2.1. Tokens in a query or a
// form are none: logs and histories would keep them.
func bearerToken(values []string) (string, *refusal) {
	if len(values) == 0 {
		return "", &noCredentials
	}
	if len(values) > 1 {
		return "", &twoCredentials
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", &noCredentials
	}
	return strings.Trim(token, " "), nil
}

// refusal is an answer to a request that is not let through.
type refusal struct {
	status int
	code   string
	// bearer is the error of RFC 6750 §3.1. A request without credentials gets
	// none, and a 503 gets no challenge at all.
	bearer string
	title  string
}

var (
	noCredentials  = refusal{http.StatusUnauthorized, "invalid_token", "", "An access token is required as Authorization: Bearer"}
	twoCredentials = refusal{http.StatusBadRequest, "invalid_request", "invalid_request", "More than one Authorization header"}
	badToken       = refusal{http.StatusUnauthorized, "invalid_token", "invalid_token", "The access token is invalid"}
	expiredToken   = refusal{http.StatusUnauthorized, "token_expired", "invalid_token", "The access token has expired"}
	revokedToken   = refusal{http.StatusUnauthorized, "session_revoked", "invalid_token", "The session has been ended"}
	notChecked     = refusal{http.StatusServiceUnavailable, "temporarily_unavailable", "", "Access tokens cannot be checked at present"}
)

// refusalOf never shows the error itself: it is for the log.
func refusalOf(err error) *refusal {
	switch {
	case errors.Is(err, ErrExpired):
		return &expiredToken
	case errors.Is(err, ErrRevoked):
		return &revokedToken
	case errors.Is(err, ErrInvalid):
		return &badToken
	default:
		return &notChecked
	}
}

func (f *refusal) write(w http.ResponseWriter, issuer string) {
	h := w.Header()
	if f.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	} else {
		challenge := `Bearer realm="` + issuer + `"` // no quotes in it, see checkIssuer
		if f.bearer != "" {
			challenge += `, error="` + f.bearer + `", error_description="` + f.title + `"`
		}
		h.Set("WWW-Authenticate", challenge)
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(map[string]any{ // whoever left needs no answer
		"type": "urn:hufu:problem:" + f.code, "title": f.title, "status": f.status, "code": f.code,
	})
}
