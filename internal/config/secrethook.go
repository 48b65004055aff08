package config

import (
	"reflect"

	"github.com/hufu-id/hufu/internal/secret"
)

// secretHook reads a secret.String from text, before mapstructure could take
// the struct apart.
func secretHook(from, to reflect.Type, data any) (any, error) {
	if to != reflect.TypeFor[secret.String]() || from.Kind() != reflect.String {
		return data, nil
	}
	return secret.New(reflect.ValueOf(data).String()), nil
}
