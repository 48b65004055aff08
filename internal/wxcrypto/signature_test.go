package wxcrypto_test

import (
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

func TestSessionSignature(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ key, body, want string }{
		"OfficialVector": {loginKey, `{"foo":"bar"}`, "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"},
		"EmptyBody":      {loginKey, "", "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128"},
		"AnotherKey":     {sampleSessionKey, "", "7154f9f8b4b76b92f541cbf0e37d48840fa06e5e42da92a6f80168a1516a4735"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := wxcrypto.SessionSignature(tt.key, []byte(tt.body)); got != tt.want {
				t.Errorf("SessionSignature = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRawDataSignature(t *testing.T) {
	t.Parallel()
	if got := wxcrypto.RawDataSignature(rawDataKey, rawData); got != rawDataSignature {
		t.Errorf("RawDataSignature = %s, want the official %s", got, rawDataSignature)
	}
}

func TestVerifyRawData(t *testing.T) {
	t.Parallel()
	if !wxcrypto.VerifyRawData(rawDataKey, rawData, rawDataSignature) {
		t.Error("the official vector is refused")
	}
	refused := map[string][3]string{
		"AnotherKey":     {sampleSessionKey, rawData, rawDataSignature},
		"ChangedData":    {rawDataKey, rawData + " ", rawDataSignature},
		"UpperCase":      {rawDataKey, rawData, strings.ToUpper(rawDataSignature)},
		"Truncated":      {rawDataKey, rawData, rawDataSignature[:39]},
		"EmptySignature": {rawDataKey, rawData, ""},
		"EmptyKey":       {"", rawData, wxcrypto.RawDataSignature("", rawData)},
	}
	for name, a := range refused {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if wxcrypto.VerifyRawData(a[0], a[1], a[2]) {
				t.Error("accepted")
			}
		})
	}
}

func FuzzSessionSignature(f *testing.F) {
	f.Add(loginKey, []byte(`{"foo":"bar"}`))
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
	f.Add(rawDataKey, rawData, rawDataSignature)
	f.Add("", "", "da39a3ee5e6b4b0d3255bfef95601890afd80709")
	f.Fuzz(func(t *testing.T, key, data, signature string) {
		right := wxcrypto.RawDataSignature(key, data)
		want := key != "" && signature == right
		if got := wxcrypto.VerifyRawData(key, data, signature); got != want {
			t.Errorf("VerifyRawData = %t, want %t", got, want)
		}
		if key != "" && !wxcrypto.VerifyRawData(key, data, right) {
			t.Error("a right signature is refused")
		}
	})
}
