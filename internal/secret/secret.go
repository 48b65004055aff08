// Package secret holds the type every secret of hufu travels in: AppSecrets,
// session keys, refresh tokens, API keys, master keys. A secret prints as
// [secret] wherever something tries to print it; only Reveal gives it out, so
// that the places where one leaves can be found by name.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what stands in the place of a secret.
const Redacted = "[secret]"

// String is a secret text. The zero value is the empty secret.
//
// The text sits behind a pointer: fmt prints unexported fields of a struct by
// reflection, without asking their methods, and would show a plain string.
type String struct{ text *string }

// New wraps text.
func New(text string) String {
	if text == "" {
		return String{}
	}
	return String{text: &text}
}

// Reveal returns the secret itself.
func (s String) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is no secret.
func (s String) Empty() bool { return s.text == nil }

// Equal compares two secrets in a time that does not depend on their content.
func (s String) Equal(other String) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String implements fmt.Stringer.
func (String) String() string { return Redacted }

// Format implements fmt.Formatter for every verb, %#v and %x among them.
func (String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText keeps secrets out of JSON, YAML and XML.
func (String) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// UnmarshalText reads a secret, from a configuration file for example.
func (s *String) UnmarshalText(text []byte) error {
	*s = New(string(text))
	return nil
}

// LogValue implements slog.LogValuer.
func (String) LogValue() slog.Value { return slog.StringValue(Redacted) }
