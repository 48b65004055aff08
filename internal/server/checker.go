package server

import (
	"context"

	"github.com/hufu-id/hufu/internal/accesstoken"
	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

// checker asks WeChat about a session_key with the app's access_token.
type checker struct {
	tokens *accesstoken.Holder
	client *wechat.Client
}

func (s *Server) checker() *checker {
	return &checker{tokens: &accesstoken.Holder{Source: s.wechat, Now: s.opts.Now}, client: s.wechat}
}

// CheckSession implements session.Checker.
func (c *checker) CheckSession(ctx context.Context, a *app.App, openid id.OpenID, signature secret.String) (valid bool, err error) {
	err = c.tokens.Do(ctx, wechat.App{ID: a.ID, Secret: a.Secret}, func(token secret.String) (err error) {
		valid, err = c.client.CheckSession(ctx, token, a.ID, openid, signature)
		return err
	})
	return valid, err
}
