package token_test

import (
	"crypto/ecdsa"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/token"
)

// wire is how a stranger reads our claims.
type wire struct {
	Iss      string `json:"iss"`
	Sub      string `json:"sub"`
	Aud      string `json:"aud"`
	ClientID string `json:"client_id"`
	Sid      string `json:"sid"`
	OpenID   string `json:"openid,omitempty"`
	UnionID  string `json:"unionid,omitempty"`
	Iat      int64  `json:"iat"`
	Exp      int64  `json:"exp"`
	Jti      string `json:"jti"`
}

func TestIssue(t *testing.T) {
	t.Parallel()
	h := newHouse(t)

	for _, alg := range []token.Use{token.ES256, token.RS256} {
		for _, typ := range []token.Type{token.TypeJWT, token.TypeATJWT} {
			in := someClaims()
			text, out, err := h.issuer.Issue(in, alg, typ, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			// The header is what go-jose writes, byte for byte.
			signer, err := jose.NewSigner(
				jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: jose.JSONWebKey{Key: h.private(t, alg), KeyID: h.kid(t, alg)}},
				new(jose.SignerOptions).WithType(jose.ContentType(typ)))
			if err != nil {
				t.Fatal(err)
			}
			jws, err := signer.Sign(part(t, text, 1))
			if err != nil {
				t.Fatal(err)
			}
			reference, err := jws.CompactSerialize()
			if err != nil {
				t.Fatal(err)
			}
			if alg == token.RS256 && text != reference { // RS256 is deterministic
				t.Errorf("%s is not what go-jose makes", alg)
			}
			if got, want := text[:strings.LastIndex(text, ".")], reference[:strings.LastIndex(reference, ".")]; got != want {
				t.Errorf("signed part\n got %s\nwant %s", got, want)
			}
			// What go-jose signed, we take.
			if _, err := h.verifier.Verify(reveal(reference)); err != nil {
				t.Errorf("a %s token made by go-jose: %v", alg, err)
			}
			// And what we signed, with every claim.
			got, err := h.verifier.Verify(reveal(text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(out, got); diff != "" {
				t.Errorf("claims (-issued +verified):\n%s", diff)
			}
			if out.ExpiresAt.Sub(out.IssuedAt) != token.DefaultLife || !out.IssuedAt.Equal(h.clock.now().Truncate(time.Second)) {
				t.Errorf("times %v to %v", out.IssuedAt, out.ExpiresAt)
			}
		}
	}
}

func TestIssue_Life(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	now := h.clock.now().Truncate(time.Second)

	for name, tt := range map[string]struct {
		life     time.Duration
		notAfter time.Time
		want     time.Time
	}{
		"Default":                     {0, time.Time{}, now.Add(15 * time.Minute)},
		"Shorter":                     {time.Minute, time.Time{}, now.Add(time.Minute)},
		"NeverLongerThanItsKeyStays":  {time.Hour, time.Time{}, now.Add(15 * time.Minute)},
		"NeverLongerThanItsSession":   {0, now.Add(90*time.Second + 900*time.Millisecond), now.Add(90 * time.Second)},
		"SessionInAnotherZone":        {0, now.Add(time.Second).In(time.FixedZone("", 8*3600+60)), now.Add(time.Second)},
		"SessionLongerThanTheDefault": {0, now.Add(time.Hour), now.Add(15 * time.Minute)},
	} {
		i := *h.issuer
		i.Life = tt.life
		_, got, err := i.Issue(someClaims(), token.ES256, token.TypeJWT, tt.notAfter)
		if err != nil {
			t.Fatal(err)
		}
		if !got.ExpiresAt.Equal(tt.want) {
			t.Errorf("%s: expires at %v, want %v", name, got.ExpiresAt, tt.want)
		}
	}
}

func TestIssue_Refuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)

	for _, tt := range []struct {
		alg token.Use
		typ token.Type
	}{
		{token.Refresh, token.TypeJWT}, {token.Replay, token.TypeATJWT}, {"HS256", token.TypeJWT}, {"none", token.TypeJWT}, {"", token.TypeJWT},
		{token.ES256, ""}, {token.ES256, "refresh+jwt"},
	} {
		if text, _, err := h.issuer.Issue(someClaims(), tt.alg, tt.typ, time.Time{}); err == nil || text != "" {
			t.Errorf("%q, %q: made %q", tt.alg, tt.typ, text)
		}
	}
}

