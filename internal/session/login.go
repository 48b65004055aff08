package session

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

// Call is a login as it was asked for.
type Call struct {
	AppID id.AppID
	// Code is what wx.login gave.
	Code string
	// Key is the Idempotency-Key; empty: none was sent, and the login can't be
	// repeated.
	Key string
	// Device is what the client said of itself: canonical JSON, or nil.
	Device []byte
	// Consent came with the login; nil: none did.
	Consent *Consent
	// Client is the address the call came from.
	Client netip.Addr
}

const (
	maxCodeLength = 512
	// mockCode is what wx.login gives in WeChat DevTools without a real appid.
	mockCode = "the code is a mock one"
	// refreshTimeout bounds a refresh, which does not end because the client went
	// away.
	refreshTimeout = 10 * time.Second
)

var (
	errLoginPanicked = errors.New("login panicked")
	errErased        = errors.New("person was erased right after the login")
)

// Login turns a code into a session with tokens. Errors are problems.
func (m *Manager) Login(ctx context.Context, call Call) (Granted, error) {
	granted, outcome, err := m.login(ctx, call)
	if err != nil {
		outcome = string(problem.CodeOf(err))
	}
	appid := call.AppID
	if _, known := m.cfg.Apps.Find(appid); !known {
		appid = "" // what anybody may invent is no label of a metric
	}
	m.cfg.Observe(appid, outcome)
	return granted, err
}

func (m *Manager) login(ctx context.Context, call Call) (_ Granted, outcome string, _ error) {
	a, err := m.admit(call)
	if err != nil {
		return Granted{}, "", err
	}
	key, replay := m.replayOf(call)

	outcome = "ok"
	// The code may be spent from here on, so what is begun is finished, whether
	// or not the client is still there: it will ask again, with the same key.
	// Each thing it waits for has a limit of its own.
	detached := context.WithoutCancel(ctx)
	exchange := func() (Found, error) {
		if m.recent.contains(key.code) {
			outcome = "replay"
			return m.replay(detached, replay, problem.New(problem.CodeAlreadyUsed, detailCodeUsed))
		}
		found, repeated, err := m.exchange(detached, a, call, replay)
		if repeated {
			outcome = "replay"
		}
		return found, err
	}
	var found Found
	if call.Key == "" {
		found, err = exchange()
	} else {
		var shared bool
		found, shared, err = m.flights.do(ctx, key, exchange)
		if shared {
			outcome = "replay"
		}
	}
	if err != nil {
		return Granted{}, "", err
	}
	if err := m.keepConsent(detached, &found, call.Consent); err != nil {
		return Granted{}, "", err
	}
	granted, err := m.grant(a, &found)
	granted.IsNewUser = found.Person.User.ID == found.Session.ID.FirstUserID()
	return granted, outcome, err
}

// admit turns away what needs no question to WeChat.
func (m *Manager) admit(call Call) (*app.App, error) {
	if ok, wait := m.cfg.Logins.Allow(call.Client); !ok {
		return nil, limited(wait, "too many logins from this address")
	}
	a, ok := m.cfg.Apps.Find(call.AppID)
	if !ok {
		return nil, problem.New(problem.UnknownApp, "no app with this appid is configured")
	}
	if err := checkCode(call.Code); err != nil {
		return nil, err
	}
	if ok, wait := m.cfg.FailedLogins.Peek(call.Client); !ok {
		return nil, limited(wait, "too many failed logins from this address")
	}
	if ok, wait := m.byApp.allow(call.AppID, m.cfg.Now()); !ok {
		return nil, limited(wait, "too many logins to this app")
	}
	return a, nil
}

func limited(wait time.Duration, detail string) *problem.Error {
	p := problem.New(problem.RateLimited, detail)
	p.RetryAfter = wait
	return p
}

// checkCode refuses what can't be a code, so that it costs no call to WeChat.
func checkCode(code string) error {
	bad := func(detail string) error {
		p := problem.New(problem.InvalidCode, detail)
		p.Field = "code"
		return p
	}
	switch {
	case code == mockCode:
		return bad("this is the mock code of WeChat DevTools without a real appid: set an appid in the project, or use the simulator")
	case code == "":
		return bad("the code is empty: send what wx.login gave")
	case utf8.RuneCountInString(code) > maxCodeLength:
		return bad("the code is longer than 512 characters: send what wx.login gave")
	case strings.ContainsFunc(code, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }):
		return bad("the code holds spaces or control characters: send what wx.login gave")
	}
	return nil
}

