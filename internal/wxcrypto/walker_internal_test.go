package wxcrypto

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// byTokens is what readObject must say of valid JSON, by encoding/json's own
// tokens.
func byTokens(text []byte) (map[string]json.RawMessage, Reason) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if reason := tokens(dec, 1); reason != "" {
		return nil, reason
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, ReasonJSON
	}
	return fields, ""
}

func tokens(dec *json.Decoder, depth int) Reason {
	token, err := dec.Token()
	if err != nil {
		return ReasonJSON
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return ""
	}
	if depth > maxDepth {
		return ReasonDepth
	}
	names := map[json.Token]bool{}
	for dec.More() {
		if delim == '{' {
			name, err := dec.Token()
			if err != nil {
				return ReasonJSON
			}
			if names[name] {
				return ReasonDuplicateKey
			}
			names[name] = true
		}
		if reason := tokens(dec, depth+1); reason != "" {
			return reason
		}
	}
	if _, err := dec.Token(); err != nil {
		return ReasonJSON
	}
	return ""
}

// FuzzReadObject holds our walk over JSON against encoding/json's.
func FuzzReadObject(f *testing.F) {
	var many strings.Builder
	for i := range 3 * fewNames {
		fmt.Fprintf(&many, `"n%d":%d,`, i, i)
	}
	for _, seed := range []string{
		`{}`, ` { } `, "\t{\n}\r", `{"a":1}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"\u0061":1,"b\"":[]}`, `{"":"","\\":"\\"}`,
		`{"a":{"b":[1,-2.5e+10,true,false,null,"x\"]}"]},"c":"}"}`, `{"a":[{"b":1},{"b":1}],"b":[[],{},[{}]]}`, `{"a":[{"b":1,"b":1}]}`,
		`{"a" : [ 1 , 2 ] , "b" :` + "\n" + `{ "c" : "d" } }`, `{"a":1e999,"A":12345678901234567890}`, `{"😀":"\ud83d\ude00","\ud83d\ude00":1}`,
		strings.Repeat(`{"a":`, 16) + `1` + strings.Repeat(`}`, 16), strings.Repeat(`{"a":`, 17) + `1` + strings.Repeat(`}`, 17),
		`{"a":` + strings.Repeat(`[`, 15) + strings.Repeat(`]`, 15) + `}`, `{"a":` + strings.Repeat(`[`, 16) + strings.Repeat(`]`, 16) + `}`,
		`{` + many.String() + `"last":1}`, `{` + many.String() + `"n0":1}`, `{` + many.String() + `"n40":1}`,
		`[]`, `"a"`, `1`, ``, `{`, `{"a":1}x`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, reason := readObject(text)
		switch reason {
		case ReasonUTF8, ReasonJSON, ReasonSurrogate, ReasonNotObject:
			return // found before the walk
		}
		want, wantReason := byTokens(text)
		if reason != wantReason || !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%q: %q, %q; want %q, %q", text, got, reason, want, wantReason)
		}
	})
}
