package session_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/wechat"
	"github.com/hufu-id/hufu/internal/wxcrypto"
)

var errBroken = errors.New("the store is broken")

// phones is WeChat's side of phone numbers: each code is good once.
type phones struct {
	used   atomic.Bool
	during func() // runs while WeChat is asked
}

func (p *phones) PhoneNumber(ctx context.Context, _ *app.App, _ id.OpenID, _ string) (wechat.PhoneInfo, error) {
	if p.during != nil {
		p.during()
	}
	if err := ctx.Err(); err != nil {
		return wechat.PhoneInfo{}, err
	}
	if p.used.Swap(true) {
		return wechat.PhoneInfo{}, &wechat.Error{API: wechat.APIPhoneNumber, Kind: wechat.Refused, Code: 40029}
	}
	return wechat.PhoneInfo{PhoneNumber: secret.New("13800138000"), PurePhoneNumber: secret.New("13800138000"), CountryCode: "86"}, nil
}

func (p *phones) VouchFor(context.Context, *app.App, string) (time.Time, error) {
	return time.Time{}, nil
}

type noProfiles struct{}

func (noProfiles) SetNickname(context.Context, id.UserID, string) error  { return nil }
func (noProfiles) SetAvatarURL(context.Context, id.UserID, string) error { return nil }

func withPhones(p *phones) func(*session.Config) {
	return func(cfg *session.Config) {
		cfg.Phones, cfg.Profiles = p, noProfiles{}
		cfg.PhoneBook = identity.NewPhoneBook(cfg.Sealer, []byte("a key for this alone"))
	}
}

// TestSetPhoneByCode_StoreFails: WeChat gives the number for a code once, so a
// lost request or answer of the store must not lose it.
func TestSetPhoneByCode_StoreFails(t *testing.T) {
	t.Parallel()
	for name, apply := range map[string]bool{"LostRequest": false, "LostAnswer": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &phones{}
			w := newWorld(t, withPhones(p))
			g := w.login(app1, "alice")
			var tries atomic.Int32
			w.faults.set(func(op string) (bool, error) {
				if op == "RecordPhone" && tries.Add(1) == 1 {
					return apply, errBroken
				}
				return true, nil
			})
			person, err := w.manager.SetPhoneByCode(t.Context(), g.Session.ID, "code")
			must(t, err)
			if person.User.PhoneMasked != "138****8000" || tries.Load() != 2 {
				t.Errorf("%q after %d tries", person.User.PhoneMasked, tries.Load())
			}
		})
	}
}

// TestSetPhoneByCode_Restart: the answer was stored, the process died before it
// was sent, and the phone repeats the call at another.
func TestSetPhoneByCode_Restart(t *testing.T) {
	t.Parallel()
	p := &phones{}
	w := newWorld(t, withPhones(p))
	g := w.login(app1, "alice")
	w.faults.set(func(op string) (bool, error) {
		if op == "RecordPhone" {
			return true, errBroken
		}
		if op == "Load" && p.used.Load() {
			return false, errBroken // it dies: nothing works any more
		}
		return true, nil
	})
	_, err := w.manager.SetPhoneByCode(t.Context(), g.Session.ID, "code")
	wantCode(t, err, problem.Internal)
	w.faults.set(nil)
	person, err := w.newReplica(withPhones(p)).manager.SetPhoneByCode(t.Context(), g.Session.ID, "code")
	must(t, err)
	if person.User.PhoneMasked != "138****8000" {
		t.Errorf("got %q", person.User.PhoneMasked)
	}
}

// TestSetPhoneByCode_ClientGoesAway: a code that is being spent is spent to some
// end.
func TestSetPhoneByCode_ClientGoesAway(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := &phones{during: cancel}
	w := newWorld(t, withPhones(p))
	g := w.login(app1, "alice")
	_, _ = w.manager.SetPhoneByCode(ctx, g.Session.ID, "code") // nobody reads the answer
	person, err := w.manager.SetPhoneByCode(t.Context(), g.Session.ID, "code")
	must(t, err)
	if person.User.PhoneMasked != "138****8000" {
		t.Errorf("got %q", person.User.PhoneMasked)
	}
}

// TestOpenData_UncountedIsUntold: who can't be counted learns nothing of the data.
func TestOpenData_UncountedIsUntold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withPhones(&phones{}))
	g := w.login(app1, "alice")
	w.faults.set(func(op string) (bool, error) {
		if op == "CountOpenDataFailure" {
			return false, errBroken
		}
		return true, nil
	})
	_, err := w.manager.Decrypt(t.Context(), g.Session.ID, wxcrypto.Sealed{EncryptedData: "AAAA", IV: "AAAA"})
	w.faults.set(nil)
	wantCode(t, err, problem.Internal)
}

// TestOpenData_ErasedMeanwhile: who is erased while their data is looked at is
// told that their session has ended, and nothing is counted of them.
func TestOpenData_ErasedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withPhones(&phones{}))
	g := w.login(app1, "alice")
	var once sync.Once
	w.faults.set(func(op string) (bool, error) {
		if op == "CountOpenDataFailure" {
			once.Do(func() { must(t, w.manager.Erase(t.Context(), g.Session.ID, identity.EraseApp)) })
		}
		return true, nil
	})
	_, err := w.manager.Decrypt(t.Context(), g.Session.ID, wxcrypto.Sealed{EncryptedData: "AAAA", IV: "AAAA"})
	w.faults.set(nil)
	wantCode(t, err, problem.SessionRevoked)
}
