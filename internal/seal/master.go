package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/hufu-id/hufu/internal/secret"
)

// masterPrefix tells a master key from other text, for people and for secret
// scanners, and says the format's version.
const masterPrefix = "hufu-master-1."

// Errors of Stage and Activate.
var (
	ErrStaged    = errors.New("the master key has a staged key already: activate it first")
	ErrNotStaged = errors.New("the master key has no staged key: stage one first")
)

// KeyID names a key of the master key. It is random, and no secret.
type KeyID uint32

// String is the id as operators see it: eight hexadecimal digits.
func (k KeyID) String() string { return fmt.Sprintf("%08x", uint32(k)) }

// tinkPrefix begins what a keyset seals; the id of the key follows.
const tinkPrefix = 0x01

// KeyOf tells which key sealed something; ok is false if it is no ciphertext of
// a master key.
func KeyOf(sealed []byte) (key KeyID, ok bool) {
	if len(sealed) < Overhead || sealed[0] != tinkPrefix {
		return 0, false
	}
	return KeyID(binary.BigEndian.Uint32(sealed[1:5])), true
}

// State says what a key of a master key does.
type State string

// The states, in the order in which a key goes through them.
const (
	Staged  State = "staged"  // opens, and will seal once it is activated
	Primary State = "primary" // seals
	Old     State = "old"     // opens what it sealed
)

// Key describes a key of a master key.
type Key struct {
	ID    KeyID
	State State
}

// NewMasterKey makes a master key as text, to be kept in a file or an
// environment variable.
func NewMasterKey() (secret.String, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return secret.String{}, fmt.Errorf("make master key: %w", err)
	}
	return format(handle)
}

// Stage adds a new key, which opens and does not seal yet: every replica must
// know it before one of them seals under it. Errors: ErrStaged.
func Stage(master secret.String) (secret.String, error) {
	keys, manager, err := manage(master)
	if err != nil {
		return secret.String{}, err
	}
	if keys[len(keys)-1].State == Staged {
		return secret.String{}, ErrStaged
	}
	if _, err := manager.Add(aead.AES256GCMKeyTemplate()); err != nil {
		return secret.String{}, fmt.Errorf("make master key: %w", err)
	}
	return manager.text()
}

// Activate makes the staged key the primary one. Errors: ErrNotStaged.
func Activate(master secret.String) (secret.String, error) {
	keys, manager, err := manage(master)
	if err != nil {
		return secret.String{}, err
	}
	last := keys[len(keys)-1]
	if last.State != Staged {
		return secret.String{}, ErrNotStaged
	}
	if err := manager.SetPrimary(uint32(last.ID)); err != nil {
		return secret.String{}, fmt.Errorf("activate master key: %w", err)
	}
	return manager.text()
}

// Drop removes old keys: what they sealed never opens again.
func Drop(master secret.String, drop []KeyID) (secret.String, error) {
	keys, manager, err := manage(master)
	if err != nil {
		return secret.String{}, err
	}
	for _, id := range drop {
		if !slices.Contains(keys, Key{id, Old}) {
			return secret.String{}, fmt.Errorf("the master key has no old key %s", id)
		}
		if err := manager.Delete(uint32(id)); err != nil {
			return secret.String{}, fmt.Errorf("drop key %s: %w", id, err)
		}
	}
	return manager.text()
}

// List describes the keys of a master key, in the order in which they were made.
// Nothing in it is secret.
func List(master secret.String) ([]Key, error) {
	handle, err := parse(master)
	if err != nil {
		return nil, err
	}
	return list(handle)
}

// list tells old keys from staged ones by their place: new ones are put last.
func list(handle *keyset.Handle) ([]Key, error) {
	keys, state := make([]Key, 0, handle.Len()), Old
	for i := range handle.Len() {
		entry, err := handle.Entry(i)
		if err != nil {
			return nil, errors.New("the master key is damaged: a key of it can't be read")
		}
		key := Key{KeyID(entry.KeyID()), state}
		if entry.IsPrimary() {
			key.State, state = Primary, Staged
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// manager changes a keyset.
type manager struct{ *keyset.Manager }

func manage(master secret.String) ([]Key, manager, error) {
	handle, err := parse(master)
	if err != nil {
		return nil, manager{}, err
	}
	keys, err := list(handle)
	return keys, manager{keyset.NewManagerFromHandle(handle)}, err
}

func (m manager) text() (secret.String, error) {
	handle, err := m.Handle()
	if err != nil {
		return secret.String{}, errors.New("the changed master key has no usable key")
	}
	return format(handle)
}

func format(handle *keyset.Handle) (secret.String, error) {
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&buf)); err != nil {
		return secret.String{}, fmt.Errorf("write master key: %w", err)
	}
	return secret.New(masterPrefix + base64.RawURLEncoding.EncodeToString(buf.Bytes())), nil
}

// parse reads a master key. The error never holds a part of it.
func parse(master secret.String) (*keyset.Handle, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(master.Reveal()), masterPrefix)
	if !ok {
		return nil, fmt.Errorf("this is no master key: one begins with %q", masterPrefix)
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("the master key is damaged: its text is no base64")
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(raw)))
	if err != nil {
		return nil, errors.New("the master key is damaged: it holds no keyset")
	}
	return handle, nil
}
