package verify

import (
	"slices"
	"strings"
	"time"
)

// The names of people and things, each of its own type, so that no two are
// taken for one another.
type (
	// UserID names a person: "usr_…", the same in all apps of one open account.
	UserID string
	// AppID is WeChat's name of the app: "wx…".
	AppID string
	// SessionID names a login on one device: "ses_…".
	SessionID string
	// OpenID is WeChat's name of a person in one app.
	OpenID string
	// UnionID is WeChat's name of a person in one open account.
	UnionID string
)

// Claims are what an access token says.
type Claims struct {
	UserID    UserID    // sub
	AppID     AppID     // aud and client_id
	SessionID SessionID // sid
	OpenID    OpenID    // openid; empty unless the app's configuration puts it in
	UnionID   UnionID   // unionid; likewise, and empty where there is none
	IssuedAt  time.Time // iat, UTC
	ExpiresAt time.Time // exp, UTC; leeway not counted
	ID        string    // jti
}

const (
	// maxTime is the last second of the year 9999, as Unix time.
	maxTime = 253402300799
	// maxClaim bounds each name in bytes.
	maxClaim = 256
)

// readClaims reads a payload and checks all that does not depend on the time.
func (v *Verifier) readClaims(payload []byte) (Claims, error) {
	members, err := readObject(payload)
	if err != nil {
		return Claims{}, invalid("the claims are no claims of hufu's")
	}
	if issuer, ok := members.text("iss"); !ok || issuer != v.issuer {
		return Claims{}, invalid("issued by somebody else")
	}
	audience, okAudience := members.text("aud")
	client, okClient := members.text("client_id")
	if !okAudience || !okClient || audience != client || !slices.Contains(v.audiences, AppID(audience)) {
		return Claims{}, invalid("for another app")
	}
	user, okUser := members.name("sub", "usr_")
	session, okSession := members.name("sid", "ses_")
	id, okID := members.name("jti", "")
	if !okUser || !okSession || !okID {
		return Claims{}, invalid("sub, sid or jti is missing")
	}
	openid, okOpenID := members.optionalName("openid")
	unionid, okUnionID := members.optionalName("unionid")
	if !okOpenID || !okUnionID {
		return Claims{}, invalid("openid or unionid is no name")
	}
	issued, okIssued := members.time("iat")
	expires, okExpires := members.time("exp")
	if !okIssued || !okExpires {
		return Claims{}, invalid("iat or exp is missing")
	}
	return Claims{
		UserID: UserID(user), AppID: AppID(audience), SessionID: SessionID(session),
		OpenID: OpenID(openid), UnionID: UnionID(unionid),
		IssuedAt: issued, ExpiresAt: expires, ID: id,
	}, nil
}

// checkTimes wants now to be between iat and exp, give or take the leeway.
func (v *Verifier) checkTimes(claims *Claims, now time.Time) error {
	switch {
	case claims.IssuedAt.After(now.Add(v.leeway)):
		return invalid("issued in the future")
	case !now.Before(claims.ExpiresAt.Add(v.leeway)):
		return ErrExpired
	}
	return nil
}

// name is a text that begins with prefix and goes on.
func (o object) name(key, prefix string) (string, bool) {
	s, ok := o.text(key)
	return s, ok && len(s) > len(prefix) && len(s) <= maxClaim && strings.HasPrefix(s, prefix)
}

// optionalName is a name that may be left out.
func (o object) optionalName(key string) (string, bool) {
	if _, ok := o[key]; !ok {
		return "", true
	}
	return o.name(key, "")
}

// time is a NumericDate (RFC 7519 §2) in whole seconds, as hufu writes them.
func (o object) time(key string) (time.Time, bool) {
	n, ok := o.integer(key)
	if !ok || n < 0 || n > maxTime {
		return time.Time{}, false
	}
	return time.Unix(n, 0).UTC(), true
}
