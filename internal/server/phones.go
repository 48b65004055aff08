package server

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/internal/web"
	"github.com/hufu-id/hufu/internal/wechat"
)

// newPhoneBook makes what seals phone numbers and hashes them. The key of the
// hashes is derived from the one kept key that is never replaced and leaves no
// trace outside the database.
func newPhoneBook(keyring *token.Keyring, sealer *seal.Sealer) (*identity.PhoneBook, error) {
	_, base, err := keyring.Secret(token.Fingerprint, time.Time{})
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Expand(sha256.New, base, "hufu phone number look-up 1", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of phone numbers: %w", err)
	}
	return identity.NewPhoneBook(sealer, key), nil
}

// profiles makes the one set of rules for what people show of themselves, however
// they tell it.
func (s *Server) profiles() *identity.Profiles {
	return &identity.Profiles{Store: s.db, PublicURL: s.cfg.PublicURL, Now: s.opts.Now}
}

// checkNicknameOfUserInfo makes a checkNickname that one person can't use to
// spend the app's quota at WeChat.
func (s *Server) checkNicknameOfUserInfo() identity.NicknameCheck {
	limit := web.NewRateLimiter(identity.UploadsPerMinute, s.opts.Now)
	return func(ctx context.Context, appid id.AppID, openid id.OpenID, nickname string) error {
		if ok, wait := limit.AllowKey(string(appid) + " " + string(openid)); !ok {
			e := problem.New(problem.RateLimited, "the nickname was changed too often")
			e.RetryAfter = wait
			return e
		}
		return s.checkNickname(ctx, appid, openid, nickname)
	}
}

// PhoneNumber implements session.PhoneSource.
func (c *checker) PhoneNumber(ctx context.Context, a *app.App, openid id.OpenID, code string) (info wechat.PhoneInfo, err error) {
	err = c.tokens.Do(ctx, wechat.App{ID: a.ID, Secret: a.Secret}, func(token secret.String) (err error) {
		info, err = c.client.PhoneNumber(ctx, token, a.ID, openid, code)
		return err
	})
	return info, err
}

// VouchFor implements session.PhoneSource.
func (c *checker) VouchFor(ctx context.Context, a *app.App, hash string) (at time.Time, err error) {
	err = c.tokens.Do(ctx, wechat.App{ID: a.ID, Secret: a.Secret}, func(token secret.String) (err error) {
		at, err = c.client.CheckEncryptedMsg(ctx, token, a.ID, hash)
		return err
	})
	return at, err
}
