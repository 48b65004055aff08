package identity

import (
	"slices"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/web"
)

// Export is everything that is held about a person, on the wire. Where each
// column of the database stands in it is listed in package store, and tested.
type Export struct {
	ExportedAt  time.Time          `json:"exported_at"`
	User        ExportedUser       `json:"user"`
	MergedUsers []ExportedUser     `json:"merged_users" doc:"Users who turned out to be this person: what was held of them, as it was at the merge."`
	Merges      []ExportedMerge    `json:"merges" doc:"When a unionid showed that two users are one person, or may be."`
	Identities  []ExportedIdentity `json:"identities"`
	Unions      []ExportedUnion    `json:"unions" doc:"The unionids by which the person is known."`
	Sessions    []ExportedSession  `json:"sessions" doc:"Logins, the newest first, as long as login records are kept; at most 10,000."`
	PhoneCodes  []ExportedCode     `json:"phone_codes" doc:"When the phone number button was used in the last hours."`
	Avatars     []ExportedAvatar   `json:"avatars"`
	Audit       []audit.Item       `json:"audit" doc:"What was done with the person's data, and by whom, before this export; the newest first, at most 10,000."`
	LeftOut     ExportedLeftOut    `json:"left_out" doc:"How many are held beyond those told."`
}

// ExportedUser is the user.
type ExportedUser struct {
	ID         id.UserID      `json:"id"`
	ExternalID *string        `json:"external_id"`
	Nickname   *string        `json:"nickname"`
	AvatarURL  *string        `json:"avatar_url"`
	Phone      *ExportedPhone `json:"phone"`
	CreatedAt  time.Time      `json:"created_at"`
	DisabledAt *time.Time     `json:"disabled_at"`
	MergedAt   *time.Time     `json:"merged_at" doc:"When this user was merged into the person's other one."`
}

// ExportedMerge says that two users are one person, or may be.
type ExportedMerge struct {
	ID          id.MergeID     `json:"id"`
	State       string         `json:"state"`
	Reason      string         `json:"reason"`
	OpenAccount id.OpenAccount `json:"open_account" doc:"Where the unionid is from."`
	Users       []id.UserID    `json:"user_ids" doc:"Those of the two who are this person: one, while nobody has decided and where it was rejected."`
	Survivor    *id.UserID     `json:"survivor"`
	CreatedAt   time.Time      `json:"created_at"`
	DecidedAt   *time.Time     `json:"decided_at"`
	DecidedBy   *audit.Actor   `json:"decided_by"`
}

// ExportedPhone is the phone number.
type ExportedPhone struct {
	Number     string    `json:"number" doc:"Whole." example:"+8613800000000"`
	Masked     string    `json:"masked" doc:"As it is shown to the person's own phone." example:"138****0000"`
	AppID      id.AppID  `json:"appid" doc:"The app it came by."`
	ReceivedAt time.Time `json:"received_at"`
}

// ExportedIdentity is the person in one app.
type ExportedIdentity struct {
	AppID       id.AppID          `json:"appid"`
	OpenID      id.OpenID         `json:"openid"`
	OpenAccount *id.OpenAccount   `json:"open_account"`
	UnionID     *id.UnionID       `json:"unionid"`
	CreatedAt   time.Time         `json:"created_at"`
	LastLoginAt time.Time         `json:"last_login_at" doc:"Of somebody imported who has not logged in yet: since when they are known."`
	SessionKeys ExportedKeys      `json:"session_keys"`
	Consents    []ExportedConsent `json:"consents"`
}

// ExportedKeys tells of the session_keys; they themselves are WeChat's secret.
type ExportedKeys struct {
	Held       int         `json:"held"`
	ReceivedAt []time.Time `json:"received_at" doc:"The newest first."`
	StaleAt    *time.Time  `json:"stale_at" doc:"When WeChat said that the newest is not the person's any more."`
}

// ExportedConsent is a policy that the person agreed to.
type ExportedConsent struct {
	PolicyVersion string    `json:"policy_version"`
	AgreedAt      time.Time `json:"agreed_at" doc:"By the phone's clock."`
	RecordedAt    time.Time `json:"recorded_at" doc:"By the server's clock."`
}

// ExportedUnion is a unionid.
type ExportedUnion struct {
	OpenAccount id.OpenAccount `json:"open_account"`
	UnionID     id.UnionID     `json:"unionid"`
}

// ExportedSession is a login.
type ExportedSession struct {
	ID           id.SessionID `json:"id"`
	AppID        id.AppID     `json:"appid"`
	OpenID       id.OpenID    `json:"openid"`
	Device       web.Object   `json:"device" doc:"What the phone said of itself."`
	CreatedAt    time.Time    `json:"created_at"`
	LastUsedAt   time.Time    `json:"last_used_at"`
	RefreshedAt  *time.Time   `json:"refreshed_at"`
	Refreshes    int64        `json:"refreshes"`
	ExpiresAt    time.Time    `json:"expires_at"`
	EndsAt       time.Time    `json:"ends_at" doc:"However often it is refreshed."`
	EndedAt      *time.Time   `json:"ended_at" doc:"When somebody ended it."`
	EndReason    *string      `json:"end_reason"`
	RefusedUntil *time.Time   `json:"refused_until" doc:"Until when access tokens of an ended session are refused by name."`
	Failures     int64        `json:"open_data_failures" doc:"Encrypted data that did not open lately."`
	FailingSince *time.Time   `json:"open_data_failing_since"`
}

// ExportedCode says that a code for a phone number was used.
type ExportedCode struct {
	AppID  id.AppID  `json:"appid"`
	OpenID id.OpenID `json:"openid"`
	UsedAt time.Time `json:"used_at"`
}

