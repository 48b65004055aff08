package web

import (
	"errors"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
)

// NullableString is a member of a body that may be absent (the zero value),
// null, or a string, which a *string can't tell apart. Its tag needs omitzero.
type NullableString string

const (
	isNull   = "n"
	isString = "s" // and the string
)

// Get returns the string; it is empty if null came. sent is false if the member
// was absent.
func (s NullableString) Get() (value string, sent bool) {
	if s == "" {
		return "", false
	}
	return string(s[1:]), true
}

// IsNull reports whether null came.
func (s NullableString) IsNull() bool { return s == isNull }

// UnmarshalJSONFrom takes a string or null.
func (s *NullableString) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	token, err := dec.ReadToken()
	switch {
	case err != nil:
		return err
	case token.Kind() == 'n':
		*s = isNull
	case token.Kind() == '"':
		*s = NullableString(isString + token.String())
	default:
		return errors.New("no string")
	}
	return nil
}

// Schema describes a NullableString in the OpenAPI document.
func (*NullableString) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Nullable: true}
}
