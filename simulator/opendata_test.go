package simulator_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

// openSealed opens what WeChat seals, by the published recipe.
func openSealed(t testing.TB, key string, d simulator.OpenData) string {
	t.Helper()
	k, err1 := base64.StdEncoding.DecodeString(key)
	iv, err2 := base64.StdEncoding.DecodeString(d.IV)
	data, err3 := base64.StdEncoding.DecodeString(d.EncryptedData)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(k)
	if err != nil || len(iv) != 16 || len(data) == 0 || len(data)%16 != 0 {
		t.Fatalf("key %d, iv %d, data %d bytes: %v", len(k), len(iv), len(data), err)
	}
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad < 1 || pad > 16 {
		t.Fatalf("padding of %d", pad)
	}
	return string(data[:len(data)-pad])
}

func TestOpenData(t *testing.T) {
	t.Parallel()
	t.Run("ProfileIsSignedAndSealedUnderTheKeyOfNow", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, atNoon)
		key := r.session("alice").SessionKey
		r.advance(10 * time.Minute) // the watermark keeps the real time
		d, err := r.UserProfile(app1, "alice", "")
		if err != nil {
			t.Fatal(err)
		}
		sum := sha1.Sum([]byte(d.RawData + key))
		if d.Signature != hex.EncodeToString(sum[:]) {
			t.Errorf("signature %s does not fit", d.Signature)
		}
		plain := openSealed(t, key, d)
		for _, want := range []string{`"nickName":"微信用户"`, `"watermark":{"timestamp":1772424010,"appid":"` + app1 + `"}`} {
			if !strings.Contains(plain, want) {
				t.Errorf("%s is not in %s", want, plain)
			}
		}
		if !strings.Contains(d.RawData, "is_demote") || strings.Contains(plain, "is_demote") {
			t.Errorf("is_demote was seen in rawData only: %s, %s", d.RawData, plain)
		}
		if strings.Contains(plain, "openId") || strings.Contains(plain, "unionId") {
			t.Errorf("getUserProfile seals no ids: %s", plain)
		}
	})
	t.Run("GetUserInfoSealsTheIDs", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		a := r.session("alice")
		d, err := r.UserProfile(app1, "alice", simulator.GetUserInfo)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ OpenID, UnionID string }
		if err := json.Unmarshal([]byte(openSealed(t, a.SessionKey, d)), &got); err != nil {
			t.Fatal(err)
		}
		if got.OpenID != a.OpenID || got.UnionID != a.UnionID {
			t.Errorf("got %+v, want those of the login", got)
		}
		if strings.Contains(d.RawData, a.OpenID) {
			t.Error("rawData is what the page may see, without ids")
		}
	})
	t.Run("WeRunTells31Days", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, atNoon)
		key := r.session("alice").SessionKey
		steps := weRun(t, r.Server, key, "alice")
		if len(steps) != 31 || steps[30].Timestamp != noon.Unix()-12*3600-10 || steps[0].Timestamp != steps[30].Timestamp-30*86400 {
			t.Errorf("%d days, from %+v to %+v", len(steps), steps[0], steps[len(steps)-1])
		}
		other := newRig(t, atNoon)
		if same := weRun(t, other.Server, other.session("alice").SessionKey, "alice"); same[7] != steps[7] {
			t.Errorf("the same day differs: %+v and %+v", steps[7], same[7])
		}
	})
	t.Run("NeedsALivingSession", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		if _, err := r.WeRun(app1, "alice"); !errors.Is(err, simulator.ErrNoSession) {
			t.Errorf("before a login: %v", err)
		}
		r.session("alice")
		r.advance(30 * time.Minute)
		if _, err := r.UserProfile(app1, "alice", ""); !errors.Is(err, simulator.ErrNoSession) {
			t.Errorf("after the key died: %v", err)
		}
	})
	t.Run("AStaleKeyDoesNotFit", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, withSwitches(simulator.Switches{KeyRotation: simulator.RotateAlways}))
		old := r.session("alice").SessionKey
		r.login(app1, "alice") // the phone logs in, and the code is never exchanged
		if now, err := r.SessionKey(app1, "alice"); err != nil || now == old {
			t.Errorf("the key did not rotate (%v)", err)
		}
	})
}

type step struct{ Timestamp, Step int64 }

func weRun(t *testing.T, s *simulator.Server, key, user string) []step {
	t.Helper()
	d, err := s.WeRun(app1, user)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ StepInfoList []step }
	if err := json.Unmarshal([]byte(openSealed(t, key, d)), &got); err != nil {
		t.Fatal(err)
	}
	return got.StepInfoList
}
