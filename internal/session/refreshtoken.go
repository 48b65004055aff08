package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/token"
)

// Refresh tokens are derived, not stored:
//
//	"hfr_" base64url( key number:4 ‖ session id:16 ‖ generation:4 ‖
//	                  HMAC-SHA256(key, salt ‖ session id ‖ generation) )
//
// The row holds generation and salt, so who reads the database can make none,
// and the same successor can be given again without having been kept.
const (
	refreshPrefix = "hfr_"
	refreshBody   = 4 + 16 + 4
	refreshSize   = refreshBody + sha256.Size
)

// errNoRefreshToken says that a text is no refresh token of ours.
var errNoRefreshToken = errors.New("no refresh token")

// refreshToken is a refresh token taken apart. Nothing in it is to be believed
// before authentic said so.
type refreshToken struct {
	keyNumber  uint32
	session    id.SessionID
	generation uint32
	mac        [sha256.Size]byte
}

func parseRefreshToken(t secret.String) (refreshToken, error) {
	text, ok := strings.CutPrefix(t.Reveal(), refreshPrefix)
	if !ok || len(text) != base64.RawURLEncoding.EncodedLen(refreshSize) {
		return refreshToken{}, errNoRefreshToken
	}
	// Strict: each token has one spelling.
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return refreshToken{}, errNoRefreshToken
	}
	out := refreshToken{
		keyNumber:  binary.BigEndian.Uint32(raw),
		session:    id.SessionIDFromUUID([16]byte(raw[4:20])),
		generation: binary.BigEndian.Uint32(raw[20:24]),
	}
	copy(out.mac[:], raw[refreshBody:])
	return out, nil
}

// authentic reports whether we made the token for this session's salt.
func (m *Manager) authentic(t refreshToken, salt [SaltSize]byte) bool {
	key, ok := m.cfg.Keyring.SecretByNumber(token.Refresh, int64(t.keyNumber))
	if !ok {
		return false
	}
	uuid, ok := t.session.UUID()
	if !ok {
		return false
	}
	return hmac.Equal(t.mac[:], refreshMAC(key, salt, uuid, t.generation))
}

// refreshToken derives the token of the session's current generation. The key
// is the one that was active when the generation began, so the token comes out
// the same whenever it is asked for.
func (m *Manager) refreshToken(s *Session) (secret.String, error) {
	began := s.RotatedAt
	if began.IsZero() {
		began = s.CreatedAt
	}
	number, key, err := m.cfg.Keyring.Secret(token.Refresh, began)
	if err != nil {
		return secret.String{}, err
	}
	uuid, ok := s.ID.UUID()
	if !ok {
		return secret.String{}, errors.New("malformed session id")
	}
	raw := make([]byte, 0, refreshSize)
	raw = binary.BigEndian.AppendUint32(raw, uint32(number))
	raw = append(raw, uuid[:]...)
	raw = binary.BigEndian.AppendUint32(raw, s.Generation)
	raw = append(raw, refreshMAC(key, s.Salt, uuid, s.Generation)...)
	return secret.New(refreshPrefix + base64.RawURLEncoding.EncodeToString(raw)), nil
}

func refreshMAC(key []byte, salt [SaltSize]byte, uuid [16]byte, generation uint32) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(salt[:])
	mac.Write(uuid[:])
	mac.Write(binary.BigEndian.AppendUint32(nil, generation))
	return mac.Sum(nil)
}
