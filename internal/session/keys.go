package session

import (
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// sessionKeyPurpose binds sealed session keys to being one.
const sessionKeyPurpose = "session_key"

// sealKey seals a session_key for the identity it belongs to.
func (m *Manager) sealKey(appid id.AppID, openid id.OpenID, key secret.String, at time.Time) (KeyRecord, error) {
	sealed, err := m.cfg.Sealer.Seal([]byte(key.Reveal()), sessionKeyPurpose, string(appid), string(openid))
	if err != nil {
		return KeyRecord{}, err
	}
	if len(sealed) != keySealedSize {
		return KeyRecord{}, fmt.Errorf("a session key of %d bytes can't be kept", len(sealed))
	}
	fingerprint := m.fingerprints.hash("session_key", string(appid), string(openid), key.Reveal())
	return newKeyRecord(fingerprint, at, [keySealedSize]byte(sealed)), nil
}

// parseKey opens a record of sealKey. The key it returns can be used, and not
// read: it decrypts, verifies and signs.
func (m *Manager) parseKey(who *identity.Identity, record []byte) (wxcrypto.SessionKey, error) {
	plain, err := m.cfg.Sealer.Open(record[keyFingerprintSize+8:], sessionKeyPurpose, string(who.AppID), string(who.OpenID))
	if err != nil {
		return wxcrypto.SessionKey{}, err
	}
	defer clear(plain)
	return wxcrypto.ParseSessionKey(string(plain))
}
