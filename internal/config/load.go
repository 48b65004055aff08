package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
)

// envPrefix begins the variables that configure hufu.
const envPrefix = "HUFU_"

// Load reads the file at path, then the environment (as os.Environ gives it),
// and resolves them. Its error joins every fault it found.
func Load(path string, environ []string) (*Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	f, err := parse(raw, environ)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c, err := f.Resolve(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w", path, err)
	}
	return c, nil
}

// parse reads YAML and environment into a File, on top of the defaults.
func parse(raw []byte, environ []string) (*File, error) {
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(raw), yaml.Parser()); err != nil {
		return nil, fmt.Errorf("this is no YAML: %w", err)
	}
	fromEnv, err := readEnviron(environ)
	if err != nil {
		return nil, err
	}
	if err := k.Load(confmap.Provider(fromEnv, "."), nil); err != nil {
		return nil, fmt.Errorf("read environment: %w", err)
	}
	f := Default()
	err = k.UnmarshalWithConf("", &f, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		Result: &f, TagName: "koanf", ErrorUnused: true, WeaklyTypedInput: true,
		DecodeHook: mapstructure.ComposeDecodeHookFunc(secretHook, mapstructure.TextUnmarshallerHookFunc()),
		// A key in another case is a mistake, not another spelling.
		MatchName: func(key, field string) bool { return key == field },
	}})
	if err != nil {
		return nil, decodeError(err)
	}
	return &f, nil
}

// decodeError rewrites mapstructure's list of faults; values are left out of
// it, since one of them may be a secret.
func decodeError(err error) error {
	var list []error
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if i := strings.Index(line, "has invalid keys:"); i >= 0 {
			line = "unknown key:" + line[i+len("has invalid keys:"):]
		}
		line = strings.TrimLeft(line, "* ")
		if line == "" || strings.HasPrefix(line, "decoding failed") {
			continue
		}
		if i := strings.Index(line, ", value: '"); i >= 0 {
			line = line[:i]
		}
		list = append(list, errors.New(line))
	}
	return errors.Join(list...)
}

// readEnviron picks the variables that are keys of ours. An unknown HUFU_
// variable is a fault: it is a typing error more often than not.
func readEnviron(environ []string) (map[string]any, error) {
	keys := map[string]string{}
	scalarKeys(reflect.TypeFor[File](), "", keys)
	out := map[string]any{}
	var faults []error
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		short, ours := strings.CutPrefix(name, envPrefix)
		if !ours {
			continue
		}
		switch key, known := keys[short]; {
		case known:
			out[key] = value
		case short == "APPS":
			var apps []any
			if err := json.Unmarshal([]byte(value), &apps); err != nil {
				faults = append(faults, errors.New("HUFU_APPS: write the list of apps as JSON"))
				continue
			}
			out["apps"] = apps
		case short == "TRUSTED_PROXIES":
			out["trusted_proxies"] = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		default:
			faults = append(faults, fmt.Errorf("%s: there is no such setting", name))
		}
	}
	return out, errors.Join(faults...)
}

// scalarKeys maps the name of a variable to its key, for every scalar of t.
func scalarKeys(t reflect.Type, prefix string, out map[string]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		key := prefix + field.Tag.Get("koanf")
		switch kind := field.Type.Kind(); {
		case kind == reflect.Slice:
		case kind == reflect.Struct && strings.HasSuffix(field.Type.Name(), "File"):
			scalarKeys(field.Type, key+".", out)
		default:
			out[strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = key
		}
	}
}
