package wxcrypto_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// The official vectors: testdata/vectors/README.md says whence each is.
var (
	sample     = readVector[openDataVector]("open_data.json")
	raw        = readVector[rawDataVector]("raw_data.json")
	signatures = readVector[[]signatureVector]("session_signature.json")
)

type openDataVector struct {
	AppID           string `json:"app_id"`
	SessionKey      string `json:"session_key"`
	IV              string `json:"iv"`
	EncryptedData   string `json:"encrypted_data"`
	Plaintext       string `json:"plaintext"`
	PlaintextSHA256 string `json:"plaintext_sha256"`
	SealedBy        string `json:"sealed_by"`
}

func (v openDataVector) sealed() wxcrypto.Sealed {
	return wxcrypto.Sealed{EncryptedData: v.EncryptedData, IV: v.IV}
}

type rawDataVector struct {
	SessionKey string `json:"session_key"`
	RawData    string `json:"raw_data"`
	Signature  string `json:"signature"`
}

type signatureVector struct {
	Name       string `json:"name"`
	Computed   bool   `json:"computed"`
	SessionKey string `json:"session_key"`
	Body       string `json:"body"`
	Signature  string `json:"signature"`
}

func readVector[V any](name string) (v V) {
	text, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		panic(name + ": " + err.Error())
	}
	return v
}

func parseKey(tb testing.TB, text string) wxcrypto.SessionKey {
	tb.Helper()
	key, err := wxcrypto.ParseSessionKey(text)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// refusal checks the whole of what a refusal may tell: its class and, for logs,
// its reason.
func refusal(tb testing.TB, err, class error, reason wxcrypto.Reason) {
	tb.Helper()
	if !errors.Is(err, class) {
		tb.Fatalf("err = %v, want %v", err, class)
	}
	if err.Error() != class.Error() {
		tb.Errorf("err says %q, more than its class %q", err, class)
	}
	if got := wxcrypto.ReasonOf(err); got != reason {
		tb.Errorf("reason %q, want %q", got, reason)
	}
}

func TestOpen_OfficialVector(t *testing.T) {
	t.Parallel()
	opened, err := parseKey(t, sample.SessionKey).Open(sample.sealed())
	if err != nil {
		t.Fatal(err)
	}
	data, err := opened.Verify(sampleExpected())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(data.JSON()); got != sample.Plaintext {
		t.Errorf("the official vector opens to\n%s\nwant\n%s", got, sample.Plaintext)
	}
	if sum := sha256.Sum256(data.JSON()); hex.EncodeToString(sum[:]) != sample.PlaintextSHA256 {
		t.Errorf("its SHA-256 is %x", sum)
	}
	got, err := data.Profile()
	want := wxcrypto.Profile{
		IDs:      wxcrypto.IDs{OpenID: "oGZUI0egBJY1zhBYw2KhdUfwVJJE", UnionID: "ocMvos6NjeKLIBqg5Mr9QjxrP1FA"},
		NickName: "Band", Gender: 1, Language: "zh_CN", City: "Guangzhou", Province: "Guangdong", Country: "CN",
		AvatarURL: "http://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0",
	}
	if err != nil || got != want {
		t.Errorf("Profile = %+v, %v; want %+v", got, err, want)
	}
	if data.IDs() != want.IDs {
		t.Errorf("IDs = %+v", data.IDs())
	}
}

// TestOpen_OtherImplementations: the sealing side is not ours, nor the
// simulator's.
func TestOpen_OtherImplementations(t *testing.T) {
	t.Parallel()
	for _, v := range readVector[[]openDataVector]("other_implementations.json") {
		opened, err := parseKey(t, v.SessionKey).Open(v.sealed())
		if err != nil {
			t.Errorf("%s: %v (%s)", v.SealedBy, err, wxcrypto.ReasonOf(err))
			continue
		}
		at := time.Unix(1700000000, 0)
		data, err := opened.Verify(wxcrypto.Expected{AppID: v.AppID, Now: at, MaxAge: time.Minute})
		if err != nil || string(data.JSON()) != v.Plaintext {
			t.Errorf("%s: %s, %v", v.SealedBy, data.JSON(), err)
		}
	}
}

func TestVerifyRawData_OfficialVector(t *testing.T) {
	t.Parallel()
	if !parseKey(t, raw.SessionKey).VerifyRawData(raw.RawData, raw.Signature) {
		t.Error("the official vector is refused")
	}
}

func TestSessionSignature_OfficialVectors(t *testing.T) {
	t.Parallel()
	if len(signatures) != 3 {
		t.Fatalf("%d vectors, want 3", len(signatures))
	}
	for _, v := range signatures {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			if got := wxcrypto.SessionSignature(v.SessionKey, []byte(v.Body)); got != v.Signature {
				t.Errorf("SessionSignature = %s, want %s", got, v.Signature)
			}
			if got := parseKey(t, v.SessionKey).Sign([]byte(v.Body)); got != v.Signature {
				t.Errorf("Sign = %s, want %s", got, v.Signature)
			}
		})
	}
}
