package session

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
)

// Assertion says who a person is, on the word of a business's own service that
// WeChat told it: a cloud function knows the openid without any code.
type Assertion struct {
	AppID  id.AppID
	OpenID id.OpenID
	// UnionID links a person who is new to the app, as in a login. Of one who is
	// known it changes nothing: what WeChat told us itself is worth more.
	UnionID id.UnionID
	By      audit.Actor // whose word it is
}

func (a *Assertion) check() error {
	if !id.LooksLikeWeChat(string(a.OpenID)) {
		return problem.InField("openid", "this is no openid")
	}
	if a.UnionID != "" && !id.LooksLikeWeChat(string(a.UnionID)) {
		return problem.InField("unionid", "this is no unionid")
	}
	return nil
}

// Assert begins a session without a code. Who may assert is the caller's to
// check. Errors are problems.
func (m *Manager) Assert(ctx context.Context, as Assertion) (Granted, error) {
	a, ok := m.cfg.Apps.Find(as.AppID)
	if !ok {
		return Granted{}, problem.New(problem.UnknownApp, "no app with this appid is configured")
	}
	granted, err := m.assert(context.WithoutCancel(ctx), a, as)
	outcome := "ok"
	if err != nil {
		outcome = string(problem.CodeOf(err))
	}
	m.cfg.Observe(a.ID, outcome)
	return granted, err
}

func (m *Manager) assert(ctx context.Context, a *app.App, as Assertion) (Granted, error) {
	if err := as.check(); err != nil {
		return Granted{}, err
	}
	now := m.now()
	sid := id.NewSessionID(now)
	l := Login{
		AppID: a.ID, OpenID: as.OpenID, UnionID: as.UnionID, OpenAccount: a.OpenAccount, Asserted: true, Actor: as.By,
		At: now, NewUserID: sid.FirstUserID(), SessionID: sid, EndsAt: now.Add(m.cfg.AbsoluteLife),
		MaxSessions: m.cfg.MaxSessions, RevokedUntil: now.Add(m.cfg.AccessLife),
	}
	l.ExpiresAt = m.expiry(now, l.EndsAt)
	_, _ = rand.Read(l.Salt[:]) // never fails since Go 1.24
	recorded, err := m.recordSurely(ctx, &l)
	switch {
	case errors.Is(err, ErrCodeSeen):
		return Granted{}, problem.Wrap(problem.Internal, err, "a login without a code was taken for one with")
	case err != nil:
		return Granted{}, problem.Of(err)
	case recorded.Person.User.Disabled():
		return Granted{}, problem.New(problem.UserBlocked, detailDisabled)
	}
	for _, ended := range recorded.Ended {
		m.revoked.add(ended, l.RevokedUntil)
	}
	return m.grantNew(a, &l, recorded.Person)
}

func (m *Manager) grantNew(a *app.App, l *Login, person identity.Person) (Granted, error) {
	found := Found{Session: l.session(), Person: person}
	granted, err := m.grant(a, &found)
	granted.IsNewUser = person.User.ID == l.NewUserID
	return granted, err
}
