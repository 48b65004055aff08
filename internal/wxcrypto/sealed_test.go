package wxcrypto_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// wrap breaks base64 into lines, as MIME encoders do.
func wrap(text, lineBreak string) string {
	var out strings.Builder
	for len(text) > 76 {
		out.WriteString(text[:76] + lineBreak)
		text = text[76:]
	}
	return out.String() + text + lineBreak
}

// TestOpen_MendsKnownDamage: what a form or a MIME encoder does to base64.
func TestOpen_MendsKnownDamage(t *testing.T) {
	t.Parallel()
	const plusIV = "+7BXXKkLb8qrSNn05n0q+A=="
	form := func(text string) string { // what a server reads of a query that nobody encoded
		values, err := url.ParseQuery("x=" + text)
		if err != nil {
			t.Fatal(err)
		}
		return values.Get("x")
	}
	if form(sample.EncryptedData) == sample.EncryptedData {
		t.Fatal("the vector has no '+' to damage")
	}
	spaced := base64.StdEncoding.EncodeToString(
		sealBytes(t, sample.SessionKey, plusIV, []byte(sample.Plaintext), pkcs7(len(sample.Plaintext))))
	for name, sealed := range map[string]wxcrypto.Sealed{
		"Untouched":      sample.sealed(),
		"DataFromAForm":  {EncryptedData: form(sample.EncryptedData), IV: sample.IV},
		"BothFromAForm":  {EncryptedData: form(spaced), IV: form(plusIV)},
		"LineFeeds":      {EncryptedData: wrap(sample.EncryptedData, "\n"), IV: sample.IV + "\n"},
		"CRLF":           {EncryptedData: wrap(sample.EncryptedData, "\r\n"), IV: sample.IV + "\r\n"},
		"FormAfterBreak": {EncryptedData: strings.ReplaceAll(wrap(sample.EncryptedData, "\r\n"), "+", " "), IV: sample.IV},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opened, err := parseKey(t, sample.SessionKey).Open(sealed)
			if err != nil {
				t.Fatalf("%v (%s)", err, wxcrypto.ReasonOf(err))
			}
			data, err := opened.Verify(sampleExpected())
			if err != nil || string(data.JSON()) != sample.Plaintext {
				t.Errorf("opened to %s, %v", data.JSON(), err)
			}
		})
	}
}

