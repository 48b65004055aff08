package wxcrypto

import (
	"encoding/json"
	"strings"
)

// fewNames is how many names of an object are kept in a list: WeChat's have a
// dozen at most, and a map would cost more than all the rest.
const fewNames = 16

// walker goes through JSON that json.Valid has found valid: it need not look for
// what can't be there, and never reads past the end. encoding/json's own tokens
// cost ten times as much.
type walker struct {
	text   string // names are parts of it
	raw    []byte // the same
	at     int
	fields map[string]json.RawMessage // of the outermost object; parts of raw
}

// value goes past one value, and says why the JSON is not strict.
func (w *walker) value(depth int) Reason {
	switch c := w.text[w.at]; {
	case c != '{' && c != '[':
		w.scalar()
		return ""
	case depth > maxDepth:
		return ReasonDepth
	case c == '{':
		return w.object(depth)
	}
	return w.list(depth)
}

func (w *walker) list(depth int) Reason {
	for w.next(']') {
		if reason := w.value(depth + 1); reason != "" {
			return reason
		}
	}
	return ""
}

func (w *walker) object(depth int) Reason {
	var seen nameSet
	for w.next('}') {
		name, ok := w.name()
		if !ok {
			return ReasonJSON
		}
		if !seen.add(name) {
			return ReasonDuplicateKey
		}
		w.space()
		w.at++ // the colon
		w.space()
		begin := w.at
		if reason := w.value(depth + 1); reason != "" {
			return reason
		}
		if depth == 1 {
			w.fields[name] = w.raw[begin:w.at:w.at]
		}
	}
	return ""
}

// next goes past what stands before the next member: the opening bracket, or a
// comma. It goes past the closing bracket and is false where there is none.
func (w *walker) next(closing byte) bool {
	w.space()
	if w.text[w.at] != closing {
		w.at++
		w.space()
	}
	if w.text[w.at] == closing {
		w.at++
		return false
	}
	return true
}

// name reads the name of a field, without its escapes: "A" is "\u0041".
func (w *walker) name() (string, bool) {
	begin := w.at
	w.scalar()
	quoted := w.text[begin:w.at]
	if strings.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], true
	}
	var name string
	err := json.Unmarshal(w.raw[begin:w.at], &name)
	return name, err == nil
}

// scalar goes past a text, a number or a word.
func (w *walker) scalar() {
	if w.text[w.at] != '"' {
		for strings.IndexByte(",]} \t\r\n", w.text[w.at]) < 0 {
			w.at++
		}
		return
	}
	for w.at++; w.text[w.at] != '"'; w.at++ {
		if w.text[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
}

func (w *walker) space() {
	for w.at < len(w.text) && strings.IndexByte(" \t\r\n", w.text[w.at]) >= 0 {
		w.at++
	}
}

// nameSet holds the names of one object.
type nameSet struct {
	few  [fewNames]string
	n    int
	many map[string]bool // from there on
}

// add reports whether the name is new. A map of them all, once they are many:
// whoever sends thousands must not have each compared with each.
func (s *nameSet) add(name string) bool {
	for _, old := range s.few[:s.n] {
		if old == name {
			return false
		}
	}
	switch {
	case s.n < fewNames:
		s.few[s.n] = name
		s.n++
	case s.many[name]:
		return false
	case s.many == nil:
		s.many = map[string]bool{name: true}
	default:
		s.many[name] = true
	}
	return true
}
