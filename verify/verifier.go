package verify

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"
)

// Verifier checks access tokens of one issuer for one or more audiences. It is
// safe for concurrent use.
type Verifier struct {
	issuer    string
	audiences []AppID
	leeway    time.Duration
	fetch     *fetcher
	keys      *keySource
	feed      *feed // nil: revocations are not followed
	life      *lifetime
}

var errClosed = errors.New("the verifier is closed")

// New makes a Verifier. issuer is hufu's public_url, to the letter; audience is
// the appid whose tokens are taken. It asks nobody: the keys are fetched at the
// first use, or by Ready. Close it.
func New(issuer, audience string, options ...Option) (*Verifier, error) {
	u, err := checkIssuer(issuer)
	if err != nil {
		return nil, err
	}
	s := settings{
		audiences: []AppID{AppID(audience)}, leeway: defaultLeeway, tolerance: defaultTolerance,
		logger: slog.New(slog.DiscardHandler),
	}
	for _, option := range options {
		if err := option(&s); err != nil {
			return nil, err
		}
	}
	if slices.Contains(s.audiences, "") {
		return nil, errors.New("verify: the audience is empty: it is the appid of the app you serve")
	}
	life, fetch := newLifetime(), newFetcher(s.client)
	v := &Verifier{issuer: issuer, audiences: s.audiences, leeway: s.leeway, fetch: fetch, life: life}
	v.keys = &keySource{issuer: u, fetch: fetch, life: life, log: s.logger, tolerance: s.tolerance}
	if s.feed != nil {
		v.feed = newFeed(*s.feed, issuer, fetch, life)
		v.feed.log, v.feed.leeway = s.logger, s.leeway
	}
	return v, nil
}

// Verify checks a token: its signature by a key of the issuer's, its algorithm
// (ES256 or RS256) and type, issuer, audience and times, all of them required,
// and with WithRevocations that its session lives. It waits for the network only
// where keys are missing or outdated, and no longer than ctx.
//
// Errors: ErrInvalid, ErrExpired, ErrRevoked, ErrUnavailable.
func (v *Verifier) Verify(ctx context.Context, token string) (Claims, error) {
	if v.life.ctx.Err() != nil {
		return Claims{}, unavailable(errClosed)
	}
	if v.feed != nil {
		v.feed.begin() // beside the keys, not after them
	}
	parsed, err := parse(token)
	if err != nil {
		return Claims{}, err
	}
	// Read before the signature is checked, so that tokens of others cost no
	// fetch; nothing of it leaves before the signature holds.
	claims, err := v.readClaims(parsed.payload)
	if err != nil {
		return Claims{}, err
	}
	key, err := v.keys.find(ctx, parsed.key)
	if err != nil {
		return Claims{}, err
	}
	if err := parsed.verify(key); err != nil {
		return Claims{}, err
	}
	if err := v.checkTimes(&claims, time.Now()); err != nil {
		return Claims{}, err
	}
	if v.feed != nil {
		if err := v.feed.check(ctx, claims.SessionID); err != nil {
			return Claims{}, err
		}
	}
	return claims, nil
}

// Ready fetches what Verify needs, if it is not there: for a start that should
// fail where the issuer is misspelt or the API key is wrong, or for a readiness
// probe: once it has succeeded, it fails only where Verify could judge no token.
// Its error is an ErrUnavailable that says what is wrong.
func (v *Verifier) Ready(ctx context.Context) error {
	if v.life.ctx.Err() != nil {
		return unavailable(errClosed)
	}
	if v.feed != nil {
		v.feed.begin()
	}
	if err := v.keys.ready(ctx); err != nil {
		return err
	}
	if v.feed != nil {
		return v.feed.ready(ctx)
	}
	return nil
}

// Close stops what runs in the background and waits for its end. Verify then
// answers ErrUnavailable. It may be called more than once.
func (v *Verifier) Close() {
	v.life.end()
	v.fetch.close()
}
