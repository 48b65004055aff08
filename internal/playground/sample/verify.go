package sample

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// leeway is for clocks that differ.
	leeway = 30 * time.Second
	// keysAgain is how soon keys may be fetched again for a key that is unknown,
	// or anybody could have them fetched by inventing keys.
	keysAgain = 5 * time.Second
	maxAnswer = 256 << 10
	patience  = 10 * time.Second
)

// person is who a token speaks for.
type person struct{ user, app string }

// refusal is why a token is not taken, as hufu would say it.
type refusal struct {
	code   string // of problem+json
	detail string
}

func (r *refusal) Error() string { return r.code }

func refuse(code, detail string) error { return &refusal{code, detail} }

// verifier checks access tokens.
type verifier struct {
	issuer string
	apps   map[string]bool
	now    func() time.Time
	client *http.Client

	mu      sync.Mutex
	keys    jose.JSONWebKeySet
	fetched time.Time
}

// check tells who a token speaks for. The error is a *refusal, or says that
// hufu could not be asked.
func (v *verifier) check(ctx context.Context, header string) (person, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return person{}, refuse("invalid_token", "this call wants an access token")
	}
	// The list of algorithms is ours: a token must not choose its own.
	signed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil || len(signed.Headers) != 1 {
		return person{}, refuse("invalid_token", "this is no access token")
	}
	key, err := v.key(ctx, signed.Headers[0].KeyID)
	if err != nil {
		return person{}, err
	}
	var claims jwt.Claims
	if key == nil || key.Algorithm != signed.Headers[0].Algorithm || signed.Claims(key.Key, &claims) != nil {
		return person{}, refuse("invalid_token", "this access token is not from the issuer")
	}
	if err := v.judge(&claims); err != nil {
		return person{}, err
	}
	return person{user: claims.Subject, app: claims.Audience[0]}, v.alive(ctx, header)
}

// judge looks at what a token says. That it is for one of our apps must be
// asked, or a token of any other app of the same hufu would do.
func (v *verifier) judge(c *jwt.Claims) error {
	switch {
	case c.Issuer != v.issuer, c.Subject == "", c.Expiry == nil, c.IssuedAt == nil:
		return refuse("invalid_token", "this access token is not from the issuer")
	case len(c.Audience) != 1 || !v.apps[c.Audience[0]]:
		return refuse("invalid_token", "this access token is for another app")
	case c.IssuedAt.Time().After(v.now().Add(leeway)):
		return refuse("invalid_token", "this access token is from the future")
	case !v.now().Before(c.Expiry.Time()):
		return refuse("token_expired", "the access token has expired")
	}
	return nil
}

// key finds a public key of hufu's; nil if there is none of this name.
func (v *verifier) key(ctx context.Context, id string) (*jose.JSONWebKey, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if found := v.keys.Key(id); len(found) == 1 {
		return &found[0], nil
	}
	if !v.fetched.IsZero() && time.Since(v.fetched) < keysAgain {
		return nil, nil // no key of this name is an answer too
	}
	status, body, err := v.get(ctx, "/.well-known/jwks.json", "")
	if err != nil || status != http.StatusOK {
		return nil, errors.New("the keys could not be fetched")
	}
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(body, &keys); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	v.keys, v.fetched = keys, time.Now()
	if found := keys.Key(id); len(found) == 1 {
		return &found[0], nil
	}
	return nil, nil
}

// alive asks hufu whether the session still lives.
func (v *verifier) alive(ctx context.Context, header string) error {
	status, body, err := v.get(ctx, "/v1/session", header)
	if err != nil {
		return err
	}
	switch status {
	case http.StatusOK:
		return nil
	case http.StatusUnauthorized:
		var said struct {
			Code string `json:"code"`
		}
		if err := json.Unmarshal(body, &said); err == nil {
			switch said.Code {
			case "session_revoked":
				return refuse(said.Code, "the session has ended: log in again")
			case "token_expired":
				return refuse(said.Code, "the access token has expired")
			}
		}
		return refuse("invalid_token", "this access token is not taken by its issuer")
	}
	return fmt.Errorf("the session could not be asked for: status %d", status)
}

func (v *verifier) get(ctx context.Context, path, authorization string) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.issuer+path, nil)
	if err != nil {
		return 0, nil, err
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	res, err := v.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }() // read to its end, or given up
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return res.StatusCode, body, err
}
