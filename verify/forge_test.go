package verify_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/verify"
)

// forger holds the issuer's own private keys, so that what is refused is refused
// for its content, not for its signature.
type forger struct {
	*house
	es              *ecdsa.PrivateKey
	rs              *rsa.PrivateKey
	kidES, kidRS    string
	header, payload string // lawful ones
}

func newForger(tb testing.TB) *forger {
	tb.Helper()
	h := newHouse(tb)
	text := h.issue(tb, token.ES256)
	return &forger{
		house: h, es: h.private(tb, token.ES256).(*ecdsa.PrivateKey), rs: h.private(tb, token.RS256).(*rsa.PrivateKey),
		kidES: h.kid(tb, token.ES256), kidRS: h.kid(tb, token.RS256),
		header: part(tb, text, 0), payload: part(tb, text, 1),
	}
}

func (f *forger) sign(header, payload string) string   { return signES(f.es, header, payload) }
func (f *forger) signRS(header, payload string) string { return signRS(f.rs, header, payload) }

func headerOf(alg, kid, more string) string {
	return fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"JWT"%s}`, alg, kid, more)
}

func signHS(header, payload string, key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(join(header, payload)))
	return join(header, payload) + "." + b64.EncodeToString(mac.Sum(nil))
}

func TestVerify_ForgedHeaders(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	v := f.verifier(t)
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ownJWK, err := json.Marshal(jose.JSONWebKey{Key: &own.PublicKey, KeyID: f.kidES})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{ // the tool works
		"Lawful": f.sign(f.header, f.payload), "LawfulRS": f.signRS(headerOf("RS256", f.kidRS, ""), f.payload),
		"UnknownMember": f.sign(headerOf("ES256", f.kidES, `,"x":1`), f.payload),
	} {
		if _, err := v.Verify(t.Context(), text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	tokens := map[string]string{
		"None": join(headerOf("none", f.kidES, ""), f.payload) + ".", "NoneCase": join(headerOf("nOnE", f.kidES, ""), f.payload) + ".",
		"NoneUnderOurs": join(f.header, f.payload) + ".", "NoneWithSignature": f.sign(headerOf("none", f.kidES, ""), f.payload),
		"NoAlg":        f.sign(fmt.Sprintf(`{"kid":%q,"typ":"JWT"}`, f.kidES), f.payload),
		"LowerCaseAlg": f.sign(headerOf("es256", f.kidES, ""), f.payload), "PS256": f.signRS(headerOf("PS256", f.kidRS, ""), f.payload),
		"ES384": f.sign(headerOf("ES384", f.kidES, ""), f.payload), "EdDSA": f.sign(headerOf("EdDSA", f.kidES, ""), f.payload),
		"RSHeaderESKey": f.sign(headerOf("RS256", f.kidES, ""), f.payload), "ESHeaderRSKey": f.signRS(headerOf("ES256", f.kidRS, ""), f.payload),
		"ESKidRSSigned": f.signRS(headerOf("ES256", f.kidES, ""), f.payload), "RSKidESSigned": f.sign(headerOf("RS256", f.kidRS, ""), f.payload),
		"NoKid": f.sign(`{"alg":"ES256","typ":"JWT"}`, f.payload), "EmptyKid": f.sign(headerOf("ES256", "", ""), f.payload),
		"UnknownKid": f.sign(headerOf("ES256", "evil-key", ""), f.payload), "NumberKid": f.sign(`{"alg":"ES256","kid":1,"typ":"JWT"}`, f.payload),
		"LongKid":   f.sign(headerOf("ES256", strings.Repeat("k", 200), ""), f.payload),
		"NoTyp":     f.sign(fmt.Sprintf(`{"alg":"ES256","kid":%q}`, f.kidES), f.payload),
		"LogoutTyp": f.sign(strings.Replace(f.header, `"JWT"`, `"logout+jwt"`, 1), f.payload),
		"Crit":      f.sign(headerOf("ES256", f.kidES, `,"crit":["exp"],"exp":1`), f.payload), "B64": f.sign(headerOf("ES256", f.kidES, `,"b64":false,"crit":["b64"]`), f.payload),
		"JKU": f.sign(headerOf("ES256", f.kidES, `,"jku":"https://evil.example/jwks.json"`), f.payload), "X5U": f.sign(headerOf("ES256", f.kidES, `,"x5u":"https://evil.example"`), f.payload),
		"Zip":         f.sign(headerOf("ES256", f.kidES, `,"zip":"DEF"`), f.payload),
		"EmbeddedJWK": signES(own, headerOf("ES256", f.kidES, `,"jwk":`+string(ownJWK)), f.payload), "OwnKey": signES(own, f.header, f.payload),
		"EmbeddedJWKUnknownKid": signES(own, headerOf("ES256", "evil", `,"jwk":`+string(ownJWK)), f.payload),
		"DuplicateAlg":          f.sign(fmt.Sprintf(`{"alg":"none","alg":"ES256","kid":%q,"typ":"JWT"}`, f.kidES), f.payload),
		"DuplicateKid":          f.sign(fmt.Sprintf(`{"alg":"ES256","kid":"evil","kid":%q,"typ":"JWT"}`, f.kidES), f.payload),
		"Trailing":              f.sign(f.header+"{}", f.payload), "NotJSON": f.sign("evil", f.payload), "EmptyHeader": f.sign("", f.payload), "Array": f.sign("[]", f.payload),
	}
	for name, key := range publicForms(t, f) {
		for _, kid := range []string{f.kidES, f.kidRS} {
			tokens["HS256/"+name+"/"+kid] = signHS(headerOf("HS256", kid, ""), f.payload, key)
			tokens["HMACUnderES256/"+name+"/"+kid] = signHS(headerOf("ES256", kid, ""), f.payload, key)
			tokens["HMACUnderRS256/"+name+"/"+kid] = signHS(headerOf("RS256", kid, ""), f.payload, key)
		}
	}
	for name, text := range tokens {
		t.Run(name, func(t *testing.T) { want(t, v, text, verify.ErrInvalid) })
	}
}

// publicForms are the ways in which a careless verifier may feed a public key
// to an HMAC.
func publicForms(t *testing.T, f *forger) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"Empty": nil, "JWKS": f.keyring.JWKS()}
	for name, public := range map[string]crypto.PublicKey{"ES": &f.es.PublicKey, "RS": &f.rs.PublicKey} {
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		out[name+"DER"], out[name+"PEM"] = der, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}
	return out
}

func TestVerify_ForgedForms(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	v := f.verifier(t)
	text := f.sign(f.header, f.payload)
	parts := strings.Split(text, ".")
	raw, err := b64.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	der, err := ecdsa.SignASN1(rand.Reader, f.es, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	rs := strings.Split(f.signRS(headerOf("RS256", f.kidRS, ""), f.payload), ".")
	tokens := map[string]string{
		"Empty": "", "Dots": "..", "TwoParts": parts[0] + "." + parts[1], "FourParts": text + ".x", "JWE": text + ".a.b",
		"Flattened": fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2]), "Detached": parts[0] + ".." + parts[2],
		"Padding": text + "==", "LineBreak": text[:10] + "\n" + text[10:], "LineBreakInSignature": text[:len(text)-4] + "\r\n" + text[len(text)-4:],
		"Space": text + " ", "Prefix": "x" + text, "Huge": strings.Repeat("a", 5000) + "." + parts[1] + "." + parts[2],
		"DER": parts[0] + "." + parts[1] + "." + b64.EncodeToString(der), "ShortSignature": parts[0] + "." + parts[1] + "." + b64.EncodeToString(raw[:63]),
		"LongSignature": parts[0] + "." + parts[1] + "." + b64.EncodeToString(append(raw, 0)), "ZeroSignature": parts[0] + "." + parts[1] + "." + b64.EncodeToString(make([]byte, 64)),
		"ZeroRSA": rs[0] + "." + rs[1] + "." + b64.EncodeToString(make([]byte, 256)), "SignatureOfRSA": parts[0] + "." + parts[1] + "." + rs[2],
	}
	// Any byte changed, in any part.
	for i := 5; i < len(text); i += 41 {
		if text[i] != '.' {
			tokens[fmt.Sprintf("Tampered/%d", i)] = text[:i] + map[bool]string{true: "A", false: "B"}[text[i] != 'A'] + text[i+1:]
		}
	}
	for name, text := range tokens {
		t.Run(name, func(t *testing.T) { want(t, v, text, verify.ErrInvalid) })
	}
	// The last character of a signature of 64 bytes has four bits to spare.
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", text[len(text)-1])
	want(t, v, text[:len(text)-1]+string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last^1]), verify.ErrInvalid)
}

// changeClaim sets a claim, or leaves it out where value is empty.
func changeClaim(t *testing.T, payload, name, value string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(payload), &members); err != nil {
		t.Fatal(err)
	}
	delete(members, name)
	if value != "" {
		members[name] = json.RawMessage(value)
	}
	b, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestVerify_ForgedClaims(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	v := f.verifier(t)
	now := time.Now().Unix()
	change := func(name, value string) string { return changeClaim(t, f.payload, name, value) }
	more := func(member string) string { return strings.TrimSuffix(f.payload, "}") + "," + member + "}" }
	for name, payload := range map[string]string{
		"UnknownClaim": more(`"scope":"openid","nested":{"exp":1,"exp":2}`), "NoOpenID": change("openid", ""), "NoUnionID": change("unionid", ""),
		"CaseVariantBeside": more(`"EXP":1,"Aud":["evil"]`), "IssuedABitAhead": change("iat", fmt.Sprint(now+20)),
	} {
		if _, err := v.Verify(t.Context(), f.sign(f.header, payload)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	payloads := map[string]string{
		"NotJSON": "evil", "Null": "null", "Array": "[]", "Empty": "", "EmptyObject": "{}", "Trailing": f.payload + "{}", "TrailingText": f.payload + "x", "Open": f.payload[:len(f.payload)-1],
		"InvalidUTF8": strings.Replace(f.payload, "usr_", "usr_\xff", 1), "BOM": "\ufeff" + f.payload,
		"DuplicateExp": more(fmt.Sprintf(`"exp":%d`, now+9999)), "DuplicateAud": more(`"aud":"` + app1 + `"`), "DuplicateSub": more(`"sub":"usr_evil"`),
		"EscapedDuplicate": more(`"\u0065xp":9999999999`), "DuplicateUnknown": more(`"x":1,"x":2`),
		"CaseVariantExp": strings.Replace(f.payload, `"exp"`, `"EXP"`, 1), "CaseVariantSub": strings.Replace(f.payload, `"sub"`, `"Sub"`, 1),
		"AudArray": change("aud", `["`+app1+`"]`), "AudTwo": change("aud", `["`+app1+`","evil"]`), "AudOther": change("aud", `"`+app2+`"`),
		"AudCase": change("aud", `"WXDD00000000000001"`), "AudSpace": change("aud", `"`+app1+` "`), "ClientOther": change("client_id", `"`+app2+`"`),
		"IssCase": change("iss", `"https://LOGIN.example.com"`), "IssSlash": change("iss", `"`+issuerURL+`/"`), "IssOther": change("iss", `"https://evil.example"`),
		"IssPrefix": change("iss", `"`+issuerURL+`.evil.example"`), "SubOther": change("sub", `"evil"`), "SubSession": change("sub", `"ses_1"`), "SubBare": change("sub", `"usr_"`),
		"SidUser": change("sid", `"usr_1"`), "OpenIDNumber": change("openid", "1"), "UnionIDNull": change("unionid", "null"), "OpenIDEmpty": change("openid", `""`),
		"SubLong":   change("sub", `"usr_`+strings.Repeat("a", 300)+`"`),
		"IatFuture": change("iat", fmt.Sprint(now+60)), "IatNegative": change("iat", "-1"), "IatHuge": change("iat", "9223372036854775807"), "IatString": change("iat", `"1"`),
		"ExpString": change("exp", fmt.Sprintf(`"%d"`, now+60)), "ExpFloat": change("exp", fmt.Sprintf("%d.5", now+60)), "ExpExponent": change("exp", "1e12"),
		"ExpHuge": change("exp", "9223372036854775807"), "ExpBeyond64": change("exp", "99999999999999999999"), "ExpBeyondTime": change("exp", "253402300800"),
		"ExpNegative": change("exp", "-1"), "ExpBool": change("exp", "true"), "ExpObject": change("exp", `{"evil":1}`),
	}
	for _, name := range []string{"iss", "sub", "aud", "client_id", "sid", "iat", "exp", "jti"} {
		payloads["Missing/"+name], payloads["Null/"+name], payloads["EmptyText/"+name] = change(name, ""), change(name, "null"), change(name, `""`)
	}
	for name, payload := range payloads {
		t.Run(name, func(t *testing.T) {
			want(t, v, f.sign(f.header, payload), verify.ErrInvalid)
			want(t, v, f.signRS(headerOf("RS256", f.kidRS, ""), payload), verify.ErrInvalid)
		})
	}
	want(t, v, f.sign(f.header, change("exp", fmt.Sprint(now-60))), verify.ErrExpired)
}

// Another hufu's tokens, and parts of them, are none of ours.
func TestVerify_AnotherHouse(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	v := f.verifier(t)
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	want(t, v, signES(own, headerOf("ES256", "another", ""), f.payload), verify.ErrInvalid)
	ours, theirs := strings.Split(f.issue(t, token.ES256), "."), strings.Split(f.issue(t, token.RS256), ".")
	for i := range 3 {
		mixed := append([]string{}, ours...)
		mixed[i] = theirs[i]
		want(t, v, strings.Join(mixed, "."), verify.ErrInvalid)
	}
}
