package playground

import (
	"bytes"
	"net/url"
	"sync"
)

const (
	// maxKnown bounds the secrets that are remembered; the oldest is forgotten.
	maxKnown = 4096
	// minKnown is the shortest text that is taken for one: a shorter one would
	// be found everywhere.
	minKnown = 12
	// maxKnownLength is the longest; none of WeChat's or ours has more.
	maxKnownLength = 8 << 10
)

// vault remembers each secret that was met under its name, so that it is
// recognised where it comes again without one: repeated in an error text, in a
// path, in another call. The zero value is ready.
type vault struct {
	mu    sync.RWMutex
	known map[string]bool
	list  []known // in the order they came, from next on
	next  int
	fixed []known // the AppSecrets, never forgotten
}

// known is a secret, as it stands in JSON and in a URL.
type known struct {
	text     string
	forms    [][]byte
	replaced []byte
}

func newKnown(text string, k kind) known {
	quoted := mustJSON(text)
	forms := [][]byte{quoted[1 : len(quoted)-1]}
	if escaped := []byte(url.QueryEscape(text)); !bytes.Equal(escaped, forms[0]) {
		forms = append(forms, escaped)
	}
	return known{text: text, forms: forms, replaced: []byte("[" + string(k) + "]")}
}

// pin remembers a secret for ever.
func (v *vault) pin(text string, k kind) {
	if text == "" {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fixed = append(v.fixed, newKnown(text, k))
}

// learn remembers a secret that was met.
func (v *vault) learn(text string, k kind) {
	if len(text) < minKnown || len(text) > maxKnownLength {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known[text] {
		return
	}
	if v.known == nil {
		v.known = map[string]bool{}
	}
	v.known[text] = true
	if len(v.list) < maxKnown {
		v.list = append(v.list, newKnown(text, k))
		return
	}
	delete(v.known, v.list[v.next].text)
	v.list[v.next] = newKnown(text, k)
	v.next = (v.next + 1) % maxKnown
}

// clean takes every known secret out of a JSON text.
func (v *vault) clean(text []byte) []byte {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, list := range [][]known{v.fixed, v.list} {
		for i := range list {
			for _, form := range list[i].forms {
				if bytes.Contains(text, form) {
					text = bytes.ReplaceAll(text, form, list[i].replaced)
				}
			}
		}
	}
	return text
}
