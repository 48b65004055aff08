package session_test

import (
	"context"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/internal/wechat"
	"github.com/hufu-id/hufu/simulator"
)

const (
	issuer = "http://127.0.0.1:8080"
	// patience is for machines under load, not a promise.
	patience = time.Minute
)

var (
	app1 = id.AppID(simulator.DemoApps()[0].AppID)
	app2 = id.AppID(simulator.DemoApps()[1].AppID)
	home = netip.MustParseAddr("192.0.2.1")
)

// clock is real time plus what a test added. Once stopped, which is for windows
// that a slow machine would sit out, it is what a test makes of it.
type clock struct {
	ahead atomic.Int64
	still atomic.Pointer[time.Time]
}

func (c *clock) Now() time.Time {
	at := time.Now()
	if still := c.still.Load(); still != nil {
		at = *still
	}
	return at.Add(time.Duration(c.ahead.Load()))
}

func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

func (c *clock) stop() *clock {
	now := time.Now()
	c.still.Store(&now)
	return c
}

// world is a simulated WeChat, a store, and replicas of the manager on it.
type world struct {
	t      testing.TB
	sim    *simulator.Server
	db     *store.DB
	path   string // of its file
	faults *faultyStore
	clock  *clock
	sealer *seal.Sealer
	wechat *wechat.Client
	*replica
}

// replica is one server's rules, with keys of the common store.
type replica struct {
	manager  *session.Manager
	verifier *token.Verifier
}

func newWorld(t testing.TB, adjust ...func(*session.Config)) *world {
	t.Helper()
	w := &world{t: t, sim: &simulator.Server{}, clock: &clock{}}
	srv := httptest.NewServer(w.sim.Handler())
	t.Cleanup(srv.Close)
	master, err := seal.NewMasterKey()
	must(t, err)
	w.sealer, err = seal.New(master)
	must(t, err)
	w.path = filepath.Join(t.TempDir(), "hufu.db")
	w.db, err = store.Open(t.Context(), "sqlite:"+w.path, store.Options{QueueTimeout: patience})
	must(t, err)
	t.Cleanup(func() { _ = w.db.Close() })
	w.faults = &faultyStore{Store: w.db}
	w.wechat, err = wechat.New(wechat.Config{BaseURL: srv.URL, ConnectTimeout: patience, Timeout: patience})
	must(t, err)
	t.Cleanup(w.wechat.Close)
	w.replica = w.newReplica(adjust...)
	return w
}

// newReplica makes another server on the same store.
func (w *world) newReplica(adjust ...func(*session.Config)) *replica {
	w.t.Helper()
	ring, err := token.OpenKeyring(w.t.Context(), token.KeyringConfig{
		Store: w.db, Sealer: w.sealer, Now: w.clock.Now, Later: []token.Use{token.RS256},
	})
	must(w.t, err)
	verifier, err := token.NewVerifier(ring, issuer, w.clock.Now)
	must(w.t, err)
	var apps []app.App
	for _, a := range simulator.DemoApps() {
		apps = append(apps, app.App{
			ID: id.AppID(a.AppID), Secret: secret.New(a.Secret), OpenAccount: id.OpenAccount(a.OpenAccount),
			ExposeOpenID: true, TokenAlg: "ES256", TokenType: "JWT",
		})
	}
	cfg := session.Config{
		Store: w.faults, Apps: app.NewRegistry(apps), WeChat: w.wechat, Sealer: w.sealer, Keyring: ring,
		Issuer:   &token.Issuer{Keyring: ring, URL: issuer, Now: w.clock.Now},
		Verifier: verifier, Now: w.clock.Now,
	}
	for _, f := range adjust {
		f(&cfg)
	}
	m, err := session.New(cfg)
	must(w.t, err)
	return &replica{manager: m, verifier: verifier}
}

