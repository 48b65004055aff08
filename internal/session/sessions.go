package session

import (
	"context"
	"errors"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/token"
)

// Authenticate checks an access token, and that its session lives and its app
// is still served. Errors are problems.
func (m *Manager) Authenticate(ctx context.Context, access secret.String) (token.Claims, error) {
	claims, err := m.cfg.Verifier.Verify(access)
	if err != nil {
		return token.Claims{}, err
	}
	if _, ok := m.cfg.Apps.Find(claims.AppID); !ok {
		return token.Claims{}, problem.New(problem.InvalidToken, "the app of this token is not configured any more")
	}
	return claims, m.alive(ctx, claims.SessionID)
}

// Person returns who a session belongs to. Errors are problems.
func (m *Manager) Person(ctx context.Context, session id.SessionID) (identity.Person, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	found, err := m.cfg.Store.Load(ctx, session)
	switch {
	case errors.Is(err, ErrNotFound):
		return identity.Person{}, problem.New(problem.SessionRevoked, detailRevoked)
	case err != nil:
		return identity.Person{}, problem.Of(err)
	case !found.Session.EndedAt.IsZero():
		return identity.Person{}, problem.New(problem.SessionRevoked, detailRevoked)
	}
	return found.Person, nil
}

// Sessions returns the open sessions of the person, in the same app, that has
// the session given, newest first. Errors are problems.
func (m *Manager) Sessions(ctx context.Context, own id.SessionID) ([]Session, error) {
	person, err := m.Person(ctx, own)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	list, err := m.cfg.Store.List(ctx, person.Identity.AppID, person.Identity.OpenID, m.now())
	if err != nil {
		return nil, problem.Of(err)
	}
	return list, nil
}

// Logout ends the session itself. Errors are problems.
func (m *Manager) Logout(ctx context.Context, own id.SessionID) error {
	return m.end(ctx, own, EndLogout, m.now())
}

// Revoke ends any session, for an operator, whom the audit names. Errors are
// problems.
func (m *Manager) Revoke(ctx context.Context, session id.SessionID, by audit.Actor) error {
	return m.endBy(ctx, by, session, EndOperator, m.now())
}

// EndOther ends another open session of the same person in the same app; one
// of somebody else, or of another app, is not found. Errors are problems.
func (m *Manager) EndOther(ctx context.Context, own, other id.SessionID) error {
	list, err := m.Sessions(ctx, own)
	if err != nil {
		return err
	}
	for _, s := range list {
		if s.ID == other {
			return m.end(ctx, other, EndLogout, m.now())
		}
	}
	return problem.New(problem.NotFound, "there is no such session of yours")
}
