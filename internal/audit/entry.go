package audit

import (
	"fmt"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/id"
)

// Actor says who did it: an API key, a user, or one of the words below.
type Actor string

// The actors that have no id.
const (
	System Actor = "system" // hufu itself
	CLI    Actor = "cli"    // whoever ran a command on the server
)

// Key is the actor of a call with an API key.
func Key(key id.KeyID) Actor { return Actor(key) }

// User is the actor of a call with a person's own access token.
func User(user id.UserID) Actor { return Actor(user) }

// ParseActor reads an actor; ok is false unless it is one to the letter.
func ParseActor(s string) (actor Actor, ok bool) {
	_, key := id.ParseKeyID(s)
	_, user := id.ParseUserID(s)
	return Actor(s), key || user || Actor(s) == System || Actor(s) == CLI
}

// Action says what was done.
type Action string

// The actions; Actions lists them.
const (
	UserChanged  Action = "user.changed"  // by a key; Details.Fields
	UserDisabled Action = "user.disabled" // all sessions ended
	UserEnabled  Action = "user.enabled"
	UserErased   Action = "user.erased"   // Details.Scope: the person, or one app's part
	UserExported Action = "user.exported" // all that is held was handed out
	UserMerged   Action = "user.merged"   // OtherUserID became UserID

	MergePending  Action = "merge.pending"
	MergeAccepted Action = "merge.accepted"
	MergeRejected Action = "merge.rejected"

	UnionRelabelled Action = "union.relabelled" // WeChat told another unionid; OtherUserID: whom the identity left

	PhoneShown    Action = "phone.shown"     // a key saw it whole
	PhoneLookedUp Action = "phone.looked_up" // a key asked whose it is; UserID: the one found

	UserRead    Action = "user.read"    // a key was shown a user, the first time that day
	UsersListed Action = "users.listed" // a key was shown all users of a range; Details.From, To, Count, Apps

	SessionAsserted Action = "session.asserted" // begun on a key's word
	SessionEnded    Action = "session.ended"    // by a key

	KeyCreated Action = "key.created"
	KeyRevoked Action = "key.revoked"

	UsersImported    Action = "users.imported"
	MasterKeyRotated Action = "master_key.rotated"
)

// Actions returns the closed list.
func Actions() []Action {
	return []Action{
		UserChanged, UserDisabled, UserEnabled, UserErased, UserExported, UserMerged,
		MergePending, MergeAccepted, MergeRejected, UnionRelabelled,
		PhoneShown, PhoneLookedUp, UserRead, UsersListed, SessionAsserted, SessionEnded, KeyCreated, KeyRevoked,
		UsersImported, MasterKeyRotated,
	}
}

// IsRead reports whether entries of the action say who saw what, once a day. They
// are recorded by a ReadStore, and told only if asked for.
func (a Action) IsRead() bool { return a == UserRead || a == UsersListed }

// Entry is one thing that was done. Only what concerns it is set.
type Entry struct {
	ID     id.AuditID
	At     time.Time // UTC, to the millisecond
	Actor  Actor
	Action Action

	AppID       id.AppID
	UserID      id.UserID // whom it is about
	OtherUserID id.UserID // the other one of a merge
	SessionID   id.SessionID
	MergeID     id.MergeID
	KeyID       id.KeyID // the key that was made or revoked, not the one that acted
	Details     Details
}

// Details say more of an entry, in words of ours, ids and counts. There is no
// field for text that came from outside, on purpose.
type Details struct {
	// Fields names what was changed, never the values.
	Fields []string `json:"fields,omitempty"`
	// Scope says how far an erasure went; Reason why something was done.
	Scope  string `json:"scope,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Count is how many users an entry is about, and Users which.
	Count int         `json:"count,omitempty"`
	Users []id.UserID `json:"user_ids,omitempty"`
	// From and To are the first and the last of a range of users.
	From id.UserID `json:"from_user_id,omitempty"`
	To   id.UserID `json:"to_user_id,omitempty"`
	// Scopes and Apps are those of an API key that was made; Apps also those that
	// a list was of.
	Scopes []string   `json:"scopes,omitempty"`
	Apps   []id.AppID `json:"appids,omitempty"`
}

// New makes an entry of what is done at now; the caller says whom it concerns.
func New(now time.Time, actor Actor, action Action) Entry {
	now = now.UTC().Truncate(time.Millisecond)
	return Entry{ID: id.NewAuditID(now), At: now, Actor: actor, Action: action}
}

// Check refuses what is no entry: words are lower-case letters and the signs
// between them, so that no phone number and no openid is ever taken for one. Its
// errors name the member, and never what stands there.
func (e *Entry) Check() error {
	if _, ok := ParseActor(string(e.Actor)); !ok || e.ID == "" || e.At.IsZero() {
		return fmt.Errorf("audit entry of %q has no id, time or actor", e.Action)
	}
	if e.Action.IsRead() {
		return fmt.Errorf("audit entry of %q is recorded as a Read or a Listing", e.Action)
	}
	words := append(append([]string{string(e.Action), e.Details.Scope, e.Details.Reason}, e.Details.Fields...), e.Details.Scopes...)
	for _, word := range words {
		if strings.ContainsFunc(word, isNoWord) {
			return fmt.Errorf("audit entry of %q holds what is no word", e.Action)
		}
	}
	return nil
}

func isNoWord(r rune) bool { return (r < 'a' || r > 'z') && r != '_' && r != '.' && r != ':' }
