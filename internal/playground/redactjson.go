package playground

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonWalk copies one JSON text, token by token, without its secrets.
type jsonWalk struct {
	*redactor
	dec *jsontext.Decoder
	enc *jsontext.Encoder
}

// value copies the next value, which stands under a name of this kind.
func (w *jsonWalk) value(k kind) error {
	switch w.dec.PeekKind() {
	case '{', '[':
		if k != "" {
			return w.lockWhole(k)
		}
		return w.inside()
	case '"':
		return w.text(k)
	case '0':
		// A number named code is a result, not a code of wx.login.
		if k != "" && k != kindCode {
			return w.lockWhole(k)
		}
	}
	token, err := w.dec.ReadToken()
	if err != nil {
		return err
	}
	return w.enc.WriteToken(token)
}

// inside copies an object or an array.
func (w *jsonWalk) inside() error {
	token, err := w.dec.ReadToken()
	if err != nil {
		return err
	}
	object := token.Kind() == '{'
	if err := w.enc.WriteToken(token); err != nil {
		return err
	}
	for w.dec.PeekKind() != '}' && w.dec.PeekKind() != ']' {
		k := kind("")
		if object {
			if k, err = w.name(); err != nil {
				return err
			}
		}
		if err := w.value(k); err != nil {
			return err
		}
	}
	if token, err = w.dec.ReadToken(); err != nil {
		return err
	}
	return w.enc.WriteToken(token)
}

// name copies a member's name, and tells what stands under it.
func (w *jsonWalk) name() (kind, error) {
	token, err := w.dec.ReadToken()
	if err != nil {
		return "", err
	}
	name := token.String()
	// A secret may be used as a name, too.
	if err := w.enc.WriteToken(jsontext.String(w.redactor.text(name))); err != nil {
		return "", err
	}
	return kindOfName(name), nil
}

// text copies a string.
func (w *jsonWalk) text(k kind) error {
	token, err := w.dec.ReadToken()
	if err != nil {
		return err
	}
	text := token.String()
	if k == kindCode && w.problem && w.dec.StackDepth() == 1 && problemWord.MatchString(text) {
		return w.enc.WriteToken(jsontext.String(text))
	}
	if k == "" {
		// JSON inside of JSON, as rawData is.
		if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
			if inner, ok := w.redactor.json([]byte(trimmed)); ok {
				return w.enc.WriteToken(jsontext.String(string(inner)))
			}
		}
	}
	return w.write(w.redactor.value(k, text))
}

// lockWhole puts a lock in the place of a value that is no string.
func (w *jsonWalk) lockWhole(k kind) error {
	raw, err := w.dec.ReadValue()
	if err != nil {
		return err
	}
	w.learnStrings(raw, k)
	return w.write(locked{Kind: w.lock(k, string(raw)).Kind})
}

// learnStrings remembers each text inside of what is locked as a whole.
func (w *jsonWalk) learnStrings(raw jsontext.Value, k kind) {
	dec := jsontext.NewDecoder(bytes.NewReader(raw), jsontext.AllowDuplicateNames(true))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return
		}
		if token.Kind() == '"' {
			w.vault.learn(token.String(), k)
		}
	}
}

func (w *jsonWalk) write(v any) error {
	return w.enc.WriteValue(jsontext.Value(mustJSON(v)))
}
