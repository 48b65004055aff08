package wxcrypto_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wxcrypto"
)

func TestParseSessionKey_Refuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"Empty":             "",
		"Cut":               sample.SessionKey[:23],
		"WithoutPadding":    sample.SessionKey[:22],
		"TooLong":           sample.SessionKey + "=",
		"Of15Bytes":         "AAAAAAAAAAAAAAAAAAAA",
		"Of17Bytes":         "AAAAAAAAAAAAAAAAAAAAAAA=",
		"Of18Bytes":         "AAAAAAAAAAAAAAAAAAAAAAAA",
		"Of32Bytes":         strings.Repeat("A", 43) + "=",
		"NotBase64":         "tiihtNczf5v6AKRyjwEUh!==",
		"URLAlphabet":       "_-ihtNczf5v6AKRyjwEUhQ==",
		"LineBreak":         "tiihtNczf5v6AKRyjwEUh\n==",
		"LineBreakAfter":    "tiihtNczf5v6AKRyjwEUhQ=\n",
		"SpaceForPlus":      "tiihtNczf5v6AKRyjwEU Q==",
		"SpaceBefore":       " " + sample.SessionKey[:23],
		"BitsNoEncoderSets": "tiihtNczf5v6AKRyjwEUhR==",
		"PaddingAlone":      strings.Repeat("=", 24),
		"EscapedSlash":      `o0q0otL8aEzpcZL\/FT9WsQ==`,
		"NUL":               sample.SessionKey[:23] + "\x00",
		"NotASCII":          "微信微信微信微信",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := wxcrypto.ParseSessionKey(text)
			if !errors.Is(err, wxcrypto.ErrSessionKey) || !key.Equal(wxcrypto.SessionKey{}) {
				t.Fatalf("err = %v", err)
			}
			if text != "" && strings.Contains(err.Error(), text) {
				t.Errorf("the error shows what was given: %v", err)
			}
		})
	}
}

func TestParseSessionKey_EveryLetterOfBase64(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"ABCDEFGHIJKLMNOPQRSTUQ==", "VWXYZabcdefghijklmnopg==", "qrstuvwxyz0123456789+w==", "o0q0otL8aEzpcZL/FT9WsQ==",
	} {
		if _, err := wxcrypto.ParseSessionKey(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestNothingPrintsASessionKey: neither its text nor its bytes, in any form.
func TestNothingPrintsASessionKey(t *testing.T) {
	t.Parallel()
	key := parseKey(t, sample.SessionKey)
	type holder struct {
		Exported   wxcrypto.SessionKey
		unexported wxcrypto.SessionKey
		nested     *wxcrypto.SessionKey
	}
	h := holder{Exported: key, unexported: key, nested: &key}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p"} {
		fmt.Fprintf(&out, verb+verb+verb+verb, key, &key, h, &h)
	}
	for _, v := range []any{key, h, &h, map[string]any{"k": key}, []wxcrypto.SessionKey{key}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "k", key, "h", h, "hp", &h)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "k", key, "h", h, "hp", &h)

	bin := unbase64(t, sample.SessionKey)
	for _, form := range []string{
		sample.SessionKey, sample.SessionKey[:22], fmt.Sprintf("%x", sample.SessionKey), fmt.Sprintf("%X", sample.SessionKey),
		fmt.Sprintf("%x", bin), fmt.Sprintf("%X", bin), fmt.Sprint(bin), fmt.Sprint([]byte(sample.SessionKey)), "116 105 105", "0x74, 0x69",
	} {
		if strings.Contains(out.String(), form) {
			t.Errorf("printed as %s in\n%s", form, out.String())
		}
	}
	for _, got := range []string{key.String(), fmt.Sprintf("%#v", key), key.LogValue().String()} {
		if got != secret.Redacted {
			t.Errorf("prints as %q, want the %q of all secrets", got, secret.Redacted)
		}
	}
	if b, err := json.Marshal(key); err != nil || string(b) != `"`+secret.Redacted+`"` {
		t.Errorf("JSON %s, %v", b, err)
	}
}

func TestSessionKey_Equal(t *testing.T) {
	t.Parallel()
	var none wxcrypto.SessionKey
	one, again, other := parseKey(t, sample.SessionKey), parseKey(t, sample.SessionKey), parseKey(t, raw.SessionKey)
	if !one.Equal(again) || one.Equal(other) || one.Equal(none) || none.Equal(one) || !none.Equal(wxcrypto.SessionKey{}) {
		t.Error("Equal is wrong")
	}
}

func TestSessionKey_ZeroValueDoesNothing(t *testing.T) {
	t.Parallel()
	var none wxcrypto.SessionKey
	if got := none.Sign([]byte("x")); got != "" {
		t.Errorf("it signs: %s", got)
	}
	if none.VerifyRawData("{}", sha1Hex("{}")) {
		t.Error("it verifies what anyone can sign")
	}
	_, err := none.Open(sample.sealed())
	refusal(t, err, wxcrypto.ErrDecrypt, wxcrypto.ReasonNoKey)
	if none.String() != secret.Redacted {
		t.Errorf("it prints as %s", none)
	}
}
