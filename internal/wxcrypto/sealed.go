package wxcrypto

import (
	"crypto/aes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// maxSealedLen bounds encryptedData, in characters. Real ones stay under 4 KiB:
// a profile has 536 characters, the steps of 31 days some 2 000.
const maxSealedLen = 64 << 10

// Sealed is open data as a client API gives it to the page, both fields in
// standard base64.
//
// Two kinds of damage are known to happen on the way to a server, and are
// mended: a '+' that became a space, because somebody sent the text in a query
// string or a form without encodeURIComponent; and line breaks, which MIME
// encoders put in. Neither a space nor a line break can stand in base64, so
// nothing is guessed. Everything else is refused, the URL-safe alphabet among
// it: no client of WeChat makes it.
type Sealed struct {
	EncryptedData string
	IV            string
}

// MessageHash is what checkencryptedmsg wants as encrypted_msg_hash: the
// lower-case hex SHA-256 of encryptedData, with which WeChat tells whether the
// data (phone numbers of the last three days only) is its own. The error is
// ErrMalformed.
//
// WeChat does not say whether the base64 text is hashed or what it encodes. It
// is the text here, mended, as the client API gave it.
func (s Sealed) MessageHash() (string, error) {
	if _, err := s.ciphertext(); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(mend(s.EncryptedData)))
	return hex.EncodeToString(sum[:]), nil
}

// ciphertext decodes encryptedData: whole AES blocks, at least one.
func (s Sealed) ciphertext() ([]byte, error) {
	if s.EncryptedData == "" || len(s.EncryptedData) > maxSealedLen {
		return nil, malformed(ReasonDataLength)
	}
	data, err := decodeBase64(mend(s.EncryptedData))
	if err != nil {
		return nil, malformed(ReasonDataBase64)
	}
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, malformed(ReasonDataBlocks)
	}
	return data, nil
}

// vector decodes the iv: one AES block.
func (s Sealed) vector() ([]byte, error) {
	if len(s.IV) > 2*keyTextLen { // what no line breaks explain is not worth mending
		return nil, malformed(ReasonIVLength)
	}
	text := mend(s.IV)
	if len(text) != keyTextLen {
		return nil, malformed(ReasonIVLength)
	}
	iv, err := decodeBase64(text)
	if err != nil {
		return nil, malformed(ReasonIVBase64)
	}
	if len(iv) != aes.BlockSize {
		return nil, malformed(ReasonIVLength)
	}
	return iv, nil
}

// mend undoes what is known to happen to base64 on its way: see Sealed.
func mend(text string) string {
	if !strings.Contains(text, " ") && !strings.Contains(text, "\r") && !strings.Contains(text, "\n") {
		return text // nearly always: to look is a tenth of the cost of a copy
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ':
			return '+'
		case '\r', '\n':
			return -1
		}
		return r
	}, text)
}

// decodeBase64 reads standard base64 with its padding, and only as an encoder
// writes it: one text for one value. Line breaks, which the decoder would skip
// anyway, are mended before.
func decodeBase64(text string) ([]byte, error) {
	return base64.StdEncoding.Strict().DecodeString(text)
}
