package wxcrypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

// Open decrypts open data (framework/open-ability/signature.html): AES-128-CBC
// under the decoded session_key, PKCS#7 padding, then one JSON object in UTF-8,
// which is read strictly: no name twice in an object, no lone surrogate, no more
// than 16 levels.
//
// Errors: ErrMalformed for what is wrong whatever the key; ErrDecrypt for all
// else, mostly because the session_key is another than the one of when the data
// was sealed. Try the keys before it; then the person has to log in again, and
// the page to ask WeChat for the data again.
//
// What comes back is not believed yet: see Opened.Verify.
func (k SessionKey) Open(s Sealed) (Opened, error) {
	iv, err := s.vector()
	if err != nil {
		return Opened{}, err
	}
	data, err := s.ciphertext()
	if err != nil {
		return Opened{}, err
	}
	key, ok := k.decode()
	defer clear(key[:])
	if !ok {
		return Opened{}, undecrypted(ReasonNoKey)
	}
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return Opened{}, undecrypted(ReasonNoKey)
	}
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(data, data)
	text, padded := unpad(data)
	// Read even where the padding is wrong, or that refusal would come sooner
	// than the others, and so tell what it is.
	fields, reason := readObject(text)
	if !padded {
		reason = ReasonPadding
	}
	if reason != "" {
		clear(data)
		return Opened{}, undecrypted(reason)
	}
	return Opened{func() *content { return &content{text, fields} }}, nil
}

// unpad takes off PKCS#7 padding (RFC 5652 §6.3), of 1 to 16 bytes: the block
// of 32 is for pushed messages, not for open data. It looks at every byte of
// the last block whatever the pad says, so that its time does not tell the pad.
// data is a whole number of blocks, at least one; where the padding is wrong, it
// comes back whole.
func unpad(data []byte) (text []byte, ok bool) {
	last := data[len(data)-aes.BlockSize:]
	pad := int(last[aes.BlockSize-1])
	good := subtle.ConstantTimeLessOrEq(1, pad) & subtle.ConstantTimeLessOrEq(pad, aes.BlockSize)
	for i, b := range last {
		inPad := subtle.ConstantTimeLessOrEq(aes.BlockSize-i, pad)
		same := subtle.ConstantTimeByteEq(b, byte(pad))
		good &= subtle.ConstantTimeSelect(inPad, same, 1)
	}
	return data[:len(data)-subtle.ConstantTimeSelect(good, pad, 0)], good == 1
}
