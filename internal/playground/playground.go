package playground

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"time"

	"github.com/hufu-id/hufu/internal/playground/sample"
	"github.com/hufu-id/hufu/internal/secret"
)

// The names of the events.
const (
	eventExchange = "exchange"
	eventAnswer   = "answer"
	eventState    = "state"
	eventReload   = "reload"
)

// samplePrefix is where the sample backend lives.
const samplePrefix = "/sample/"

// App is a mini program that the phone can be.
type App struct {
	AppID string `json:"appid"`
	Name  string `json:"name"`
}

// Config is what a playground is made of.
type Config struct {
	// Assets is the built page; without an index.html in it, the page says how
	// to build it.
	Assets  fs.FS
	Version string
	// BaseURL is hufu's own address, as a phone calls it.
	BaseURL string
	// Domains are further origins that a phone may call; see ParseDomain.
	Domains []string
	// Expose lets the page be opened by an address that is not loopback.
	Expose bool

	// SimulatorURL is where the simulator is; empty where WeChat is real.
	SimulatorURL string
	// FaultHeader is the header by which the simulator tells of a fault.
	FaultHeader string
	// WeChatAdvance moves the simulator's clock and WeChatAdvanced tells how far
	// it was moved; nil where WeChat is real.
	WeChatAdvance  func(time.Duration) error
	WeChatAdvanced func() time.Duration

	Apps   []App
	People []string
	// Secrets are the AppSecrets: whatever happens, they are not shown.
	Secrets []secret.String

	// Clock is hufu's.
	Clock *Clock
	// EndSession ends a session as an operator would. Its errors are problems.
	EndSession func(ctx context.Context, session string) error
	// Program compiles a mini program of the developer's own; nil: the example
	// of Assets runs.
	Program *Compiler
}

// Playground is the server side. Make it with New; Close it in the end.
type Playground struct {
	cfg     Config
	token   string
	ownHost string
	domains []string // the first is our own address
	pages   *pages
	hub     *hub
	tracer  *tracer
	network network
	relay   *relay
	client  *http.Client
	sample  *sample.Backend
}

// New makes a playground, with a token of its own.
func New(cfg Config) (*Playground, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" || cfg.Clock == nil || cfg.EndSession == nil || cfg.Assets == nil {
		return nil, errors.New("a playground wants a base URL, assets, a clock and a way to end sessions")
	}
	p := &Playground{cfg: cfg, token: rand.Text(), ownHost: base.Host, domains: []string{origin(base)}, hub: newHub()}
	for _, text := range cfg.Domains {
		domain, err := ParseDomain(text)
		if err != nil {
			return nil, err
		}
		p.domains = append(p.domains, domain)
	}
	p.tracer = newTracer(p.hub)
	for _, s := range cfg.Secrets {
		p.tracer.vault.pin(s.Reveal(), kindAppSecret)
	}
	p.client = p.newClient()
	p.relay = newRelay(p.send, func(a *answer) { p.hub.publish(eventAnswer, a) })
	apps := make([]string, 0, len(cfg.Apps))
	for _, a := range cfg.Apps {
		apps = append(apps, a.AppID)
	}
	p.sample = sample.New(sample.Config{
		Issuer: cfg.BaseURL, Apps: apps, Now: cfg.Clock.Now,
		Transport: p.WrapBackend(&http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: 10 * time.Second}),
	})
	if p.pages, err = p.newPages(); err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	if cfg.Program != nil {
		cfg.Program.notify(func(b Build) { p.hub.publish(eventReload, b) })
	}
	return p, nil
}

// Routes are what a server mounts, by ServeMux pattern, behind the edge.
func (p *Playground) Routes() map[string]http.Handler {
	routes := map[string]http.Handler{
		"GET /playground/v1/events":        p.guarded(p.getEvents),
		"POST /playground/v1/calls":        p.guarded(p.postCall),
		"DELETE /playground/v1/calls/{id}": p.guarded(p.deleteCall),
		"PUT /playground/v1/network":       p.guarded(p.putNetwork),
		"POST /playground/v1/clock":        p.guarded(p.postClock),
		"POST /playground/v1/sessions/end": p.guarded(p.postEndSession),

		"GET /{$}":                p.own(p.pages.index),
		"GET /playground/{asset}": p.own(p.pages.asset),
		"GET /favicon.ico":        p.own(p.pages.favicon),
	}
	for pattern, h := range p.sample.Routes(samplePrefix) {
		routes[pattern] = h
	}
	return routes
}

// Close ends the streams and the calls under way, so that a server can shut
// down.
func (p *Playground) Close() {
	p.hub.close()
	p.relay.close()
	p.client.CloseIdleConnections()
}

// state is how network and clocks stand.
type state struct {
	Network networkState `json:"network"`
	Clock   clockState   `json:"clock"`
}

// clockState is how far the clocks run ahead, in seconds.
type clockState struct {
	Hufu   int64 `json:"hufu"`
	WeChat int64 `json:"wechat"`
}

func (p *Playground) state() state {
	s := state{Network: p.network.state(), Clock: clockState{Hufu: int64(p.cfg.Clock.Offset() / time.Second)}}
	if p.cfg.WeChatAdvanced != nil {
		s.Clock.WeChat = int64(p.cfg.WeChatAdvanced() / time.Second)
	}
	return s
}

func (p *Playground) tellState() { p.hub.publish(eventState, p.state()) }
