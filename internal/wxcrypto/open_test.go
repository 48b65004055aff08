package wxcrypto_test

import (
	"crypto/aes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// TestOpen_RefusesAlike: whatever is wrong after decryption, the error is one;
// the reason is told to logs only.
func TestOpen_RefusesAlike(t *testing.T) {
	t.Parallel()
	block := `{"a":"012345678"` // 16 bytes, and a JSON text without its end
	whole := `{"a":"01234567"}`
	cut := sample.sealed()
	cut.EncryptedData = base64.StdEncoding.EncodeToString(unbase64(t, sample.EncryptedData)[:384])
	firstMissing := sample.sealed()
	firstMissing.EncryptedData = base64.StdEncoding.EncodeToString(unbase64(t, sample.EncryptedData)[16:])
	for name, tt := range map[string]struct {
		key    string
		sealed wxcrypto.Sealed
		reason wxcrypto.Reason
	}{
		"WrongKey":               {raw.SessionKey, sample.sealed(), wxcrypto.ReasonPadding},
		"LastBlockMissing":       {sample.SessionKey, cut, wxcrypto.ReasonPadding},
		"FirstBlockMissing":      {sample.SessionKey, firstMissing, wxcrypto.ReasonUTF8},
		"PadMissing":             {sample.SessionKey, sealPadded(t, whole, nil), wxcrypto.ReasonPadding},
		"PadZero":                {sample.SessionKey, sealPadded(t, block[:15], []byte{0}), wxcrypto.ReasonPadding},
		"PadSeventeen":           {sample.SessionKey, sealPadded(t, whole+block[:15], []byte{17}), wxcrypto.ReasonPadding},
		"Pad32AsInPushes":        {sample.SessionKey, sealPadded(t, whole, []byte(strings.Repeat("\x20", 32))), wxcrypto.ReasonPadding},
		"Pad255":                 {sample.SessionKey, sealPadded(t, block[:15], []byte{255}), wxcrypto.ReasonPadding},
		"PadUneven":              {sample.SessionKey, sealPadded(t, block[:13], []byte{3, 2, 3}), wxcrypto.ReasonPadding},
		"PadWrongAtItsStart":     {sample.SessionKey, sealPadded(t, block[:12], []byte{3, 4, 4, 4}), wxcrypto.ReasonPadding},
		"Pad16WrongAtItsStart":   {sample.SessionKey, sealPadded(t, whole, append([]byte{15}, []byte(strings.Repeat("\x10", 15))...)), wxcrypto.ReasonPadding},
		"PadOfISO10126":          {sample.SessionKey, sealPadded(t, whole[:12], []byte{9, 7, 5, 4}), wxcrypto.ReasonPadding},
		"PadOfZeros":             {sample.SessionKey, sealPadded(t, whole[:12], make([]byte, 4)), wxcrypto.ReasonPadding},
		"GoodPadNoJSON":          {sample.SessionKey, seal(t, block), wxcrypto.ReasonJSON},
		"GoodPadNothing":         {sample.SessionKey, seal(t, ""), wxcrypto.ReasonJSON},
		"GoodPadNotUTF8":         {sample.SessionKey, seal(t, "{\"a\":\"\xff\"}"), wxcrypto.ReasonUTF8},
		"GoodPadNameTwice":       {sample.SessionKey, seal(t, `{"a":1,"a":2}`), wxcrypto.ReasonDuplicateKey},
		"GoodPadNotAnObject":     {sample.SessionKey, seal(t, `[1]`), wxcrypto.ReasonNotObject},
		"GoodPadLoneSurrogate":   {sample.SessionKey, seal(t, `{"a":"\ud83d"}`), wxcrypto.ReasonSurrogate},
		"GoodPadTooDeep":         {sample.SessionKey, seal(t, nested(17)), wxcrypto.ReasonDepth},
		"SealedByAnotherProgram": {sample.SessionKey, seal(t, "hello"), wxcrypto.ReasonJSON},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opened, err := parseKey(t, tt.key).Open(tt.sealed)
			refusal(t, err, wxcrypto.ErrDecrypt, tt.reason)
			for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
				if got := fmt.Sprintf(verb, err); got != wxcrypto.ErrDecrypt.Error() {
					t.Errorf("%s prints %s", verb, got)
				}
			}
			if _, err := opened.Verify(sampleExpected()); err == nil {
				t.Error("what was refused can be used")
			}
		})
	}
}

func TestOpen_EveryPadding(t *testing.T) {
	t.Parallel()
	key := parseKey(t, sample.SessionKey)
	for n := range 2 * aes.BlockSize {
		plain := `{"a":"` + strings.Repeat("x", n) + `"}`
		if _, err := key.Open(seal(t, plain)); err != nil {
			t.Errorf("%d bytes: %v (%s)", len(plain), err, wxcrypto.ReasonOf(err))
		}
	}
}

// TestOpen_KeepsNothing: neither what was given nor what was opened changes by
// a second use.
func TestOpen_KeepsNothing(t *testing.T) {
	t.Parallel()
	key := parseKey(t, sample.SessionKey)
	for range 2 {
		opened, err := key.Open(sample.sealed())
		if err != nil {
			t.Fatal(err)
		}
		data, err := opened.Verify(sampleExpected())
		if err != nil {
			t.Fatal(err)
		}
		clear(data.JSON())
		if string(data.JSON()) != sample.Plaintext {
			t.Errorf("what a caller did to his copy is seen by the next: %s", data.JSON())
		}
	}
}

func TestReasonOf_OtherErrors(t *testing.T) {
	t.Parallel()
	_, err := parseKey(t, raw.SessionKey).Open(sample.sealed())
	if got := wxcrypto.ReasonOf(fmt.Errorf("open: %w", err)); got != wxcrypto.ReasonPadding {
		t.Errorf("wrapped: %q", got)
	}
	if got := wxcrypto.ReasonOf(fmt.Errorf("another")); got != "" || wxcrypto.ReasonOf(nil) != "" {
		t.Errorf("not ours: %q", got)
	}
}
