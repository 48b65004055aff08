package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

const (
	// maxKeys bounds the keys of an issuer, of any kind; hufu has some four.
	maxKeys = 64
	// RSA keys: below, breakable; above, each check costs too much.
	minRSABits, maxRSABits = 2048, 8192
)

// keySet are the usable keys of an issuer.
type keySet map[keyID]crypto.PublicKey

// readKeySet reads a JWKS (RFC 7517 §5). Keys of other kinds and for other uses
// are passed over, as §5 wants it; two keys of one name, or none at all, make
// the set unusable.
func readKeySet(body []byte) (keySet, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return nil, errors.New("the JWKS is no JSON") // err may quote it
	}
	if len(document.Keys) > maxKeys {
		return nil, errors.New("the JWKS has too many keys")
	}
	set := keySet{}
	for _, raw := range document.Keys {
		id, key, ok := readKey(raw)
		if !ok {
			continue
		}
		if _, twice := set[id]; twice {
			return nil, errors.New("the JWKS has two keys of one name")
		}
		set[id] = key
	}
	if len(set) == 0 {
		return nil, errors.New("the JWKS has no key for ES256 or RS256")
	}
	return set, nil
}

func readKey(raw []byte) (keyID, crypto.PublicKey, bool) {
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON(raw); err != nil || !jwk.Valid() {
		return keyID{}, nil, false
	}
	if jwk.KeyID == "" || len(jwk.KeyID) > maxKeyID || jwk.Use != "" && jwk.Use != "sig" {
		return keyID{}, nil, false
	}
	var algorithm jose.SignatureAlgorithm
	switch key := jwk.Key.(type) { // public keys alone: a private one is no match
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return keyID{}, nil, false
		}
		algorithm = jose.ES256
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSABits || bits > maxRSABits {
			return keyID{}, nil, false
		}
		algorithm = jose.RS256
	default:
		return keyID{}, nil, false
	}
	if jwk.Algorithm != "" && jwk.Algorithm != string(algorithm) {
		return keyID{}, nil, false
	}
	return keyID{algorithm: algorithm, kid: jwk.KeyID}, jwk.Key, true
}
