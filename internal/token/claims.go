package token

import (
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/id"
)

// Claims are what an access token says.
type Claims struct {
	UserID    id.UserID    // sub
	AppID     id.AppID     // aud and client_id (RFC 9068 §2.2)
	SessionID id.SessionID // sid
	OpenID    id.OpenID    // openid; left out when empty
	UnionID   id.UnionID   // unionid; left out when empty
	IssuedAt  time.Time    // iat, to the second
	ExpiresAt time.Time    // exp, to the second
	TokenID   string       // jti
}

// newTokenID makes a jti: 128 random bits.
func newTokenID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// appendJSON writes the claims as a JWT's payload (RFC 7519 §4). By hand, as
// this is done for each login; a test holds it against encoding/json.
func (c *Claims) appendJSON(b []byte, issuer string) []byte {
	b = append(b, `{"iss":`...)
	b = appendString(b, issuer)
	b = append(b, `,"sub":`...)
	b = appendString(b, string(c.UserID))
	b = append(b, `,"aud":`...)
	b = appendString(b, string(c.AppID))
	b = append(b, `,"client_id":`...)
	b = appendString(b, string(c.AppID))
	b = append(b, `,"sid":`...)
	b = appendString(b, string(c.SessionID))
	if c.OpenID != "" {
		b = append(b, `,"openid":`...)
		b = appendString(b, string(c.OpenID))
	}
	if c.UnionID != "" {
		b = append(b, `,"unionid":`...)
		b = appendString(b, string(c.UnionID))
	}
	b = append(b, `,"iat":`...)
	b = strconv.AppendInt(b, c.IssuedAt.Unix(), 10)
	b = append(b, `,"exp":`...)
	b = strconv.AppendInt(b, c.ExpiresAt.Unix(), 10)
	b = append(b, `,"jti":`...)
	b = appendString(b, c.TokenID)
	return append(b, '}')
}

// appendString quotes s; what is no UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s) // its error only tells of bytes replaced
	return b
}
