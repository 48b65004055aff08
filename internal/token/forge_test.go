package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/token"
)

var b64 = base64.RawURLEncoding

// forger makes tokens byte by byte. It holds our own private keys, so that what
// is refused is refused for its content, not for its signature.
type forger struct {
	h        *house
	es       *ecdsa.PrivateKey
	rs       *rsa.PrivateKey
	kidES    string
	kidRS    string
	header   string // the lawful one, ES256
	payload  string // a lawful one
	verifier *token.Verifier
}

func newForger(tb testing.TB) *forger {
	tb.Helper()
	h := newHouse(tb)
	text := h.issue(tb, token.ES256)
	f := &forger{
		h: h, es: h.private(tb, token.ES256).(*ecdsa.PrivateKey), rs: h.private(tb, token.RS256).(*rsa.PrivateKey),
		kidES: h.kid(tb, token.ES256), kidRS: h.kid(tb, token.RS256),
		header: string(part(tb, text, 0)), payload: string(part(tb, text, 1)), verifier: h.verifier,
	}
	// The tool works: with nothing changed, its token holds.
	if _, err := f.verifier.Verify(reveal(f.signES(f.header, f.payload))); err != nil {
		tb.Fatalf("the lawful token: %v", err)
	}
	return f
}

func join(header, payload string) string {
	return b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
}

func (f *forger) signES(header, payload string) string {
	input := join(header, payload)
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, f.es, digest[:])
	if err != nil {
		panic(err)
	}
	return input + "." + b64.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func (f *forger) signRS(header, payload string) string {
	input := join(header, payload)
	digest := sha256.Sum256([]byte(input))
	s, err := rsa.SignPKCS1v15(nil, f.rs, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return input + "." + b64.EncodeToString(s)
}

func signHS(header, payload string, key []byte) string {
	input := join(header, payload)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(input))
	return input + "." + b64.EncodeToString(mac.Sum(nil))
}

