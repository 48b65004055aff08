package config

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/go-viper/mapstructure/v2"

	"github.com/hufu-id/hufu/internal/secret"
)

// decodeHook reads the types of this package. Texts are read as what they
// stand for, since variables are always texts; but no value of YAML is bent
// into another kind: 900 is no duration, 3.7 no count, and a secret of digits
// alone has lost its leading zeros before anybody could see them.
func decodeHook() mapstructure.DecodeHookFunc {
	return mapstructure.ComposeDecodeHookFunc(strictHook, secretHook, mapstructure.TextUnmarshallerHookFunc())
}

// secretHook reads a secret.String from text, before mapstructure could take
// the struct apart.
func secretHook(from, to reflect.Type, data any) (any, error) {
	if to != reflect.TypeFor[secret.String]() {
		return data, nil
	}
	if from.Kind() != reflect.String {
		return nil, errors.New("is no text: put it in quotes, or into a file of its own")
	}
	return secret.New(reflect.ValueOf(data).String()), nil
}

func strictHook(from, to reflect.Type, data any) (any, error) {
	wrong := func(want string) (any, error) { return nil, fmt.Errorf("must be %s", want) }
	isText := from.Kind() == reflect.String
	switch {
	case to == reflect.TypeFor[Duration]():
		if !isText {
			return wrong("a duration with its unit: 30d, 12h, 15m, 5s")
		}
	case to.Kind() == reflect.Bool:
		if !isText && from.Kind() != reflect.Bool {
			return wrong("true or false")
		}
	case to.Kind() == reflect.Int:
		if !isText && from.Kind() != reflect.Int {
			return wrong("a whole number")
		}
	}
	return data, nil
}
