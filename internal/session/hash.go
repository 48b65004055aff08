package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/token"
)

// hasher makes keyed hashes, so that what is kept of codes, idempotency keys
// and session keys tells nothing to who reads the database. It keeps its HMACs,
// as their keys cost as much to take in as a short text to hash.
type hasher struct{ macs sync.Pool }

// newHasher makes a hasher of a use whose key is never replaced.
func newHasher(ring *token.Keyring, use token.Use) (*hasher, error) {
	_, key, err := ring.Secret(use, time.Time{})
	if err != nil {
		return nil, err
	}
	h := &hasher{}
	h.macs.New = func() any { return &keyedMAC{Hash: hmac.New(sha256.New, key)} }
	return h, nil
}

type keyedMAC struct {
	hash.Hash
	text []byte
	sum  [sha256.Size]byte
}

// hash hashes parts, each with its length in front, so that no two lists are the
// same text. The kind keeps the hashes of different things apart.
func (h *hasher) hash(kind string, parts ...string) [16]byte {
	m := h.macs.Get().(*keyedMAC)
	defer h.macs.Put(m)
	m.Reset()
	m.text = append(binary.AppendUvarint(m.text[:0], uint64(len(kind))), kind...)
	for _, part := range parts {
		m.text = append(binary.AppendUvarint(m.text, uint64(len(part))), part...)
	}
	m.Write(m.text)
	clear(m.text) // a code or a session_key
	return [16]byte(m.Sum(m.sum[:0]))
}
