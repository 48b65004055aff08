package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Type is the "typ" of an access token's header.
type Type string

// The types. Resource servers that don't expect RFC 9068 (Spring Security as
// it comes) refuse at+jwt, so JWT is the default.
const (
	TypeJWT   Type = "JWT"
	TypeATJWT Type = "at+jwt"
)

// Issuer makes access tokens.
type Issuer struct {
	Keyring *Keyring
	// URL is the "iss": the server's public URL.
	URL string
	// Life is how long a token lives, at most as long as the keyring keeps
	// retired keys for. Zero: just that long (KeyringConfig.Life).
	Life time.Duration
	Now  func() time.Time // default: time.Now
}

// Issue signs claims with the active key of alg. It sets IssuedAt, ExpiresAt
// and TokenID and returns them with the token. notAfter, if not zero, caps the
// token's life: none outlives its session.
func (i *Issuer) Issue(c Claims, alg Use, typ Type, notAfter time.Time) (string, Claims, error) {
	now := time.Now()
	if i.Now != nil {
		now = i.Now()
	}
	// A token that outlived its key would be refused before its time.
	life := i.Keyring.cfg.Life
	if i.Life > 0 {
		life = min(life, i.Life)
	}
	c.IssuedAt = now.UTC().Truncate(time.Second)
	c.ExpiresAt = c.IssuedAt.Add(life)
	if !notAfter.IsZero() && notAfter.Before(c.ExpiresAt) {
		c.ExpiresAt = notAfter.UTC().Truncate(time.Second)
	}
	c.TokenID = newTokenID()

	signer := i.Keyring.state.Load().activeAt(alg, now)
	if signer == nil {
		return "", c, fmt.Errorf("there is no %s key", alg)
	}
	header, ok := signer.headers[typ]
	if !ok {
		return "", c, fmt.Errorf("no %s key makes access tokens of type %q", alg, typ)
	}
	payload := c.appendJSON(make([]byte, 0, 512), i.URL)
	b := make([]byte, 0, len(header)+1+base64.RawURLEncoding.EncodedLen(len(payload))+1+base64.RawURLEncoding.EncodedLen(256))
	b = append(b, header...)
	b = append(b, '.')
	b = base64.RawURLEncoding.AppendEncode(b, payload)
	signature, err := signer.sign(b)
	if err != nil {
		return "", c, fmt.Errorf("sign access token: %w", err)
	}
	b = append(b, '.')
	b = base64.RawURLEncoding.AppendEncode(b, signature)
	return string(b), c, nil
}

// jwtHeaders are the two possible headers of a key, ready to be signed. They
// are written here and nowhere else: the verifier takes no others. A version
// that wants another header must know these as well for the life of a token.
func jwtHeaders(alg Use, kid string) map[Type]string {
	out := map[Type]string{}
	for _, typ := range []Type{TypeJWT, TypeATJWT} {
		header := fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":%q}`, alg, kid, typ)
		out[typ] = base64.RawURLEncoding.EncodeToString([]byte(header))
	}
	return out
}

// sign makes the JWS signature of input (RFC 7518 §3.3, §3.4).
//
// It is assembled here and not by go-jose, whose builder costs as much again as
// the signing itself, which is the dearest step of a login. Tests hold the two
// against each other.
func (k *key) sign(input []byte) ([]byte, error) {
	digest := sha256.Sum256(input)
	switch private := k.private.(type) {
	case *ecdsa.PrivateKey:
		// Without a source of randomness the nonce is derived from key and digest
		// (RFC 6979), over SHA-256, which costs a quarter of what the library spends
		// on a random one.
		der, err := private.Sign(nil, digest[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		return rawSignature(der)
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:])
	default:
		return nil, errors.New("no signing key")
	}
}

// rawSignature turns an ASN.1 ECDSA signature on P-256 into R ‖ S, 32 bytes
// each (RFC 7518 §3.4).
func rawSignature(der []byte) ([]byte, error) {
	var inner cryptobyte.String
	r, s := make([]byte, 0, 32), make([]byte, 0, 32)
	input := cryptobyte.String(der)
	if !input.ReadASN1(&inner, asn1.SEQUENCE) || !input.Empty() ||
		!inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) || !inner.Empty() ||
		len(r) > 32 || len(s) > 32 {
		return nil, errors.New("malformed ECDSA signature")
	}
	out := make([]byte, 64)
	copy(out[32-len(r):32], r)
	copy(out[64-len(s):], s)
	return out, nil
}

// verify reports whether signature is the key's over input.
func (k *key) verify(input, signature []byte) bool {
	digest := sha256.Sum256(input)
	switch public := k.public.(type) {
	case *ecdsa.PublicKey:
		if len(signature) != 64 {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(public, digest[:], r, s)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
	default:
		return false
	}
}
