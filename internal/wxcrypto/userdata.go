package wxcrypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
)

// ErrDecrypt is every way in which user data cannot be decrypted. It does not
// tell which, so that nobody can use an answer as a padding oracle.
var ErrDecrypt = errors.New("user data does not decrypt under this session key")

const (
	// keyTextLen is the length of 16 bytes in base64: session_key and iv.
	keyTextLen = 24
	// maxUserDataLen bounds encryptedData; real ones stay under 4 KiB.
	maxUserDataLen = 64 << 10
)

// DecryptUserData opens the encryptedData and iv that a mini program got with a
// user's consent: AES-128-CBC under the decoded session_key, with PKCS#7
// padding. All three are standard base64. The only error is ErrDecrypt.
//
// There is no MAC: one wrong key in some 256 passes, and whoever may have many
// of his own ciphertexts decrypted can forge bytes of the plaintext. A caller
// must parse the JSON strictly, compare watermark.appid, and must not believe
// an identity found in it.
func DecryptUserData(sessionKey, encryptedData, iv string) ([]byte, error) {
	if len(sessionKey) != keyTextLen || len(iv) != keyTextLen {
		return nil, ErrDecrypt
	}
	if len(encryptedData) == 0 || len(encryptedData) > maxUserDataLen {
		return nil, ErrDecrypt
	}
	key, errKey := decodeBase64(sessionKey)
	vector, errIV := decodeBase64(iv)
	data, errData := decodeBase64(encryptedData)
	if errKey != nil || errIV != nil || errData != nil {
		return nil, ErrDecrypt
	}
	if len(key) != aes.BlockSize || len(vector) != aes.BlockSize {
		return nil, ErrDecrypt
	}
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, ErrDecrypt
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrDecrypt
	}
	cipher.NewCBCDecrypter(block, vector).CryptBlocks(data, data)
	return unpad(data)
}

// decodeBase64 reads standard base64 with its padding, and nothing besides: the
// decoder of encoding/base64 alone would skip line breaks.
func decodeBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, ErrDecrypt
	}
	return base64.StdEncoding.DecodeString(text)
}

// unpad takes off PKCS#7 padding (RFC 5652 §6.3). It looks at every byte of the
// last block whatever the pad says, so that its time does not tell the pad.
// data is a whole number of blocks, at least one.
func unpad(data []byte) ([]byte, error) {
	last := data[len(data)-aes.BlockSize:]
	pad := int(last[aes.BlockSize-1])
	good := subtle.ConstantTimeLessOrEq(1, pad) & subtle.ConstantTimeLessOrEq(pad, aes.BlockSize)
	for i, b := range last {
		inPad := subtle.ConstantTimeLessOrEq(aes.BlockSize-i, pad)
		same := subtle.ConstantTimeByteEq(b, byte(pad))
		good &= subtle.ConstantTimeSelect(inPad, same, 1)
	}
	if good != 1 {
		return nil, ErrDecrypt
	}
	return data[:len(data)-pad], nil
}
