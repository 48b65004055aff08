package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/internal/web"
	"github.com/hufu-id/hufu/internal/wechat"
)

// Options are what a Server is made of beside its Config.
type Options struct {
	// Version is told by the OpenAPI document and the metrics.
	Version string
	Logger  *slog.Logger // default: discards
	// OneAddress puts the operator's routes on the public listener too, and
	// Extra routes beside them, by ServeMux pattern: for development alone.
	OneAddress bool
	Extra      map[string]http.Handler
	// Listener is served in place of the Config's public address: who has to
	// know the port before the Config is made opens it first. Listen takes it.
	Listener net.Listener
	// Transport reaches WeChat. Default: a pool of the client's own.
	Transport http.RoundTripper
	// WrapTransport puts something around what reaches WeChat, that looks on.
	WrapTransport func(http.RoundTripper) http.RoundTripper
	Now           func() time.Time // default: time.Now
	// MasterKeyEvery is how often it is looked whether the master key wants
	// something. Default: masterkey.DefaultEvery.
	MasterKeyEvery time.Duration
}

// Server is a hufu, ready to serve.
type Server struct {
	cfg      *config.Config
	opts     Options
	log      *slog.Logger
	db       *store.DB
	apps     *app.Registry
	keys     *app.Keys
	phones   *identity.PhoneBook
	reads    *audit.Reads // nil: not recorded
	keyring  *token.Keyring
	master   *masterkey.Keeper
	sessions *session.Manager
	wechat   *wechat.Client
	metrics  *metrics
	asker    *checker

	public, admin http.Handler
	listeners     []listener
}

type listener struct {
	net.Listener
	handler http.Handler
	name    string
}

// New opens the store, loads the keys and builds the handlers. Close what it
// returns.
func New(ctx context.Context, cfg *config.Config, opts Options) (_ *Server, err error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Server{cfg: cfg, opts: opts, log: opts.Logger, apps: app.NewRegistry(cfg.Apps), metrics: newMetrics(opts.Version)}
	for _, warning := range cfg.Warnings {
		s.log.LogAttrs(ctx, slog.LevelWarn, warning)
	}
	if cfg.Simulated {
		s.log.LogAttrs(ctx, slog.LevelWarn, "WeChat is simulated: anybody can log in as anybody", slog.String("wechat_base_url", cfg.WeChatBaseURL))
	}
	sealer, err := masterkey.Read(cfg.MasterKey, masterKeySource(s.cfg))
	if err != nil {
		return nil, err
	}
	s.db, err = store.Open(ctx, cfg.Store.Reveal(), store.Options{
		Logger: opts.Logger, OnFlush: s.metrics.observeFlush, OnCheckpoint: s.metrics.observeCheckpoint,
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	s.metrics.watchStore(s.db)
	if s.master, err = s.openMasterKey(ctx, sealer); err != nil {
		return nil, err
	}
	s.keys = app.NewKeys(s.db, opts.Now, opts.Logger)
	s.keyring, err = token.OpenKeyring(ctx, token.KeyringConfig{
		Store: s.db, Sealer: sealer, MaxAge: cfg.KeyMaxAge, Life: cfg.TokenLife,
		RefreshLife: cfg.SessionAbsoluteLife, Later: unusedAlgs(cfg.Apps), Now: opts.Now, Logger: opts.Logger,
	})
	if err != nil {
		return nil, err
	}
	s.wechat, err = wechat.New(wechat.Config{
		BaseURL: cfg.WeChatBaseURL, ConnectTimeout: cfg.WeChatConnectTimeout, Timeout: cfg.WeChatTimeout,
		Transport: opts.Transport, Wrap: opts.WrapTransport, Now: opts.Now, Logger: opts.Logger, Observe: s.metrics.observeWeChat,
	})
	if err != nil {
		return nil, err
	}
	if s.sessions, err = s.newSessions(sealer); err != nil {
		return nil, err
	}
	s.public, s.admin, err = s.handlers()
	return s, err
}

// unusedAlgs are the algorithms that no app signs with yet: their first key need
// not hold up the start.
func unusedAlgs(apps []app.App) []token.Use {
	for _, a := range apps {
		if a.TokenAlg == string(token.RS256) {
			return nil
		}
	}
	return []token.Use{token.RS256}
}

func (s *Server) newSessions(sealer *seal.Sealer) (*session.Manager, error) {
	verifier, err := token.NewVerifier(s.keyring, s.cfg.PublicURL, s.opts.Now)
	if err != nil {
		return nil, err
	}
	phones, err := newPhoneBook(s.keyring, sealer)
	if err != nil {
		return nil, err
	}
	s.phones = phones
	asker := s.checker()
	s.asker = asker
	return session.New(session.Config{
		Store: s.db, Apps: s.apps, WeChat: s.wechat, Checker: asker, Phones: asker, PhoneBook: phones,
		Profiles: s.profiles(), CheckNickname: s.checkNicknameOfUserInfo(), ObserveKey: s.metrics.observeKey, Sealer: sealer, Keyring: s.keyring, Verifier: verifier,
		Issuer:   &token.Issuer{Keyring: s.keyring, URL: s.cfg.PublicURL, Life: s.cfg.TokenLife, Now: s.opts.Now},
		IdleLife: s.cfg.SessionIdleLife, AbsoluteLife: s.cfg.SessionAbsoluteLife,
		MaxSessions: s.cfg.MaxSessions, AccessLife: s.cfg.TokenLife,
		Logins:             web.NewRateLimiter(s.cfg.LoginsPerMinutePerIP, s.opts.Now),
		FailedLogins:       web.NewRateLimiter(s.cfg.FailedLoginsPerMinutePerIP, s.opts.Now),
		AppLoginsPerMinute: s.cfg.LoginsPerMinutePerApp,
		Observe:            s.metrics.observeLogin, Now: s.opts.Now, Logger: s.opts.Logger,
	})
}

// Handler is the public API. With OneAddress it holds everything.
func (s *Server) Handler() http.Handler { return s.public }

// AdminHandler is what belongs to operators alone.
func (s *Server) AdminHandler() http.Handler { return s.admin }

// Registry holds the metrics.
func (s *Server) Registry() *prometheus.Registry { return s.metrics.registry }

// EndSession ends a session as an operator would. One that there is not, or that
// has ended, is none to end. Errors are problems: NotFound for what can't be the
// id of a session.
func (s *Server) EndSession(ctx context.Context, session string) error {
	sid, ok := id.ParseSessionID(session)
	if !ok {
		return problem.New(problem.NotFound, "there is no such session")
	}
	return s.sessions.Revoke(ctx, sid, audit.System)
}

// ReplaceApps takes a new list of apps, at once, for all calls that begin now.
func (s *Server) ReplaceApps(apps []app.App) { s.apps.Replace(apps) }

// Close closes the store, with what is queued in it and for it, and the
// connections to WeChat.
func (s *Server) Close() error {
	var errs []error
	if s.wechat != nil {
		s.wechat.Close()
	}
	if s.db != nil {
		// Where Handler was served without Serve, nobody has written them.
		errs = append(errs, s.reads.Flush(context.Background()), s.db.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}
