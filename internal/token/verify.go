package token

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
)

// rememberedTokens bounds the tokens whose signature is remembered as checked:
// about 6 MiB.
const rememberedTokens = 8192

// Verifier checks our own access tokens. It is safe for concurrent use.
type Verifier struct {
	keyring *Keyring
	issuer  string
	now     func() time.Time
	// checked maps the SHA-256 of a token to its claims: a signature holds for
	// as long as its key does, and checking it costs more than all the rest.
	checked *lru.Cache[[sha256.Size]byte, remembered]
}

type remembered struct {
	claims Claims
	key    *key
}

// NewVerifier makes a verifier of tokens issued as issuer. now may be nil.
func NewVerifier(keyring *Keyring, issuer string, now func() time.Time) (*Verifier, error) {
	cache, err := lru.New[[sha256.Size]byte, remembered](rememberedTokens)
	if err != nil {
		return nil, fmt.Errorf("make token cache: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	return &Verifier{keyring: keyring, issuer: issuer, now: now, checked: cache}, nil
}

// wireClaims are a token's claims as they are read.
type wireClaims struct {
	Issuer    string       `json:"iss"`
	Subject   string       `json:"sub"`
	Audience  string       `json:"aud"`
	ClientID  string       `json:"client_id"`
	SessionID string       `json:"sid"`
	OpenID    id.OpenID    `json:"openid"`
	UnionID   id.UnionID   `json:"unionid"`
	IssuedAt  *json.Number `json:"iat"`
	ExpiresAt *json.Number `json:"exp"`
	TokenID   string       `json:"jti"`
}

// Verify checks signature, algorithm, type, issuer, audience and times, all of
// them required. Whether the session still lives is not its question. Errors
// are problems: TokenExpired, or InvalidToken for anything else.
func (v *Verifier) Verify(token secret.String) (Claims, error) {
	text := token.Reveal()
	sum := sha256.Sum256([]byte(text))
	hit, ok := v.checked.Get(sum)
	if ok && v.keyring.state.Load().byKID[hit.key.kid] != hit.key {
		ok = false // the key was taken back
	}
	if !ok {
		claims, key, err := v.check(text)
		if err != nil {
			return Claims{}, problem.Wrap(problem.InvalidToken, err, "the access token is not one of ours")
		}
		hit = remembered{claims: claims, key: key}
		v.checked.Add(sum, hit)
	}
	if !v.now().Before(hit.claims.ExpiresAt) {
		v.checked.Remove(sum)
		return hit.claims, problem.New(problem.TokenExpired, "the access token has expired")
	}
	return hit.claims, nil
}

func (v *Verifier) check(text string) (Claims, *key, error) {
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return Claims{}, nil, errors.New("no signed token")
	}
	header := jws.Signatures[0].Protected
	if typ, _ := header.ExtraHeaders[jose.HeaderType].(string); typ != string(TypeJWT) && typ != string(TypeATJWT) {
		return Claims{}, nil, errors.New("not an access token by its type")
	}
	key := v.keyring.state.Load().byKID[header.KeyID]
	// The algorithm belongs to the key: a token may not choose it.
	if key == nil || key.public == nil || string(key.Use) != header.Algorithm {
		return Claims{}, nil, errors.New("signed by no key of ours")
	}
	payload, err := jws.Verify(key.public)
	if err != nil {
		return Claims{}, nil, errors.New("the signature is wrong")
	}
	var wire wireClaims
	if err := json.Unmarshal(payload, &wire); err != nil {
		return Claims{}, nil, errors.New("the claims are no claims of ours")
	}
	claims, err := v.claims(&wire)
	return claims, key, err
}

func (v *Verifier) claims(wire *wireClaims) (Claims, error) {
	if wire.IssuedAt == nil || wire.ExpiresAt == nil {
		return Claims{}, errors.New("iat or exp is missing")
	}
	issued, err1 := wire.IssuedAt.Int64()
	expires, err2 := wire.ExpiresAt.Int64()
	if err := errors.Join(err1, err2); err != nil {
		return Claims{}, errors.New("iat or exp is no number")
	}
	user, okUser := id.ParseUserID(wire.Subject)
	session, okSession := id.ParseSessionID(wire.SessionID)
	switch {
	case wire.Issuer == "" || wire.Issuer != v.issuer:
		return Claims{}, errors.New("issued by somebody else")
	case wire.Audience == "" || wire.Audience != wire.ClientID || strings.ContainsAny(wire.Audience, " ,"):
		return Claims{}, errors.New("for somebody else")
	case !okUser || !okSession:
		return Claims{}, errors.New("sub or sid is missing")
	case issued > v.now().Add(skew).Unix():
		return Claims{}, errors.New("issued in the future")
	}
	return Claims{
		UserID: user, AppID: id.AppID(wire.Audience), SessionID: session,
		OpenID: wire.OpenID, UnionID: wire.UnionID, TokenID: wire.TokenID,
		IssuedAt: time.Unix(issued, 0).UTC(), ExpiresAt: time.Unix(expires, 0).UTC(),
	}, nil
}
