package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
)

// SetSwitches replaces all switches while the platform runs; the zero value
// sets the defaults. A reset goes back to Server.Switches. The error is
// ErrInvalid.
func (s *Server) SetSwitches(sw Switches) error {
	s.init()
	if err := sw.validate(); err != nil {
		return fmt.Errorf("switches: %w", err)
	}
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sw = sw.withDefaults()
	return nil
}

// switches are those of now. Callers do not hold w.mu.
func (w *world) switches() Switches {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sw
}

func (w Switches) validate() error {
	switch {
	case !slices.Contains([]ContentType{ContentTypeObserved, ContentTypeJSON, ContentTypeText}, w.ContentType):
		return fmt.Errorf("%w: content_type must be empty, json or text", ErrInvalid)
	case !slices.Contains([]KeyRotation{RotateAfterInterval, RotateAlways, RotateNever}, w.KeyRotation):
		return fmt.Errorf("%w: key_rotation must be empty, always or never", ErrInvalid)
	case w.ProfileRules != "" && !w.ProfileRules.known():
		return errProfileRules
	case !plainText(w.BlockedText, 256):
		return fmt.Errorf("%w: blocked_text is too long or not plain text", ErrInvalid)
	}
	return nil
}

// On the wire a switch is its field's name in snake_case, and a duration is in
// whole seconds. The struct stays the one list of switches.

func (w Switches) wire() map[string]any {
	v := reflect.ValueOf(w)
	out := make(map[string]any, v.NumField())
	for i := range v.NumField() {
		value := v.Field(i).Interface()
		if d, ok := value.(time.Duration); ok {
			value = seconds(d)
		}
		out[snake(v.Type().Field(i).Name)] = value
	}
	return out
}

func switchesFromWire(in map[string]json.RawMessage) (Switches, error) {
	var w Switches
	v := reflect.ValueOf(&w).Elem()
	for i := range v.NumField() {
		name := snake(v.Type().Field(i).Name)
		raw, given := in[name]
		if !given {
			continue
		}
		delete(in, name)
		if err := setSwitch(v.Field(i), raw); err != nil {
			return Switches{}, fmt.Errorf("%w: %s: %w", ErrInvalid, name, err)
		}
	}
	for name := range in {
		return Switches{}, fmt.Errorf("%w: unknown switch %q", ErrInvalid, clip(name))
	}
	return w, nil
}

func setSwitch(field reflect.Value, raw json.RawMessage) error {
	if field.Type() != reflect.TypeFor[time.Duration]() {
		return json.Unmarshal(raw, field.Addr().Interface())
	}
	var n int64
	if err := json.Unmarshal(raw, &n); err != nil {
		return err
	}
	if most := int64(maxOffset / time.Second); n < -1 || n > most {
		return fmt.Errorf("must be -1 to %d seconds", most)
	}
	field.SetInt(n * int64(time.Second))
	return nil
}

// seconds writes every negative duration as -1: they all mean "off".
func seconds(d time.Duration) int64 {
	if d < 0 {
		return -1
	}
	return int64(d / time.Second)
}

// snake writes a field's name as the wire has it: WrongSecretIs40001 is
// wrong_secret_is_40001.
func snake(name string) string {
	var b strings.Builder
	var last rune
	for i, r := range name {
		if i > 0 && (unicode.IsUpper(r) || unicode.IsDigit(r) && !unicode.IsDigit(last)) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
		last = r
	}
	return b.String()
}

func (s *Server) getSwitches(w http.ResponseWriter, _ *http.Request) {
	controlJSON(w, http.StatusOK, s.world.switches().wire())
}

func (s *Server) putSwitches(w http.ResponseWriter, r *http.Request) {
	var in map[string]json.RawMessage
	if !decode(w, r, &in) {
		return
	}
	sw, err := switchesFromWire(in)
	if err == nil {
		err = s.SetSwitches(sw)
	}
	if err != nil {
		controlFailure(w, err)
		return
	}
	s.getSwitches(w, r)
}
