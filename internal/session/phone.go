package session

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/wechat"
	"github.com/hufu-id/hufu/internal/wxcrypto"
)

const (
	// PhoneReplayWindow is how long a phone code can be repeated.
	PhoneReplayWindow = 5 * time.Minute
	maxPhoneCode      = 512
	// phoneTimeout bounds an exchange with all it needs: a token, twice, and the
	// call, twice.
	phoneTimeout = 25 * time.Second
	// phonePause is the wait for another replica that has just spent the code,
	// and before a store that failed is tried again.
	phonePause = 150 * time.Millisecond
	phoneTries = 4
)

// PhoneSource asks WeChat about phone numbers, with the app's access_token.
type PhoneSource interface {
	// PhoneNumber exchanges a code of the phone number button, which must be
	// that of the person with the openid.
	PhoneNumber(ctx context.Context, a *app.App, openid id.OpenID, code string) (wechat.PhoneInfo, error)
	// VouchFor tells when WeChat sealed a phone number, by its hash
	// (wxcrypto.Sealed.MessageHash); the zero time: it did not.
	VouchFor(ctx context.Context, a *app.App, hash string) (time.Time, error)
}

// SetPhoneByCode keeps the phone number that WeChat gives for a code of the
// phone number button, and returns the person as they are then. Within
// PhoneReplayWindow the same person may repeat it. Codes that are refused count
// as open data that is: who makes them up may not go on. Errors are problems.
func (m *Manager) SetPhoneByCode(ctx context.Context, session id.SessionID, code string) (identity.Person, error) {
	person, err := m.Person(ctx, session)
	if err != nil {
		return identity.Person{}, err
	}
	a, ok := m.cfg.Apps.Find(person.Identity.AppID)
	if !ok {
		return identity.Person{}, problem.New(problem.InvalidToken, "the app of this token is not configured any more")
	}
	if code == "" || len(code) > maxPhoneCode || strings.ContainsFunc(code, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return identity.Person{}, phoneCodeInvalid(nil)
	}
	hash := m.requests.hash("phone_code", string(a.ID), code)
	unlock, err := m.phoning.lock(ctx, hash)
	if err != nil {
		return identity.Person{}, problem.Of(err)
	}
	defer unlock()
	// Not the client's: a code that is spent must not be lost by its going away.
	work, cancel := context.WithTimeout(context.WithoutCancel(ctx), phoneTimeout)
	defer cancel()
	used, err := m.phoneCodeUsed(work, &person.Identity, hash[:])
	if !used && err == nil {
		err = m.exchangePhone(work, session, a, &person, code, hash[:])
	}
	if err != nil {
		return identity.Person{}, err
	}
	return m.Person(ctx, session)
}

// exchangePhone makes sure that the number of a code that nobody has used here is
// kept, if the session may still try. One code at a time is tried for a session,
// so that a burst has no more tries than are allowed.
func (m *Manager) exchangePhone(ctx context.Context, session id.SessionID, a *app.App, person *identity.Person, code string, hash []byte) error {
	unlock, err := m.opening.lock(ctx, session)
	if err != nil {
		return problem.Of(err)
	}
	defer unlock()
	if err := m.mayOpen(ctx, session); err != nil {
		return err
	}
	err = m.askPhone(ctx, a, person, code, hash)
	if problem.CodeOf(err) == problem.PhoneCodeInvalid {
		if err := m.countRefusal(ctx, session); err != nil {
			return err
		}
	}
	return err
}

// askPhone exchanges a code with WeChat, and keeps the number.
func (m *Manager) askPhone(ctx context.Context, a *app.App, person *identity.Person, code string, hash []byte) error {
	info, err := m.cfg.Phones.PhoneNumber(ctx, a, person.Identity.OpenID, code)
	if refusal, ok := errors.AsType[*wechat.Error](err); ok && refusal.PhoneCodeRefused() {
		// Perhaps another replica has just spent it, and is about to say so.
		for range phoneTries {
			if !wait(ctx, phonePause) {
				break
			}
			if used, err := m.phoneCodeUsed(ctx, &person.Identity, hash); used || err != nil {
				return err
			}
		}
		return phoneCodeInvalid(refusal)
	}
	if err != nil {
		return wechat.ToProblem(err)
	}
	phone, err := identity.NewPhone(info.CountryCode, info.PurePhoneNumber.Reveal(), info.PhoneNumber.Reveal())
	if err != nil {
		return problem.Wrap(problem.WeChatRejected, err, "what WeChat gave is no phone number")
	}
	return m.keepPhone(ctx, person, phone, hash)
}

