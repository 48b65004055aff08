package session

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/token"
)

// refreshAttempts bounds how often a refresh that lost a race looks again.
const refreshAttempts = 4

// Refresh replaces a refresh token by its successor; key is the
// Idempotency-Key, or empty. Errors are problems.
//
// A token that was replaced before is either a repetition, whose answer was
// lost, or stolen. It counts as a repetition while its successor is unused and
// it comes with the key it was replaced with, or, if it comes without any,
// within KeylessRefreshWindow. Otherwise the session ends: one of the two who
// hold it is a thief (RFC 9700 §4.14.2).
func (m *Manager) Refresh(ctx context.Context, presented secret.String, key string) (Granted, error) {
	t, err := parseRefreshToken(presented)
	if err != nil {
		return Granted{}, problem.Wrap(problem.InvalidToken, err, detailBadRefresh)
	}
	var keyHash []byte
	if key != "" {
		h := m.requests.hash("refresh-key", string(t.session), key)
		keyHash = h[:]
	}
	// The client going away must not lose a successor that was made.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
	defer cancel()
	for range refreshAttempts {
		granted, again, err := m.refreshOnce(ctx, t, keyHash)
		if !again {
			return granted, err
		}
	}
	return Granted{}, problem.New(problem.Internal, "too many calls refresh this session at once")
}

const detailBadRefresh = "the refresh token is not one of ours"

// refreshOnce does a refresh, or tells that somebody else changed the session
// meanwhile.
func (m *Manager) refreshOnce(ctx context.Context, t refreshToken, keyHash []byte) (_ Granted, again bool, _ error) {
	var l refreshLook
	err := m.cfg.Store.Rotate(ctx, t.session, func(found *Found) *Rotation {
		l = m.lookAt(t, found, keyHash)
		return l.rotation
	})
	switch {
	case err != nil:
		return m.rotationFailed(ctx, t.session, l.rotation != nil, err)
	case l.refused != nil:
		return Granted{}, false, l.refused
	case l.reused:
		return Granted{}, false, m.reused(ctx, &l.found.Session, l.at)
	}
	if r := l.rotation; r != nil {
		s := &l.found.Session
		s.Generation++
		s.RotatedAt, s.LastUsedAt, s.ExpiresAt, s.RotationKey = r.At, r.At, r.ExpiresAt, r.RotationKey
	}
	granted, err := m.grant(l.app, &l.found)
	return granted, false, err
}

// refreshLook is what a look at a session says of a refresh token. Unless it is
// refused, or was replaced and comes from somebody else, rotation replaces it;
// a repetition needs none.
type refreshLook struct {
	found    Found
	app      *app.App
	at       time.Time
	rotation *Rotation
	reused   bool
	refused  error
}

func (m *Manager) lookAt(t refreshToken, found *Found, keyHash []byte) refreshLook {
	l := refreshLook{found: *found, at: m.now()}
	if l.app, l.refused = m.mayRefresh(t, found, l.at); l.refused != nil {
		return l
	}
	s := &found.Session
	if t.generation == s.Generation {
		l.rotation = &Rotation{From: s.Generation, At: l.at, ExpiresAt: m.expiry(l.at, s.EndsAt), RotationKey: keyHash}
	} else {
		l.reused = !repeats(t, s, keyHash, l.at)
	}
	return l
}

// mayRefresh checks everything about a token but its age.
func (m *Manager) mayRefresh(t refreshToken, found *Found, now time.Time) (*app.App, error) {
	s := &found.Session
	if !m.authentic(t, s.Salt) || t.generation > s.Generation || t.generation == 0 {
		// A generation that the row has not reached is ours all the same: the
		// database was restored from a backup. Nobody is a thief for that.
		return nil, problem.New(problem.InvalidToken, detailBadRefresh)
	}
	a, ok := m.cfg.Apps.Find(s.AppID)
	switch {
	case !ok:
		return nil, problem.New(problem.InvalidToken, "the app of this session is not configured any more")
	case !s.EndedAt.IsZero():
		return nil, problem.New(problem.SessionRevoked, detailRevoked)
	case !now.Before(s.ExpiresAt):
		return nil, problem.New(problem.TokenExpired, "the session has expired: log in again")
	case found.Person.User.Disabled():
		return nil, problem.New(problem.UserBlocked, detailDisabled)
	}
	return a, nil
}

// repeats reports whether an old token comes from the client whose answer was
// lost.
func repeats(t refreshToken, s *Session, keyHash []byte, now time.Time) bool {
	if t.generation != s.Generation-1 {
		return false // the successor was used
	}
	if keyHash == nil {
		return now.Before(s.RotatedAt.Add(KeylessRefreshWindow))
	}
	return bytes.Equal(keyHash, s.RotationKey)
}

// rotationFailed decides what a failed rotation means: another call won, or, if
// one was begun, the answer was lost, and then the session tells what happened
// when it is looked at again. With the same key the new look finds this call's
// own work.
func (m *Manager) rotationFailed(ctx context.Context, session id.SessionID, begun bool, err error) (Granted, bool, error) {
	switch {
	case errors.Is(err, ErrConflict):
		return Granted{}, true, nil
	case errors.Is(err, ErrNotFound):
		return Granted{}, false, problem.New(problem.InvalidToken, detailBadRefresh)
	case !begun, errors.Is(err, ErrBusy), ctx.Err() != nil:
		return Granted{}, false, problem.Of(err)
	}
	m.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "a refresh may not have been recorded, looking again",
		slog.Any("error", err), slog.String("session_id", string(session)))
	return Granted{}, true, nil
}

// reused ends a session whose old refresh token came again.
func (m *Manager) reused(ctx context.Context, s *Session, now time.Time) error {
	if err := m.end(ctx, s.ID, EndReuse, now); err != nil {
		return err
	}
	m.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "an old refresh token came again, session ended",
		slog.String("session_id", string(s.ID)), slog.String("appid", string(s.AppID)))
	return problem.New(problem.TokenReused, "this refresh token was replaced before; the session has been ended: log in again")
}

// grant makes the tokens of a session.
func (m *Manager) grant(a *app.App, found *Found) (Granted, error) {
	refresh, err := m.refreshToken(&found.Session)
	if err != nil {
		return Granted{}, problem.Of(err)
	}
	claims := token.Claims{UserID: found.Person.User.ID, AppID: a.ID, SessionID: found.Session.ID}
	if a.OpenIDInToken {
		claims.OpenID = found.Person.Identity.OpenID
	}
	if a.UnionIDInToken {
		claims.UnionID = found.Person.Identity.UnionID
	}
	access, claims, err := m.cfg.Issuer.Issue(claims, token.Use(a.TokenAlg), token.Type(a.TokenType), found.Session.EndsAt)
	if err != nil {
		return Granted{}, problem.Of(err)
	}
	return Granted{
		Found: *found, App: a, AccessToken: secret.New(access), AccessUntil: claims.ExpiresAt,
		RefreshToken: refresh, At: m.now(),
	}, nil
}
