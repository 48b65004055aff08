package wxcrypto_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// encrypt is the other direction, as WeChat does it; pad is appended as it is.
func encrypt(tb testing.TB, sessionKey string, plain, pad []byte, iv string) string {
	tb.Helper()
	key, err := base64.StdEncoding.DecodeString(sessionKey)
	if err != nil {
		tb.Fatal(err)
	}
	vector, err := base64.StdEncoding.DecodeString(iv)
	if err != nil {
		tb.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	data := append(bytes.Clone(plain), pad...)
	cipher.NewCBCEncrypter(block, vector).CryptBlocks(data, data)
	return base64.StdEncoding.EncodeToString(data)
}

// pkcs7 is the right padding of n bytes.
func pkcs7(n int) []byte {
	size := aes.BlockSize - n%aes.BlockSize
	return bytes.Repeat([]byte{byte(size)}, size)
}

func TestDecryptUserData(t *testing.T) {
	t.Parallel()
	got, err := wxcrypto.DecryptUserData(sampleSessionKey, sampleData, sampleIV)
	if err != nil {
		t.Fatalf("the official vector: %v", err)
	}
	if string(got) != samplePlain {
		t.Fatalf("the official vector decrypts to\n%s\nwant\n%s", got, samplePlain)
	}
	var data struct {
		Watermark struct {
			AppID string `json:"appid"`
		} `json:"watermark"`
	}
	if err := json.Unmarshal(got, &data); err != nil || data.Watermark.AppID != sampleAppID {
		t.Errorf("watermark appid %q (%v), want %q", data.Watermark.AppID, err, sampleAppID)
	}
}

func TestDecryptUserData_RefusesAlike(t *testing.T) {
	t.Parallel()
	block := strings.Repeat("A", 16)
	sealed := func(plain string, pad ...byte) string {
		return encrypt(t, sampleSessionKey, []byte(plain), pad, sampleIV)
	}
	tests := map[string]struct{ key, data, iv string }{
		"WrongKey":           {rawDataKey, sampleData, sampleIV},
		"EmptyKey":           {"", sampleData, sampleIV},
		"ShortKey":           {sampleSessionKey[:23], sampleData, sampleIV},
		"LongKey":            {sampleSessionKey + "=", sampleData, sampleIV},
		"KeyOf17Bytes":       {"AAAAAAAAAAAAAAAAAAAAAAA=", sampleData, sampleIV},
		"KeyNotBase64":       {"tiihtNczf5v6AKRyjwEUh!==", sampleData, sampleIV},
		"KeyWithLineBreak":   {"tiihtNczf5v6AKRyjwEUh\n==", sampleData, sampleIV},
		"KeyInURLAlphabet":   {"_-ihtNczf5v6AKRyjwEUhQ==", sampleData, sampleIV},
		"EmptyIV":            {sampleSessionKey, sampleData, ""},
		"IVNotBase64":        {sampleSessionKey, sampleData, "r7BXXKkLb8qrSNn05n0q*A=="},
		"IVOf18Bytes":        {sampleSessionKey, sampleData, "AAAAAAAAAAAAAAAAAAAAAAAA"},
		"EmptyData":          {sampleSessionKey, "", sampleIV},
		"DataNotBase64":      {sampleSessionKey, "****", sampleIV},
		"DataWithLineBreak":  {sampleSessionKey, sampleData[:76] + "\r\n" + sampleData[76:], sampleIV},
		"DataWithSpaces":     {sampleSessionKey, strings.ReplaceAll(sampleData, "+", " "), sampleIV},
		"DataNotWholeBlocks": {sampleSessionKey, base64.StdEncoding.EncodeToString([]byte("17 bytes of data!")), sampleIV},
		"DataTooLong":        {sampleSessionKey, strings.Repeat("A", 64<<10+4), sampleIV},
		"LastBlockMissing":   {sampleSessionKey, sampleData[:len(sampleData)-24] + "==", sampleIV},
		"PadZero":            {sampleSessionKey, sealed(block[:15], 0), sampleIV},
		"PadSeventeen":       {sampleSessionKey, sealed(block+block[:15], 17), sampleIV},
		"Pad255":             {sampleSessionKey, sealed(block[:15], 255), sampleIV},
		"PadUneven":          {sampleSessionKey, sealed(block[:13], 3, 2, 3), sampleIV},
		"PadWrongAtItsStart": {sampleSessionKey, sealed(block[:12], 3, 4, 4, 4), sampleIV},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := wxcrypto.DecryptUserData(tt.key, tt.data, tt.iv)
			if got != nil || !errors.Is(err, wxcrypto.ErrDecrypt) || err.Error() != wxcrypto.ErrDecrypt.Error() {
				t.Errorf("DecryptUserData = %q, %v; want nothing but ErrDecrypt", got, err)
			}
		})
	}
}

func TestDecryptUserData_EveryPadding(t *testing.T) {
	t.Parallel()
	for n := range 2 * aes.BlockSize {
		plain := bytes.Repeat([]byte{'x'}, n)
		data := encrypt(t, sampleSessionKey, plain, pkcs7(n), sampleIV)
		got, err := wxcrypto.DecryptUserData(sampleSessionKey, data, sampleIV)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: %q, %v", n, got, err)
		}
	}
}

// FuzzDecryptUserData: nothing panics, and there is one error only.
func FuzzDecryptUserData(f *testing.F) {
	f.Add(sampleSessionKey, sampleData, sampleIV)
	f.Add(rawDataKey, sampleData, sampleIV)
	f.Add("", "", "")
	f.Add(sampleSessionKey, "AAAAAAAAAAAAAAAAAAAAAA==", sampleIV)
	f.Fuzz(func(t *testing.T, key, data, iv string) {
		got, err := wxcrypto.DecryptUserData(key, data, iv)
		if err != nil && (got != nil || !errors.Is(err, wxcrypto.ErrDecrypt)) {
			t.Errorf("%q, %v", got, err)
		}
		if err == nil && len(got) >= len(data) {
			t.Errorf("%d characters gave %d bytes", len(data), len(got))
		}
	})
}

// FuzzDecryptUserDataInverts: what WeChat encrypts comes out again.
func FuzzDecryptUserDataInverts(f *testing.F) {
	f.Add([]byte(samplePlain))
	f.Add([]byte{})
	f.Add([]byte{16, 16, 1, 0})
	f.Fuzz(func(t *testing.T, plain []byte) {
		if len(plain) > 32<<10 {
			t.Skip("longer than user data may be")
		}
		data := encrypt(t, sampleSessionKey, plain, pkcs7(len(plain)), sampleIV)
		got, err := wxcrypto.DecryptUserData(sampleSessionKey, data, sampleIV)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%q became %q, %v", plain, got, err)
		}
	})
}
