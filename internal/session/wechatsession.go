package session

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

// WeChatState is what WeChat says of the session_key that is held.
type WeChatState string

// The states.
const (
	WeChatValid   WeChatState = "valid"
	WeChatExpired WeChatState = "expired"
	WeChatUnknown WeChatState = "unknown" // WeChat could not be asked
)

const (
	// checkEvery is how often WeChat is asked about one session.
	checkEvery   = time.Minute
	checksKept   = 8192
	checkTimeout = 6 * time.Second
)

// Checker asks WeChat whether a session_key is the person's current one. It gets
// no key, but what the key signs: the empty message.
type Checker interface {
	CheckSession(ctx context.Context, a *app.App, openid id.OpenID, signature secret.String) (valid bool, err error)
}

// checks remembers what WeChat said.
type checks struct {
	mu   *sync.Mutex // held from look to entry, so that many calls at once ask once
	said *lru.Cache[id.SessionID, check]
}

// begin tells what WeChat said within the minute; if it was not asked, it is now
// the caller's to ask.
func (c *checks) begin(session id.SessionID, now time.Time) (last WeChatState, ask bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last, ok := c.said.Get(session); ok && now.Sub(last.at) < checkEvery {
		return last.state, false
	}
	c.said.Add(session, check{WeChatUnknown, now})
	return WeChatUnknown, true
}

type check struct {
	state WeChatState
	at    time.Time
}

func newChecks() (checks, error) {
	cache, err := lru.New[id.SessionID, check](checksKept)
	if err != nil {
		return checks{}, fmt.Errorf("make check cache: %w", err)
	}
	return checks{mu: &sync.Mutex{}, said: cache}, nil
}

// CheckWeChat tells whether the newest session_key held is still the person's
// current one at WeChat, who is asked at most once a minute per session, and not
// again about a key that it called stale.
func (m *Manager) CheckWeChat(ctx context.Context, session id.SessionID) WeChatState {
	last, ask := m.checks.begin(session, m.cfg.Now())
	if !ask {
		return last
	}
	// Not the client's: its going away must not be remembered as an answer.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTimeout)
	defer cancel()
	state, err := m.askWeChat(ctx, session)
	if err != nil {
		m.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "WeChat could not be asked about a session",
			slog.Any("error", err), slog.String("session_id", string(session)))
	}
	m.checks.said.Add(session, check{state, m.cfg.Now()})
	return state
}

func (m *Manager) askWeChat(ctx context.Context, session id.SessionID) (WeChatState, error) {
	if m.cfg.Checker == nil {
		return WeChatUnknown, nil
	}
	person, err := m.Person(ctx, session)
	if err != nil {
		return WeChatUnknown, err
	}
	a, ok := m.cfg.Apps.Find(person.Identity.AppID)
	if !ok {
		return WeChatUnknown, nil
	}
	who := &person.Identity
	switch stale, err := m.cfg.Store.KeyStale(ctx, who.AppID, who.OpenID); {
	case err != nil:
		return WeChatUnknown, err
	case stale:
		return WeChatExpired, nil
	}
	held, err := m.cfg.Store.Keys(ctx, who.AppID, who.OpenID)
	if err != nil {
		return WeChatUnknown, fmt.Errorf("load session keys: %w", err)
	}
	if len(held) < KeyRecordSize {
		return WeChatExpired, nil
	}
	key, err := m.parseKey(who, held[:KeyRecordSize])
	if err != nil {
		return WeChatUnknown, err
	}
	asked := m.now() // a login after it may bring a key, or the same again
	valid, err := m.cfg.Checker.CheckSession(ctx, a, who.OpenID, secret.New(key.Sign(nil)))
	switch {
	case err != nil:
		return WeChatUnknown, err
	case valid:
		return WeChatValid, nil
	}
	if err := m.cfg.Store.MarkKeyStale(ctx, who.AppID, who.OpenID, held[:KeyRecordSize], asked); err != nil {
		return WeChatExpired, fmt.Errorf("mark a stale session key: %w", err)
	}
	return WeChatExpired, nil
}
