package wxcrypto

import (
	"crypto/aes"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
)

const (
	// keyTextLen is the length of 16 bytes in base64: session_key and iv.
	keyTextLen = 24
	// redacted is what internal/secret prints too. This package imports nothing
	// of ours, so the word is written again, and a test holds the two together.
	redacted = "[secret]"
)

// SessionKey is WeChat's secret for one person in one app, checked for its
// form. It prints as [secret] and gives its text to nobody: what can be done
// with it are its methods. The zero value is no key: it opens and verifies
// nothing.
//
// The text is kept, since signatures want it; the decoded key exists only while
// Open runs. It sits behind a pointer to a string: fmt prints unexported fields
// of a struct by reflection, without asking their methods, and follows pointers
// to arrays and structs even there, when the verb does not fit.
type SessionKey struct{ text *string }

// ParseSessionKey takes the session_key as jscode2session gives it: standard
// base64 of 16 bytes, 24 characters. Nothing is mended, for it comes from
// WeChat by JSON. The only error is ErrSessionKey: an empty or cut key must
// fail the login, never be stored.
func ParseSessionKey(text string) (SessionKey, error) {
	if len(text) != keyTextLen {
		return SessionKey{}, ErrSessionKey
	}
	k := SessionKey{text: &text}
	key, ok := k.decode()
	clear(key[:])
	if !ok {
		return SessionKey{}, ErrSessionKey
	}
	return k, nil
}

// decode returns the AES key. Whoever calls it clears what it got.
func (k SessionKey) decode() (key [aes.BlockSize]byte, ok bool) {
	if k.text == nil {
		return key, false
	}
	var room [keyTextLen / 4 * 3]byte
	defer clear(room[:])
	n, err := base64.StdEncoding.Strict().Decode(room[:], []byte(*k.text))
	if err != nil || n != len(key) {
		return key, false
	}
	copy(key[:], room[:])
	return key, true
}

// Sign is SessionSignature under this key. Of the zero value it is "", which
// WeChat refuses.
func (k SessionKey) Sign(body []byte) string {
	if k.text == nil {
		return ""
	}
	return SessionSignature(*k.text, body)
}

// VerifyRawData reports whether signature is the one that wx.getUserInfo or
// wx.getUserProfile gave with rawData under this key: 40 lower-case hex digits
// and nothing else. rawData must be the bytes the client gave, never a JSON text
// made again. The time it takes does not tell how much was right. Under the zero
// value everything is false: without a key, anyone can sign.
func (k SessionKey) VerifyRawData(rawData, signature string) bool {
	if k.text == nil {
		return false
	}
	want := rawDataSignature(rawData, *k.text)
	return subtle.ConstantTimeCompare([]byte(want), []byte(signature)) == 1
}

// Equal compares two keys in a time that does not depend on their content. Two
// zero values are equal.
func (k SessionKey) Equal(other SessionKey) bool {
	if k.text == nil || other.text == nil {
		return k.text == other.text
	}
	return subtle.ConstantTimeCompare([]byte(*k.text), []byte(*other.text)) == 1
}

// String implements fmt.Stringer.
func (SessionKey) String() string { return redacted }

// Format implements fmt.Formatter for every verb, %#v and %x among them.
func (SessionKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText keeps the key out of JSON, YAML and XML.
func (SessionKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements slog.LogValuer.
func (SessionKey) LogValue() slog.Value { return slog.StringValue(redacted) }
