// Package id holds the identifiers of hufu and of WeChat, each as a type of
// its own, so that two of them can never be swapped, and makes new ones.
//
// Ours are TypeIDs (github.com/jetify-com/typeid): a prefix that says the kind,
// an underscore, and a UUIDv7 in Crockford's base32. They sort by time of making.
package id

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
	"time"
)

// WeChat's identifiers.
type (
	// AppID names an app: "wx" and 16 lower-case hex digits.
	AppID string
	// OpenID names a person as one app sees them.
	OpenID string
	// UnionID names a person inside one open account.
	UnionID string
	// OpenAccount names a WeChat Open Platform account, as the configuration
	// calls it. Unionids of different open accounts must never be compared.
	OpenAccount string
)

// Our identifiers.
type (
	// UserID names a person: usr_….
	UserID string
	// SessionID names one login on one device in one app: ses_….
	SessionID string
	// KeyID names an API key of a business's own services: key_….
	KeyID string
	// AuditID names an entry of the audit: aud_….
	AuditID string
	// MergeID names two users who may be one person: mrg_….
	MergeID string
	// ImportID names a run of hufu import: imp_….
	ImportID string
)

const (
	userPrefix    = "usr_"
	sessionPrefix = "ses_"
	keyPrefix     = "key_"
	mergePrefix   = "mrg_"
	auditPrefix   = "aud_"
	importPrefix  = "imp_"
	suffixLen     = 26
)

// NewUserID makes a user id for a person first seen at now.
func NewUserID(now time.Time) UserID { return UserID(newTypeID(userPrefix, now)) }

// NewSessionID makes a session id for a login at now.
func NewSessionID(now time.Time) SessionID { return SessionID(newTypeID(sessionPrefix, now)) }

// NewKeyID makes the id of an API key made at now.
func NewKeyID(now time.Time) KeyID { return KeyID(newTypeID(keyPrefix, now)) }

// NewAuditID makes the id of what was done at now.
func NewAuditID(now time.Time) AuditID { return AuditID(newTypeID(auditPrefix, now)) }

// NewImportID makes the id of an import begun at now.
func NewImportID(now time.Time) ImportID { return ImportID(newTypeID(importPrefix, now)) }

// ParseAuditID reads the id of an entry of the audit; ok is false unless it is
// one to the letter.
func ParseAuditID(s string) (id AuditID, ok bool) {
	return AuditID(s), valid(auditPrefix, s)
}

// ParseKeyID reads the id of an API key; ok is false unless it is one to the letter.
func ParseKeyID(s string) (id KeyID, ok bool) {
	return KeyID(s), valid(keyPrefix, s)
}

// ParseSessionID reads a session id; ok is false unless it is one to the letter.
func ParseSessionID(s string) (id SessionID, ok bool) {
	return SessionID(s), valid(sessionPrefix, s)
}

// ParseUserID reads a user id; ok is false unless it is one to the letter.
func ParseUserID(s string) (id UserID, ok bool) {
	return UserID(s), valid(userPrefix, s)
}

// ParseMergeID reads the id of a pair of users; ok is false unless it is one to
// the letter.
func ParseMergeID(s string) (id MergeID, ok bool) {
	return MergeID(s), valid(mergePrefix, s)
}

// crockford is TypeID's alphabet: Crockford's, in lower case.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

func newTypeID(prefix string, now time.Time) string {
	return prefix + encode(newUUIDv7(now))
}

// newUUIDv7 makes a UUID version 7 (RFC 9562 §5.7): 48 bits of Unix
// milliseconds, then random bits around version and variant.
func newUUIDv7(now time.Time) [16]byte {
	var u [16]byte
	_, _ = rand.Read(u[6:]) // crypto/rand.Read never fails since Go 1.24
	ms := uint64(max(now.UnixMilli(), 0))
	var t [8]byte
	binary.BigEndian.PutUint64(t[:], ms<<16)
	copy(u[:6], t[:6])
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	return u
}

// encode writes 128 bits as 26 base32 digits, the first of which holds 3 bits.
func encode(u [16]byte) string {
	hi, lo := binary.BigEndian.Uint64(u[:8]), binary.BigEndian.Uint64(u[8:])
	var out [suffixLen]byte
	for i := suffixLen - 1; i >= 0; i-- {
		out[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}

func valid(prefix, s string) bool {
	suffix, ok := strings.CutPrefix(s, prefix)
	if !ok || len(suffix) != suffixLen || suffix[0] > '7' {
		return false
	}
	for i := range len(suffix) {
		if strings.IndexByte(crockford, suffix[i]) < 0 {
			return false
		}
	}
	return true
}

// UUID returns the 128 bits of a session id; ok is false unless it is one.
func (s SessionID) UUID() (u [16]byte, ok bool) {
	if !valid(sessionPrefix, string(s)) {
		return u, false
	}
	var hi, lo uint64
	for _, digit := range []byte(s[len(sessionPrefix):]) {
		hi = hi<<5 | lo>>59
		lo = lo<<5 | uint64(strings.IndexByte(crockford, digit))
	}
	binary.BigEndian.PutUint64(u[:8], hi)
	binary.BigEndian.PutUint64(u[8:], lo)
	return u, true
}

// SessionIDFromUUID is the way back from UUID.
func SessionIDFromUUID(u [16]byte) SessionID { return SessionID(sessionPrefix + encode(u)) }

// FirstUserID is the id of the user that the login of a session makes, if it
// makes one: the same number under another prefix, so that whoever looks at the
// two can tell whether it did.
func (s SessionID) FirstUserID() UserID {
	return UserID(userPrefix + strings.TrimPrefix(string(s), sessionPrefix))
}

// MergeID is the id of the pair of users that the login of a session shows to be
// one person, if it shows any: a login makes one at most, and none has to make
// ids that nearly no login needs.
func (s SessionID) MergeID() MergeID {
	return MergeID(mergePrefix + strings.TrimPrefix(string(s), sessionPrefix))
}

// EarliestAuditID is what the ids of audit entries made at or after t do not sort
// before. It is no id of one.
func EarliestAuditID(t time.Time) AuditID { return AuditID(earliest(auditPrefix, t)) }

// EarliestMergeID is the same of merges.
func EarliestMergeID(t time.Time) MergeID { return MergeID(earliest(mergePrefix, t)) }

func earliest(prefix string, t time.Time) string {
	var u [16]byte
	binary.BigEndian.PutUint64(u[:8], uint64(max(t.UnixMilli(), 0))<<16)
	return prefix + encode(u)
}

// EarliestSessionID is what the ids of sessions made at or after t do not sort
// before. It is no id of a session.
func EarliestSessionID(t time.Time) SessionID {
	return SessionID(earliest(sessionPrefix, t))
}
