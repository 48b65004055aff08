package web

import (
	"context"
	"strings"

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
