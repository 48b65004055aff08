package simulator

import (
	"fmt"
	"time"
)

// codeLife is documented: five minutes, one use.
const codeLife = 5 * time.Minute

// maxCodes bounds the codes that are remembered, fresh and used each. Past it
// the oldest are forgotten, and answered with 40029 as any unknown code.
const maxCodes = 1 << 18

// loginCode is what wx.login gives.
type loginCode struct {
	code   string
	member *member
	issued time.Time
	used   time.Time // zero: not yet
}

// codeBook remembers codes in the order in which they will be forgotten.
type codeBook struct {
	byCode map[string]*loginCode
	fresh  fifo[*loginCode]
	used   fifo[*loginCode]
}

func (b *codeBook) issue(m *member, now time.Time) *loginCode {
	c := &loginCode{code: newCode(), member: m, issued: now}
	b.byCode[c.code] = c
	b.fresh.push(c)
	return c
}

func (b *codeBook) use(c *loginCode, now time.Time) {
	c.used = now
	b.used.push(c)
}

// prune forgets codes whose time is over, and the oldest above most; over time
// that is a constant number per code issued.
func (b *codeBook) prune(now time.Time, memory time.Duration, most int) {
	for b.fresh.len() > 0 {
		c := b.fresh.peek()
		if now.Sub(c.issued) < codeLife && b.fresh.len() <= most {
			break
		}
		b.fresh.pop()
		if c.used.IsZero() {
			delete(b.byCode, c.code)
		}
	}
	for b.used.len() > 0 {
		c := b.used.peek()
		if now.Sub(c.used) < memory && b.used.len() <= most {
			break
		}
		b.used.pop()
		delete(b.byCode, c.code)
	}
}

// Login is wx.login on the person's phone: a code that can be exchanged once,
// within five minutes, with the app's secret. It may rotate the session key,
// as Switches.KeyRotation says. The error is ErrUnknownApp or ErrUnknownUser.
func (s *Server) Login(appID, user string) (code string, err error) {
	s.init()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	a, p, err := w.find(appID, user)
	if err != nil {
		return "", fmt.Errorf("wx.login: %w", err)
	}
	now := w.now()
	m := w.member(a, p)
	if w.mustRotate(m, now) {
		m.rotate(now)
	}
	w.touch(m, now)
	m.lastUse = now
	w.codes.prune(now, w.sw.UsedCodeMemory, maxCodes)
	return w.codes.issue(m, now).code, nil
}

// CheckSession is wx.checkSession: whether the person's session key of this
// app still lives. It does not lengthen its life.
func (s *Server) CheckSession(appID, user string) (valid bool, err error) {
	s.init()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	a, p, err := w.find(appID, user)
	if err != nil {
		return false, fmt.Errorf("wx.checkSession: %w", err)
	}
	return w.member(a, p).live(w.now()), nil
}

// SessionKey is the person's session key in the app, as the platform knows it,
// for tests that want to compare. ErrNoSession if none lives.
func (s *Server) SessionKey(appID, user string) (string, error) {
	s.init()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := w.session(appID, user)
	if err != nil {
		return "", fmt.Errorf("session key: %w", err)
	}
	return m.key, nil
}

// ExpireSessionKey ends the life of the person's session key in the app, as
// half an hour of not using it would: wx.checkSession fails, and wx.login makes
// a new one. One that does not live stays so. The error is ErrUnknownApp or
// ErrUnknownUser.
func (s *Server) ExpireSessionKey(appID, user string) error {
	_, err := s.changeSessionKey(appID, user, (*world).expireKey)
	return err
}

// RotateSessionKey replaces the person's session key in the app by another, as
// WeChat does at times of its own choosing, another device's wx.login among
// them: the new one lives, and whoever holds the old one holds nothing. Where
// none lives there is nothing to replace. The error is ErrUnknownApp or
// ErrUnknownUser.
func (s *Server) RotateSessionKey(appID, user string) error {
	_, err := s.changeSessionKey(appID, user, (*world).renewKey)
	return err
}

func (*world) expireKey(m *member, now time.Time) { m.keyDies = now }

func (w *world) renewKey(m *member, now time.Time) {
	m.rotate(now)
	w.touch(m, now)
}

// changeSessionKey does something to a session key that lives, and tells
// whether one lives afterwards.
func (s *Server) changeSessionKey(appID, user string, change func(*world, *member, time.Time)) (valid bool, err error) {
	s.init()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	a, p, err := w.find(appID, user)
	if err != nil {
		return false, fmt.Errorf("session key: %w", err)
	}
	m, now := w.member(a, p), w.now()
	if m.live(now) {
		change(w, m, now)
	}
	return m.live(now), nil
}

// session finds a member whose session key lives. Callers hold w.mu.
func (w *world) session(appID, user string) (*member, error) {
	a, p, err := w.find(appID, user)
	if err != nil {
		return nil, err
	}
	m := w.member(a, p)
	if !m.live(w.now()) {
		return nil, ErrNoSession
	}
	return m, nil
}

func (w *world) mustRotate(m *member, now time.Time) bool {
	if !m.live(now) {
		return true
	}
	switch w.sw.KeyRotation {
	case RotateAlways:
		return true
	case RotateNever:
		return false
	default:
		return now.Sub(m.keyBorn) > w.sw.KeyRotationInterval
	}
}

// touch lengthens the life of the key, because the person uses the app.
func (w *world) touch(m *member, now time.Time) {
	m.keyDies = time.Time{}
	if w.sw.SessionKeyIdle > 0 {
		m.keyDies = now.Add(w.sw.SessionKeyIdle)
	}
}

func (m *member) live(now time.Time) bool {
	return m.key != "" && (m.keyDies.IsZero() || now.Before(m.keyDies))
}

func (m *member) rotate(now time.Time) { m.key, m.keyBorn = newSessionKey(), now }
