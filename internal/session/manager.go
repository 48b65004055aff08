package session

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/internal/web"
	"github.com/hufu-id/hufu/internal/wechat"
)

// Defaults of Config.
const (
	DefaultIdleLife     = 30 * 24 * time.Hour
	DefaultAbsoluteLife = 180 * 24 * time.Hour
	DefaultMaxSessions  = 20
	// ReplayWindow is how long a login can be repeated.
	ReplayWindow = 5 * time.Minute
	// KeylessRefreshWindow is how long a refresh without an Idempotency-Key
	// can be repeated.
	KeylessRefreshWindow = 30 * time.Second
	// RecordsKept is how long ended sessions stay as login records, which
	// China's Cybersecurity Law art. 21 wants for six months at least.
	RecordsKept = 190 * 24 * time.Hour
)

// Exchanger asks WeChat whose a code is.
type Exchanger interface {
	Code2Session(ctx context.Context, app wechat.App, code string) (wechat.Code2SessionResult, error)
}

// Config configures a Manager. All fields without a stated default are
// required.
type Config struct {
	Store    Store
	Apps     *app.Registry
	WeChat   Exchanger
	Sealer   *seal.Sealer
	Keyring  *token.Keyring
	Issuer   *token.Issuer
	Verifier *token.Verifier

	// Checker asks WeChat about session_keys. Nil: nobody is asked.
	Checker Checker

	// Phones asks WeChat for phone numbers, PhoneBook seals them, and Profiles
	// takes nickname and avatar. Unless all three are there, the routes of open
	// data are not mounted.
	Phones    PhoneSource
	PhoneBook *identity.PhoneBook
	Profiles  ProfileWriter
	// CheckNickname is asked about each new nickname that WeChat's open data
	// brings, which the person may have forged. Nil: nobody is.
	CheckNickname identity.NicknameCheck

	// IdleLife ends a session that is not refreshed for so long, AbsoluteLife
	// any session. Defaults: DefaultIdleLife, DefaultAbsoluteLife.
	IdleLife, AbsoluteLife time.Duration
	// MaxSessions is how many sessions a person may have in one app; the oldest
	// ends when there are more. Default: DefaultMaxSessions.
	MaxSessions int
	// AccessLife is how long an access token lives: a revocation is remembered
	// for that long. Default: token.DefaultLife.
	AccessLife time.Duration

	// Logins limits logins by address, FailedLogins those that WeChat refused.
	// Nil: no limit.
	Logins, FailedLogins *web.RateLimiter
	// AppLoginsPerMinute limits the logins of each app; 0: no limit.
	AppLoginsPerMinute int

	// Observe is told of the outcome of each login: "ok", "replay", or the
	// code of the problem. Default: nobody is told.
	Observe func(appid id.AppID, outcome string)
	// ObserveKey is told which session_key opened open data: "newest",
	// "second", "third" or "none". Default: nobody is told.
	ObserveKey func(position string)
	Now        func() time.Time // default: time.Now
	Logger     *slog.Logger     // default: discards
}

// Manager owns the rules of login, refresh and revocation. It is safe for
// concurrent use.
type Manager struct {
	cfg     Config
	flights flights
	recent  *recentCodes
	revoked revocations
	checks  checks
	gates   gates
	// requests hashes codes, idempotency keys and bodies, fingerprints session
	// keys.
	requests, fingerprints *hasher
	byApp                  appLimits
	opening                keyedLock[id.SessionID]
	phoning                keyedLock[[16]byte]
}

// New makes a manager. Run must be running for revocations made elsewhere to
// be known without a look-up for each request.
func New(cfg Config) (*Manager, error) {
	cfg.IdleLife = cmp.Or(cfg.IdleLife, DefaultIdleLife)
	cfg.AbsoluteLife = cmp.Or(cfg.AbsoluteLife, DefaultAbsoluteLife)
	cfg.MaxSessions = cmp.Or(cfg.MaxSessions, DefaultMaxSessions)
	cfg.AccessLife = cmp.Or(cfg.AccessLife, token.DefaultLife)
	if cfg.Observe == nil {
		cfg.Observe = func(id.AppID, string) {}
	}
	if cfg.ObserveKey == nil {
		cfg.ObserveKey = func(string) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	recent, err := newRecentCodes()
	if err != nil {
		return nil, err
	}
	checks, err := newChecks()
	if err != nil {
		return nil, err
	}
	requests, err := newHasher(cfg.Keyring, token.Replay)
	if err != nil {
		return nil, err
	}
	fingerprints, err := newHasher(cfg.Keyring, token.Fingerprint)
	if err != nil {
		return nil, err
	}
	return &Manager{
		cfg: cfg, recent: recent, checks: checks, requests: requests, fingerprints: fingerprints,
		revoked: revocations{until: map[id.SessionID]time.Time{}},
		byApp:   appLimits{perMinute: cfg.AppLoginsPerMinute},
	}, nil
}

// now is the time as sessions keep it.
func (m *Manager) now() time.Time { return m.cfg.Now().UTC().Truncate(time.Millisecond) }

// expiry is when a session used at now ends if it is not used again.
func (m *Manager) expiry(now, endsAt time.Time) time.Time {
	idle := now.Add(m.cfg.IdleLife)
	if endsAt.Before(idle) {
		return endsAt
	}
	return idle
}
