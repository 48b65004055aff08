package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/problem"
)

// bodyDecoder reads the JSON body of one operation into its In type.
//
// It walks the members of the outer object itself, so that each fault is known
// by its field, and hands the values to the JSON package.
type bodyDecoder struct {
	fields []bodyField
	byName map[string]int
	max    int64
	hint   string
	method string
}

// bodyField is a member of the body.
type bodyField struct {
	name     string
	index    int // in the Go struct
	typ      reflect.Type
	required bool
	nullable bool
	ownsNUL  bool
}

// maxFields bounds a body type, so that one word holds which fields were seen.
const maxFields = 64

func newBodyDecoder(in reflect.Type, op Operation) (*bodyDecoder, error) {
	if in.Kind() != reflect.Struct {
		return nil, fmt.Errorf("body type %v is no struct", in)
	}
	d := &bodyDecoder{byName: map[string]int{}, max: op.MaxBody, hint: op.BodyHint, method: op.Method}
	if d.max == 0 {
		d.max = DefaultMaxBody
	}
	for i := range in.NumField() {
		f := in.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || (name == "" && !f.IsExported()) {
			continue
		}
		if name == "" || !f.IsExported() || f.Anonymous || d.byName[name] > 0 {
			return nil, fmt.Errorf("field %s of %v needs a json name of its own", f.Name, in)
		}
		optional := strings.Contains(options, "omitzero") || strings.Contains(options, "omitempty")
		d.fields = append(d.fields, bodyField{
			name: name, index: i, typ: f.Type,
			required: !optional,
			nullable: optional || f.Type.Kind() == reflect.Pointer,
			ownsNUL:  f.Tag.Get("nul") == "own",
		})
		d.byName[name] = len(d.fields) // one more than the place, so that 0 is absent
	}
	if len(d.fields) > maxFields {
		return nil, fmt.Errorf("%v has more than %d fields", in, maxFields)
	}
	return d, nil
}

// decode reads the body into in, a pointer to the struct d was made for.
func (d *bodyDecoder) decode(x *exchange, in any) error {
	r := x.request.http
	if len(d.fields) == 0 && (r.ContentLength == 0 || r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return nil
	}
	s := x.api.scratch.Get().(*scratch)
	err := d.decodeWith(s, x, in)
	x.api.release(s) // not deferred: after a panic s is in no state to be used again
	return err
}

func (d *bodyDecoder) decodeWith(s *scratch, x *exchange, in any) error {
	if err := d.read(x, s); err != nil {
		return err
	}
	if len(d.fields) == 0 && s.body.Len() == 0 {
		return nil
	}
	if err := d.checkText(x.request.http.Header, s.body.Bytes()); err != nil {
		return err
	}
	// The decoder checks by itself that names are unique and text is UTF-8, at
	// every depth.
	s.dec.Reset(&s.body, json.RejectUnknownMembers(true))
	return d.members(&s.dec, reflect.ValueOf(in).Elem())
}

// read takes the body in, up to the limit. The rest of a larger one is never
// read: the connection ends with the answer.
func (d *bodyDecoder) read(x *exchange, s *scratch) error {
	r := x.request.http
	tooLarge := func() error {
		x.Header().Set("Connection", "close")
		e := problem.New(problem.InvalidRequest, fmt.Sprintf("the body is larger than %d bytes", d.max))
		e.Status = http.StatusRequestEntityTooLarge
		return e
	}
	if r.ContentLength > d.max {
		return tooLarge()
	}
	s.limit = io.LimitedReader{R: r.Body, N: d.max + 1}
	n, err := s.body.ReadFrom(&s.limit)
	s.limit.R = nil
	if err != nil {
		x.Header().Set("Connection", "close")
		return problem.Wrap(problem.InvalidRequest, err, "the body did not arrive whole and in time")
	}
	if n > d.max {
		return tooLarge()
	}
	return nil
}

// checkText refuses what is no JSON object in UTF-8 by its first look.
func (d *bodyDecoder) checkText(h http.Header, body []byte) error {
	if h.Get("Content-Encoding") != "" {
		return d.refuse("send the body without Content-Encoding")
	}
	if !jsonContent(h) {
		return d.refuse("send the body as JSON with Content-Type: application/json")
	}
	switch first := firstByte(body); {
	case first == 0:
		return d.refuse("the body is empty: send a JSON object")
	case first != '{':
		return d.refuse("the body is no JSON object")
	}
	nul, err := scan(body)
	if err == nil && nul {
		err = d.refuseNUL(body)
	}
	return err
}

