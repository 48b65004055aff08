package wechat

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/secret"
)

// APIStableToken names the call in errors, metrics and circuits.
const APIStableToken = "stable_token"

const (
	maxTokenLen     = 1024  // WeChat asks for room for 512
	maxTokenSeconds = 86400 // WeChat says at most 7200
)

// AccessToken is the app's own token at WeChat, and how long it still lives.
type AccessToken struct {
	Value     secret.String
	ExpiresIn time.Duration
}

// StableToken fetches the app's access_token in normal mode (POST
// /cgi-bin/stable_token; OpenApiDoc/mp-access-token/getStableAccessToken.html):
// while a token lives, WeChat gives the same one to everybody who asks, so no
// replica can end another's. The error is an *Error.
func (c *Client) StableToken(ctx context.Context, app App) (AccessToken, error) {
	appSecret := app.Secret.Reveal()
	body, err := json.Marshal(struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}{"client_credential", string(app.ID), appSecret, false}, jsontext.AllowInvalidUTF8(true))
	if err != nil { // cannot be, and its text might quote the secret
		return AccessToken{}, malformed(APIStableToken, "the request cannot be encoded")
	}
	ans, err := c.do(ctx, &request{
		api:     APIStableToken,
		path:    "/cgi-bin/stable_token",
		app:     app.ID,
		body:    body,
		secrets: []string{appSecret},
		check:   checkToken,
	})
	if err != nil {
		return AccessToken{}, err
	}
	return AccessToken{
		Value:     secret.New(ans.AccessToken),
		ExpiresIn: time.Duration(ans.ExpiresIn) * time.Second,
	}, nil
}

func checkToken(ans *answer) string {
	switch {
	case ans.AccessToken == "":
		return "no access_token"
	case !printable(ans.AccessToken, maxTokenLen):
		return "the access_token is malformed"
	case ans.ExpiresIn <= 0 || ans.ExpiresIn > maxTokenSeconds:
		return "expires_in is out of range"
	}
	return ""
}
