package verify

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// Keys are good for as long as the issuer's Cache-Control says, within these
	// bounds; hufu says 5 minutes, and publishes a key 10 minutes before it signs.
	minAge, defaultAge, maxAge = time.Minute, 5 * time.Minute, 15 * time.Minute
	// fetchInterval is the shortest time between two fetches, however many
	// unknown key ids come in.
	fetchInterval = 10 * time.Second
	// After a failure the next fetch waits: one second, then twice as long each
	// time, up to maxBackoff.
	minBackoff, maxBackoff = time.Second, time.Minute
)

// keySource holds the issuer's keys, and fetches them when they are needed.
type keySource struct {
	issuer    *url.URL
	fetch     *fetcher
	life      *lifetime
	log       *slog.Logger
	tolerance time.Duration // how old keys may get while the issuer is down

	mu        sync.Mutex
	keys      keySet // nil: none yet
	fetched   time.Time
	age       time.Duration // after which the keys should not be used unasked
	flight    chan struct{} // closed when the fetch in flight ends; nil: none
	notBefore time.Time     // no fetch begins earlier
	failures  int           // in a row
	lastErr   error
	jwks      string // the address of the JWKS; empty: to be asked for
}

// find returns the key that id names. It waits for a fetch if there is none to
// be had otherwise, and for no longer than ctx.
func (s *keySource) find(ctx context.Context, id keyID) (crypto.PublicKey, error) {
	key, wait, err := s.look(id, true)
	if wait == nil {
		return key, err
	}
	select {
	case <-wait:
	case <-ctx.Done():
		return nil, unavailable(ctx.Err())
	}
	key, _, err = s.look(id, false)
	return key, err
}

// ready waits until there are keys, of whatever age is tolerated.
func (s *keySource) ready(ctx context.Context) error {
	s.mu.Lock()
	held := s.held(time.Now())
	s.mu.Unlock()
	if held {
		return nil
	}
	_, err := s.find(ctx, keyID{})
	if errors.Is(err, ErrInvalid) { // no key has that name, but there are keys
		return nil
	}
	return err
}

// look answers by what is held, or, with mayWait, says what to wait for before
// asking again.
//
//	age        known key                            unknown key
//	< 3/4      use it                               fetch, if that may be
//	< full     use it, fetch behind its back        likewise
//	≥ full     fetch first; use it if that failed   likewise
//	> tolerance: there are no keys
func (s *keySource) look(id keyID, mayWait bool) (key crypto.PublicKey, wait <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	age := now.Sub(s.fetched)
	held := s.held(now)
	if held {
		key = s.keys[id]
	}
	if key != nil && age < s.age*3/4 {
		return key, nil, nil
	}
	flight := s.begin(now)
	// Who can be served waits for nobody, but for keys that may be outdated; and
	// an issuer that is down is waited for once, not by each request.
	urgent := key == nil || age >= s.age && s.failures == 0
	switch {
	case mayWait && urgent && flight != nil:
		return nil, flight, nil
	case key != nil:
		return key, nil, nil
	case !held || s.failures > 0: // the key may exist: this is no fault of the token's
		return nil, nil, unavailable(s.lastFault())
	default:
		return nil, nil, invalid("signed by no key of the issuer's")
	}
}

// held reports whether there are keys that may be used. It wants s.mu.
func (s *keySource) held(now time.Time) bool {
	return s.keys != nil && now.Sub(s.fetched) <= max(s.tolerance, s.age)
}

func (s *keySource) lastFault() error {
	if s.lastErr != nil {
		return s.lastErr
	}
	return errors.New("no keys of the issuer")
}

// begin starts a fetch, or joins the one in flight; nil: none may begin now.
// The fetch belongs to the Verifier, not to the call that needed it first.
func (s *keySource) begin(now time.Time) <-chan struct{} {
	if s.flight != nil {
		return s.flight
	}
	if now.Before(s.notBefore) {
		return nil
	}
	done, jwks := make(chan struct{}), s.jwks
	started := s.life.run(func(ctx context.Context) {
		began := time.Now()
		keys, age, address, err := s.load(ctx, jwks)
		s.end(ctx, began, keys, age, address, err)
		close(done)
	})
	if !started {
		s.lastErr = errClosed
		return nil
	}
	s.flight = done
	return done
}

// end takes a fetch's result in.
func (s *keySource) end(ctx context.Context, began time.Time, keys keySet, age time.Duration, address string, err error) {
	s.mu.Lock()
	s.flight, s.lastErr = nil, err
	if err == nil {
		s.keys, s.age, s.fetched, s.jwks = keys, age, began, address
		s.failures, s.notBefore = 0, time.Now().Add(fetchInterval)
		s.mu.Unlock()
		return
	}
	s.failures++
	s.jwks = "" // it may have moved
	s.notBefore = time.Now().Add(backoff(s.failures, minBackoff, maxBackoff))
	failures := s.failures
	s.mu.Unlock()
	if ctx.Err() == nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "the keys of the issuer could not be fetched",
			slog.Int("failures", failures), slog.Any("error", err))
	}
}

// backoff is the wait after so many failures in a row.
func backoff(failures int, first, most time.Duration) time.Duration {
	return min(first<<min(failures-1, 16), most)
}

// load fetches the keys, and their address where it is not known.
func (s *keySource) load(ctx context.Context, address string) (keySet, time.Duration, string, error) {
	if address == "" {
		var err error
		if address, err = s.discover(ctx); err != nil {
			return nil, 0, "", fmt.Errorf("find the JWKS: %w", err)
		}
	}
	body, header, err := s.fetch.get(ctx, address, "")
	if err != nil {
		return nil, 0, "", fmt.Errorf("fetch the JWKS: %w", err)
	}
	keys, err := readKeySet(body)
	return keys, freshness(header), address, err
}

// discover asks the issuer for the address of its keys (OpenID Connect
// Discovery 1.0 §4). The issuer named there must be ours to the letter (§4.3),
// and the keys must lie where hufu puts them: at the issuer's own host.
func (s *keySource) discover(ctx context.Context) (string, error) {
	body, _, err := s.fetch.get(ctx, s.issuer.String()+"/.well-known/openid-configuration", "")
	if err != nil {
		return "", err
	}
	var metadata struct {
		Issuer string `json:"issuer"`
		JWKS   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(body, &metadata); err != nil {
		return "", errors.New("the metadata is no JSON")
	}
	if metadata.Issuer != s.issuer.String() {
		return "", errors.New("the metadata names another issuer: compare with hufu's public_url")
	}
	u, err := url.Parse(metadata.JWKS)
	if err != nil || u.Scheme != s.issuer.Scheme || u.Host != s.issuer.Host || u.User != nil {
		return "", errors.New("the JWKS is not at the issuer's address")
	}
	return metadata.JWKS, nil
}

// freshness reads Cache-Control: max-age (RFC 9111 §5.2.2.1).
func freshness(header http.Header) time.Duration {
	for directive := range strings.SplitSeq(header.Get("Cache-Control"), ",") {
		value, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(directive)), "max-age=")
		if !ok {
			continue
		}
		if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
			return min(max(time.Duration(seconds)*time.Second, minAge), maxAge)
		}
	}
	return defaultAge
}
