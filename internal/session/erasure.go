package session

import (
	"context"
	"errors"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
)

// FreshLogin is how young a login must be for the steps that nobody shall do
// with a token that was left lying around.
const FreshLogin = 10 * time.Minute

// eraseTimeout bounds an erasure, which is finished though the client goes away.
const eraseTimeout = 10 * time.Second

// Erase forgets the person who has the session: in its app, or everywhere. The
// latter wants a login younger than FreshLogin, which a refresh does not renew.
// A session that was begun on a business's word is no login of the person's own,
// however young. Errors are problems.
func (m *Manager) Erase(ctx context.Context, own id.SessionID, scope identity.ErasureScope) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eraseTimeout)
	defer cancel()
	now := m.now()
	if scope == identity.EraseUser {
		if err := m.freshLogin(ctx, own, now); err != nil {
			return err
		}
	}
	until := now.Add(m.cfg.AccessLife)
	erased, err := m.cfg.Store.Erase(ctx, identity.Erasure{
		SessionID: own, Scope: scope, At: now, Until: until, Reason: identity.AskedByPerson,
	})
	if errors.Is(err, identity.ErrNotFound) {
		return problem.New(problem.SessionRevoked, detailRevoked)
	}
	if err != nil {
		return problem.Of(err)
	}
	for _, ended := range erased.Ended {
		m.revoked.add(ended, until)
	}
	return nil
}

// freshLogin refuses a session whose login is too long ago, or was none.
func (m *Manager) freshLogin(ctx context.Context, own id.SessionID, now time.Time) error {
	found, err := m.cfg.Store.Load(ctx, own)
	switch {
	case errors.Is(err, ErrNotFound):
		return problem.New(problem.SessionRevoked, detailRevoked)
	case err != nil:
		return problem.Of(err)
	case !found.Session.EndedAt.IsZero():
		return problem.New(problem.SessionRevoked, detailRevoked)
	case found.Replay.CodeHash == [16]byte{}: // no code was exchanged for it
		return problem.New(problem.LoginTooOld, "this session was begun by a service, not by wx.login: log in by wx.login, then ask again")
	case now.Sub(found.Session.CreatedAt) >= FreshLogin:
		return problem.New(problem.LoginTooOld, "this step wants a login younger than 10 minutes: log in by wx.login, then ask again")
	}
	return nil
}
