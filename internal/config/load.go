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
	f, faults, err := parse(raw, environ)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c, more := f.resolve(filepath.Dir(path))
	if faults = append(faults, withoutEchoes(faults, more)...); len(faults) > 0 {
		return nil, fmt.Errorf("%s:\n%w", path, errors.Join(faults...))
	}
	return c, nil
}

// parse reads YAML and environment into a File, on top of the defaults. The
// faults are of single keys, which then keep their defaults.
func parse(raw []byte, environ []string) (_ *File, faults []error, _ error) {
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(raw), yaml.Parser()); err != nil {
		return nil, nil, yamlError(err)
	}
	fromEnv, faults := readEnviron(environ)
	faults = append(faults, onePerPair(k, fromEnv)...)
	if err := k.Load(confmap.Provider(fromEnv, "."), nil); err != nil {
		return nil, nil, fmt.Errorf("read environment: %w", err)
	}
	f := Default()
	err := k.UnmarshalWithConf("", &f, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		Result: &f, TagName: "koanf", ErrorUnused: true, WeaklyTypedInput: true, DecodeHook: decodeHook(),
		// A key in another case is a mistake, not another spelling.
		MatchName: func(key, field string) bool { return key == field },
	}})
	if err != nil {
		faults = append(faults, decodeFaults(err)...)
	}
	return &f, faults, nil
}

// onePerPair refuses a value that stands both in the file and in a file of its
// own. A variable wins over both: what it replaces is taken out of k.
func onePerPair(k *koanf.Koanf, fromEnv map[string]any) (faults []error) {
	for _, key := range []string{"store", "master_key"} {
		inFile := key + "_file"
		_, env := fromEnv[key]
		_, envFile := fromEnv[inFile]
		switch {
		case env && envFile, !env && !envFile && k.Exists(key) && k.Exists(inFile):
			faults = append(faults, fault{inFile, "is set together with " + key + ": keep one of the two"})
		case env:
			k.Delete(inFile)
		case envFile:
			k.Delete(key)
		}
	}
	return faults
}

// readEnviron picks the variables that are keys of ours. An unknown HUFU_
// variable is a fault: it is a typing error more often than not.
func readEnviron(environ []string) (_ map[string]any, faults []error) {
	keys := map[string]string{}
	scalarKeys(reflect.TypeFor[File](), "", keys)
	out := map[string]any{}
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
				faults = append(faults, fault{name, "write the list of apps as JSON"})
				continue
			}
			out["apps"] = apps
		case short == "TRUSTED_PROXIES":
			out["trusted_proxies"] = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		default:
			faults = append(faults, fault{name, "there is no such setting"})
		}
	}
	return out, faults
}

// scalarKeys maps the name of a variable to its key, for every scalar of t.
func scalarKeys(t reflect.Type, prefix string, out map[string]string) {
	for i := range t.NumField() {
		field := t.Field(i)
		key := prefix + field.Tag.Get("koanf")
		switch {
		case field.Type.Kind() == reflect.Slice:
		case isSection(field.Type):
			scalarKeys(field.Type, key+".", out)
		default:
			out[strings.ToUpper(strings.ReplaceAll(key, ".", "_"))] = key
		}
	}
}
