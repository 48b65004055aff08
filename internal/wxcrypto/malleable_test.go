package wxcrypto_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// TestOpen_FlippedIVChangesTheOpenID shows why ids are compared: without the
// key, by the iv alone, a person makes his openId another's. It opens; only the
// comparison with what is held refuses it.
func TestOpen_FlippedIVChangesTheOpenID(t *testing.T) {
	t.Parallel()
	key := parseKey(t, sample.SessionKey)
	iv := unbase64(t, sample.IV)
	iv[11] ^= 'o' ^ 'x' // {"openId":"oGZUI: byte 11 is the openId's first letter
	forged := wxcrypto.Sealed{EncryptedData: sample.EncryptedData, IV: base64.StdEncoding.EncodeToString(iv)}

	opened, err := key.Open(forged)
	if err != nil {
		t.Fatalf("CBC has no MAC, so it should open: %v (%s)", err, wxcrypto.ReasonOf(err))
	}
	_, err = opened.Verify(sampleExpected())
	refusal(t, err, wxcrypto.ErrWatermark, wxcrypto.ReasonOpenID)

	victim := sampleExpected()
	victim.IDs.OpenID = "x" + victim.IDs.OpenID[1:]
	if data, err := opened.Verify(victim); err != nil || data.IDs().OpenID != victim.IDs.OpenID {
		t.Errorf("the forged id is %q, %v: not what this test is about", data.IDs().OpenID, err)
	}
}

// TestOpen_FlippedIVHidesTheOpenID: nor does a missing id prove anything. The
// data passes, without an id that anybody could take for one.
func TestOpen_FlippedIVHidesTheOpenID(t *testing.T) {
	t.Parallel()
	iv := unbase64(t, sample.IV)
	iv[6] ^= 'I' ^ 'J' // openId becomes openJd
	opened, err := parseKey(t, sample.SessionKey).Open(
		wxcrypto.Sealed{EncryptedData: sample.EncryptedData, IV: base64.StdEncoding.EncodeToString(iv)})
	if err != nil {
		t.Fatal(wxcrypto.ReasonOf(err))
	}
	data, err := opened.Verify(sampleExpected())
	if err != nil || data.IDs().OpenID != "" {
		t.Errorf("IDs = %+v, %v", data.IDs(), err)
	}
}

// TestOpen_EveryFlippedBit goes through the official vector, bit by bit.
func TestOpen_EveryFlippedBit(t *testing.T) {
	t.Parallel()
	keyBytes, iv, data := unbase64(t, sample.SessionKey), unbase64(t, sample.IV), unbase64(t, sample.EncryptedData)
	encode := base64.StdEncoding.EncodeToString
	flips := func(b []byte, from int, check func(bit int, flipped []byte)) {
		for bit := from * 8; bit < len(b)*8; bit++ {
			b[bit/8] ^= 1 << (bit % 8)
			check(bit, b)
			b[bit/8] ^= 1 << (bit % 8)
		}
	}
	flips(keyBytes, 0, func(bit int, flipped []byte) {
		if _, err := parseKey(t, encode(flipped)).Open(sample.sealed()); err == nil {
			t.Errorf("bit %d of the key: opened", bit)
		}
	})
	key := parseKey(t, sample.SessionKey)
	flips(data, len(data)-32, func(bit int, flipped []byte) {
		if _, err := key.Open(wxcrypto.Sealed{EncryptedData: encode(flipped), IV: sample.IV}); err == nil {
			t.Errorf("bit %d of the last two blocks: opened", bit)
		}
	})
	opened := 0
	flips(iv, 0, func(bit int, flipped []byte) {
		sealed := wxcrypto.Sealed{EncryptedData: sample.EncryptedData, IV: encode(flipped)}
		if trusted(t, key, sealed, sampleExpected(), fmt.Sprintf("bit %d of the iv", bit)) {
			opened++
		}
	})
	if opened == 0 {
		t.Error("no changed iv passed: then this test shows nothing")
	}
}

