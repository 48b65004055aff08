package wechat

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

// DefaultBaseURL is where WeChat's server API lives.
const DefaultBaseURL = "https://api.weixin.qq.com"

const (
	defaultConnectTimeout = time.Second
	defaultTimeout        = 5 * time.Second

	// idleConnsPerHost sizes the pool for a login rush; net/http's default of 2
	// makes most calls of a busy server open a connection of their own.
	idleConnsPerHost = 512
	idleConnTimeout  = 90 * time.Second
	maxHeaderBytes   = 64 << 10
)

// Config says how to reach WeChat. The zero value reaches the real one.
type Config struct {
	// BaseURL is the address in front of /sns/… and /cgi-bin/…; empty means
	// DefaultBaseURL. It may hold a path.
	BaseURL string
	// ConnectTimeout bounds the opening of a connection, and again its TLS
	// handshake; 0 means 1 s. It has no effect on a Transport given here.
	ConnectTimeout time.Duration
	// Timeout bounds a whole call with its retries; 0 means 5 s.
	Timeout time.Duration
	// Transport carries the requests. Nil means a pool of our own: HTTP/1.1,
	// sized for load, through the proxy that HTTPS_PROXY and its like name (a
	// server in a closed network needs one; a loopback address never uses it).
	Transport http.RoundTripper
	// Wrap, if set, puts something around the transport, be it the pool of our
	// own: what looks on. It must neither keep nor change what passes.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Now is the clock of measured times and of "the next minute"; nil means
	// time.Now.
	Now func() time.Time
	// Logger hears of circuits that open and close; nil means silence.
	Logger *slog.Logger
	// Observe, if set, is told of each attempt: its API, how it ended ("0" or
	// the errcode where WeChat decided, else a Reason) and how long it took. It
	// runs in the caller's path and must be quick.
	Observe func(api, outcome string, took time.Duration)
}

// App is one registered app with the secret that WeChat knows it by.
type App struct {
	ID     id.AppID
	Secret secret.String
}

// Client calls WeChat. It is safe for concurrent use; make one per process.
type Client struct {
	transport http.RoundTripper
	owned     *http.Transport // transport, when it is ours to close
	base      url.URL
	get, post *http.Request // what every request begins as
	timeout   time.Duration
	now       func() time.Time
	log       *slog.Logger
	observe   func(api, outcome string, took time.Duration)
	breakers  breakers
	buffers   sync.Pool // of *bytes.Buffer
}

// New makes a Client. It refuses a base URL that is not plain http or https, or
// holds user information, a query or a fragment. Close it in the end.
func New(cfg Config) (*Client, error) {
	base, err := parseBase(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.Timeout < 0 || cfg.ConnectTimeout < 0 {
		return nil, errors.New("wechat time-outs must not be negative")
	}
	c := &Client{
		transport: cfg.Transport,
		base:      *base,
		timeout:   orDefault(cfg.Timeout, defaultTimeout),
		now:       cfg.Now,
		log:       cfg.Logger,
		observe:   cfg.Observe,
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.observe == nil {
		c.observe = func(string, string, time.Duration) {}
	}
	if c.transport == nil {
		c.owned = newTransport(orDefault(cfg.ConnectTimeout, defaultConnectTimeout))
		c.transport = c.owned
	}
	if cfg.Wrap != nil {
		c.transport = cfg.Wrap(c.transport)
	}
	c.get, c.post = templates(base.Host)
	c.breakers.openFor = max(minOpenFor, c.timeout)
	c.breakers.log = c.log
	return c, nil
}

// Close closes idle connections of the Client's own pool.
func (c *Client) Close() {
	if c.owned != nil {
		c.owned.CloseIdleConnections()
	}
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

// parseBase never quotes the address: one with user information holds a secret.
func parseBase(text string) (*url.URL, error) {
	if text == "" {
		text = DefaultBaseURL
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("wechat base URL is not a URL")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("wechat base URL must begin with https:// or http://")
	case u.Hostname() == "":
		return nil, errors.New("wechat base URL has no host")
	case u.User != nil:
		return nil, errors.New("wechat base URL must not hold user information")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, errors.New("wechat base URL must not hold a query")
	case u.Fragment != "":
		return nil, errors.New("wechat base URL must not hold a fragment")
	case u.RawPath != "":
		return nil, errors.New("wechat base URL must not hold an escaped path")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// newTransport makes a pool for one host. HTTP/1.1 only: over HTTP/2 all calls
// would share one connection, and its client sends requests again by rules of
// its own.
func newTransport(connect time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: connect}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    connect,
		MaxIdleConns:           0, // no limit besides the one per host
		MaxIdleConnsPerHost:    idleConnsPerHost,
		IdleConnTimeout:        idleConnTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true, // the answers are shorter than a gzip header is worth
		Protocols:              &protocols,
	}
}
