package playground_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/playground"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/server"
	"github.com/hufu-id/hufu/simulator"
)

const (
	app1 = "wxdd00000000000001"
	app2 = "wxdd00000000000002"
	// patience is for machines under load, not a promise.
	patience = time.Minute
)

// rig is a whole hufu dev, in this process.
type rig struct {
	t    testing.TB
	url  string
	host string
	sim  *simulator.Server
	play *playground.Playground
	boot map[string]any
	stop func() // waits for the end of the server
	// reached counts what came to the server for a path.
	mu      sync.Mutex
	reached map[string]int
}

type rigOptions struct {
	dir     string // default: a new one
	domains []string
	assets  fstest.MapFS
	adjust  func(*playground.Config)
	wechat  http.Handler // in the place of the simulator
	listen  string
}

var index = fstest.MapFS{
	"index.html":   {Data: []byte(`<!doctype html><script type="application/json" id="boot">__BOOT__</script>`)},
	"app.js":       {Data: []byte("app()")},
	"app.css":      {Data: []byte("a{}")},
	"phone.html":   {Data: []byte("<p>phone")},
	"program.js":   {Data: []byte("the example")},
	"favicon.svg":  {Data: []byte("<svg/>")},
	"compiler.mjs": {Data: []byte("not for browsers")},
}

func newRig(t testing.TB, o rigOptions) *rig {
	t.Helper()
	if o.dir == "" {
		o.dir = t.TempDir()
	}
	if o.assets == nil {
		o.assets = index
	}
	if o.listen == "" {
		o.listen = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, url: "http://" + l.Addr().String(), host: l.Addr().String(), sim: new(simulator.Server), reached: map[string]int{}}
	if o.wechat == nil {
		o.wechat = r.sim.Handler()
	}
	wechat := httptest.NewServer(o.wechat)
	clock, err := playground.OpenClock(filepath.Join(o.dir, "clock.json"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := r.config(o.dir, wechat.URL)
	var s *server.Server
	pc := playground.Config{
		Assets: o.assets, Version: "test", BaseURL: r.url, Domains: o.domains, SimulatorURL: wechat.URL, FaultHeader: simulator.FaultHeader,
		WeChatAdvance: r.sim.Advance, WeChatAdvanced: r.sim.Advanced, People: simulator.DemoUsers(), Clock: clock,
		Apps:       []playground.App{{AppID: app1, Name: "One"}, {AppID: app2, Name: "Two"}},
		EndSession: func(ctx context.Context, id string) error { return s.EndSession(ctx, id) },
	}
	for _, a := range cfg.Apps {
		pc.Secrets = append(pc.Secrets, a.Secret)
	}
	if o.adjust != nil {
		o.adjust(&pc)
	}
	if r.play, err = playground.New(pc); err != nil {
		t.Fatal(err)
	}
	extra := maps.Collect(maps.All(r.play.Routes()))
	extra["/sim/"] = r.sim.Handler()
	if s, err = server.New(t.Context(), cfg, server.Options{
		Listener: countingListener{l, r}, OneAddress: true, Extra: extra, Now: clock.Now, WrapTransport: r.play.WrapWeChat,
	}); err != nil {
		t.Fatal(err)
	}
	r.serve(s, wechat)
	r.readBoot()
	return r
}

func (r *rig) config(dir, wechatURL string) *config.Config {
	r.t.Helper()
	master := filepath.Join(dir, "master.key")
	if _, err := os.Stat(master); err != nil { // else a second start
		key, err := seal.NewMasterKey()
		if err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(master, []byte(key.Reveal()), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	file := config.Default()
	file.Listen, file.AdminListen, file.PublicURL = r.host, "off", r.url
	file.MasterKeyFile, file.Simulated, file.WeChat.BaseURL = "master.key", true, wechatURL
	for _, a := range simulator.DemoApps() {
		file.Apps = append(file.Apps, config.AppFile{AppID: a.AppID, Secret: secret.New(a.Secret), OpenAccount: a.OpenAccount})
	}
	cfg, err := file.Resolve(dir)
	if err != nil {
		r.t.Fatal(err)
	}
	cfg.WeChatConnectTimeout, cfg.WeChatTimeout = patience, patience
	return cfg
}

// serve serves until the test ends or stop is called.
func (r *rig) serve(s *server.Server, wechat *httptest.Server) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	if err := s.Listen(ctx); err != nil {
		r.t.Fatal(err)
	}
	closing := context.AfterFunc(ctx, r.play.Close)
	go func() { ended <- s.Serve(ctx) }()
	var once sync.Once
	r.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				r.t.Errorf("serve: %v", err)
			}
			closing()
			r.play.Close()
			if err := s.Close(); err != nil {
				r.t.Error(err)
			}
			_ = r.sim.Close()
			wechat.Close()
			client.CloseIdleConnections()
		})
	}
	r.t.Cleanup(r.stop)
}

