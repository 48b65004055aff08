package wxcrypto

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// maxDepth bounds how deep objects and lists nest. WeChat's deepest, the steps,
// have three levels.
const maxDepth = 16

// readObject reads text as one JSON object that every reader understands alike
// (RFC 8259 §4, §8), and returns its fields, or why not.
//
// encoding/json alone would take the last of two equal names, put U+FFFD where
// bytes are no UTF-8, and match names of struct fields without regard to case:
// three ways in which forged bytes mean one thing to us and another to the next.
func readObject(text []byte) (map[string]json.RawMessage, Reason) {
	if !utf8.Valid(text) {
		return nil, ReasonUTF8
	}
	if !json.Valid(text) {
		return nil, ReasonJSON
	}
	if loneSurrogate(text) {
		return nil, ReasonSurrogate
	}
	if bytes.TrimLeft(text, " \t\r\n")[0] != '{' { // valid JSON is not empty
		return nil, ReasonNotObject
	}
	w := walker{text: string(text), raw: text, fields: make(map[string]json.RawMessage, fewNames)}
	w.space()
	if reason := w.value(1); reason != "" {
		return nil, reason
	}
	return w.fields, ""
}

// loneSurrogate reports whether valid JSON text holds an escape \uD800 to
// \uDFFF that is not one half of a pair: no character, and read differently by
// every reader.
func loneSurrogate(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' { // stands in strings only
			continue
		}
		unit, ok := escapedUnit(text[i:])
		switch {
		case !ok:
			i++ // an escape of one letter
		case unit < 0xD800 || unit > 0xDFFF:
			i += 5
		default:
			low, ok := escapedUnit(text[i+6:])
			if !ok || unit > 0xDBFF || low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 11
		}
	}
	return false
}

// escapedUnit reads \uXXXX at the start of text.
func escapedUnit(text []byte) (unit uint64, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return unit, err == nil
}
