package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// object is a JSON object whose members have exact names, each at most once.
type object map[string]json.RawMessage

var errNotStrict = errors.New("not a JSON object in UTF-8 with each name once")

// readObject reads what encoding/json alone is too lenient for: it takes the
// last of two members with one name, and what is no UTF-8.
func readObject(b []byte) (object, error) {
	if !utf8.Valid(b) {
		return nil, errNotStrict
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	if first, err := dec.Token(); err != nil || first != json.Delim('{') {
		return nil, errNotStrict
	}
	members := object{}
	for dec.More() {
		name, err := dec.Token()
		key, ok := name.(string)
		if err != nil || !ok {
			return nil, errNotStrict
		}
		var value json.RawMessage
		if _, twice := members[key]; twice || dec.Decode(&value) != nil {
			return nil, errNotStrict
		}
		members[key] = value
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, errNotStrict
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotStrict
	}
	return members, nil
}

// text is a member that is a string; null is none.
func (o object) text(key string) (string, bool) {
	raw := o[key]
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// integer is a member that is a number without fraction or exponent.
func (o object) integer(key string) (int64, bool) {
	n, err := strconv.ParseInt(string(o[key]), 10, 64)
	return n, err == nil
}