// countingListener counts requests by the first line of each connection: the
// relay keeps none.
type countingListener struct {
	net.Listener
	r *rig
}

func (l countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countingConn{Conn: c, r: l.r}, nil
}

type countingConn struct {
	net.Conn
	r *rig
}

func (c *countingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if line, _, ok := bytes.Cut(b[:n], []byte(" HTTP/1.1\r\n")); ok {
		c.r.mu.Lock()
		c.r.reached[string(line)]++
		c.r.mu.Unlock()
	}
	return n, err
}

func (r *rig) count(line string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reached[line]
}

var bootShape = regexp.MustCompile(`(?s)id="boot">(.*?)</script>`)

func (r *rig) readBoot() {
	r.t.Helper()
	found := bootShape.FindStringSubmatch(string(r.do("GET", "/", nil, "").body))
	if found == nil {
		return
	}
	if err := json.Unmarshal([]byte(found[1]), &r.boot); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) token() string { s, _ := r.boot["token"].(string); return s }

var client = &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: patience}

type response struct {
	status int
	header http.Header
	body   []byte
}

func (r *rig) do(method, path string, header map[string]string, body string) response {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for name, value := range header {
		if name == "Host" {
			req.Host = value
		} else {
			req.Header.Set(name, value)
		}
	}
	res, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response{res.StatusCode, res.Header, raw}
}

// page is what the page itself does.
func (r *rig) page(method, path, body string, status int) response {
	r.t.Helper()
	a := r.do(method, "/playground/v1"+path, map[string]string{"X-Playground-Token": r.token(), "Content-Type": "application/json"}, body)
	if a.status != status {
		r.t.Fatalf("%s %s: %d %s, want %d", method, path, a.status, a.body, status)
	}
	return a
}

func (r *rig) code(appid, user string) string {
	r.t.Helper()
	code, err := r.sim.Login(appid, user)
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

// event is one message of the stream.
type event struct {
	id   uint64 // 0: none
	name string
	data map[string]any
	raw  string
}

// listener reads the stream into a list.
type listener struct {
	t      testing.TB
	mu     sync.Mutex
	events []event
	more   chan struct{}
	ended  chan struct{}
	cancel func()
}

// listen opens the stream; since is the Last-Event-ID, or empty.
func (r *rig) listen(since string) *listener {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "GET", r.url+"/playground/v1/events", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("X-Playground-Token", r.token())
	if since != "" {
		req.Header.Set("Last-Event-ID", since)
	}
	streams := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := streams.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	if ct := res.Header.Get("Content-Type"); res.StatusCode != 200 || ct != "text/event-stream" {
		r.t.Fatalf("events: %d %s", res.StatusCode, ct)
	}
	l := &listener{t: r.t, more: make(chan struct{}, 1), ended: make(chan struct{}), cancel: cancel}
	go l.read(res.Body)
	r.t.Cleanup(func() { cancel(); <-l.ended })
	l.wait("the state at connect", func(e event) bool { return e.name == "state" })
	return l
}

func (l *listener) read(body io.ReadCloser) {
	defer close(l.ended)
	defer func() { _ = body.Close() }()
	lines := bufio.NewReader(body)
	var e event
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSuffix(line, "\n")
		switch field, value, _ := strings.Cut(line, ": "); field {
		case "id":
			e.id, _ = strconv.ParseUint(value, 10, 64)
		case "event":
			e.name = value
		case "data":
			e.raw = value
			_ = json.Unmarshal([]byte(value), &e.data)
		case "":
			if line == "" && e.name != "" {
				l.mu.Lock()
				l.events = append(l.events, e)
				l.mu.Unlock()
				e = event{}
				select {
				case l.more <- struct{}{}:
				default:
				}
			}
		}
	}
}