// exchange asks WeChat whose the code is, and records the login. If WeChat
// refuses or does not answer, the code may have been exchanged here before, by
// any replica: then this is a repetition, and the record decides. Asking WeChat
// first costs nothing that is wrong, since a spent code never succeeds twice,
// and it spares the common login a look-up.
//
// An address has so many questions under way and no more, and what becomes of
// them counts before the next may be asked.
func (m *Manager) exchange(ctx context.Context, a *app.App, call Call, replay Replay) (_ Found, repeated bool, _ error) {
	if m.cfg.FailedLogins != nil {
		if !m.gates.enter(call.Client) {
			return Found{}, false, limited(time.Second, "too many logins from this address at once")
		}
		defer m.gates.leave(call.Client)
		if ok, wait := m.cfg.FailedLogins.Peek(call.Client); !ok {
			return Found{}, false, limited(wait, "too many failed logins from this address")
		}
	}
	answer, err := m.cfg.WeChat.Code2Session(ctx, wechat.App{ID: a.ID, Secret: a.Secret}, call.Code)
	if err != nil {
		found, err := m.replay(ctx, replay, wechat.ToProblem(err))
		if err != nil {
			m.countFailure(call.Client, err)
		}
		return found, err == nil, err
	}
	found, err := m.record(ctx, a, call, answer, replay)
	if errors.Is(err, ErrCodeSeen) {
		// WeChat took it twice: then it is a repetition all the same.
		found, err = m.replay(ctx, replay, problem.Of(err))
		return found, err == nil, err
	}
	return found, false, err
}

// countFailure counts a login that spent WeChat's quota on a code that was
// none; what is the operator's or WeChat's fault counts for nobody.
func (m *Manager) countFailure(client netip.Addr, err error) {
	switch problem.CodeOf(err) {
	case problem.InvalidCode, problem.CodeAlreadyUsed, problem.UserBlocked:
		m.cfg.FailedLogins.Take(client)
	}
}

// record stores what WeChat answered.
func (m *Manager) record(ctx context.Context, a *app.App, call Call, answer wechat.Code2SessionResult, replay Replay) (Found, error) {
	now := m.now()
	key, err := m.sealKey(a.ID, answer.OpenID, answer.SessionKey, now)
	if err != nil {
		return Found{}, problem.Of(err)
	}
	sid := id.NewSessionID(now)
	l := Login{
		AppID: a.ID, OpenID: answer.OpenID, UnionID: answer.UnionID, OpenAccount: a.OpenAccount,
		Merge: a.Merge, At: now, NewUserID: sid.FirstUserID(), SessionID: sid,
		EndsAt: now.Add(m.cfg.AbsoluteLife), Device: call.Device, Key: key, Replay: replay,
		MaxSessions: m.cfg.MaxSessions, RevokedUntil: now.Add(m.cfg.AccessLife),
	}
	l.ExpiresAt = m.expiry(now, l.EndsAt)
	_, _ = rand.Read(l.Salt[:]) // never fails since Go 1.24

	recorded, err := m.recordSurely(ctx, &l)
	switch {
	case errors.Is(err, ErrCodeSeen):
		return Found{}, problem.Wrap(problem.CodeAlreadyUsed, err, detailCodeUsed)
	case errors.Is(err, errErased):
		return Found{}, problem.Wrap(problem.CodeAlreadyUsed, err, detailCodeEnded)
	case err != nil:
		return Found{}, problem.Of(err)
	case recorded.Person.User.Disabled():
		return Found{}, problem.New(problem.UserBlocked, detailDisabled)
	}
	m.recent.add(replay.CodeHash, l.SessionID)
	for _, ended := range recorded.Ended {
		m.revoked.add(ended, l.RevokedUntil)
	}
	return Found{Session: l.session(), Person: recorded.Person, Replay: replay}, nil
}

// recordSurely records a login although an answer of the store may be lost: it
// looks whether the session is there before it tries again.
func (m *Manager) recordSurely(ctx context.Context, l *Login) (recorded Recorded, err error) {
	const attempts = 3
	for attempt := range attempts {
		recorded, err = m.cfg.Store.RecordLogin(ctx, *l)
		if err == nil || (errors.Is(err, ErrCodeSeen) && attempt == 0) || errors.Is(err, ErrBusy) {
			return recorded, err
		}
		m.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "a login may not have been recorded, looking again",
			slog.Any("error", err), slog.String("session_id", string(l.SessionID)))
		found, loadErr := m.cfg.Store.Load(ctx, l.SessionID)
		if loadErr == nil {
			isNew := found.Person.User.ID == l.NewUserID
			return Recorded{Person: found.Person, IsNewUser: isNew}, nil
		}
		if errors.Is(err, ErrCodeSeen) || ctx.Err() != nil {
			return Recorded{}, err
		}
		if m.wasErased(ctx, l) {
			return Recorded{}, errErased
		}
	}
	return Recorded{}, err
}

// wasErased tells whether a session that is not there was, and went with its
// person: then to record the login again would bring back who wanted to be
// forgotten, under the id that is kept as gone.
func (m *Manager) wasErased(ctx context.Context, l *Login) bool {
	list, err := m.cfg.Store.Revocations(ctx, l.At.Add(-clockSkew))
	return err == nil && slices.ContainsFunc(list, func(r Revocation) bool { return r.SessionID == l.SessionID })
}

// session is the session that the login makes.
func (l *Login) session() Session {
	return Session{
		ID: l.SessionID, AppID: l.AppID, OpenID: l.OpenID,
		CreatedAt: l.At, LastUsedAt: l.At, ExpiresAt: l.ExpiresAt, EndsAt: l.EndsAt,
		Generation: 1, Salt: l.Salt, Device: l.Device,
	}
}

// Granted is a session with its tokens, as the client gets it.
type Granted struct {
	Found
	App          *app.App
	AccessToken  secret.String
	AccessUntil  time.Time
	RefreshToken secret.String
	// At is when the tokens were made.
	At        time.Time
	IsNewUser bool
}
