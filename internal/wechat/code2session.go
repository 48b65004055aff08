package wechat

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

const (
	// APICode2Session names the call in errors, metrics and circuits.
	APICode2Session = "jscode2session"

	maxIDLen       = 128 // openid and unionid; WeChat's have 28 or 29 characters
	sessionKeyText = 24
	sessionKeySize = 16
)

// Code2SessionResult is who WeChat says the person is.
type Code2SessionResult struct {
	OpenID id.OpenID
	// UnionID is empty where the app is in no open account.
	UnionID    id.UnionID
	SessionKey secret.String
}

// Code2Session exchanges the one-time code of wx.login (GET
// /sns/jscode2session; OpenApiDoc/user-login/code2Session.html). The code is
// sent once, but for a connection that never came about or an errcode -1, which
// WeChat wants tried again.
//
// An answer without an openid or without a whole session_key fails the login,
// though the code is then spent. The error is an *Error.
func (c *Client) Code2Session(ctx context.Context, app App, code string) (Code2SessionResult, error) {
	appSecret := app.Secret.Reveal()
	ans, err := c.do(ctx, &request{
		api:  APICode2Session,
		path: "/sns/jscode2session",
		app:  app.ID,
		query: pair("appid", string(app.ID)) + "&" + pair("secret", appSecret) + "&" +
			pair("js_code", code) + "&grant_type=authorization_code",
		secrets: []string{appSecret, code},
		check:   checkLogin,
	})
	if err != nil {
		return Code2SessionResult{}, err
	}
	return Code2SessionResult{
		OpenID:     id.OpenID(ans.OpenID),
		UnionID:    id.UnionID(ans.UnionID),
		SessionKey: secret.New(ans.SessionKey),
	}, nil
}

func checkLogin(ans *answer) string {
	switch {
	case ans.OpenID == "":
		return "no openid"
	case !printable(ans.OpenID, maxIDLen):
		return "the openid is malformed"
	case !printable(ans.UnionID, maxIDLen):
		return "the unionid is malformed"
	case ans.SessionKey == "":
		return "no session_key"
	case !wholeSessionKey(ans.SessionKey):
		return "the session_key is malformed"
	}
	return ""
}

// wholeSessionKey reports whether key is 16 bytes in standard base64.
func wholeSessionKey(key string) bool {
	if len(key) != sessionKeyText || strings.ContainsAny(key, "\r\n") {
		return false
	}
	var raw [sessionKeyText]byte
	n, err := base64.StdEncoding.Decode(raw[:], []byte(key))
	clear(raw[:])
	return err == nil && n == sessionKeySize
}