// phoneCodeUsed tells whether the person has used the code before. If somebody
// else has, that is an error.
func (m *Manager) phoneCodeUsed(ctx context.Context, who *identity.Identity, hash []byte) (bool, error) {
	by, err := m.cfg.Store.FindPhoneCode(ctx, hash, m.now().Add(-PhoneReplayWindow))
	switch {
	case errors.Is(err, ErrNotFound):
		return false, nil
	case err != nil:
		return false, problem.Of(err)
	case by.AppID != who.AppID || by.OpenID != who.OpenID:
		return false, phoneCodeInvalid(nil)
	}
	return true, nil
}

// keepPhone stores a number, trying again where the store fails: WeChat gives
// the number for a code only once. hash is nil where there was no code.
func (m *Manager) keepPhone(ctx context.Context, person *identity.Person, phone identity.Phone, hash []byte) error {
	held, err := m.cfg.PhoneBook.Seal(person.User.ID, phone)
	if err != nil {
		return problem.Of(err)
	}
	record := PhoneRecord{
		AppID: person.Identity.AppID, OpenID: person.Identity.OpenID, At: m.now(), Phone: held, CodeHash: hash,
	}
	for try := 1; ; try++ {
		err = m.cfg.Store.RecordPhone(ctx, record)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrCodeSeen): // by the try before, whose answer was lost, or by another replica
			_, err := m.phoneCodeUsed(ctx, &person.Identity, hash)
			return err
		case errors.Is(err, ErrNotFound):
			return problem.New(problem.SessionRevoked, detailRevoked)
		case try == phoneTries || !wait(ctx, phonePause):
			return problem.Of(err)
		}
	}
}

// SetPhoneByData keeps the phone number that an old client sealed, where the
// app's configuration allows it and WeChat vouches for the data: what is only
// decrypted may be forged by the person it is of. Errors are problems.
func (m *Manager) SetPhoneByData(ctx context.Context, session id.SessionID, sealed wxcrypto.Sealed) (identity.Person, error) {
	var phone identity.Phone
	claims, err := m.Person(ctx, session)
	if err != nil {
		return identity.Person{}, err
	}
	if a, ok := m.cfg.Apps.Find(claims.Identity.AppID); !ok || !a.PhoneByEncryptedData {
		return identity.Person{}, problem.InField("encrypted_data", "this app takes phone numbers by code alone; send the code of the phone number button")
	}
	got, err := m.openData(ctx, session, sealed, func(_ wxcrypto.SessionKey, data wxcrypto.OpenData) error {
		p, err := data.Phone()
		if err != nil {
			return &refused{problem.DecryptFailed, string(wxcrypto.ReasonOf(err))}
		}
		if phone, err = identity.NewPhone(p.CountryCode, p.PurePhoneNumber, p.PhoneNumber); err != nil {
			return &refused{problem.DecryptFailed, "no phone number"}
		}
		return nil
	})
	if err != nil {
		return identity.Person{}, err
	}
	hash, err := sealed.MessageHash()
	if err != nil {
		return identity.Person{}, problem.Of(err)
	}
	at, err := m.cfg.Phones.VouchFor(ctx, got.app, hash)
	if err != nil {
		return identity.Person{}, wechat.ToProblem(err)
	}
	if age := m.cfg.Now().Sub(at); at.IsZero() || age > openDataMaxAge || age < -openDataMaxAhead {
		return identity.Person{}, m.refuse(ctx, session, got.app.ID, &refused{problem.WatermarkMismatch, "WeChat does not vouch for it"})
	}
	if err := m.keepPhone(ctx, &got.person, phone, nil); err != nil {
		return identity.Person{}, err
	}
	return m.Person(ctx, session)
}

func phoneCodeInvalid(cause *wechat.Error) *problem.Error {
	p := problem.New(problem.PhoneCodeInvalid, "this phone code is not valid, or was used: let the user tap the button again")
	if cause != nil {
		p = problem.Wrap(p.Code, cause, p.Detail)
		p.WeChatErrcode = cause.Code
	}
	return p
}

// wait reports whether ctx is still good after d.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
