package identity

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/seal"
)

// ErrExternalIDTaken says that another user has this external id. Nothing was
// changed.
var ErrExternalIDTaken = errors.New("external id is another user's")

// Account is a user with all of their identities, as a business sees them.
type Account struct {
	User User
	// ExternalID is the business's own name of the person; empty: none.
	ExternalID string
	Identities []Identity // ordered by appid and openid
	// PhoneSealed is HeldPhone.Sealed; nil: no number is held. It may have been
	// sealed for one of MergedFrom.
	PhoneSealed []byte
	// MergedFrom are the users who were merged into this one, ordered.
	MergedFrom []id.UserID
}

// AccountChange is what is to be changed of a user; what is nil stays.
type AccountChange struct {
	ExternalID *string // empty: none
	Nickname   *string // empty: none
	// Actor is who changes it, At: for the audit, which names the fields alone.
	// No actor: nothing is told.
	Actor audit.Actor
	At    time.Time
}

// fields names what is changed.
func (c *AccountChange) fields() []string {
	var names []string
	if c.ExternalID != nil {
		names = append(names, "external_id")
	}
	if c.Nickname != nil {
		names = append(names, "nickname")
	}
	return names
}

// Entry is what the audit is told of the change of a user.
func (c *AccountChange) Entry(user id.UserID) audit.Entry {
	e := audit.New(c.At, c.Actor, audit.UserChanged)
	e.UserID, e.Details.Fields = user, c.fields()
	return e
}

// Disabling shuts a user out.
type Disabling struct {
	UserID id.UserID
	At     time.Time
	// Until is when the last access token of the user's sessions will have
	// expired.
	Until time.Time
	Actor audit.Actor // for the audit; empty: nothing is told
}

// Enabling lets a user in again.
type Enabling struct {
	UserID id.UserID
	At     time.Time
	Actor  audit.Actor // for the audit; empty: nothing is told
}

// DirectoryStore finds and changes users. A user who was merged into another is
// not there any more: whatever finds it, its id, or an external id or phone
// number that stayed with it, finds the other. Each method is one atomic step,
// durable when it returns nil. Of a user that there is not they tell
// ErrNotFound, and change nothing.
type DirectoryStore interface {
	AccountByID(ctx context.Context, user id.UserID) (Account, error)
	AccountByOpenID(ctx context.Context, appid id.AppID, openid id.OpenID) (Account, error)
	// AccountByUnionID finds who has a unionid in an open account.
	AccountByUnionID(ctx context.Context, account id.OpenAccount, union id.UnionID) (Account, error)
	AccountByExternalID(ctx context.Context, external string) (Account, error)
	// AccountsByPhone finds who has a phone number, by HeldPhone.Hash, ordered by
	// id; it may be nobody.
	AccountsByPhone(ctx context.Context, hash []byte) ([]Account, error)
	// Accounts lists users after one by id, at most limit; empty: from the first.
	Accounts(ctx context.Context, after id.UserID, limit int) ([]Account, error)
	// ChangeAccount may also fail with ErrExternalIDTaken.
	ChangeAccount(ctx context.Context, user id.UserID, c AccountChange) error
	// DisableUser shuts a user out and ends all sessions, also of logins that
	// are under way, and publishes their revocation. A user who is shut out
	// already keeps the time.
	DisableUser(ctx context.Context, d Disabling) error
	// EnableUser lets a user in again.
	EnableUser(ctx context.Context, e Enabling) error

	ErasureStore
	audit.Recorder
}

// Directory owns what a business may see and change of its users. An API key
// may be for some apps alone: it sees the users and identities of those, and
// changes only users who are in no other app, since a user is one person in all
// of them.
type Directory struct {
	Store DirectoryStore
	Now   func() time.Time
	// AccessLife is how long an access token lives.
	AccessLife time.Duration
	// Phones hashes and opens phone numbers.
	Phones *PhoneBook
}

// Apps tells of which apps a caller may know.
type Apps func(id.AppID) bool

func noUser() error { return problem.New(problem.NotFound, "there is no such user") }

// seen leaves of an account what the caller may see; of a user who is in none of
// its apps, nothing.
func seen(a Account, err error, may Apps) (Account, error) {
	if errors.Is(err, ErrNotFound) {
		return Account{}, noUser()
	}
	if err != nil {
		return Account{}, err
	}
	a.Identities = slices.DeleteFunc(a.Identities, func(i Identity) bool { return !may(i.AppID) })
	if len(a.Identities) == 0 {
		return Account{}, noUser()
	}
	return a, nil
}

// Find finds a user. Errors are problems.
func (d *Directory) Find(ctx context.Context, user id.UserID, may Apps) (Account, error) {
	a, err := d.Store.AccountByID(ctx, user)
	return seen(a, err, may)
}

// FindByOpenID finds who an app knows by an openid. Errors are problems.
func (d *Directory) FindByOpenID(ctx context.Context, appid id.AppID, openid id.OpenID, may Apps) (Account, error) {
	a, err := d.Store.AccountByOpenID(ctx, appid, openid)
	return seen(a, err, may)
}

// FindByUnionID finds who has a unionid in an open account. A caller that is
// for some apps alone must see it in one of those. Errors are problems.
func (d *Directory) FindByUnionID(ctx context.Context, account id.OpenAccount, union id.UnionID, may Apps) (Account, error) {
	a, err := d.Store.AccountByUnionID(ctx, account, union)
	if a, err = seen(a, err, may); err != nil {
		return a, err
	}
	if !slices.ContainsFunc(a.Identities, func(i Identity) bool { return i.UnionID == union }) {
		return Account{}, noUser()
	}
	return a, nil
}

