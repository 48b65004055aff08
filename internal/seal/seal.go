// Package seal encrypts what must not be readable at rest, under the master
// key, with associated data that binds each ciphertext to its row: one that is
// moved to another row opens no more.
//
// The master key is a Tink keyset (AES-256-GCM), so it can hold several keys:
// the primary one seals, and each ciphertext names the key that opens it.
package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/hufu-id/hufu/internal/secret"
)

// Overhead is how many bytes longer a ciphertext is than its plaintext: Tink's
// prefix with the key id (5), the nonce (12) and the tag (16).
const Overhead = 33

// ErrOpen says that a ciphertext does not open: another master key, another
// row, or altered bytes. Which of them can't be told.
var ErrOpen = errors.New("sealed data does not open: it was sealed under another master key, or altered, or belongs elsewhere")

// Sealer seals and opens. It is safe for concurrent use, also while its master
// key is replaced.
type Sealer struct{ held atomic.Pointer[held] }

// held is one state of a Sealer: never changed, only replaced.
type held struct {
	primitive tink.AEAD
	primary   KeyID
	keys      []KeyID
}

// New reads a master key made by NewMasterKey; surrounding white space is
// ignored. The error never holds a part of the key.
func New(master secret.String) (*Sealer, error) {
	s := &Sealer{}
	if err := s.Replace(master); err != nil {
		return nil, err
	}
	return s, nil
}

// Replace takes another master key, at once, for all calls that begin now. If it
// can't be read, the one held stays, and the error holds no part of the key.
func (s *Sealer) Replace(master secret.String) error {
	handle, err := parse(master)
	if err != nil {
		return err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return errors.New("the master key is damaged: its keyset has no usable key")
	}
	keys, err := list(handle)
	if err != nil {
		return err
	}
	next := &held{primitive: primitive}
	for _, key := range keys {
		next.keys = append(next.keys, key.ID)
		if key.State == Primary {
			next.primary = key.ID
		}
	}
	s.held.Store(next)
	return nil
}

// Primary is the id of the key that seals.
func (s *Sealer) Primary() KeyID { return s.held.Load().primary }

// Keys are the ids of all keys held, in the order in which they were made.
func (s *Sealer) Keys() []KeyID { return slices.Clone(s.held.Load().keys) }

// Seal encrypts plain for the row that purpose and row name together.
func (s *Sealer) Seal(plain []byte, purpose string, row ...string) ([]byte, error) {
	sealed, err := s.held.Load().primitive.Encrypt(plain, associatedData(purpose, row))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purpose, err)
	}
	return sealed, nil
}

// Open decrypts what Seal made for the same purpose and row. Errors: ErrOpen.
func (s *Sealer) Open(sealed []byte, purpose string, row ...string) ([]byte, error) {
	plain, err := s.held.Load().primitive.Decrypt(sealed, associatedData(purpose, row))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", purpose, ErrOpen)
	}
	return plain, nil
}

// Reseal seals anew under the primary key what another key of the master key
// sealed; what the primary key sealed it returns as it is, and changed is false.
// Errors: ErrOpen.
func (s *Sealer) Reseal(sealed []byte, purpose string, row ...string) (out []byte, changed bool, err error) {
	h := s.held.Load()
	if key, ok := KeyOf(sealed); ok && key == h.primary {
		return sealed, false, nil
	}
	data := associatedData(purpose, row)
	plain, err := h.primitive.Decrypt(sealed, data)
	if err != nil {
		return nil, false, fmt.Errorf("open %s: %w", purpose, ErrOpen)
	}
	defer clear(plain)
	if out, err = h.primitive.Encrypt(plain, data); err != nil {
		return nil, false, fmt.Errorf("seal %s: %w", purpose, err)
	}
	return out, true, nil
}

// associatedData joins its parts, each with its length in front: no two
// different lists give the same bytes.
func associatedData(purpose string, row []string) []byte {
	n := len(purpose) + binary.MaxVarintLen32
	for _, part := range row {
		n += len(part) + binary.MaxVarintLen32
	}
	ad := appendPart(make([]byte, 0, n), purpose)
	for _, part := range row {
		ad = appendPart(ad, part)
	}
	return ad
}

func appendPart(ad []byte, part string) []byte {
	return append(binary.AppendUvarint(ad, uint64(len(part))), part...)
}
