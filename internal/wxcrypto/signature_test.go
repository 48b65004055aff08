package wxcrypto_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// sha1Hex is the signature, made otherwise.
func sha1Hex(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// TestSessionSignature_KeyIsTheText: the known trap, 87009 (a decoded key).
func TestSessionSignature_KeyIsTheText(t *testing.T) {
	t.Parallel()
	v := signatures[0]
	mac := hmac.New(sha256.New, unbase64(t, v.SessionKey))
	mac.Write([]byte(v.Body))
	if wxcrypto.SessionSignature(v.SessionKey, []byte(v.Body)) == hex.EncodeToString(mac.Sum(nil)) {
		t.Error("signed with the decoded key")
	}
	if wxcrypto.SessionSignature(v.SessionKey, nil) != signatures[1].Signature {
		t.Error("a nil body is not the empty body")
	}
}

func TestVerifyRawData_Refuses(t *testing.T) {
	t.Parallel()
	sum := unbase64(t, base64.StdEncoding.EncodeToString(mustHex(t, raw.Signature)))
	for name, tt := range map[string]struct{ key, data, signature string }{
		"AnotherKey":         {sample.SessionKey, raw.RawData, raw.Signature},
		"SpaceAfterData":     {raw.SessionKey, raw.RawData + " ", raw.Signature},
		"LineBreakAfterData": {raw.SessionKey, raw.RawData + "\n", raw.Signature},
		"DataMadeAgain":      {raw.SessionKey, strings.ReplaceAll(raw.RawData, "/", `\/`), raw.Signature},
		"OtherNickname":      {raw.SessionKey, strings.Replace(raw.RawData, "Band", "Bond", 1), raw.Signature},
		"EmptyData":          {raw.SessionKey, "", raw.Signature},
		"UpperCase":          {raw.SessionKey, raw.RawData, strings.ToUpper(raw.Signature)},
		"OneUpperCase":       {raw.SessionKey, raw.RawData, strings.Replace(raw.Signature, "e", "E", 1)},
		"Cut":                {raw.SessionKey, raw.RawData, raw.Signature[:39]},
		"TooLong":            {raw.SessionKey, raw.RawData, raw.Signature + "0"},
		"SpaceAfter":         {raw.SessionKey, raw.RawData, raw.Signature + " "},
		"Prefix0x":           {raw.SessionKey, raw.RawData, "0x" + raw.Signature},
		"Base64":             {raw.SessionKey, raw.RawData, base64.StdEncoding.EncodeToString(sum)},
		"Bytes":              {raw.SessionKey, raw.RawData, string(sum)},
		"FirstDigit":         {raw.SessionKey, raw.RawData, "8" + raw.Signature[1:]},
		"LastDigit":          {raw.SessionKey, raw.RawData, raw.Signature[:39] + "d"},
		"Empty":              {raw.SessionKey, raw.RawData, ""},
		"Zeros":              {raw.SessionKey, raw.RawData, strings.Repeat("0", 40)},
		"WithoutKey":         {raw.SessionKey, raw.RawData, sha1Hex(raw.RawData)},
		"KeyFirst":           {raw.SessionKey, raw.RawData, sha1Hex(raw.SessionKey + raw.RawData)},
		"KeyDecoded":         {raw.SessionKey, raw.RawData, sha1Hex(raw.RawData + string(unbase64(t, raw.SessionKey)))},
		"SHA256":             {raw.SessionKey, raw.RawData, wxcrypto.SessionSignature(raw.SessionKey, []byte(raw.RawData))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if parseKey(t, tt.key).VerifyRawData(tt.data, tt.signature) {
				t.Error("accepted")
			}
		})
	}
}

func mustHex(tb testing.TB, text string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}
