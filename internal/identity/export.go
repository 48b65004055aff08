package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/seal"
)

// Held is everything that the store holds about a person, read at one moment.
// What it leaves out are secrets and keyed hashes, which are the server's own;
// the list of them is part of the store.
type Held struct {
	// Users are the user, and then those who were merged into them, the oldest
	// first.
	Users      []HeldUser
	Identities []Identity // ordered by appid and openid
	// Parts are what is held by app, in the order of Identities.
	Parts  []HeldPart
	Unions []HeldUnion
	// Sessions are the newest of SessionsInAll, those that ended too.
	Sessions      []HeldSession
	SessionsInAll int
	PhoneCodes    []HeldPhoneCode
	Merges        []HeldMerge
	Avatars       []Avatar
	Audit         []audit.Entry // the newest first, of AuditInAll
	AuditInAll    int
}

// HeldUser is a user, as the store holds them.
type HeldUser struct {
	User       User
	ExternalID string
	// PhoneSealed is HeldPhone.Sealed; PhoneAppID the app that the number came
	// by, at PhoneAt.
	PhoneSealed []byte
	PhoneAppID  id.AppID
	PhoneAt     time.Time
	MergedAt    time.Time // zero: not merged into another
}

// HeldMerge says that two users are one person, or may be.
type HeldMerge struct {
	ID                   id.MergeID
	State, Reason        string
	OpenAccount          id.OpenAccount
	First, Second        id.UserID
	Survivor             id.UserID // empty: none yet
	CreatedAt, DecidedAt time.Time
	DecidedBy            audit.Actor
}

// HeldPart is what is held of a person for one app, beside the Identity itself.
type HeldPart struct {
	OpenAccount id.OpenAccount
	// KeysReceived is when each session_key that is kept was received.
	KeysReceived []time.Time
	KeyStaleAt   time.Time // zero: WeChat did not say so
	Consents     []HeldConsent
}

// HeldConsent is a policy that the person agreed to.
type HeldConsent struct {
	PolicyVersion        string
	AgreedAt, RecordedAt time.Time
}

// HeldUnion is a unionid by which the person is known.
type HeldUnion struct {
	OpenAccount id.OpenAccount
	UnionID     id.UnionID
}

// HeldSession is a login.
type HeldSession struct {
	ID                               id.SessionID
	AppID                            id.AppID
	OpenID                           id.OpenID
	CreatedAt, LastUsedAt, RotatedAt time.Time
	ExpiresAt, EndsAt, EndedAt       time.Time
	EndReason                        string
	Generation                       int64
	Device                           []byte
	// RevokedUntil is until when tokens of an ended session are refused by
	// name; zero: they are not any more.
	RevokedUntil time.Time
	// Failures counts the encrypted data that did not open since FailuresSince.
	Failures      int64
	FailuresSince time.Time
}

// HeldPhoneCode says that a code for a phone number was used.
type HeldPhoneCode struct {
	AppID  id.AppID
	OpenID id.OpenID
	UsedAt time.Time
}

// ExportStore finds all that is held about a person.
type ExportStore interface {
	// HeldOf reads what is held about a user; an id that was merged into another
	// is that other's. At most limit sessions and limit entries of the audit, the
	// newest. Errors: ErrNotFound.
	HeldOf(ctx context.Context, user id.UserID, limit int) (Held, error)
}

// MaxExported is how many sessions, and how many entries of the audit, an export
// tells at most: somebody who logs in by a program could make it larger than a
// server can hold.
const MaxExported = 10000

// Exporter hands out what is held about a person.
type Exporter struct {
	Store  ExportStore
	Audit  audit.Store
	Reads  *audit.Reads // writes what it still holds before the audit is read; may be nil
	Phones *PhoneBook
	Now    func() time.Time
}

// Export gathers what is held about a user, and keeps in the audit who had it,
// before it returns it. A caller that is for some apps alone gets nothing of who
// is in others too, as it may not change them either: half a person would pass
// for the whole. Errors are problems.
func (x *Exporter) Export(ctx context.Context, user id.UserID, may Apps, by audit.Actor) (Export, error) {
	if err := x.Reads.Flush(ctx); err != nil {
		return Export{}, err
	}
	held, err := x.Store.HeldOf(ctx, user, MaxExported)
	all := len(held.Identities)
	mine, err := seen(Account{Identities: slices.Clone(held.Identities)}, err, may)
	if err != nil {
		return Export{}, err
	}
	if len(mine.Identities) != all {
		return Export{}, inOtherApps()
	}
	entry := audit.New(x.Now(), by, audit.UserExported)
	entry.UserID = held.Users[0].User.ID
	export := newExport(&held, entry.At)
	for i := range held.Users {
		phone, err := x.phone(&held, &held.Users[i])
		if err != nil {
			return Export{}, err
		}
		export.user(i).Phone = phone
	}
	if err := x.Audit.AppendAudit(ctx, entry); err != nil {
		return Export{}, err
	}
	return export, nil
}

// phone opens a number; nil if none is held, or none that was sealed for this
// person.
func (x *Exporter) phone(held *Held, u *HeldUser) (*ExportedPhone, error) {
	if len(u.PhoneSealed) == 0 {
		return nil, nil //nolint:nilnil // most have none
	}
	ids := make([]id.UserID, len(held.Users)) // it may have been sealed before a merge
	for i := range held.Users {
		ids[i] = held.Users[i].User.ID
	}
	p, err := x.Phones.Open(u.PhoneSealed, u.User.ID, ids...)
	if errors.Is(err, seal.ErrOpen) {
		return nil, nil //nolint:nilnil // as Directory.Phone has it
	}
	if err != nil {
		return nil, err
	}
	return &ExportedPhone{Number: p.E164(), Masked: u.User.PhoneMasked, AppID: u.PhoneAppID, ReceivedAt: u.PhoneAt}, nil
}
