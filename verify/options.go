package verify

import (
	"errors"
	"log/slog"
	"net/http"
	"time"
)

const (
	defaultLeeway = 30 * time.Second
	maxLeeway     = 5 * time.Minute
	// defaultTolerance is how old keys may get while the issuer is down.
	defaultTolerance = 24 * time.Hour
)

// Option changes a Verifier in the making.
type Option func(*settings) error

type settings struct {
	audiences []AppID
	leeway    time.Duration
	tolerance time.Duration
	client    *http.Client
	logger    *slog.Logger
	feed      *feedSettings
}

// AlsoFor takes the tokens of further apps: for a backend that serves several.
// It then has to look at [Claims.AppID] wherever they differ.
func AlsoFor(audiences ...string) Option {
	return func(s *settings) error {
		for _, audience := range audiences {
			s.audiences = append(s.audiences, AppID(audience))
		}
		return nil
	}
}

// WithLeeway says how far the clocks of issuer and backend may differ, 5 minutes
// at most. Default: 30 seconds.
func WithLeeway(d time.Duration) Option {
	return func(s *settings) error {
		if d < 0 || d > maxLeeway {
			return errors.New("verify: the leeway must be between 0 and 5 minutes")
		}
		s.leeway = d
		return nil
	}
}

// WithOutageTolerance says how old keys may get while the issuer cannot be
// reached. Until then tokens signed by them are accepted; after that, none is.
// Default: 24 hours.
func WithOutageTolerance(d time.Duration) Option {
	return func(s *settings) error {
		if d < 0 {
			return errors.New("verify: the outage tolerance must not be negative")
		}
		s.tolerance = d
		return nil
	}
}

// WithHTTPClient asks the issuer by a client of your own, for a private CA or
// another way through the network. Redirects are not followed even so, and each
// call has 10 seconds.
func WithHTTPClient(client *http.Client) Option {
	return func(s *settings) error {
		if client == nil {
			return errors.New("verify: the HTTP client is nil")
		}
		s.client = client
		return nil
	}
}

// WithLogger tells of keys that cannot be fetched and of a feed that does not
// answer. Default: nobody.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) error {
		if logger == nil {
			return errors.New("verify: the logger is nil")
		}
		s.logger = logger
		return nil
	}
}

// StalePolicy says what happens when the issuer has not been heard of ended
// sessions for too long.
type StalePolicy int

const (
	// AcceptWhenStale goes on without news: what is known to be ended stays
	// refused, and an ended session that is not known keeps its access for what
	// is left of its token's life, 15 minutes by default. It is the default,
	// since nothing of yours then stops when hufu does.
	AcceptWhenStale StalePolicy = iota
	// RefuseWhenStale answers ErrUnavailable to every token until there is news.
	RefuseWhenStale
)

// Feed says how revocations are followed. Its zero value is useful.
type Feed struct {
	// Interval lies between two questions, one second at least. Default: 2
	// seconds.
	Interval time.Duration
	// StaleAfter is how long a silence may last. Default: one minute.
	StaleAfter time.Duration
	// WhenStale says what happens then. Default: AcceptWhenStale.
	WhenStale StalePolicy
}

// WithRevocations follows the issuer's list of ended sessions, so that their
// tokens are refused within seconds. It takes an API key of hufu's (hfk_…), and
// asks from the first use of the Verifier until Close.
func WithRevocations(apiKey string, feed Feed) Option {
	return func(s *settings) error {
		if !headerSafe(apiKey) {
			return errors.New("verify: the API key is empty, or holds what no API key does") // and stays untold
		}
		if feed.Interval == 0 {
			feed.Interval = defaultFeedInterval
		}
		if feed.StaleAfter == 0 {
			feed.StaleAfter = defaultStaleAfter
		}
		if feed.Interval < minFeedInterval || feed.StaleAfter < feed.Interval {
			return errors.New("verify: the feed's interval must be a second at least, and not longer than StaleAfter")
		}
		if feed.WhenStale != AcceptWhenStale && feed.WhenStale != RefuseWhenStale {
			return errors.New("verify: WhenStale is none of its values")
		}
		s.feed = &feedSettings{Feed: feed, authorization: func() string { return "Bearer " + apiKey }}
		return nil
	}
}

// headerSafe reports whether s may stand in a header as it is.
func headerSafe(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}
