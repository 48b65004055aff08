// Package seal encrypts what must not be readable at rest, under the master
// key, with associated data that binds each ciphertext to its row: one that is
// moved to another row opens no more.
//
// The master key is a Tink keyset (AES-256-GCM), so it can hold several keys:
// the primary one seals, and each ciphertext names the key that opens it.
package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/hufu-id/hufu/internal/secret"
)

// Overhead is how many bytes longer a ciphertext is than its plaintext: Tink's
// prefix with the key id (5), the nonce (12) and the tag (16).
const Overhead = 33

// ErrOpen says that a ciphertext does not open: another master key, another
// row, or altered bytes. Which of them can't be told.
var ErrOpen = errors.New("sealed data does not open: it was sealed under another master key, or altered, or belongs elsewhere")

// masterPrefix tells a master key from other text, for people and for secret
// scanners, and says the format's version.
const masterPrefix = "hufu-master-1."

// Sealer seals and opens. It is safe for concurrent use.
type Sealer struct{ primitive tink.AEAD }

// NewMasterKey makes a master key as text, to be kept in a file or an
// environment variable.
func NewMasterKey() (secret.String, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return secret.String{}, fmt.Errorf("make master key: %w", err)
	}
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&buf)); err != nil {
		return secret.String{}, fmt.Errorf("write master key: %w", err)
	}
	return secret.New(masterPrefix + base64.RawURLEncoding.EncodeToString(buf.Bytes())), nil
}

// New reads a master key made by NewMasterKey; surrounding white space is
// ignored. The error never holds a part of the key.
func New(master secret.String) (*Sealer, error) {
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
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, errors.New("the master key is damaged: its keyset has no usable key")
	}
	return &Sealer{primitive: primitive}, nil
}

// Seal encrypts plain for the row that purpose and row name together.
func (s *Sealer) Seal(plain []byte, purpose string, row ...string) ([]byte, error) {
	sealed, err := s.primitive.Encrypt(plain, associatedData(purpose, row))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", purpose, err)
	}
	return sealed, nil
}

// Open decrypts what Seal made for the same purpose and row. Errors: ErrOpen.
func (s *Sealer) Open(sealed []byte, purpose string, row ...string) ([]byte, error) {
	plain, err := s.primitive.Decrypt(sealed, associatedData(purpose, row))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", purpose, ErrOpen)
	}
	return plain, nil
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
