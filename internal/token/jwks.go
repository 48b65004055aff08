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
func (k *Keyring) JWKS() []byte { return k.state.Load().jwks }

func (k *Keyring) marshalJWKS(s *keys) ([]byte, error) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, use := range []Use{ES256, RS256} {
		for _, each := range s.byUse[use] {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: each.public, KeyID: each.kid, Algorithm: string(use), Use: "sig"})
		}
	}
	out, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("write JWKS: %w", err)
	}
	return out, nil
}

// thumbprint names a key by its content (RFC 7638).
func thumbprint(private any) (string, error) {
	jwk := jose.JSONWebKey{Key: private}
	public := jwk.Public()
	sum, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("name key: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}
