package wxcrypto_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// FuzzOpen: nothing panics, there are three errors and no more, and what was
// refused gives nothing.
func FuzzOpen(f *testing.F) {
	f.Add(sample.SessionKey, sample.EncryptedData, sample.IV)
	f.Add(raw.SessionKey, sample.EncryptedData, sample.IV)
	f.Add(sample.SessionKey, strings.ReplaceAll(sample.EncryptedData, "+", " "), sample.IV)
	f.Add(sample.SessionKey, wrap(sample.EncryptedData, "\r\n"), sample.IV)
	f.Add("", "", "")
	f.Add(sample.SessionKey, "AAAAAAAAAAAAAAAAAAAAAA==", sample.IV)
	f.Fuzz(func(t *testing.T, keyText, data, iv string) {
		key, err := wxcrypto.ParseSessionKey(keyText)
		if err != nil && (!errors.Is(err, wxcrypto.ErrSessionKey) || !key.Equal(wxcrypto.SessionKey{})) {
			t.Errorf("ParseSessionKey: %v", err)
		}
		sealed := wxcrypto.Sealed{EncryptedData: data, IV: iv}
		opened, err := key.Open(sealed)
		if err != nil && wxcrypto.ReasonOf(err) == "" {
			t.Errorf("an error without a reason: %v", err)
		}
		if err != nil && !errors.Is(err, wxcrypto.ErrMalformed) && !errors.Is(err, wxcrypto.ErrDecrypt) {
			t.Errorf("another error: %v", err)
		}
		if _, hashErr := sealed.MessageHash(); hashErr != nil && err == nil {
			t.Errorf("it opens, and has no hash: %v", hashErr)
		}
		got, verifyErr := opened.Verify(sampleExpected())
		if err != nil && verifyErr == nil {
			t.Errorf("refused, and verified as %s", got.JSON())
		}
	})
}

// FuzzOpenInverts holds the strict reading against another's: what is sealed
// opens to itself, exactly if it is one JSON object that jsontext (RFC 8259
// with no name twice, RFC 7493's texts) takes too, no deeper than allowed.
func FuzzOpenInverts(f *testing.F) {
	for _, text := range []string{
		sample.Plaintext, raw.RawData, "", "{}", " {}\n", `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":"\ud83d"}`, `{"a":"\ud83d\udc2f"}`,
		`{"a":"\\ud83d"}`, "{\"\xff\":1}", `[{}]`, nested(16), nested(17), `{"a":1e999}`, "{}\x00", "\ufeff{}", "\x10\x10\x01\x00",
	} {
		f.Add([]byte(text))
	}
	key, err := wxcrypto.ParseSessionKey(sample.SessionKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		if len(plain) > 32<<10 {
			t.Skip("longer than user data may be")
		}
		data := sealBytes(t, sample.SessionKey, sample.IV, plain, pkcs7(len(plain)))
		opened, err := key.Open(wxcrypto.Sealed{EncryptedData: base64.StdEncoding.EncodeToString(data), IV: sample.IV})
		if want := strictObject(plain); (err == nil) != want {
			t.Fatalf("%q: %v (%s), but strict is %t", plain, err, wxcrypto.ReasonOf(err), want)
		}
		got, verifyErr := opened.Verify(sampleExpected())
		if verifyErr == nil && string(got.JSON()) != string(plain) {
			t.Errorf("%q became %q", plain, got.JSON())
		}
		if verifyErr == nil {
			_, _ = got.Profile() // no panic on any shape
			_, _ = got.Phone()
		}
	})
}

// strictObject is what jsontext thinks of text.
func strictObject(text []byte) bool {
	value := jsontext.Value(text)
	return value.IsValid() && value.Kind() == '{' && depth(text) <= 16
}

// depth is how deep valid JSON nests.
func depth(text []byte) (deepest int) {
	dec := jsontext.NewDecoder(strings.NewReader(string(text)))
	for {
		if _, err := dec.ReadToken(); err != nil {
			return deepest
		}
		deepest = max(deepest, dec.StackDepth())
	}
}

// FuzzVerify puts any fields before a good watermark: what passes has no id but
// those held, and no shape panics.
func FuzzVerify(f *testing.F) {
	for _, fields := range []string{
		`"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE"`, `"openid":"x"`, `"unionId":null`, `"openId":{}`, `"nickName":"微信用户","gender":0`,
		`"nickName":1`, `"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":"86"`, `"watermark":1`,
	} {
		f.Add(fields)
	}
	key, err := wxcrypto.ParseSessionKey(sample.SessionKey)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, fields string) {
		if len(fields) > 16<<10 {
			t.Skip("longer than user data is")
		}
		text := `{` + fields + `,"watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}`
		data := sealBytes(t, sample.SessionKey, sample.IV, []byte(text), pkcs7(len(text)))
		sealed := wxcrypto.Sealed{EncryptedData: base64.StdEncoding.EncodeToString(data), IV: sample.IV}
		if !trusted(t, key, sealed, sampleExpected(), text) {
			return
		}
		opened, _ := key.Open(sealed)
		got, _ := opened.Verify(sampleExpected())
		if p, err := got.Profile(); err == nil && p.IDs != got.IDs() {
			t.Errorf("the profile's ids are %+v, the data's %+v", p.IDs, got.IDs())
		}
		if p, err := got.Phone(); err == nil && (p.PhoneNumber == "" || p.PurePhoneNumber == "" || p.CountryCode == "") {
			t.Errorf("a phone number without one: %+v", p)
		}
	})
}

func FuzzSessionSignature(f *testing.F) {
	f.Add(signatures[0].SessionKey, []byte(signatures[0].Body))
	f.Add("", []byte(nil))
	f.Fuzz(func(t *testing.T, key string, body []byte) {
		sig := wxcrypto.SessionSignature(key, body)
		if len(sig) != 64 || strings.Trim(sig, "0123456789abcdef") != "" {
			t.Errorf("not 64 lower-case hex digits: %q", sig)
		}
		if sig != wxcrypto.SessionSignature(key, body) {
			t.Error("two signatures of one thing differ")
		}
		if sig == wxcrypto.SessionSignature(key, append([]byte("x"), body...)) {
			t.Error("another body has the same signature")
		}
	})
}

func FuzzVerifyRawData(f *testing.F) {
	f.Add(raw.SessionKey, raw.RawData, raw.Signature)
	f.Add(raw.SessionKey, raw.RawData, strings.ToUpper(raw.Signature))
	f.Add("", "", sha1Hex(""))
	f.Fuzz(func(t *testing.T, keyText, data, signature string) {
		key, err := wxcrypto.ParseSessionKey(keyText)
		right := sha1Hex(data + keyText)
		if got, want := key.VerifyRawData(data, signature), err == nil && signature == right; got != want {
			t.Errorf("VerifyRawData = %t, want %t", got, want)
		}
		if err == nil && !key.VerifyRawData(data, right) {
			t.Error("a right signature is refused")
		}
	})
}
