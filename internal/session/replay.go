package session

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
)

// The details of refusals that several places give.
const (
	detailCodeUsed  = "this code has been exchanged before: call wx.login again"
	detailCodeEnded = "the session of this code has been used or ended since: call wx.login again"
	detailDisabled  = "this user may not log in"
)

// replayOf makes the replay record of a login: everything in it is hashed with
// a key of ours.
func (m *Manager) replayOf(call Call) (flightKey, Replay) {
	key := flightKey{code: m.requests.hash("code", string(call.AppID), call.Code)}
	replay := Replay{CodeHash: key.code}
	if call.Key != "" { // without one, nothing is compared with the rest
		key.key = m.requests.hash("idempotency-key", call.Key)
		body := []string{string(call.Device)}
		if c := call.Consent; c != nil { // without one, the hash is as it always was
			body = append(body, c.PolicyVersion, c.AgreedAt.UTC().Format(time.RFC3339Nano))
		}
		key.body = m.requests.hash("body", body...)
		replay.KeyHash, replay.BodyHash = key.key[:], key.body[:]
	}
	return key, replay
}

// How long a repetition waits for the first login to be recorded, ever longer:
// WeChat tells "used" from the moment it answered another replica, which has to
// commit yet. A second in all.
const (
	recordWait  = 8 * time.Millisecond
	recordTurns = 7
)

// replay answers a login by the session that its code made before. refusal is
// why the code itself could not be exchanged; it stands if there is no lawful
// replay.
func (m *Manager) replay(ctx context.Context, asked Replay, refusal *problem.Error) (Found, error) {
	if asked.KeyHash == nil {
		return Found{}, m.refuseKeyless(ctx, asked, refusal)
	}
	for turn := 0; ; turn++ {
		now := m.now()
		found, err := m.findReplay(ctx, asked.CodeHash, now)
		switch {
		case err == nil:
			return found, m.mayReplay(asked, &found, now)
		case !errors.Is(err, ErrNotFound):
			return Found{}, problem.Of(err)
		case refusal.Code != problem.CodeAlreadyUsed || turn == recordTurns || m.recent.contains(asked.CodeHash):
			return Found{}, refusal // nobody is about to record it
		}
		select {
		case <-ctx.Done():
			return Found{}, refusal
		case <-time.After(recordWait << turn):
		}
	}
}

// refuseKeyless makes the refusal of a login that can't be repeated: if its code
// was exchanged here, it says that, whatever WeChat says of it now.
func (m *Manager) refuseKeyless(ctx context.Context, asked Replay, refusal *problem.Error) error {
	if refusal.Code == problem.CodeAlreadyUsed {
		return refusal
	}
	if _, err := m.findReplay(ctx, asked.CodeHash, m.now()); err != nil {
		return refusal
	}
	return problem.New(problem.CodeAlreadyUsed, detailCodeUsed)
}

// findReplay finds the session that the code made within the window.
func (m *Manager) findReplay(ctx context.Context, code [16]byte, now time.Time) (Found, error) {
	since := now.Add(-ReplayWindow)
	known, ok := m.recent.find(code)
	if !ok {
		found, err := m.cfg.Store.FindReplay(ctx, code, since, now)
		if err == nil {
			m.recent.add(code, found.Session.ID) // who repeats it again costs no search
		}
		return found, err
	}
	found, err := m.cfg.Store.Load(ctx, known)
	if err == nil && found.Session.CreatedAt.Before(since) {
		return Found{}, ErrNotFound
	}
	return found, err
}

// mayReplay decides whether the asker may have the session: it must know the
// key of the login, have sent the same, and nothing may have happened since.
func (m *Manager) mayReplay(asked Replay, found *Found, now time.Time) error {
	s := &found.Session
	switch {
	case !bytes.Equal(asked.KeyHash, found.Replay.KeyHash):
		return problem.New(problem.CodeAlreadyUsed, detailCodeUsed)
	case !bytes.Equal(asked.BodyHash, found.Replay.BodyHash):
		return problem.New(problem.IdempotencyConflict, "this code and Idempotency-Key came before with another body")
	case found.Person.User.Disabled():
		return problem.New(problem.UserBlocked, detailDisabled)
	case !s.EndedAt.IsZero(), !now.Before(s.ExpiresAt), s.Generation != 1:
		return problem.New(problem.CodeAlreadyUsed, detailCodeEnded)
	}
	return nil
}
