package web

import (
	"context"
	"slices"
	"strings"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
)

// maxToken is the longest access token in bytes that is looked at.
const maxToken = 4 << 10

// authenticate finds out whom the request's token speaks for. Tokens are taken
// from the Authorization header alone, never from a query or a form, where logs
// and histories would keep them.
func (x *exchange) authenticate(ctx context.Context) error {
	values := x.request.http.Header["Authorization"]
	if len(values) == 0 {
		x.noCredentials = true
		return problem.New(problem.InvalidToken, "send the access token as Authorization: Bearer")
	}
	token, ok := bearerToken(values)
	if !ok {
		return problem.New(problem.InvalidToken, "send one Authorization header: Bearer and the access token")
	}
	p, err := x.api.opts.Authenticate(ctx, token)
	if err != nil {
		return err
	}
	x.request.principal = p
	return nil
}

// Key is an API key that a call was made with.
type Key struct {
	ID     id.KeyID
	Scopes []string
	// AppIDs are the apps that it is for; none: all of them.
	AppIDs []id.AppID
}

// HasScope reports whether the key has one of the scopes.
func (k *Key) HasScope(scopes ...string) bool {
	return slices.ContainsFunc(scopes, func(each string) bool { return slices.Contains(k.Scopes, each) })
}

// For reports whether the key is for the app.
func (k *Key) For(appid id.AppID) bool {
	return len(k.AppIDs) == 0 || slices.Contains(k.AppIDs, appid)
}

// RequireApp refuses a key that is not for the app.
func (k *Key) RequireApp(appid id.AppID) error {
	if !k.For(appid) {
		return problem.New(problem.InsufficientScope, "this API key is not for that app")
	}
	return nil
}

// KeyAuthenticator tells whose an API key is. A key that is unknown or revoked
// is refused as a *problem.Error of InvalidToken; any other error is answered as
// internal. The text is well-formed (RFC 6750 b64token, at most 4 KiB), nothing
// more.
type KeyAuthenticator func(ctx context.Context, key secret.String) (Key, error)

// authenticateKey finds out whose the request's API key is, and whether it has
// one of the scopes.
func (x *exchange) authenticateKey(ctx context.Context, scopes []string) error {
	values := x.request.http.Header["Authorization"]
	if len(values) == 0 {
		x.noCredentials = true
		return problem.New(problem.InvalidToken, "send an API key as Authorization: Bearer")
	}
	text, ok := bearerToken(values)
	if !ok {
		return problem.New(problem.InvalidToken, "send one Authorization header: Bearer and an API key")
	}
	key, err := x.api.opts.AuthenticateKey(ctx, text)
	if err != nil {
		return err
	}
	x.request.key = key
	if !key.HasScope(scopes...) {
		return problem.New(problem.InsufficientScope, "this API key lacks the scope "+strings.Join(scopes, " or "))
	}
	return nil
}

// bearerToken reads the credentials of RFC 6750 §2.1.
func bearerToken(values []string) (secret.String, bool) {
	const scheme = "Bearer "
	v := values[0]
	if len(values) != 1 || len(v) <= len(scheme) || !strings.EqualFold(v[:len(scheme)], scheme) {
		return secret.String{}, false
	}
	token := strings.TrimLeft(v[len(scheme):], " ")
	if token == "" || len(token) > maxToken || !b64token(token) {
		return secret.String{}, false
	}
	return secret.New(token), true
}

// b64token is RFC 6750's: letters, digits, -._~+/ and closing equals signs.
func b64token(s string) bool {
	s = strings.TrimRight(s, "=")
	for i := range len(s) {
		if !b64tokenBytes[s[i]] {
			return false
		}
	}
	return s != ""
}

// b64tokenBytes is a table, since a token has some 600 bytes and each call
// brings one.
//
//nolint:gochecknoglobals // it never changes
var b64tokenBytes = func() (table [256]bool) {
	for c := range len(table) {
		table[c] = wordByte(byte(c)) || c == '~' || c == '+' || c == '/'
	}
	return table
}()