// One in 128 signatures has an R or S of fewer than 32 bytes: 2,000 have some fifteen.
func TestIssue_EverySignatureHoldsForGoJose(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	public := h.private(t, token.ES256).Public().(*ecdsa.PublicKey)

	short, seen := 0, map[string]bool{}
	for range 2000 {
		text, out, err := h.issuer.Issue(someClaims(), token.ES256, token.TypeJWT, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jws.Verify(public); err != nil {
			t.Fatalf("go-jose: %v in %s", err, text)
		}
		if s := part(t, text, 2); len(s) != 64 {
			t.Fatalf("a signature of %d bytes", len(s))
		} else if s[0] == 0 || s[32] == 0 {
			short++
		}
		if seen[out.TokenID] {
			t.Fatal("a jti came twice")
		}
		seen[out.TokenID] = true
	}
	if short == 0 {
		t.Error("no short R or S among them: the test shows nothing")
	}
}

func TestRawSignature(t *testing.T) {
	t.Parallel()
	full := strings.Repeat("\x7f", 32)
	for name, tt := range map[string]struct {
		der  string
		want string // empty: refused
	}{
		"Full":         {"\x30\x44\x02\x20" + full + "\x02\x20" + full, full + full},
		"HighBit":      {"\x30\x26\x02\x21\x00\xff" + full[1:] + "\x02\x01\x01", "\xff" + full[1:] + strings.Repeat("\x00", 31) + "\x01"},
		"Tiny":         {"\x30\x06\x02\x01\x01\x02\x01\x02", strings.Repeat("\x00", 31) + "\x01" + strings.Repeat("\x00", 31) + "\x02"},
		"TooLong":      {"\x30\x26\x02\x21\x01" + full + "\x02\x01\x01", ""},
		"Negative":     {"\x30\x06\x02\x01\xff\x02\x01\x02", ""},
		"NotMinimal":   {"\x30\x07\x02\x02\x00\x01\x02\x01\x02", ""},
		"Trailing":     {"\x30\x06\x02\x01\x01\x02\x01\x02\x00", ""},
		"TrailingIn":   {"\x30\x07\x02\x01\x01\x02\x01\x02\x00", ""},
		"OnlyOne":      {"\x30\x03\x02\x01\x01", ""},
		"Truncated":    {"\x30\x06\x02\x01\x01\x02\x01", ""},
		"Empty":        {"", ""},
		"WrongTag":     {"\x31\x06\x02\x01\x01\x02\x01\x02", ""},
		"WrongIntType": {"\x30\x06\x02\x01\x01\x03\x01\x02", ""},
	} {
		got, err := token.RawSignature([]byte(tt.der))
		if string(got) != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
}

// The claims are written by hand: encoding/json must read what was meant, for
// any text, and write the same from it.
func TestIssue_ClaimsReadAsEncodingJSONWouldWriteThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)

	rapid.Check(t, func(rt *rapid.T) {
		anything := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.SampledFrom([]string{"", `"`, `\`, "</script>", "\u2028", "\x00", "\xff\xfe", "公众号", `","exp":9999999999,"x":"`}))
		in := token.Claims{
			UserID: id.UserID(anything.Draw(rt, "sub")), AppID: id.AppID(anything.Draw(rt, "aud")),
			SessionID: id.SessionID(anything.Draw(rt, "sid")),
			OpenID:    id.OpenID(anything.Draw(rt, "openid")), UnionID: id.UnionID(anything.Draw(rt, "unionid")),
		}
		i := *h.issuer
		i.URL = anything.Draw(rt, "iss")
		text, out, err := i.Issue(in, token.ES256, token.TypeJWT, time.Time{})
		if err != nil {
			rt.Fatal(err)
		}
		valid := func(s string) string { return strings.ToValidUTF8(jsonRoundTrip(rt, s), "\ufffd") }
		want := wire{
			Iss: valid(i.URL), Sub: valid(string(in.UserID)), Aud: valid(string(in.AppID)), ClientID: valid(string(in.AppID)),
			Sid: valid(string(in.SessionID)), OpenID: valid(string(in.OpenID)), UnionID: valid(string(in.UnionID)),
			Iat: out.IssuedAt.Unix(), Exp: out.ExpiresAt.Unix(), Jti: out.TokenID,
		}
		var got wire
		payload := part(t, text, 1)
		if err := json.Unmarshal(payload, &got); err != nil {
			rt.Fatalf("%v: %q", err, payload)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("(-want +got):\n%s", diff)
		}
		var gotNames, wantNames map[string]any
		reference, err := json.Marshal(want)
		if err != nil {
			rt.Fatal(err)
		}
		if json.Unmarshal(payload, &gotNames) != nil || json.Unmarshal(reference, &wantNames) != nil {
			rt.Fatal("unreadable")
		}
		if diff := cmp.Diff(wantNames, gotNames); diff != "" {
			rt.Fatalf("members (-want +got):\n%s", diff)
		}
	})
}

func jsonRoundTrip(rt *rapid.T, s string) (out string) {
	b, err := json.Marshal(s)
	if err != nil {
		rt.Fatal(err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		rt.Fatal(err)
	}
	return out
}

// A token must hold nothing it need not: no name, no phone number, no key.
func TestIssue_ClaimNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	in := someClaims()
	in.OpenID, in.UnionID = "", ""
	text, _, err := h.issuer.Issue(in, token.ES256, token.TypeJWT, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(part(t, text, 1), &members); err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(members))
	if diff := cmp.Diff([]string{"aud", "client_id", "exp", "iat", "iss", "jti", "sid", "sub"}, names); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}
