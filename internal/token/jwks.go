package token

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// JWKS returns the public keys (RFC 7517 §5) of every key that has signed
// something alive, and of those that will sign soon.
//
// The bytes must not be changed.
func (k *Keyring) JWKS() []byte { return k.state.Load().jwks.body }

func marshalJWKS(s *keys) (document, error) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, use := range []Use{ES256, RS256} {
		for _, each := range s.byUse[use] {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: each.public, KeyID: each.kid, Algorithm: string(use), Use: "sig"})
		}
	}
	out, err := json.Marshal(set)
	if err != nil {
		return document{}, fmt.Errorf("write JWKS: %w", err)
	}
	return newDocument(out), nil
}

// thumbprint names a public key by its content (RFC 7638).
func thumbprint(public any) (string, error) {
	jwk := jose.JSONWebKey{Key: public}
	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("name key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}