// ExportedAvatar is a picture.
type ExportedAvatar struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"created_at"`
	Type      string    `json:"type" example:"image/jpeg"`
	Data      []byte    `json:"data" doc:"In base64."`
}

// ExportedLeftOut counts what is not told.
type ExportedLeftOut struct {
	Sessions int `json:"sessions"`
	Audit    int `json:"audit"`
}

// user is one of the users of Held: the first is the live one.
func (x *Export) user(i int) *ExportedUser {
	if i == 0 {
		return &x.User
	}
	return &x.MergedUsers[i-1]
}

func newExport(h *Held, at time.Time) Export {
	x := Export{
		ExportedAt:  at,
		MergedUsers: make([]ExportedUser, len(h.Users)-1),
		Merges:      make([]ExportedMerge, len(h.Merges)),
		Identities:  make([]ExportedIdentity, len(h.Identities)),
		Unions:      make([]ExportedUnion, len(h.Unions)),
		Sessions:    make([]ExportedSession, len(h.Sessions)),
		PhoneCodes:  make([]ExportedCode, len(h.PhoneCodes)),
		Avatars:     make([]ExportedAvatar, len(h.Avatars)),
		Audit:       make([]audit.Item, len(h.Audit)),
		LeftOut:     ExportedLeftOut{Sessions: h.SessionsInAll - len(h.Sessions), Audit: h.AuditInAll - len(h.Audit)},
	}
	for i := range h.Users {
		*x.user(i) = exportUser(&h.Users[i])
	}
	for i := range h.Merges {
		x.Merges[i] = exportMerge(h, &h.Merges[i])
	}
	for i := range h.Identities {
		x.Identities[i] = exportIdentity(&h.Identities[i], &h.Parts[i])
	}
	for i, each := range h.Unions {
		x.Unions[i] = ExportedUnion(each)
	}
	for i := range h.Sessions {
		x.Sessions[i] = exportSession(&h.Sessions[i])
	}
	for i, each := range h.PhoneCodes {
		x.PhoneCodes[i] = ExportedCode(each)
	}
	for i, a := range h.Avatars {
		x.Avatars[i] = ExportedAvatar{ID: a.ID, CreatedAt: a.CreatedAt, Type: a.Type, Data: a.Data}
	}
	for i := range h.Audit {
		x.Audit[i] = exportEntry(h, &h.Audit[i])
	}
	return x
}

// exportEntry shows an entry of the audit. One about a page of users, a range of
// them, or somebody who is or was taken for another, names others as well, who are
// no business of this person's.
func exportEntry(h *Held, e *audit.Entry) audit.Item {
	item := audit.NewItem(e)
	item.Details.Users, item.Details.From, item.Details.To = h.own(e.Details.Users...), "", ""
	for _, each := range []*id.UserID{&item.UserID, &item.OtherUserID} {
		if len(h.own(*each)) == 0 {
			*each = ""
		}
	}
	return item
}

// own leaves of users those who are the person.
func (h *Held) own(users ...id.UserID) (own []id.UserID) {
	for _, each := range users {
		if slices.ContainsFunc(h.Users, func(u HeldUser) bool { return u.User.ID == each }) {
			own = append(own, each)
		}
	}
	return own
}

func exportUser(u *HeldUser) ExportedUser {
	return ExportedUser{
		ID: u.User.ID, ExternalID: orNull(u.ExternalID), Nickname: orNull(u.User.Nickname), AvatarURL: orNull(u.User.AvatarURL),
		CreatedAt: u.User.CreatedAt, DisabledAt: everAt(u.User.DisabledAt), MergedAt: everAt(u.MergedAt),
	}
}

func exportMerge(h *Held, m *HeldMerge) ExportedMerge {
	return ExportedMerge{
		ID: m.ID, State: m.State, Reason: m.Reason, OpenAccount: m.OpenAccount, Users: h.own(m.First, m.Second),
		Survivor: orNull(m.Survivor), CreatedAt: m.CreatedAt, DecidedAt: everAt(m.DecidedAt), DecidedBy: orNull(m.DecidedBy),
	}
}

func exportIdentity(i *Identity, part *HeldPart) ExportedIdentity {
	x := ExportedIdentity{
		AppID: i.AppID, OpenID: i.OpenID, OpenAccount: orNull(part.OpenAccount), UnionID: orNull(i.UnionID),
		CreatedAt: i.CreatedAt, LastLoginAt: i.LastLoginAt,
		SessionKeys: ExportedKeys{Held: len(part.KeysReceived), ReceivedAt: part.KeysReceived, StaleAt: everAt(part.KeyStaleAt)},
		Consents:    make([]ExportedConsent, len(part.Consents)),
	}
	for i, each := range part.Consents {
		x.Consents[i] = ExportedConsent(each)
	}
	return x
}

func exportSession(s *HeldSession) ExportedSession {
	return ExportedSession{
		ID: s.ID, AppID: s.AppID, OpenID: s.OpenID, Device: s.Device, CreatedAt: s.CreatedAt, LastUsedAt: s.LastUsedAt,
		RefreshedAt: everAt(s.RotatedAt), Refreshes: s.Generation - 1, ExpiresAt: s.ExpiresAt, EndsAt: s.EndsAt,
		EndedAt: everAt(s.EndedAt), EndReason: orNull(s.EndReason), RefusedUntil: everAt(s.RevokedUntil),
		Failures: s.Failures, FailingSince: everAt(s.FailuresSince),
	}
}

// everAt is null for what never was.
func everAt(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
