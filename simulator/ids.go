package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// derive is the one source of what must be the same after a restart: a pure
// function of the seed and the parts, which are length-prefixed so that no two
// lists of parts run together.
func derive(seed uint64, parts ...string) [sha256.Size]byte {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], seed)
	mac := hmac.New(sha256.New, n[:])
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		mac.Write(n[:])
		mac.Write([]byte(p))
	}
	var sum [sha256.Size]byte
	mac.Sum(sum[:0])
	return sum
}

// openID has the observed shape: 28 characters of [0-9A-Za-z_-], the first an
// "o", and the next five the same for all people of one app.
func openID(seed uint64, appID, name string) string {
	return scopedID(derive(seed, "openid app", appID), derive(seed, "openid", appID, name))
}

// unionID is the same in all apps of one open account.
func unionID(seed uint64, openAccount, name string) string {
	return scopedID(derive(seed, "unionid account", openAccount), derive(seed, "unionid", openAccount, name))
}

func scopedID(scope, own [sha256.Size]byte) string {
	return "o" + base64.RawURLEncoding.EncodeToString(scope[:])[:5] +
		base64.RawURLEncoding.EncodeToString(own[:])[:22]
}

// phoneNumber has the shape of a mainland mobile number. Nothing is ever sent
// to it.
func phoneNumber(seed uint64, name string) string {
	sum := derive(seed, "phone", name)
	n := binary.BigEndian.Uint64(sum[:8])
	return fmt.Sprintf("1%d%09d", 3+n%7, (n/7)%1_000_000_000)
}

const userIDPrefix = "psn_"

func userID(seed uint64, name string) string {
	sum := derive(seed, "user", name)
	return userIDPrefix + hex.EncodeToString(sum[:8])
}

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// randomText is n random characters of [0-9A-Za-z].
func randomText(n int) string {
	// 248 is the largest multiple of 62 in a byte: what lies above would
	// favour the first characters.
	const limit = 256 - 256%len(alphanumeric)
	out := make([]byte, 0, n)
	var buf [64]byte
	for len(out) < n {
		rand.Read(buf[:]) // crypto/rand never fails
		for _, b := range buf {
			if int(b) < limit && len(out) < n {
				out = append(out, alphanumeric[int(b)%len(alphanumeric)])
			}
		}
	}
	return string(out)
}

// newCode is a login code of the observed shape: 32 characters, the first "0".
func newCode() string { return "0" + randomText(31) }

// newSessionKey is standard base64 of 16 random bytes.
func newSessionKey() string {
	var b [16]byte
	rand.Read(b[:])
	return base64.StdEncoding.EncodeToString(b[:])
}

// newAccessToken looks like the real ones: two digits, an underscore, and
// text to be taken as opaque.
func newAccessToken() string {
	var b [1]byte
	rand.Read(b[:])
	return fmt.Sprintf("%02d_%s", 10+int(b[0])%90, randomText(133))
}