// refuse is for bodies that are no JSON object at all: the caller may not know
// what this call wants.
func (d *bodyDecoder) refuse(detail string) error {
	if d.hint != "" {
		detail += "; " + d.hint
	}
	return problem.New(problem.InvalidRequest, detail)
}

// jsonContent reports whether the body claims to be JSON. No claim is taken as
// one, for the body itself then decides.
func jsonContent(h http.Header) bool {
	switch v := h["Content-Type"]; {
	case len(v) == 0 || (len(v) == 1 && (v[0] == "application/json" || v[0] == "")):
		return true
	case len(v) > 1:
		return false
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return false
	}
	if c, ok := params["charset"]; ok && !strings.EqualFold(c, "utf-8") {
		return false
	}
	return media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}

// members reads the outer object: known names, each once, none missing.
func (d *bodyDecoder) members(dec *jsontext.Decoder, in reflect.Value) error {
	if _, err := dec.ReadToken(); err != nil { // the opening brace
		return d.malformed(err)
	}
	var seen uint64
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return d.malformed(err)
		}
		i, err := d.lookUp(name)
		if err != nil {
			return err
		}
		f := &d.fields[i]
		if dec.PeekKind() == 'n' && !f.nullable {
			return problem.InField(f.name, "this field must not be null")
		}
		if err := json.UnmarshalDecode(dec, in.Field(f.index).Addr().Interface()); err != nil {
			return d.faulty(f, err)
		}
		seen |= 1 << i
	}
	if _, err := dec.ReadToken(); err != nil { // the closing brace
		return d.malformed(err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return problem.New(problem.InvalidRequest, "there is more in the body than one JSON object")
	}
	for i, f := range d.fields {
		if f.required && seen&(1<<i) == 0 {
			return problem.InField(f.name, "this field is missing")
		}
	}
	return nil
}

// lookUp finds the field of a quoted name.
func (d *bodyDecoder) lookUp(quoted jsontext.Value) (int, error) {
	plain := quoted[1 : len(quoted)-1]
	if i := d.byName[string(plain)]; i > 0 {
		return i - 1, nil
	}
	unquoted, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return 0, d.malformed(err)
	}
	name := string(unquoted)
	if i := d.byName[name]; i > 0 {
		return i - 1, nil
	}
	for _, f := range d.fields {
		if strings.EqualFold(f.name, name) {
			return 0, problem.InField(saneName(name), "this field is not known here: names are case-sensitive")
		}
	}
	return 0, problem.InField(saneName(name), "this field is not known here")
}

// malformed answers for text that is no JSON.
func (d *bodyDecoder) malformed(err error) error {
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return problem.InField(fieldPath(e.JSONPointer), "this field stands twice")
		}
		return d.refuse(fmt.Sprintf("the body is not well-formed JSON (RFC 8259), at byte %d", e.ByteOffset))
	}
	return d.refuse("the body is not well-formed JSON (RFC 8259)")
}

// faulty answers for the value of a field that does not fit its type. What the
// JSON package says is not passed on: it quotes the value.
func (d *bodyDecoder) faulty(f *bodyField, err error) error {
	e, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return d.malformed(err)
	}
	name := fieldPath(e.JSONPointer)
	switch {
	case errors.Is(err, json.ErrUnknownName):
		return problem.InField(name, "this field is not known here")
	case e.JSONPointer.Parent() == "":
		return problem.InField(f.name, "this field must be "+describeType(f.typ))
	case e.GoType != nil:
		return problem.InField(name, "this field must be "+describeType(e.GoType))
	}
	return problem.InField(name, "this field has a value of the wrong kind")
}

// describeType says in JSON's words what a Go type is read from.
func describeType(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[Object]() {
		return "an object"
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()) {
		return "a string of the right form"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number in range"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number in range, not negative"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "a string in base64"
		}
		return "an array"
	case reflect.Map, reflect.Struct:
		return "an object"
	}
	return "of another kind"
}