func TestVerify_ForgedHeaders(t *testing.T) {
	t.Parallel()
	f := newForger(t)

	header := func(alg, kid, more string) string {
		return fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":"JWT"%s}`, alg, kid, more)
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ownJWK, err := json.Marshal(jose.JSONWebKey{Key: &own.PublicKey, KeyID: f.kidES})
	if err != nil {
		t.Fatal(err)
	}
	evil := *f
	evil.es = own // signs with the attacker's own key

	tokens := map[string]string{
		"None":              join(header("none", f.kidES, ""), f.payload) + ".",
		"NoneCase":          join(header("nOnE", f.kidES, ""), f.payload) + ".",
		"NoneUnderOurs":     join(f.header, f.payload) + ".",
		"NoneWithSignature": f.signES(header("none", f.kidES, ""), f.payload),
		"NoAlg":             f.signES(fmt.Sprintf(`{"kid":%q,"typ":"JWT"}`, f.kidES), f.payload),
		"LowerCaseAlg":      f.signES(header("es256", f.kidES, ""), f.payload),
		"ES384Alg":          f.signES(header("ES384", f.kidES, ""), f.payload),
		"PS256Alg":          f.signRS(header("PS256", f.kidRS, ""), f.payload),
		"RSHeaderESKey":     f.signES(header("RS256", f.kidES, ""), f.payload),
		"ESHeaderRSKey":     f.signRS(header("ES256", f.kidRS, ""), f.payload),
		"ESKidRSSigned":     f.signRS(header("ES256", f.kidES, ""), f.payload),
		"RSKidESSigned":     f.signES(header("RS256", f.kidRS, ""), f.payload),
		"NoKid":             f.signES(`{"alg":"ES256","typ":"JWT"}`, f.payload),
		"EmptyKid":          f.signES(header("ES256", "", ""), f.payload),
		"UnknownKid":        f.signES(header("ES256", "evil-key", ""), f.payload),
		"PathKid":           f.signES(header("ES256", "../../dev/null", ""), f.payload),
		"SQLKid":            f.signES(header("ES256", "' OR 1=1 --", ""), f.payload),
		"NumberKid":         f.signES(`{"alg":"ES256","kid":1,"typ":"JWT"}`, f.payload),
		"SymmetricKid":      f.signES(header("ES256", "refresh/1", ""), f.payload),
		"SymmetricKidHS":    signHS(header("HS256", "refresh/1", ""), f.payload, nil),
		"NoTyp":             f.signES(fmt.Sprintf(`{"alg":"ES256","kid":%q}`, f.kidES), f.payload),
		"OtherTyp":          f.signES(strings.Replace(f.header, `"JWT"`, `"logout+jwt"`, 1), f.payload),
		"LowerCaseTyp":      f.signES(strings.Replace(f.header, `"JWT"`, `"jwt"`, 1), f.payload),
		"MediaTyp":          f.signES(strings.Replace(f.header, `"JWT"`, `"application/at+jwt"`, 1), f.payload),
		"Crit":              f.signES(header("ES256", f.kidES, `,"crit":["exp"],"exp":1`), f.payload),
		"EmptyCrit":         f.signES(header("ES256", f.kidES, `,"crit":[]`), f.payload),
		"B64False":          f.signES(header("ES256", f.kidES, `,"b64":false,"crit":["b64"]`), f.payload),
		"B64Uncritical":     f.signES(header("ES256", f.kidES, `,"b64":false`), f.payload),
		"JKU":               f.signES(header("ES256", f.kidES, `,"jku":"https://evil.example/jwks.json"`), f.payload),
		"X5U":               f.signES(header("ES256", f.kidES, `,"x5u":"https://evil.example/cert"`), f.payload),
		"Zip":               f.signES(header("ES256", f.kidES, `,"zip":"DEF"`), f.payload),
		"CtyNested":         f.signES(header("ES256", f.kidES, `,"cty":"JWT"`), f.payload),
		"EmbeddedJWK":       evil.signES(header("ES256", f.kidES, `,"jwk":`+string(ownJWK)), f.payload),
		"EmbeddedX5C":       evil.signES(header("ES256", f.kidES, `,"x5c":["`+base64.StdEncoding.EncodeToString(selfSigned(t, own))+`"]`), f.payload),
		"DuplicateAlg":      f.signES(fmt.Sprintf(`{"alg":"none","alg":"ES256","kid":%q,"typ":"JWT"}`, f.kidES), f.payload),
		"DuplicateKid":      f.signES(fmt.Sprintf(`{"alg":"ES256","kid":"evil","kid":%q,"typ":"JWT"}`, f.kidES), f.payload),
		"CaseVariant":       f.signES(fmt.Sprintf(`{"ALG":"none","alg":"ES256","kid":%q,"typ":"JWT"}`, f.kidES), f.payload),
		"Space":             f.signES(strings.Replace(f.header, ":", ": ", 1), f.payload),
		"Escaped":           f.signES(strings.Replace(f.header, "ES256", `\u0045S256`, 1), f.payload),
		"Trailing":          f.signES(f.header+"{}", f.payload),
		"NotJSON":           f.signES("evil", f.payload),
		"EmptyHeader":       f.signES("", f.payload),
		"OwnKey":            evil.signES(f.header, f.payload),
	}
	// HMAC with what everybody may know, under every header that might select it.
	for name, key := range publicForms(t, f) {
		for _, kid := range []string{f.kidES, f.kidRS, "refresh/1"} {
			tokens["HS256/"+name+"/"+kid] = signHS(header("HS256", kid, ""), f.payload, key)
			tokens["HMACUnderES256/"+name+"/"+kid] = signHS(header("ES256", kid, ""), f.payload, key)
			tokens["HMACUnderRS256/"+name+"/"+kid] = signHS(header("RS256", kid, ""), f.payload, key)
		}
	}
	// Even the true symmetric keys sign no token.
	for _, use := range []token.Use{token.Refresh, token.Replay, token.Fingerprint} {
		_, secret, err := f.h.keyring.Secret(use, f.h.clock.now())
		if err != nil {
			t.Fatal(err)
		}
		tokens["HS256/Secret/"+string(use)] = signHS(header("HS256", string(use)+"/1", ""), f.payload, secret)
	}
	for name, text := range tokens {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, f.verifier, text, problem.InvalidToken)
		})
	}
}