func TestOpen_Malformed(t *testing.T) {
	t.Parallel()
	iv, data := sample.IV, sample.EncryptedData
	encode := base64.StdEncoding.EncodeToString
	for name, tt := range map[string]struct {
		iv, data string
		reason   wxcrypto.Reason
	}{
		"IVEmpty":             {"", data, wxcrypto.ReasonIVLength},
		"IVCut":               {iv[:23], data, wxcrypto.ReasonIVLength},
		"IVWithoutPadding":    {iv[:22], data, wxcrypto.ReasonIVLength},
		"IVTooLong":           {iv + "=", data, wxcrypto.ReasonIVLength},
		"IVHuge":              {strings.Repeat("\n", 1<<20) + iv, data, wxcrypto.ReasonIVLength},
		"IVOf12Bytes":         {encode(make([]byte, 12)), data, wxcrypto.ReasonIVLength},
		"IVOf17Bytes":         {encode(make([]byte, 17)), data, wxcrypto.ReasonIVLength},
		"IVOf18Bytes":         {encode(make([]byte, 18)), data, wxcrypto.ReasonIVLength},
		"IVOf16BytesInHex":    {strings.Repeat("0", 32), data, wxcrypto.ReasonIVLength},
		"IVNotBase64":         {"r7BXXKkLb8qrSNn05n0q*A==", data, wxcrypto.ReasonIVBase64},
		"IVInURLAlphabet":     {"r7BXXKkLb8qrSNn05n0q_A==", data, wxcrypto.ReasonIVBase64},
		"IVBitsNoEncoderSets": {"r7BXXKkLb8qrSNn05n0qiB==", data, wxcrypto.ReasonIVBase64},
		"IVTab":               {"r7BXXKkLb8qrSNn05n0q\tA==", data, wxcrypto.ReasonIVBase64},

		"DataEmpty":             {iv, "", wxcrypto.ReasonDataLength},
		"DataTooLong":           {iv, strings.Repeat("A", 64<<10+4), wxcrypto.ReasonDataLength},
		"DataNotBase64":         {iv, "****", wxcrypto.ReasonDataBase64},
		"DataOnlyPadding":       {iv, "====", wxcrypto.ReasonDataBase64},
		"DataWithoutPadding":    {iv, strings.TrimRight(data, "="), wxcrypto.ReasonDataBase64},
		"DataCut":               {iv, data[:len(data)-1], wxcrypto.ReasonDataBase64},
		"DataPaddedTwice":       {iv, data + "==", wxcrypto.ReasonDataBase64},
		"DataInURLAlphabet":     {iv, strings.NewReplacer("+", "-", "/", "_").Replace(data), wxcrypto.ReasonDataBase64},
		"DataPercentEncoded":    {iv, url.QueryEscape(data), wxcrypto.ReasonDataBase64},
		"DataJSONEscaped":       {iv, strings.ReplaceAll(data, "/", `\/`), wxcrypto.ReasonDataBase64},
		"DataWithTab":           {iv, data[:8] + "\t" + data[8:], wxcrypto.ReasonDataBase64},
		"DataWithNoBreakSpace":  {iv, strings.Replace(data, "+", "\u00a0", 1), wxcrypto.ReasonDataBase64},
		"DataNotUTF8":           {iv, data[:8] + "\xff" + data[9:], wxcrypto.ReasonDataBase64},
		"DataSpaceBefore":       {iv, " " + data, wxcrypto.ReasonDataBase64}, // it would be a '+'
		"DataBitsNoEncoderSets": {iv, data[:len(data)-3] + "x==", wxcrypto.ReasonDataBase64},
		"DataOnlyLineBreaks":    {iv, "\r\n\r\n", wxcrypto.ReasonDataBlocks},
		"DataOf1Byte":           {iv, encode(make([]byte, 1)), wxcrypto.ReasonDataBlocks},
		"DataOf15Bytes":         {iv, encode(make([]byte, 15)), wxcrypto.ReasonDataBlocks},
		"DataOf17Bytes":         {iv, encode(make([]byte, 17)), wxcrypto.ReasonDataBlocks},
		"Swapped":               {data, iv, wxcrypto.ReasonIVLength},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseKey(t, sample.SessionKey).Open(wxcrypto.Sealed{EncryptedData: tt.data, IV: tt.iv})
			refusal(t, err, wxcrypto.ErrMalformed, tt.reason)
			// What is damaged is so whatever the key: no trying of others.
			_, other := wxcrypto.SessionKey{}.Open(wxcrypto.Sealed{EncryptedData: tt.data, IV: tt.iv})
			refusal(t, other, wxcrypto.ErrMalformed, tt.reason)
		})
	}
}

func TestOpen_LongestData(t *testing.T) {
	t.Parallel()
	const longest = 64 << 10 / 4 * 3 / 16 * 16 // bytes of ciphertext
	plain := `{"a":"` + strings.Repeat("x", longest-10) + `"}`
	sealed := seal(t, plain)
	if len(sealed.EncryptedData) != 64<<10 {
		t.Fatalf("%d characters", len(sealed.EncryptedData))
	}
	if _, err := parseKey(t, sample.SessionKey).Open(sealed); err != nil {
		t.Errorf("the longest allowed: %v (%s)", err, wxcrypto.ReasonOf(err))
	}
}

func TestMessageHash(t *testing.T) {
	t.Parallel()
	const want = "7842122eb129390ef7ca47b91ae8d142553fc5849eaad857552491f090118a51"
	for name, data := range map[string]string{
		"AsGiven":   sample.EncryptedData,
		"FromAForm": strings.ReplaceAll(sample.EncryptedData, "+", " "),
		"Wrapped":   wrap(sample.EncryptedData, "\r\n"),
	} {
		if got, err := (wxcrypto.Sealed{EncryptedData: data}).MessageHash(); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, want)
		}
	}
	_, err := wxcrypto.Sealed{EncryptedData: "AAAA"}.MessageHash()
	refusal(t, err, wxcrypto.ErrMalformed, wxcrypto.ReasonDataBlocks)
	_, err = wxcrypto.Sealed{}.MessageHash()
	refusal(t, err, wxcrypto.ErrMalformed, wxcrypto.ReasonDataLength)
}
