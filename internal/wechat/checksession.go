package wechat

import (
	"context"
	"errors"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

// APICheckSession names the call in errors, metrics and circuits.
const APICheckSession = "checksession"

const (
	codeSessionGone  = 87007 // no session_key for this person, or expired
	codeBadSignature = 87009 // signed with another session_key than the newest
)

// CheckSession asks whether a session_key, by which signature signs the empty
// message (wxcrypto.SessionKey.Sign), is still the person's newest (GET
// /wxa/checksession; OpenApiDoc/user-login/checkSessionKey.html), with the app's
// access_token as token. A stale or unknown key is valid=false and no error.
// The error is an *Error; where TokenRefused, a new token is wanted.
func (c *Client) CheckSession(
	ctx context.Context, token secret.String, app id.AppID, openid id.OpenID, signature secret.String,
) (valid bool, err error) {
	_, err = c.do(ctx, &request{
		api:  APICheckSession,
		path: "/wxa/checksession",
		app:  app,
		query: pair("access_token", token.Reveal()) + "&" + pair("openid", string(openid)) + "&" +
			pair("signature", signature.Reveal()) + "&sig_method=hmac_sha256",
		secrets: []string{token.Reveal(), signature.Reveal()},
		check:   checkConfirmed,
	})
	if e, ok := errors.AsType[*Error](err); ok && (e.Code == codeSessionGone || e.Code == codeBadSignature) {
		return false, nil
	}
	return err == nil, err
}

// checkConfirmed wants the errcode 0 to be there: it is all this answer says.
func checkConfirmed(ans *answer) string {
	if len(ans.ErrCode) == 0 {
		return "no errcode"
	}
	return ""
}
