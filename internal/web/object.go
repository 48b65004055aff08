package web

import (
	"bytes"
	"errors"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON object of any members, kept as the text it came in. Names
// in it are unique at every depth, and it is valid UTF-8.
type Object []byte

// UnmarshalJSONFrom takes an object, and nothing else. Null leaves it nil.
func (o *Object) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	kind := dec.PeekKind()
	v, err := dec.ReadValue()
	switch {
	case err != nil:
		return err
	case kind == 'n':
		*o = nil
		return nil
	case kind != '{':
		return errors.New("no JSON object")
	}
	*o = bytes.Clone(v)
	return nil
}

// MarshalJSONTo writes the object as it is; null if it is nil.
func (o Object) MarshalJSONTo(enc *jsontext.Encoder) error {
	if o == nil {
		return enc.WriteToken(jsontext.Null)
	}
	return enc.WriteValue(jsontext.Value(o))
}

// Schema describes an Object in the OpenAPI document.
func (*Object) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}
