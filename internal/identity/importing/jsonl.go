package importing

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// members are those of an object.
type members map[string]jsontext.Value

// jsonSource reads JSON Lines.
type jsonSource struct {
	s             *scanner
	ignoreUnknown bool
}

func (j *jsonSource) begin() error {
	_, err := skipMark(j.s)
	return err
}

func (j *jsonSource) next() (record, bool) {
	for {
		r := record{line: j.s.lines + 1}
		line, whole := j.s.line()
		if len(line) == 0 {
			return r, false
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		switch {
		case !whole:
			r.bad = tooLong()
		case !utf8.Valid(line):
			r.bad = invalidUTF8()
		default:
			r.bad = j.read(&r, line)
		}
		if r.json == nil {
			r.raw = bytes.Clone(line)
		}
		return r, true
	}
}

func (j *jsonSource) read(r *record, line []byte) *Reject {
	var object members
	// It refuses what has a name twice, too. Its error quotes the line.
	if err := json.Unmarshal(line, &object); err != nil || object == nil {
		return reject(Malformed, "the line is no JSON object, or one with a name twice")
	}
	r.json = object
	seen := map[int]bool{}
	for name, value := range object {
		field, ok := fieldNamed(name)
		switch {
		case !ok && !isRejectColumn(name) && !j.ignoreUnknown:
			return reject(UnknownField, "the row has a field that is none of "+FieldList())
		case !ok:
			continue
		case seen[field]:
			return reject(Malformed, "two fields are called "+fieldNames()[field])
		}
		seen[field] = true
		switch value.Kind() {
		case '"':
			text, err := jsontext.AppendUnquote(nil, value)
			if err != nil {
				return reject(Malformed, fieldNames()[field]+" is no text")
			}
			r.values[field] = string(text)
		case '0':
			if why := noNumber(field); why != nil {
				return why
			}
			r.values[field] = string(value)
		case 'n':
		default:
			return reject(Malformed, fieldNames()[field]+" is neither text nor a number")
		}
	}
	return nil
}

// noNumber says why a field can't be a number; nil if it can, as a phone number
// or a time in seconds. An id that was made one has lost what it was.
func noNumber(field int) *Reject {
	switch field {
	case openIDField:
		return reject(InvalidOpenID, "a number is no openid: write it as text")
	case unionIDField:
		return reject(InvalidUnionID, "a number is no unionid: write it as text")
	}
	return nil
}

// rejectedJSON is a rejected row as a line.
func rejectedJSON(r *record, why *Reject) ([]byte, error) {
	out := members{}
	for name, value := range r.json {
		if !isRejectColumn(name) {
			out[name] = value
		}
	}
	say := map[string]any{"line": why.Line, "code": why.Code, "text": why.Text}
	if r.json == nil {
		say["raw"] = string(bytes.ToValidUTF8(r.raw, []byte("\uFFFD")))
	}
	for name, value := range say {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		out[rejectPrefix+name] = text
	}
	line, err := json.Marshal(out, json.Deterministic(true))
	return append(line, '\n'), err
}
