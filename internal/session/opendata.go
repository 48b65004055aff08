package session

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/wxcrypto"
)

const (
	// openDataMaxAge is how old open data may be. A page sends it on at once;
	// ten minutes leave room for a bad network and a few retries. A shorter
	// bound would refuse honest people, a longer one only helps who collects
	// data of others.
	openDataMaxAge = 10 * time.Minute
	// openDataMaxAhead is how far WeChat's clock may be ahead of ours.
	openDataMaxAhead = 2 * time.Minute

	// failuresAllowed in failuresWindow: AES-CBC has no MAC, so who may try often
	// enough can write bytes of the JSON. Phone codes count, too: each that is
	// made up costs a call to WeChat.
	failuresAllowed = 20
	failuresWindow  = time.Hour
)

// keyPosition is the word of the metric for a key's place, the newest first.
func keyPosition(n int) string {
	return [KeysKept]string{"newest", "second", "third"}[min(n, KeysKept-1)]
}

// noKeyFits is the word where none did.
const noKeyFits = "none"

// refused is open data that is refused: its code for the client, and its reason
// for the log. Neither holds any part of the data.
type refused struct {
	code   problem.Code
	reason string
}

func (r *refused) Error() string { return string(r.code) + ": " + r.reason }

// opened is open data that belongs to the person who sent it.
type opened struct {
	person identity.Person
	app    *app.App
	data   wxcrypto.OpenData
}

// openData opens what a client API sealed for the person of a session, with the
// newest session_key or one of the two before. check, if not nil, may refuse it
// further, with the key that fits at hand. Errors are problems.
//
// One piece at a time is opened for a session, so that a burst of them learns no
// more than the failures that are allowed.
func (m *Manager) openData(ctx context.Context, session id.SessionID, sealed wxcrypto.Sealed,
	check func(wxcrypto.SessionKey, wxcrypto.OpenData) error,
) (opened, error) {
	person, err := m.Person(ctx, session)
	if err != nil {
		return opened{}, err
	}
	a, ok := m.cfg.Apps.Find(person.Identity.AppID)
	if !ok {
		return opened{}, problem.New(problem.InvalidToken, "the app of this token is not configured any more")
	}
	unlock, err := m.opening.lock(ctx, session)
	if err != nil {
		return opened{}, problem.Of(err)
	}
	defer unlock()
	if err := m.mayOpen(ctx, session); err != nil {
		return opened{}, err
	}
	data, err := m.tryKeys(ctx, &person.Identity, sealed, check)
	if err != nil {
		return opened{}, m.refuse(ctx, session, person.Identity.AppID, err)
	}
	return opened{person, a, data}, nil
}

// mayOpen refuses a session that has failed too often.
func (m *Manager) mayOpen(ctx context.Context, session id.SessionID) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	failures, err := m.cfg.Store.OpenDataFailures(ctx, session)
	if err != nil {
		return problem.Of(err)
	}
	left := failures.Since.Add(failuresWindow).Sub(m.now())
	if failures.Count < failuresAllowed || left <= 0 {
		return nil
	}
	p := problem.New(problem.RateLimited, "too much of what this session sent was refused; log in again, or wait")
	p.RetryAfter = left
	return p
}

// tryKeys opens data with the keys held, newest first.
func (m *Manager) tryKeys(ctx context.Context, who *identity.Identity, sealed wxcrypto.Sealed,
	check func(wxcrypto.SessionKey, wxcrypto.OpenData) error,
) (wxcrypto.OpenData, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	held, err := m.cfg.Store.Keys(ctx, who.AppID, who.OpenID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return wxcrypto.OpenData{}, problem.Of(err)
	}
	position, reasons := 0, ""
	for record := range records(held) {
		key, err := m.parseKey(who, record)
		if err != nil {
			// As good as none: the next login brings another, and nobody is
			// stuck with an error that only an operator could mend.
			m.cfg.Logger.LogAttrs(ctx, slog.LevelError, "a kept session_key does not open", slog.Any("error", err),
				slog.String("user_id", string(who.UserID)), slog.String("appid", string(who.AppID)))
			reasons += " damaged"
			position++
			continue
		}
		fits, err := key.Open(sealed)
		if errors.Is(err, wxcrypto.ErrMalformed) {
			return wxcrypto.OpenData{}, &refused{problem.DecryptFailed, string(wxcrypto.ReasonOf(err))}
		}
		if err != nil {
			reasons += " " + string(wxcrypto.ReasonOf(err))
			position++
			continue
		}
		m.cfg.ObserveKey(keyPosition(position))
		data, err := fits.Verify(wxcrypto.Expected{
			AppID: string(who.AppID), IDs: wxcrypto.IDs{OpenID: string(who.OpenID), UnionID: string(who.UnionID)},
			Now: m.cfg.Now(), MaxAge: openDataMaxAge, MaxAhead: openDataMaxAhead,
		})
		if err != nil {
			return wxcrypto.OpenData{}, &refused{problem.WatermarkMismatch, string(wxcrypto.ReasonOf(err))}
		}
		if check != nil {
			err = check(key, data)
		}
		return data, err
	}
	m.cfg.ObserveKey(noKeyFits)
	// For the log alone: it tells a page that has to log in from a forger.
	if stale, err := m.cfg.Store.KeyStale(ctx, who.AppID, who.OpenID); err == nil && stale {
		reasons += ", and WeChat calls the newest stale"
	}
	return wxcrypto.OpenData{}, &refused{problem.SessionKeyStale, "no key fits:" + reasons}
}

// refuse makes the answer to data that was refused, once the failure is counted
// and in the log. Who can't be counted is told nothing. Other errors pass.
func (m *Manager) refuse(ctx context.Context, session id.SessionID, appid id.AppID, err error) error {
	r, ok := errors.AsType[*refused](err)
	if !ok {
		return problem.Of(err)
	}
	m.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "open data refused", slog.String("code", string(r.code)), slog.String("reason", r.reason),
		slog.String("session_id", string(session)), slog.String("appid", string(appid)))
	if err := m.countRefusal(ctx, session); err != nil {
		return err
	}
	return problem.New(r.code, refusedDetails[r.code])
}

// countRefusal counts one of the failures that a session is allowed.
func (m *Manager) countRefusal(ctx context.Context, session id.SessionID) error {
	// Not the client's context: going away must not save from being counted.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
	defer cancel()
	now := m.now()
	err := m.cfg.Store.CountOpenDataFailure(ctx, session, now, now.Add(-failuresWindow))
	switch {
	case errors.Is(err, ErrNotFound):
		return problem.New(problem.SessionRevoked, detailRevoked)
	case err != nil:
		return problem.Of(err)
	}
	return nil
}

// refusedDetails are all that a client is told: one text for each code, whatever
// the reason, or the answers would be a padding oracle.
var refusedDetails = map[problem.Code]string{
	problem.SessionKeyStale:   "the data fits no session key that is held: call wx.login, log in, and ask WeChat for the data again",
	problem.DecryptFailed:     "the data can't be read: call wx.login, log in, and ask WeChat for the data again",
	problem.WatermarkMismatch: "the data is not of this app, this person and this moment: ask WeChat for it again",
	problem.SignatureMismatch: "the signature is not of this raw_data: send both exactly as WeChat gave them",
}
