package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/server"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/web"
	"github.com/hufu-id/hufu/simulator"
)

const (
	shopApp  = "wxdd00000000000001"
	otherApp = "wxdd00000000000002"
)

// businessRig is two replicas on one store, a simulated WeChat, and whoever
// makes API keys.
type businessRig struct {
	t    *testing.T
	url  string // of one replica
	twin string // of the other
	sim  *simulator.Server
	// wechat is where sim is served.
	wechat string
	db     *store.DB
	dir    string
	log    *businessLog
}

type businessLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *businessLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *businessLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newBusinessRig(t *testing.T) *businessRig {
	t.Helper()
	rig := &businessRig{t: t, sim: &simulator.Server{}, dir: t.TempDir(), log: &businessLog{}}
	wechat := httptest.NewServer(rig.sim.Handler())
	t.Cleanup(wechat.Close)
	rig.wechat = wechat.URL
	file := config.Default()
	one, two := businessListener(t), businessListener(t)
	rig.url, rig.twin = "http://"+one.Addr().String(), "http://"+two.Addr().String()
	file.AdminListen, file.PublicURL, file.Simulated, file.WeChat.BaseURL = "off", rig.url, true, wechat.URL
	var err error
	if file.MasterKey, err = seal.NewMasterKey(); err != nil {
		t.Fatal(err)
	}
	for _, a := range simulator.DemoApps() {
		file.Apps = append(file.Apps, config.AppFile{AppID: a.AppID, Secret: secret.New(a.Secret), OpenAccount: a.OpenAccount})
	}
	rig.serve(file, one)
	rig.serve(file, two)
	if rig.db, err = store.Open(t.Context(), "sqlite:"+filepath.Join(rig.dir, "hufu.db"), store.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rig.db.Close() })
	return rig
}

func businessListener(t *testing.T) net.Listener {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func (r *businessRig) serve(file config.File, listener net.Listener) {
	r.t.Helper()
	cfg, err := file.Resolve(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	cfg.WeChatConnectTimeout, cfg.WeChatTimeout = patience, patience
	s, err := server.New(r.t.Context(), cfg, server.Options{Listener: listener, Logger: web.NewLogger(r.log, slog.LevelDebug)})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := s.Listen(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(r.t.Context()))
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	r.t.Cleanup(func() {
		stop()
		if err := errors.Join(<-served, s.Close()); err != nil {
			r.t.Error(err)
		}
	})
}

type businessKey struct {
	id  string
	key string
}

// key makes an API key; scopes have spaces between them.
func (r *businessRig) key(scopes string, apps ...id.AppID) businessKey {
	r.t.Helper()
	record, key, err := app.NewKey(app.KeyOrder{Name: "test", Scopes: strings.Fields(scopes), AppIDs: apps}, time.Now())
	if err == nil {
		err = r.db.MakeAPIKey(r.t.Context(), record)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return businessKey{string(record.ID), key.Reveal()}
}

type businessAnswer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

func (a businessAnswer) at(name string) string {
	s, _ := a.body[name].(string)
	return s
}

// call sends JSON, or a form if body is one; authorization is the header.
func (r *businessRig) call(method, address, authorization string, body any) businessAnswer {
	r.t.Helper()
	var reader io.Reader
	kind := "application/json"
	switch body := body.(type) {
	case nil:
	case url.Values:
		reader, kind = strings.NewReader(body.Encode()), "application/x-www-form-urlencoded"
	default:
		b, err := json.Marshal(body)
		if err != nil {
			r.t.Fatal(err)
		}
		reader = bytes.NewReader(b)
	}
	if strings.HasPrefix(address, "/") {
		address = r.url + address
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, address, reader)
	if err != nil {
		r.t.Fatal(err)
	}
	if reader != nil {
		req.Header.Set("Content-Type", kind)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	out := businessAnswer{status: resp.StatusCode, header: resp.Header, text: string(text)}
	_ = json.Unmarshal(text, &out.body) // of an empty body there is none
	return out
}

// login logs a demo person in; the answer has tokens and user.
func (r *businessRig) login(appid, user string) businessAnswer {
	r.t.Helper()
	code, err := r.sim.Login(appid, user)
	if err != nil {
		r.t.Fatal(err)
	}
	a := r.call("POST", "/v1/login", "", map[string]string{"appid": appid, "code": code})
	if a.status != 200 {
		r.t.Fatalf("login: %d %s", a.status, a.text)
	}
	return a
}

func userOf(a businessAnswer, member string) string {
	user, _ := a.body["user"].(map[string]any)
	s, _ := user[member].(string)
	return s
}

// eventually waits until ok, and tells how long that took: where a second is
// promised, a machine under load can't be held to it.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > patience {
			t.Fatalf("after %s still not: %s", patience, what)
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Logf("%s: after %s", what, time.Since(began).Round(time.Millisecond))
}

// files are the bytes of everything that the store has on disk.
func (r *businessRig) files() string {
	r.t.Helper()
	var all strings.Builder
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(r.dir, e.Name()))
		if err != nil {
			r.t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
