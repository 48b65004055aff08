package wechat

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

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
	}{"client_credential", string(app.ID), appSecret, false})
	if err != nil {
		return AccessToken{}, fmt.Errorf("encode the request for a token of %s: not UTF-8", app.ID)
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
