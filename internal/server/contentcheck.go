package server

import (
	"context"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

// checkNickname asks WeChat about a nickname, where the app wants that. Errors
// are problems; while WeChat does not answer, no nickname passes.
func (s *Server) checkNickname(ctx context.Context, appid id.AppID, openid id.OpenID, nickname string) error {
	a, ok := s.apps.Find(appid)
	if !ok || !a.ContentCheck {
		return nil
	}
	var passed bool
	err := s.asker.tokens.Do(ctx, wechat.App{ID: a.ID, Secret: a.Secret}, func(token secret.String) (err error) {
		passed, err = s.wechat.CheckProfileText(ctx, token, a.ID, openid, nickname)
		return err
	})
	if err != nil {
		return wechat.ToProblem(err)
	}
	if !passed {
		return problem.InField("nickname", "WeChat's content check does not let this nickname pass")
	}
	return nil
}

var _ identity.NicknameCheck = (*Server)(nil).checkNickname