// code is what wx.login gives on the person's phone.
func (w *world) code(appid id.AppID, user string) string {
	w.t.Helper()
	code, err := w.sim.Login(string(appid), user)
	must(w.t, err)
	return code
}

// login logs a person in, with a fresh code.
func (w *world) login(appid id.AppID, user string) session.Granted {
	w.t.Helper()
	granted, err := w.manager.Login(w.t.Context(), w.call(appid, user, ""))
	must(w.t, err)
	return granted
}

func (w *world) call(appid id.AppID, user, key string) session.Call {
	w.t.Helper()
	return session.Call{AppID: appid, Code: w.code(appid, user), Key: key, Client: home}
}

// exchanges counts what WeChat was asked.
func (w *world) exchanges() (n int) {
	for _, r := range w.sim.Requests() {
		if r.Path == "/sns/jscode2session" {
			n++
		}
	}
	return n
}

// faultyStore lets a test break a step: before tells whether it takes effect
// all the same, and what is answered.
type faultyStore struct {
	session.Store
	before atomic.Pointer[func(op string) (apply bool, err error)]
}

func (f *faultyStore) set(before func(op string) (apply bool, err error)) {
	if before == nil {
		f.before.Store(nil)
		return
	}
	f.before.Store(&before)
}

func (f *faultyStore) step(op string) (apply bool, err error) {
	if before := f.before.Load(); before != nil {
		return (*before)(op)
	}
	return true, nil
}

func (f *faultyStore) RecordLogin(ctx context.Context, l session.Login) (session.Recorded, error) {
	apply, broken := f.step("RecordLogin")
	if !apply {
		return session.Recorded{}, broken
	}
	out, err := f.Store.RecordLogin(ctx, l)
	if broken != nil {
		return session.Recorded{}, broken
	}
	return out, err
}

func (f *faultyStore) Rotate(ctx context.Context, sid id.SessionID, decide func(*session.Found) *session.Rotation) error {
	apply, broken := f.step("Rotate")
	if !apply {
		decide = onlySeen(decide)
	}
	if err := f.Store.Rotate(ctx, sid, decide); err != nil {
		return err
	}
	return broken
}

// onlySeen decides, and nothing comes of it.
func onlySeen(decide func(*session.Found) *session.Rotation) func(*session.Found) *session.Rotation {
	return func(found *session.Found) *session.Rotation {
		decide(found)
		return nil
	}
}

func (f *faultyStore) Revocations(ctx context.Context, since time.Time) ([]session.Revocation, error) {
	if apply, broken := f.step("Revocations"); !apply {
		return nil, broken
	}
	return f.Store.Revocations(ctx, since)
}

func (f *faultyStore) Load(ctx context.Context, s id.SessionID) (session.Found, error) {
	if apply, broken := f.step("Load"); !apply {
		return session.Found{}, broken
	}
	return f.Store.Load(ctx, s)
}

func (f *faultyStore) RecordPhone(ctx context.Context, r session.PhoneRecord) error {
	apply, broken := f.step("RecordPhone")
	if !apply {
		return broken
	}
	if err := f.Store.RecordPhone(ctx, r); err != nil {
		return err
	}
	return broken
}

func (f *faultyStore) RecordConsent(ctx context.Context, r session.ConsentRecord) error {
	apply, broken := f.step("RecordConsent")
	if !apply {
		return broken
	}
	if err := f.Store.RecordConsent(ctx, r); err != nil {
		return err
	}
	return broken
}

func (f *faultyStore) CountOpenDataFailure(ctx context.Context, s id.SessionID, at, stale time.Time) error {
	if apply, broken := f.step("CountOpenDataFailure"); !apply {
		return broken
	}
	return f.Store.CountOpenDataFailure(ctx, s, at, stale)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode asserts that err is the problem.
func wantCode(t testing.TB, err error, want problem.Code) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	if got := problem.CodeOf(err); got != want {
		t.Fatalf("error is %s (%v), want %s", got, err, want)
	}
}