// publicForms are the ways in which a careless verifier may feed a public key
// to an HMAC.
func publicForms(t *testing.T, f *forger) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"Empty": nil, "JWKS": f.h.keyring.JWKS()}
	for name, public := range map[string]any{"ES": &f.es.PublicKey, "RS": &f.rs.PublicKey} {
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		out[name+"DER"] = der
		out[name+"PEM"] = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		out[name+"PEMTrimmed"] = []byte(strings.TrimSpace(string(out[name+"PEM"])))
		jwk, err := json.Marshal(jose.JSONWebKey{Key: public})
		if err != nil {
			t.Fatal(err)
		}
		out[name+"JWK"] = jwk
	}
	return out
}

func selfSigned(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// The JSON serialisations are no form of an access token, and signatures of
// the wrong kind or size are none.
func TestVerify_ForgedForms(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	parts := strings.Split(f.signES(f.header, f.payload), ".")
	flat := fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, parts[1], parts[0], parts[2])
	general := fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, parts[1], parts[0], parts[2])
	raw, err := b64.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	der, err := ecdsa.SignASN1(rand.Reader, f.es, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	n := elliptic.P256().Params().N
	over := func(half []byte) []byte { // the same number modulo n, where it fits
		return new(big.Int).Add(new(big.Int).SetBytes(half), n).Bytes()
	}
	signatures := map[string][]byte{
		"DER": der, "Zero": make([]byte, 64), "ZeroR": append(make([]byte, 32), raw[32:]...), "ZeroS": append(raw[:32:32], make([]byte, 32)...),
		"N": append(n.Bytes(), n.Bytes()...), "Short": raw[:63], "Long": append(raw[:64:64], 0), "Padded": append(append([]byte{0}, raw[:32]...), append([]byte{0}, raw[32:]...)...),
		"PaddedS": append(append(raw[:32:32], 0), raw[32:]...), "Swapped": append(append([]byte{}, raw[32:]...), raw[:32]...), "Ones": []byte(strings.Repeat("\xff", 64)), "ROverN": append(over(raw[:32]), raw[32:]...),
	}
	tokens := map[string]string{"Flattened": flat, "General": general, "Detached": parts[0] + ".." + parts[2], "JWE": strings.Join(parts, ".") + ".a.b"}
	for name, s := range signatures {
		tokens["Signature"+name] = parts[0] + "." + parts[1] + "." + b64.EncodeToString(s)
	}
	// RSA: the textbook forgeries of length.
	rs := strings.Split(f.h.issue(t, token.RS256), ".")
	rawRS, err := b64.DecodeString(rs[2])
	if err != nil {
		t.Fatal(err)
	}
	modulusAdded := new(big.Int).Add(new(big.Int).SetBytes(rawRS), f.rs.N).Bytes()
	for name, s := range map[string][]byte{
		"Short": rawRS[1:], "LeadingZero": append([]byte{0}, rawRS...), "PlusModulus": modulusAdded, "One": append(make([]byte, 255), 1), "Zero": make([]byte, 256),
	} {
		tokens["RSASignature"+name] = rs[0] + "." + rs[1] + "." + b64.EncodeToString(s)
	}
	for name, text := range tokens {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, f.verifier, text, problem.InvalidToken)
		})
	}
}