func (l *listener) all() []event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]event(nil), l.events...)
}

// wait returns the first event that fits.
func (l *listener) wait(what string, fits func(event) bool) event {
	l.t.Helper()
	deadline := time.After(patience)
	for {
		for _, e := range l.all() {
			if fits(e) {
				return e
			}
		}
		select {
		case <-l.more:
		case <-deadline:
			var list []string
			for _, e := range l.all() {
				list = append(list, e.name+" "+e.raw)
			}
			l.t.Fatalf("never came: %s; but\n%s", what, strings.Join(list, "\n"))
		}
	}
}

// result waits for the answer of a call.
func (l *listener) result(id string) map[string]any {
	l.t.Helper()
	return l.wait("the answer of "+id, func(e event) bool { return e.name == "answer" && e.data["id"] == id }).data
}

// exchange waits for the end of the exchange that fits.
func (l *listener) exchange(what string, fits func(map[string]any) bool) map[string]any {
	l.t.Helper()
	return l.wait("the exchange "+what, func(e event) bool {
		return e.name == "exchange" && e.data["state"] == "done" && fits(e.data)
	}).data
}

func (l *listener) ofCall(id string) map[string]any {
	l.t.Helper()
	return l.exchange("of "+id, func(x map[string]any) bool { return x["call"] == id && x["from"] == "phone" })
}

// call is what the page sends; fields overwrite the defaults.
func (r *rig) call(id, method, url string, fields map[string]any) string {
	body := map[string]any{
		"id": id, "kind": "request", "appid": app1, "env": "develop", "url": url, "method": method,
		"header": map[string]string{"content-type": "application/json"}, "data": nil, "timeout": 20000,
	}
	maps.Copy(body, fields)
	raw, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(raw)
}

func (r *rig) send(id, method, url string, fields map[string]any) {
	r.t.Helper()
	r.page("POST", "/calls", r.call(id, method, url, fields), 202)
}

// login logs in as the phone does.
func (r *rig) login(l *listener, id, code, key string) map[string]any {
	r.t.Helper()
	header := map[string]string{"content-type": "application/json", "Idempotency-Key": key}
	r.send(id, "POST", r.url+"/v1/login", map[string]any{"header": header, "data": fmt.Sprintf(`{"appid":%q,"code":%q}`, app1, code)})
	return l.result(id)
}

func (r *rig) granted(answer map[string]any) map[string]any {
	r.t.Helper()
	var out map[string]any
	if answer["ok"] != true || answer["status_code"] != 200.0 {
		r.t.Fatalf("no grant: %v", answer)
	}
	if err := json.Unmarshal([]byte(answer["data"].(string)), &out); err != nil {
		r.t.Fatal(err)
	}
	return out
}

func bearer(granted map[string]any) map[string]string {
	return map[string]string{"Authorization": "Bearer " + granted["access_token"].(string), "content-type": "application/json"}
}

const key1, key2 = "0123456789abcdef-1", "0123456789abcdef-2"
