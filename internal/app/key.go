package app

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

// The scopes of API keys; the list is closed.
const (
	ScopeUsersRead        = "users:read"
	ScopeUsersWrite       = "users:write"
	ScopePhoneRead        = "phone:read"
	ScopeSessionsWrite    = "sessions:write"
	ScopeLoginAssert      = "login:assert"
	ScopeTokensIntrospect = "tokens:introspect"
	ScopeWeChatToken      = "wechat:token"
	ScopeWeChatCall       = "wechat:call"
	ScopeOrdersRead       = "orders:read"
	ScopeOrdersWrite      = "orders:write"
	ScopeWebhooksWrite    = "webhooks:write"
	ScopeAdmin            = "admin"
)

// Scopes returns the closed list.
func Scopes() []string {
	return []string{
		ScopeUsersRead, ScopeUsersWrite, ScopePhoneRead, ScopeSessionsWrite, ScopeLoginAssert, ScopeTokensIntrospect,
		ScopeWeChatToken, ScopeWeChatCall, ScopeOrdersRead, ScopeOrdersWrite, ScopeWebhooksWrite, ScopeAdmin,
	}
}

// KeyRecord is an API key as it is kept. Times are UTC, to the millisecond.
type KeyRecord struct {
	ID   id.KeyID
	Name string
	// Hash is the SHA-256 of the key's secret part. That has 200 random bits,
	// so that nobody finds it by trying, however fast the hash is.
	Hash   [sha256.Size]byte
	Scopes []string
	// AppIDs are the apps that the key is for; none: all of them.
	AppIDs    []id.AppID
	CreatedAt time.Time
	// LastUsedAt is right to the minute; zero: never used.
	LastUsedAt time.Time
	RevokedAt  time.Time // zero: not revoked
	// ExpiresAt is when a key that was replaced stops to be good; zero: it was not
	// replaced.
	ExpiresAt time.Time
}

// Good reports whether the key may be used at now. A revoked key is not, whatever
// the clock of who revoked it says.
func (r *KeyRecord) Good(now time.Time) bool {
	return r.RevokedAt.IsZero() && (r.ExpiresAt.IsZero() || now.Before(r.ExpiresAt))
}

// An API key is "hfk_" ‖ the 26 digits of its id ‖ 40 digits of secret, in the
// alphabet of TypeIDs: one word to a double click, and the same in a URL, a
// form and a header.
const (
	keyPrefix    = "hfk_"
	keyIDPrefix  = "key_"
	keyIDDigits  = 26
	secretBytes  = 25
	secretDigits = secretBytes * 8 / 5
)

// keyAlphabet is Crockford's, in lower case.
const keyAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// KeyOrder is what a new API key shall be.
type KeyOrder struct {
	// Name is for people: 1 to 100 characters, none of them a control.
	Name   string
	Scopes []string
	AppIDs []id.AppID
}

const maxKeyName = 100

// NewKey makes an API key at now: the record to keep, and the key itself, which
// cannot be had again.
func NewKey(order KeyOrder, now time.Time) (KeyRecord, secret.String, error) {
	if err := order.check(); err != nil {
		return KeyRecord{}, secret.String{}, err
	}
	var random [secretBytes]byte
	_, _ = rand.Read(random[:]) // never fails since Go 1.24
	digits := base32.NewEncoding(keyAlphabet).WithPadding(base32.NoPadding).EncodeToString(random[:])
	now = now.UTC().Truncate(time.Millisecond)
	r := KeyRecord{
		ID: id.NewKeyID(now), Name: order.Name, Hash: sha256.Sum256([]byte(digits)),
		Scopes: slices.Compact(slices.Sorted(slices.Values(order.Scopes))),
		AppIDs: slices.Compact(slices.Sorted(slices.Values(order.AppIDs))), CreatedAt: now,
	}
	return r, secret.New(keyPrefix + strings.TrimPrefix(string(r.ID), keyIDPrefix) + digits), nil
}

// Successor makes a key that may do what another may, as NewKey does.
func (r *KeyRecord) Successor(now time.Time) (KeyRecord, secret.String, error) {
	return NewKey(KeyOrder{Name: r.Name, Scopes: r.Scopes, AppIDs: r.AppIDs}, now)
}

func (o *KeyOrder) check() error {
	if n := len([]rune(o.Name)); n == 0 || n > maxKeyName || strings.ContainsFunc(o.Name, isControl) {
		return fmt.Errorf("the name of an API key has 1 to %d characters, and no control characters", maxKeyName)
	}
	if len(o.Scopes) == 0 {
		return fmt.Errorf("an API key needs a scope: %s", strings.Join(Scopes(), ", "))
	}
	for _, scope := range o.Scopes {
		if !slices.Contains(Scopes(), scope) {
			return fmt.Errorf("%q is no scope; the scopes are %s", scope, strings.Join(Scopes(), ", "))
		}
	}
	for _, appid := range o.AppIDs {
		if appid == "" || strings.ContainsFunc(string(appid), isNoWord) {
			return fmt.Errorf("%q is no appid", appid)
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || (r >= 0x7f && r < 0xa0) }

// isNoWord tells the characters that no appid has; a space would end it in the
// table.
func isNoWord(r rune) bool {
	return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_' && r != '-'
}

// parseKey takes a key apart; ok is false unless it has the shape of one.
func parseKey(key secret.String) (keyID id.KeyID, hash [sha256.Size]byte, ok bool) {
	text, ok := strings.CutPrefix(key.Reveal(), keyPrefix)
	if !ok || len(text) != keyIDDigits+secretDigits {
		return "", hash, false
	}
	keyID, ok = id.ParseKeyID(keyIDPrefix + text[:keyIDDigits])
	return keyID, sha256.Sum256([]byte(text[keyIDDigits:])), ok
}
