package session

import (
	"context"
	"errors"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
)

// Consent says that a person agreed to a version of the business's privacy
// policy.
type Consent struct {
	PolicyVersion string
	AgreedAt      time.Time
}

// ConsentRecord is a consent as it is kept.
type ConsentRecord struct {
	AppID  id.AppID
	OpenID id.OpenID
	Consent
	// RecordedAt is when hufu heard of it, by hufu's clock.
	RecordedAt time.Time
}

// ConsentStore keeps consents.
type ConsentStore interface {
	// RecordConsent keeps a consent of an identity that there is. One to the
	// same version that is kept already stays as it is. Of MaxConsents others the
	// newest makes room: what was agreed to first can't be pushed out, and what
	// is agreed to now is kept. It is one atomic step,
	// durable when it returns nil, and safe to repeat. Errors: ErrNotFound if
	// there is no such identity.
	RecordConsent(ctx context.Context, r ConsentRecord) error
}

// MaxConsents is how many versions are kept of a person in one app. No policy has
// so many: a program makes them up.
const MaxConsents = 100

const (
	maxPolicyVersion = 64
	// phoneSkew is how far ahead of ours a phone's clock may be: people set
	// theirs by hand, and in the wrong time zone. Farther ahead is a program that
	// counts in another unit.
	phoneSkew = 24 * time.Hour
)

// noMiniProgramsBefore is when there was nothing yet to agree to: WeChat's mini
// programs came out on 2017-01-09. A time before it is a program's mistake, such
// as milliseconds taken for seconds.
var noMiniProgramsBefore = time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // it never changes

// check finds what can't be true of a consent that comes in at now. Errors are
// problems.
func (c *Consent) check(now time.Time) error {
	switch {
	case !isPolicyVersion(c.PolicyVersion):
		return problem.InField("consent.policy_version", "the version of the policy has 1 to 64 printable characters")
	case c.AgreedAt.IsZero():
		return problem.InField("consent.agreed_at", "this field is missing")
	case c.AgreedAt.Before(noMiniProgramsBefore):
		return problem.InField("consent.agreed_at", "nobody can have agreed before 2017, when there were no mini programs")
	case c.AgreedAt.After(now.Add(phoneSkew)):
		return problem.InField("consent.agreed_at", "nobody can have agreed in the future")
	}
	return nil
}

func isPolicyVersion(s string) bool {
	for _, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return false
		}
	}
	return s != "" && utf8.RuneCountInString(s) <= maxPolicyVersion
}

// keepConsent records the consent that came with a login, before the login is
// answered, and also when it is answered again: a crash between the two steps is
// mended by the client's repetition. Errors are problems.
func (m *Manager) keepConsent(ctx context.Context, found *Found, c *Consent) error {
	if c == nil {
		return nil
	}
	now := m.now()
	agreed := c.AgreedAt.UTC().Truncate(time.Millisecond)
	if agreed.After(now) { // a phone's clock shuts nobody out, and does not reach into the future
		agreed = now
	}
	r := ConsentRecord{
		AppID: found.Session.AppID, OpenID: found.Session.OpenID,
		Consent: Consent{PolicyVersion: c.PolicyVersion, AgreedAt: agreed}, RecordedAt: now,
	}
	const attempts = 3 // an answer of the store may be lost, and the step is safe to repeat
	var err error
	for range attempts {
		err = m.cfg.Store.RecordConsent(ctx, r)
		if err == nil || errors.Is(err, ErrNotFound) || errors.Is(err, ErrBusy) {
			break
		}
	}
	if errors.Is(err, ErrNotFound) {
		// Erased in this very moment, the session with it: nothing is to be kept.
		return problem.New(problem.CodeAlreadyUsed, detailCodeEnded)
	}
	if err != nil {
		return problem.Of(err)
	}
	return nil
}
