package web

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/problem"
)

// maxDepth is how deep objects and arrays of a body may nest.
const maxDepth = 16

// scan looks for what the JSON package would let pass: it refuses text nested too
// deeply, and tells of NUL, which some databases and C libraries cut strings at.
// It need not know whether the text is JSON; that is found out afterwards.
func scan(body []byte) (nul bool, _ error) {
	if !utf8.Valid(body) {
		return false, problem.New(problem.InvalidRequest, "the body is not UTF-8")
	}
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			if bytes.HasPrefix(body[i:], []byte(`\u0000`)) {
				nul = true
			}
			i++ // what is escaped neither ends the string nor escapes again
		case !quoted && (c == '{' || c == '['):
			if depth++; depth > maxDepth {
				return false, problem.New(problem.InvalidRequest, "the body is nested too deeply")
			}
		case !quoted && (c == '}' || c == ']'):
			depth--
		}
	}
	return nul, nil
}

// refuseNUL refuses a body in which scan has found NUL, unless it stands nowhere
// but in texts whose own check answers for it: fields tagged nul:"own".
func (d *bodyDecoder) refuseNUL(body []byte) error {
	refusal := problem.New(problem.InvalidRequest, "the body holds a NUL character")
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	if _, err := dec.ReadToken(); err != nil {
		return refusal
	}
	for dec.PeekKind() == '"' {
		token, err := dec.ReadToken()
		if err != nil {
			return refusal
		}
		name := token.String()
		value, err := dec.ReadValue()
		if err != nil || strings.ContainsRune(name, 0) {
			return refusal
		}
		if i := d.byName[name]; i > 0 && d.fields[i-1].ownsNUL && value.Kind() == '"' {
			continue
		}
		if nul, err := scan(value); nul || err != nil {
			return refusal
		}
	}
	if _, err := dec.ReadToken(); err != nil { // the closing brace
		return refusal
	}
	return nil
}

// firstByte returns the first byte that is no JSON white space; 0: there is none.
func firstByte(body []byte) byte {
	rest := bytes.TrimLeft(body, " \t\r\n")
	if len(rest) == 0 {
		return 0
	}
	return rest[0]
}

// maxNameLen bounds the names that an answer repeats.
const maxNameLen = 64

// saneName returns a name if an answer may repeat it, else nothing: a name
// comes from the caller as values do.
func saneName(name string) string {
	if len(name) > maxNameLen {
		return ""
	}
	for i := range len(name) {
		if !wordByte(name[i]) {
			return ""
		}
	}
	return name
}

// wordByte reports whether c is in [A-Za-z0-9._-].
func wordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}

// fieldPath writes a JSON pointer with dots; empty if a name in it is not sane.
func fieldPath(p jsontext.Pointer) string {
	var names []string
	for name := range p.Tokens() {
		if name == "" || saneName(name) == "" {
			return ""
		}
		names = append(names, name)
	}
	return saneName(strings.Join(names, "."))
}

// scratch is what decoding and encoding a body needs, kept between requests.
type scratch struct {
	body  bytes.Buffer
	dec   jsontext.Decoder
	limit io.LimitedReader
}

// maxKeptScratch is the largest buffer that is kept.
const maxKeptScratch = 128 << 10

// release gives s back. Nothing may refer to its buffer any more.
func (api *API) release(s *scratch) {
	if s.body.Cap() > maxKeptScratch {
		return
	}
	s.body.Reset()
	api.scratch.Put(s)
}