// FindByExternalID finds a user by the business's own name. Errors are problems.
func (d *Directory) FindByExternalID(ctx context.Context, external string, may Apps) (Account, error) {
	a, err := d.Store.AccountByExternalID(ctx, external)
	return seen(a, err, may)
}

// FindByPhone finds who has a phone number; of several, who came first. Errors
// are problems.
func (d *Directory) FindByPhone(ctx context.Context, number string, may Apps) (Account, error) {
	phone, err := ParsePhone(number)
	if err != nil {
		return Account{}, problem.InField("phone_number", "this is no phone number: send it with its country, as +8613800000000")
	}
	list, err := d.Store.AccountsByPhone(ctx, d.Phones.Hash(phone))
	if err != nil {
		return Account{}, err
	}
	for _, each := range list {
		if a, err := seen(each, nil, may); err == nil {
			return a, nil
		}
	}
	return Account{}, noUser()
}

// Phone opens the phone number of an account; ok is false if none is held, or
// none that was sealed for this user.
func (d *Directory) Phone(a *Account) (p Phone, ok bool, err error) {
	if len(a.PhoneSealed) == 0 {
		return Phone{}, false, nil
	}
	p, err = d.Phones.Open(a.PhoneSealed, a.User.ID, a.MergedFrom...)
	if errors.Is(err, seal.ErrOpen) {
		return Phone{}, false, nil
	}
	return p, err == nil, err
}

// List lists users after one, the oldest first, at most limit; last is where to
// go on, empty at the end.
func (d *Directory) List(ctx context.Context, after id.UserID, limit int, may Apps) (list []Account, last id.UserID, _ error) {
	const turns, least = 20, 100 // a key for a small app passes many over
	for range turns {
		size := max(limit, least)
		page, err := d.Store.Accounts(ctx, after, size)
		if err != nil {
			return nil, "", err
		}
		for i := range page {
			a, err := seen(page[i], nil, may)
			if err == nil {
				list = append(list, a)
			}
			after = page[i].User.ID
			if len(list) == limit {
				if i == len(page)-1 && len(page) < size {
					after = ""
				}
				return list, after, nil
			}
		}
		if len(page) < size {
			return list, "", nil
		}
	}
	return list, after, nil
}

// owned finds a user whom the caller may change.
func (d *Directory) owned(ctx context.Context, user id.UserID, may Apps) error {
	a, err := d.Store.AccountByID(ctx, user)
	all := len(a.Identities)
	if a, err = seen(a, err, may); err != nil {
		return err
	}
	if len(a.Identities) != all {
		return inOtherApps()
	}
	return nil
}

// maxExternalID is the longest external id in characters.
const maxExternalID = 128

// Change changes a user. Errors are problems.
func (d *Directory) Change(ctx context.Context, user id.UserID, c AccountChange, may Apps) (Account, error) {
	if c.ExternalID != nil && !IsExternalID(*c.ExternalID) {
		return Account{}, problem.InField("external_id", "an external id has at most 128 characters, and no control characters")
	}
	if c.Nickname != nil && *c.Nickname != "" {
		clean, err := CleanNickname(*c.Nickname)
		if err != nil {
			return Account{}, err
		}
		c.Nickname = &clean
	}
	if err := d.owned(ctx, user, may); err != nil {
		return Account{}, err
	}
	c.At = d.Now().UTC().Truncate(time.Millisecond)
	err := d.Store.ChangeAccount(ctx, user, c)
	switch {
	case errors.Is(err, ErrExternalIDTaken):
		p := problem.New(problem.Conflict, "another user has this external id")
		p.Field = "external_id"
		return Account{}, p
	case errors.Is(err, ErrNotFound):
		return Account{}, noUser()
	case err != nil:
		return Account{}, err
	}
	return d.Find(ctx, user, may)
}

// IsExternalID reports whether a text may be a business's own name of a person: at
// most 128 characters, none of which is a control character. Empty: none.
func IsExternalID(s string) bool {
	for _, r := range s {
		if r < ' ' || (r >= 0x7f && r < 0xa0) || r == utf8.RuneError {
			return false
		}
	}
	return utf8.RuneCountInString(s) <= maxExternalID
}

// Disable shuts a user out of everything, within a second everywhere. Errors
// are problems.
func (d *Directory) Disable(ctx context.Context, user id.UserID, may Apps, by audit.Actor) (Account, error) {
	if err := d.owned(ctx, user, may); err != nil {
		return Account{}, err
	}
	now := d.Now().UTC().Truncate(time.Millisecond)
	err := d.Store.DisableUser(ctx, Disabling{UserID: user, At: now, Until: now.Add(d.AccessLife), Actor: by})
	return d.after(ctx, user, may, err)
}

// Enable lets a user in again. Errors are problems.
func (d *Directory) Enable(ctx context.Context, user id.UserID, may Apps, by audit.Actor) (Account, error) {
	if err := d.owned(ctx, user, may); err != nil {
		return Account{}, err
	}
	now := d.Now().UTC().Truncate(time.Millisecond)
	return d.after(ctx, user, may, d.Store.EnableUser(ctx, Enabling{UserID: user, At: now, Actor: by}))
}

func (d *Directory) after(ctx context.Context, user id.UserID, may Apps, err error) (Account, error) {
	if errors.Is(err, ErrNotFound) {
		return Account{}, noUser()
	}
	if err != nil {
		return Account{}, err
	}
	return d.Find(ctx, user, may)
}
