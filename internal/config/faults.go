package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// fault is one thing that is wrong, with the key it is wrong with.
type fault struct{ key, text string }

func (f fault) Error() string { return "  " + f.key + ": " + f.text }

// quoted is what a YAML parser cites of a file, where a secret may stand.
var quoted = regexp.MustCompile("[`'\"][^`'\"]*[`'\"]")

// yamlError keeps of a parser's error where and what, and cites nothing.
func yamlError(err error) error {
	text := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "yaml: ", "")), " ")
	return fmt.Errorf("this is no YAML that can be read: %s", quoted.ReplaceAllString(text, "…"))
}

// saneKey is a key that may be repeated in an error: a secret may stand where
// a key was wanted.
var saneKey = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,40}$`)

var decodeLine = regexp.MustCompile(`^'([^']*)' (.*)$`)

// invalidKeys is how mapstructure begins its list of unknown keys.
const invalidKeys = "has invalid keys: "

// decodeFaults rewrites mapstructure's list of errors.
func decodeFaults(err error) (list []error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		m := decodeLine.FindStringSubmatch(strings.TrimLeft(line, "* "))
		if m == nil {
			continue
		}
		section, what := m[1], m[2]
		unknown, ok := strings.CutPrefix(what, invalidKeys)
		if !ok {
			what, _, _ = strings.Cut(what, ", value: ")
			list = append(list, fault{section, plainWords(what)})
			continue
		}
		for name := range strings.SplitSeq(unknown, ", ") {
			list = append(list, unknownKey(section, name))
		}
	}
	if len(list) == 0 {
		list = append(list, errors.New("  the configuration has values of a wrong kind"))
	}
	return list
}

// plainWords says in words of a configuration what mapstructure says in Go's.
func plainWords(what string) string {
	switch {
	case strings.Contains(what, "as 'bool'"):
		return "must be true or false"
	case strings.Contains(what, "as 'int'"):
		return "must be a whole number"
	case strings.HasPrefix(what, "expected a map"):
		return "must be a section of keys and values"
	case strings.HasPrefix(what, "expected type 'string'"):
		return "must be a text"
	}
	return what
}

func unknownKey(section, name string) error {
	if !saneKey.MatchString(name) {
		name = "(a name that is none)"
	}
	key := name
	if section != "" {
		key = section + "." + name
	}
	if like := nearest(name); like != "" {
		return fault{key, "there is no such key; did you mean " + like + "?"}
	}
	return fault{key, "there is no such key"}
}

// nearest finds the known key that a name may have been meant to be; empty:
// none is near.
func nearest(name string) string {
	squeeze := func(s string) string {
		return strings.ToLower(strings.NewReplacer("-", "", "_", "", ".", "").Replace(s))
	}
	best, bestDistance := "", 3
	for _, known := range knownKeys(reflect.TypeFor[File]()) {
		last := known[strings.LastIndexByte(known, '.')+1:]
		d := min(distance(squeeze(name), squeeze(last)), distance(squeeze(name), squeeze(known)))
		if d < bestDistance {
			best, bestDistance = known, d
		}
	}
	return best
}

// knownKeys lists every key of t and what is in it, with dots.
func knownKeys(t reflect.Type) (list []string) {
	for i := range t.NumField() {
		key, typ := t.Field(i).Tag.Get("koanf"), t.Field(i).Type
		list = append(list, key)
		if typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if isSection(typ) {
			for _, inner := range knownKeys(typ) {
				list = append(list, key+"."+inner)
			}
		}
	}
	return list
}

func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && strings.HasSuffix(t.Name(), "File")
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal, row[j+1] = row[j+1], min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// withoutEchoes drops faults of keys about which something was said already.
func withoutEchoes(said, list []error) []error {
	return slices.DeleteFunc(list, func(err error) bool {
		f, ok := errors.AsType[fault](err)
		return ok && slices.ContainsFunc(said, func(err error) bool {
			s, ok := errors.AsType[fault](err)
			return ok && (s.key == f.key || strings.HasPrefix(s.key, f.key+".") || strings.HasPrefix(s.key, f.key+"["))
		})
	})
}