func TestVerify_ForgedClaims(t *testing.T) {
	t.Parallel()
	f := newForger(t)
	now := f.h.clock.now().Unix()

	change := func(name, value string) string { // "" leaves the claim out
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(f.payload), &members); err != nil {
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
	more := func(member string) string { return strings.TrimSuffix(f.payload, "}") + "," + member + "}" }

	lawful := map[string]string{
		"Unchanged":         f.payload,
		"UnknownClaim":      more(`"scope":"openid","nested":{"exp":1}`),
		"NoOpenID":          change("openid", ""),
		"NoUnionID":         change("unionid", ""),
		"IssuedABitAhead":   change("iat", fmt.Sprint(now+200)),
		"CaseVariantBeside": more(`"EXP":1,"Sub":"usr_evil","AUD":["evil"]`), // other names, not seen
	}
	for name, payload := range lawful {
		if claims, err := f.verifier.Verify(reveal(f.signES(f.header, payload))); err != nil || claims.AppID != someClaims().AppID {
			t.Errorf("%s: %+v, %v", name, claims, err)
		}
	}
	payloads := map[string]string{
		"TooLong": more(`"x":"` + strings.Repeat("x", 4<<10) + `"`),
		"NotJSON": "evil", "Null": "null", "Array": "[]", "String": `"evil"`, "Empty": "", "EmptyObject": "{}", "Trailing": f.payload + "{}", "TrailingText": f.payload + "x",
		"InvalidUTF8": strings.Replace(f.payload, "usr_", "usr_\xff", 1), "UTF16": "\xff\xfe{\x00}\x00", "BOM": "\ufeff" + f.payload,
		"DuplicateExp": more(fmt.Sprintf(`"exp":%d`, now+9999)), "DuplicateAud": more(`"aud":"wxdd00000000000002"`), "DuplicateSub": more(`"sub":"usr_evil"`),
		"EscapedDuplicate": more(`"\u0065xp":9999999999`), "DuplicateUnknown": more(`"x":1,"x":2`),
		"CaseVariantExp": strings.Replace(f.payload, `"exp"`, `"EXP"`, 1), "CaseVariantSub": strings.Replace(f.payload, `"sub"`, `"Sub"`, 1),
		"FoldedVariant": strings.Replace(f.payload, `"sid"`, `"ſid"`, 1), // long s, which folds to s
		"AudArray":      change("aud", `["wxdd00000000000001"]`), "AudTwo": change("aud", `["wxdd00000000000001","evil"]`), "AudEmptyArray": change("aud", `[]`),
		"AudOther": change("aud", `"wxdd00000000000002"`), "AudCase": change("aud", `"WXDD00000000000001"`), "ClientOther": change("client_id", `"wxdd00000000000002"`),
		"AudSpace": change("aud", `"wxdd00000000000001 "`), "IssCase": change("iss", `"https://LOGIN.example.com"`), "IssSlash": change("iss", `"`+issuerURL+`/"`),
		"IssOther": change("iss", `"https://evil.example"`), "IssArray": change("iss", `["`+issuerURL+`"]`),
		"SubSession": change("sub", `"`+string(someClaims().SessionID)+`"`), "SubOther": change("sub", `"evil"`), "SidUser": change("sid", `"`+string(someClaims().UserID)+`"`),
		"SubUpper":  change("sub", strings.ToUpper(`"`+string(someClaims().UserID)+`"`)),
		"IatFuture": change("iat", fmt.Sprint(now+301)), "IatNegative": change("iat", "-1"), "IatHuge": change("iat", "9223372036854775807"), "IatString": change("iat", `"1"`),
		"ExpString": change("exp", fmt.Sprintf(`"%d"`, now+60)), "ExpFloat": change("exp", fmt.Sprintf("%d.5", now+60)), "ExpFloatZero": change("exp", fmt.Sprintf("%d.0", now+60)),
		"ExpExponent": change("exp", "1e12"), "ExpHuge": change("exp", "9223372036854775807"), "ExpBeyond64": change("exp", "99999999999999999999"),
		"ExpBeyondTime": change("exp", "253402300800"), "ExpNegative": change("exp", "-1"), "ExpBool": change("exp", "true"), "ExpObject": change("exp", `{"evil":1}`),
	}
	for _, name := range []string{"iss", "sub", "aud", "client_id", "sid", "iat", "exp", "jti"} {
		payloads["Missing/"+name] = change(name, "")
		payloads["Null/"+name] = change(name, "null")
		payloads["EmptyText/"+name] = change(name, `""`)
	}
	for name, payload := range payloads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, f.verifier, f.signES(f.header, payload), problem.InvalidToken)
			rs := strings.NewReplacer("ES256", "RS256", f.kidES, f.kidRS).Replace(f.header)
			refused(t, f.verifier, f.signRS(rs, payload), problem.InvalidToken)
		})
	}
	refused(t, f.verifier, f.signES(f.header, change("exp", "0")), problem.TokenExpired)
	refused(t, f.verifier, f.signES(f.header, change("exp", fmt.Sprint(now))), problem.TokenExpired)
}
