package wechat

import (
	"context"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

// APIMsgSecCheck is the name of the call in errors, metrics and circuits.
const APIMsgSecCheck = "msg_sec_check"

// The text check.
const (
	checkVersion = 2
	sceneProfile = 1
	suggestPass  = "pass" // or risky, review
)

// checkAnswer is what WeChat makes of a text.
type checkAnswer struct {
	Suggest string `json:"suggest"`
}

// CheckProfileText asks whether a text may stand in the profile of the person
// with the openid (POST /wxa/msg_sec_check, version 2; 文本内容安全识别), with the
// app's access_token as token. A text that WeChat finds risky, or wants a human
// to look at, may not. The person must have used the mini program within two
// hours, else WeChat refuses with 61010. The error is an *Error; where
// TokenRefused, a new token is wanted.
func (c *Client) CheckProfileText(ctx context.Context, token secret.String, app id.AppID, openid id.OpenID, text string) (passed bool, err error) {
	body, err := json.Marshal(struct {
		Content string `json:"content"`
		Version int    `json:"version"`
		Scene   int    `json:"scene"`
		OpenID  string `json:"openid"`
	}{text, checkVersion, sceneProfile, string(openid)}, jsontext.AllowInvalidUTF8(true))
	if err != nil { // cannot be, and its text might quote what was sent
		return false, malformed(APIMsgSecCheck, "the request cannot be encoded")
	}
	ans, err := c.do(ctx, &request{
		api: APIMsgSecCheck, path: "/wxa/msg_sec_check", app: app,
		query: pair("access_token", token.Reveal()), body: body, secrets: []string{token.Reveal(), text},
		check: func(ans *answer) string {
			if ans.Check.Suggest == "" {
				return "no suggestion"
			}
			return checkConfirmed(ans)
		},
	})
	return err == nil && ans.Check.Suggest == suggestPass, err
}
