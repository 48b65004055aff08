package wxcrypto

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
)

// SessionSignature proves to WeChat that we hold a user's session_key: the
// lower-case hex HMAC-SHA256 of body under sessionKey, as checksession and
// resetusersessionkey want it (sig_method hmac_sha256). For a GET the body is
// empty.
//
// The key is the text of the session_key: decoding its base64 first, as the
// word "key" suggests, gives a signature that WeChat answers with 87009.
func SessionSignature(sessionKey string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(sessionKey))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// rawDataSignature is the lower-case hex SHA-1 of rawData followed by the text
// of sessionKey: what wx.getUserInfo hands out as signature.
func rawDataSignature(rawData, sessionKey string) string {
	h := sha1.New() // WeChat's choice
	h.Write([]byte(rawData))
	h.Write([]byte(sessionKey))
	return hex.EncodeToString(h.Sum(nil))
}
