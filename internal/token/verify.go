package token

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
)

const (
	// rememberedTokens bounds the tokens whose signature is remembered as
	// checked: about 6 MiB.
	rememberedTokens = 8192
	// maxToken is the longest token in bytes that is looked at; ours have some
	// 500 to 900.
	maxToken = 4 << 10
	// maxTime is the last second of the year 9999, as Unix time.
	maxTime = 253402300799
)

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

// Verify checks signature, algorithm, type, issuer, audience and times, all of
// them required. Whether the session still lives is not its question, nor
// whether the app in AppID is the one the caller serves. Errors are problems:
// TokenExpired for one of ours that has run out, InvalidToken for anything else.
func (v *Verifier) Verify(token secret.String) (Claims, error) {
	text := token.Reveal()
	if len(text) > maxToken {
		return Claims{}, invalid(errors.New("too long for a token of ours"))
	}
	keys, now := v.keyring.state.Load(), v.now()
	var room [1 << 10]byte // tokens of ours fit: no allocation where one is seen again
	sum := sha256.Sum256(append(room[:0], text...))
	seen, ok := v.checked.Get(sum)
	// A key that was taken back takes back what it signed.
	if !ok || keys.byKID[seen.key.kid] != seen.key {
		var err error
		if seen, err = v.check(keys, text, now); err != nil {
			return Claims{}, invalid(err)
		}
		ok = false
	}
	if !now.Before(seen.claims.ExpiresAt) {
		v.checked.Remove(sum)
		return Claims{}, problem.New(problem.TokenExpired, "the access token has expired")
	}
	if !ok {
		v.checked.Add(sum, seen)
	}
	return seen.claims, nil
}

func invalid(cause error) error {
	return problem.Wrap(problem.InvalidToken, cause, "the access token is not one of ours")
}

// check does all that is asked of a token but for its end.
//
// The header is not parsed: it must be, to the letter, one that a key of ours
// writes. So a token chooses neither algorithm nor key nor type, and alg none,
// key confusion, crit, jku and embedded keys have nowhere to stand.
func (v *Verifier) check(keys *keys, text string, now time.Time) (remembered, error) {
	header, rest, _ := strings.Cut(text, ".")
	payload, signature, ok := strings.Cut(rest, ".")
	if !ok {
		return remembered{}, errors.New("no signed token")
	}
	signer := keys.byHeader[header]
	if signer == nil {
		return remembered{}, errors.New("signed by no key of ours, or for another purpose")
	}
	rawSignature, ok := decode(signature)
	if !ok || !signer.verify([]byte(text[:len(header)+1+len(payload)]), rawSignature) {
		return remembered{}, errors.New("the signature is wrong")
	}
	rawClaims, ok := decode(payload)
	if !ok {
		return remembered{}, errors.New("the claims are no claims of ours")
	}
	claims, err := v.readClaims(rawClaims, now)
	return remembered{claims: claims, key: signer}, err
}

// decode reads base64url as RFC 7515 §2 wants it: no padding, no line breaks,
// no bits left over. Anything has one spelling at most.
func decode(s string) ([]byte, bool) {
	if strings.ContainsAny(s, "\r\n") { // which package base64 skips
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return b, err == nil
}

// wireClaims are a token's claims as they are read: by their exact names, each
// at most once. Unknown ones are let by, so that a newer version may add some.
type wireClaims struct {
	Issuer    string     `json:"iss"`
	Subject   string     `json:"sub"`
	Audience  id.AppID   `json:"aud"`
	ClientID  id.AppID   `json:"client_id"`
	SessionID string     `json:"sid"`
	OpenID    id.OpenID  `json:"openid"`
	UnionID   id.UnionID `json:"unionid"`
	IssuedAt  *int64     `json:"iat"`
	ExpiresAt *int64     `json:"exp"`
	TokenID   string     `json:"jti"`
}

func (v *Verifier) readClaims(raw []byte, now time.Time) (Claims, error) {
	var wire wireClaims
	if err := json.Unmarshal(raw, &wire); err != nil {
		return Claims{}, errors.New("the claims are no claims of ours") // err may quote them
	}
	user, okUser := id.ParseUserID(wire.Subject)
	session, okSession := id.ParseSessionID(wire.SessionID)
	switch {
	case wire.Issuer == "" || wire.Issuer != v.issuer:
		return Claims{}, errors.New("issued by somebody else")
	case wire.Audience == "" || wire.Audience != wire.ClientID:
		return Claims{}, errors.New("for somebody else")
	case !okUser || !okSession || wire.TokenID == "":
		return Claims{}, errors.New("sub, sid or jti is missing")
	case wire.IssuedAt == nil || wire.ExpiresAt == nil:
		return Claims{}, errors.New("iat or exp is missing")
	case *wire.IssuedAt < 0 || *wire.IssuedAt > maxTime || *wire.ExpiresAt < 0 || *wire.ExpiresAt > maxTime:
		return Claims{}, errors.New("iat or exp is no time")
	case *wire.IssuedAt > now.Add(skew).Unix():
		return Claims{}, errors.New("issued in the future")
	}
	return Claims{
		UserID: user, AppID: wire.Audience, SessionID: session,
		OpenID: wire.OpenID, UnionID: wire.UnionID, TokenID: wire.TokenID,
		IssuedAt: time.Unix(*wire.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(*wire.ExpiresAt, 0).UTC(),
	}, nil
}
