package wxcrypto_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// sealBytes is the other direction, as WeChat does it, but for the padding,
// which is appended as it is.
func sealBytes(tb testing.TB, sessionKey, iv string, plain, pad []byte) []byte {
	tb.Helper()
	block, err := aes.NewCipher(unbase64(tb, sessionKey))
	if err != nil {
		tb.Fatal(err)
	}
	data := append(bytes.Clone(plain), pad...)
	cipher.NewCBCEncrypter(block, unbase64(tb, iv)).CryptBlocks(data, data)
	return data
}

// seal seals under the official vector's key and iv.
func seal(tb testing.TB, plain string) wxcrypto.Sealed {
	tb.Helper()
	return sealPadded(tb, plain, pkcs7(len(plain)))
}

func sealPadded(tb testing.TB, plain string, pad []byte) wxcrypto.Sealed {
	tb.Helper()
	data := sealBytes(tb, sample.SessionKey, sample.IV, []byte(plain), pad)
	return wxcrypto.Sealed{EncryptedData: base64.StdEncoding.EncodeToString(data), IV: sample.IV}
}

// pkcs7 is the right padding of n bytes.
func pkcs7(n int) []byte {
	size := aes.BlockSize - n%aes.BlockSize
	return bytes.Repeat([]byte{byte(size)}, size)
}

func unbase64(tb testing.TB, text string) []byte {
	tb.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// open opens what seal sealed.
func open(tb testing.TB, plain string) wxcrypto.Opened {
	tb.Helper()
	opened, err := parseKey(tb, sample.SessionKey).Open(seal(tb, plain))
	if err != nil {
		tb.Fatalf("%s: %v (%s)", plain, err, wxcrypto.ReasonOf(err))
	}
	return opened
}

// verified opens plain, which gets a watermark, and holds it against the
// person of the official vector.
func verified(tb testing.TB, plain string) wxcrypto.OpenData {
	tb.Helper()
	const mark = `"watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}`
	text := plain[:len(plain)-1] + "," + mark
	if plain == "{}" {
		text = "{" + mark
	}
	data, err := open(tb, text).Verify(sampleExpected())
	if err != nil {
		tb.Fatalf("%s: %v (%s)", text, err, wxcrypto.ReasonOf(err))
	}
	return data
}

// sampleExpected is whom the official vector is of, one minute later.
func sampleExpected() wxcrypto.Expected {
	return wxcrypto.Expected{
		AppID:    sample.AppID,
		IDs:      wxcrypto.IDs{OpenID: "oGZUI0egBJY1zhBYw2KhdUfwVJJE", UnionID: "ocMvos6NjeKLIBqg5Mr9QjxrP1FA"},
		Now:      time.Unix(1477314187+60, 0),
		MaxAge:   5 * time.Minute,
		MaxAhead: 30 * time.Second,
	}
}
