package session

import (
	"context"
	"errors"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/token"
)

// Inspect implements token.Sessions. An access token that has expired is one
// that is not ours: nothing can be done with it any more.
func (m *Manager) Inspect(ctx context.Context, text secret.String) (token.Subject, bool, error) {
	if t, err := parseRefreshToken(text); err == nil {
		return m.inspectRefresh(ctx, t)
	}
	claims, err := m.cfg.Verifier.Verify(text)
	if err != nil {
		return token.Subject{}, false, nil //nolint:nilerr // a token that is none is no failure
	}
	s := token.Subject{Claims: claims}
	if _, ok := m.cfg.Apps.Find(claims.AppID); ok {
		err = m.alive(ctx, claims.SessionID)
		if err != nil && problem.CodeOf(err) != problem.SessionRevoked {
			return token.Subject{}, false, err
		}
		s.Active = err == nil
	}
	return s, true, nil
}

// inspectRefresh tells of a refresh token. One that was replaced is ours, and
// not active, also while a lost answer could be had again for it.
func (m *Manager) inspectRefresh(ctx context.Context, t refreshToken) (token.Subject, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	found, err := m.cfg.Store.Load(ctx, t.session)
	if errors.Is(err, ErrNotFound) {
		return token.Subject{}, false, nil
	}
	if err != nil {
		return token.Subject{}, false, problem.Of(err)
	}
	r := &found.Session
	if !m.authentic(t, r.Salt) || t.generation > r.Generation || t.generation == 0 {
		return token.Subject{}, false, nil
	}
	_, err = m.mayRefresh(t, &found, m.now())
	began := r.CreatedAt
	if !r.RotatedAt.IsZero() {
		began = r.RotatedAt
	}
	return token.Subject{
		Refresh: true, Active: err == nil && t.generation == r.Generation,
		Claims: token.Claims{
			UserID: found.Person.User.ID, AppID: r.AppID, SessionID: r.ID, IssuedAt: began, ExpiresAt: r.ExpiresAt,
		},
	}, true, nil
}

// RevokeIn ends a session for the business: one that is of no app that may sees
// is not found. Errors are problems.
func (m *Manager) RevokeIn(ctx context.Context, session id.SessionID, may func(id.AppID) bool, by audit.Actor) error {
	look, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	found, err := m.cfg.Store.Load(look, session)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && !may(found.Session.AppID):
		return problem.New(problem.NotFound, "there is no such session")
	case err != nil:
		return problem.Of(err)
	}
	return m.Revoke(ctx, session, by)
}
