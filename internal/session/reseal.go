package session

import (
	"bytes"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/seal"
)

// ResealKeys seals an identity's session keys anew under the primary master key;
// fingerprints and times stay. It returns a copy; changed says whether anything
// had to be done. One that does not open stays as it is, and the error, which is
// seal.ErrOpen, says so once the others are done.
func ResealKeys(sealer *seal.Sealer, app id.AppID, openid id.OpenID, held []byte) (out []byte, changed bool, err error) {
	out = bytes.Clone(held)
	for record := range records(out) {
		box := record[keyFingerprintSize+8:]
		sealed, fresh, failed := sealer.Reseal(box, sessionKeyPurpose, string(app), string(openid))
		if failed != nil {
			err = failed
			continue
		}
		copy(box, sealed) // of the same length: the plaintext is
		changed = changed || fresh
	}
	return out, changed, err
}

// SealedUnder yields the ids of the master keys that sealed an identity's session
// keys; ok is false for one that is no ciphertext.
func SealedUnder(held []byte) func(yield func(key seal.KeyID, ok bool) bool) {
	return func(yield func(seal.KeyID, bool) bool) {
		for record := range records(held) {
			if !yield(seal.KeyOf(record[keyFingerprintSize+8:])) {
				return
			}
		}
	}
}