// trusted opens what somebody changed. It may be refused; what passes must hold
// no id but those held. It reports whether it passed.
func trusted(tb rapid.TB, key wxcrypto.SessionKey, sealed wxcrypto.Sealed, want wxcrypto.Expected, what string) bool {
	tb.Helper()
	opened, err := key.Open(sealed)
	if err != nil {
		return false
	}
	data, err := opened.Verify(want)
	if err != nil {
		return false
	}
	if id := data.IDs().OpenID; id != "" && id != want.IDs.OpenID {
		tb.Errorf("%s: openId %q is believed", what, id)
	}
	if id := data.IDs().UnionID; id != "" && id != want.IDs.UnionID {
		tb.Errorf("%s: unionId %q is believed", what, id)
	}
	return true
}

// person is data as WeChat seals it: the ids first, the watermark last.
func person(t *rapid.T) string {
	fields := struct {
		OpenID    string         `json:"openId"`
		NickName  string         `json:"nickName"`
		Gender    int            `json:"gender"`
		AvatarURL string         `json:"avatarUrl"`
		UnionID   string         `json:"unionId,omitempty"`
		Watermark map[string]any `json:"watermark"`
	}{
		sampleExpected().IDs.OpenID, rapid.String().Draw(t, "nickName"), rapid.IntRange(0, 2).Draw(t, "gender"),
		rapid.StringN(0, 200, -1).Draw(t, "avatarUrl"), rapid.SampledFrom([]string{"", sampleExpected().IDs.UnionID}).Draw(t, "unionId"),
		map[string]any{"timestamp": 1477314187, "appid": sample.AppID},
	}
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestOpen_Property: what is sealed opens to itself; a changed bit of the key or
// of the last two blocks is refused; of the iv, nothing trusted comes of it.
func TestOpen_Property(t *testing.T) {
	t.Parallel()
	bytes16 := rapid.SliceOfN(rapid.Byte(), 16, 16)
	rapid.Check(t, func(rt *rapid.T) {
		plain := person(rt)
		keyBytes, iv := bytes16.Draw(rt, "key"), bytes16.Draw(rt, "iv")
		encode := base64.StdEncoding.EncodeToString
		data := sealBytes(t, encode(keyBytes), encode(iv), []byte(plain), pkcs7(len(plain)))
		open := func(keyBytes, iv, data []byte) (wxcrypto.SessionKey, wxcrypto.Sealed) {
			return parseKey(t, encode(keyBytes)), wxcrypto.Sealed{EncryptedData: encode(data), IV: encode(iv)}
		}

		key, sealed := open(keyBytes, iv, data)
		opened, err := key.Open(sealed)
		if err != nil {
			rt.Fatalf("%v (%s)", err, wxcrypto.ReasonOf(err))
		}
		if got, err := opened.Verify(sampleExpected()); err != nil || string(got.JSON()) != plain {
			rt.Fatalf("opened to %s, %v", got.JSON(), err)
		}

		bit := rapid.IntRange(0, 127).Draw(rt, "bit")
		flip := func(b []byte, bit int) { b[bit/8] ^= 1 << (bit % 8) }
		refused := func(what string) {
			if key, sealed := open(keyBytes, iv, data); trusted(rt, key, sealed, sampleExpected(), what) {
				rt.Errorf("bit %d of the %s: passed", bit, what)
			}
		}
		flip(keyBytes, bit)
		refused("key")
		flip(keyBytes, bit)
		end := data[len(data)-32:]
		last := rapid.IntRange(0, 255).Draw(rt, "bit of the last two blocks")
		flip(end, last)
		refused("last two blocks")
		flip(end, last)
		flip(iv, bit)
		key, sealed = open(keyBytes, iv, data)
		trusted(rt, key, sealed, sampleExpected(), "iv")
	})
}
