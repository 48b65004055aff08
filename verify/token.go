package verify

import (
	"encoding/base64"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// maxToken is the longest token in bytes that is looked at: hufu's own limit.
const maxToken = 4 << 10

// maxKeyID bounds a kid in bytes; hufu's have 43.
const maxKeyID = 128

// algorithms is the closed list: asymmetric ones that hufu signs with.
var algorithms = []jose.SignatureAlgorithm{jose.ES256, jose.RS256}

// refusedHeaders would let a token bring its own key, point to one, or change
// what is signed (RFC 7515 §4.1, RFC 7797). None of them is hufu's.
var refusedHeaders = []string{"crit", "b64", "zip", "jwk", "jku", "x5c", "x5u", "enc"}

// keyID is what a token may choose a key by. The algorithm is a part of it, so
// that no key is ever used with another one than its own.
type keyID struct {
	algorithm jose.SignatureAlgorithm
	kid       string
}

// signedToken is a token taken apart; nothing of it is believed yet.
type signedToken struct {
	key     keyID
	payload []byte
	jws     *jose.JSONWebSignature
}

// parse takes the compact form of a JWS apart (RFC 7515 §7.1), and checks its
// header.
func parse(raw string) (signedToken, error) {
	if len(raw) > maxToken {
		return signedToken{}, invalid("too long for a token of hufu's")
	}
	header, rest, _ := strings.Cut(raw, ".")
	payload, signature, ok := strings.Cut(rest, ".")
	rawHeader, okHeader := decode(header)
	rawPayload, okPayload := decode(payload)
	_, okSignature := decode(signature)
	if !ok || !okHeader || !okPayload || !okSignature {
		return signedToken{}, invalid("not a signed token in its compact form")
	}
	key, err := readHeader(rawHeader)
	if err != nil {
		return signedToken{}, err
	}
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return signedToken{}, invalid("not a signed token") // err may quote it
	}
	return signedToken{key: key, payload: rawPayload, jws: jws}, nil
}

func readHeader(raw []byte) (keyID, error) {
	header, err := readObject(raw)
	if err != nil {
		return keyID{}, invalid("the header is no JSON object")
	}
	for _, name := range refusedHeaders {
		if _, ok := header[name]; ok {
			return keyID{}, invalid("the header asks for what is not supported")
		}
	}
	if typ, _ := header.text("typ"); typ != "JWT" && typ != "at+jwt" {
		return keyID{}, invalid("not an access token by its type")
	}
	alg, _ := header.text("alg")
	if alg != string(jose.ES256) && alg != string(jose.RS256) {
		return keyID{}, invalid("signed by an algorithm that is not allowed")
	}
	kid, ok := header.name("kid", "")
	if !ok || len(kid) > maxKeyID {
		return keyID{}, invalid("it names no key")
	}
	return keyID{algorithm: jose.SignatureAlgorithm(alg), kid: kid}, nil
}

// verify checks the signature.
func (t *signedToken) verify(key any) error {
	if _, err := t.jws.Verify(key); err != nil {
		return invalid("the signature is wrong")
	}
	return nil
}

// decode reads base64url as RFC 7515 §2 wants it: no padding, no line breaks,
// no bits left over. Anything has one spelling at most.
func decode(s string) ([]byte, bool) {
	if s == "" || strings.ContainsAny(s, "\r\n") { // which package base64 skips
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return b, err == nil
}
