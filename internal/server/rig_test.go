package server_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/server"
	"github.com/hufu-id/hufu/simulator"
)

var (
	app1 = simulator.DemoApps()[0].AppID
	app2 = simulator.DemoApps()[1].AppID
)

// patience is for machines under load, not a promise: production's time-outs
// are short for them.
const patience = time.Minute

// rig is a simulated WeChat, a database, and replicas of the whole server on it.
type rig struct {
	t   testing.TB
	sim *simulator.Server
	cfg *config.Config
	log *syncBuffer
	now func() time.Time
	*replica
}

// replica is one server.
type replica struct {
	server *server.Server
	url    string
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func newRig(t testing.TB, adjust ...func(*rig)) *rig {
	t.Helper()
	r := &rig{t: t, sim: &simulator.Server{}, log: &syncBuffer{}, now: time.Now}
	wechat := httptest.NewServer(r.sim.Handler())
	t.Cleanup(func() { _ = r.sim.Close(); wechat.Close() })
	master, err := seal.NewMasterKey()
	must(t, err)
	r.cfg = &config.Config{
		PublicURL: "http://127.0.0.1:8080", Store: secret.New("sqlite:" + filepath.Join(t.TempDir(), "hufu.db")),
		MasterKey: master, Simulated: true, WeChatBaseURL: wechat.URL, TokenLife: 15 * time.Minute,
		WeChatConnectTimeout: patience, WeChatTimeout: patience,
	}
	for _, a := range simulator.DemoApps() {
		r.cfg.Apps = append(r.cfg.Apps, app.App{
			ID: id.AppID(a.AppID), Secret: secret.New(a.Secret), OpenAccount: id.OpenAccount(a.OpenAccount),
			ExposeOpenID: true, TokenAlg: "ES256", TokenType: "JWT", PhoneByEncryptedData: true,
		})
	}
	for _, f := range adjust {
		f(r)
	}
	r.replica = r.start()
	return r
}

// onPostgres moves the rig to a schema of its own.
func onPostgres(r *rig) {
	dsn := os.Getenv("TEST_POSTGRES_DSN")
	if dsn == "" && os.Getenv("REQUIRE_BACKENDS") == "1" {
		r.t.Fatal("REQUIRE_BACKENDS=1, but TEST_POSTGRES_DSN is not set: hack/postgres.sh start DIR prints one")
	}
	if dsn == "" {
		r.t.Skip("TEST_POSTGRES_DSN is not set: hack/postgres.sh start DIR prints one")
	}
	admin, err := sql.Open("pgx", dsn)
	must(r.t, err)
	schema := "hufu_" + strings.ToLower(rand.Text())
	_, err = admin.Exec(`CREATE SCHEMA ` + schema)
	must(r.t, err)
	r.t.Cleanup(func() { _, _ = admin.Exec(`DROP SCHEMA ` + schema + ` CASCADE`); admin.Close() })
	separator := "?"
	if strings.Contains(dsn, "?") {
		separator = "&"
	}
	r.cfg.Store = secret.New(dsn + separator + "search_path=" + schema)
}

// start makes one more server on the same database.
func (r *rig) start() *replica {
	r.t.Helper()
	s, err := server.New(r.t.Context(), r.cfg, server.Options{
		Logger: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: r.now,
	})
	must(r.t, err)
	front := httptest.NewServer(s.Handler())
	r.t.Cleanup(func() { front.Close(); _ = s.Close() })
	return &replica{s, front.URL}
}

// answer is what came back.
type answer struct {
	status int
	body   map[string]any
	text   string
}

func (a answer) code() string { code, _ := a.body["code"].(string); return code }

// call makes a call of the API; body is made JSON.
func (r *rig) call(method, path, token string, body any) answer {
	r.t.Helper()
	return r.callAt(r.replica, method, path, token, body)
}

func (r *rig) callAt(at *replica, method, path, token string, body any) answer {
	r.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		must(r.t, err)
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, at.url+path, in)
	must(r.t, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return r.do(req)
}

func (r *rig) do(req *http.Request) answer {
	r.t.Helper()
	res, err := http.DefaultClient.Do(req)
	must(r.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(r.t, err)
	a := answer{status: res.StatusCode, text: string(b)}
	if len(b) > 0 { // 204 has none
		must(r.t, json.Unmarshal(b, &a.body))
	}
	return a
}

// login logs a person in and returns the access token.
func (r *rig) login(appid, user string) string {
	r.t.Helper()
	code, err := r.sim.Login(appid, user)
	must(r.t, err)
	a := r.call("POST", "/v1/login", "", map[string]string{"appid": appid, "code": code})
	r.want(a, 200, "")
	return a.body["access_token"].(string)
}

func (r *rig) want(a answer, status int, code string) {
	r.t.Helper()
	if a.status != status || a.code() != code {
		r.t.Fatalf("%d %s, want %d %s: %s", a.status, a.code(), status, code, a.text)
	}
}

// asked counts the calls that WeChat got at a path.
func (r *rig) asked(path string) (n int) {
	for _, each := range r.sim.Requests() {
		if each.Path == path {
			n++
		}
	}
	return n
}

// metric is the line of a metric.
func (r *rig) metric(line string) string {
	r.t.Helper()
	rec := httptest.NewRecorder()
	r.server.AdminHandler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	for text := range strings.Lines(rec.Body.String()) {
		if rest, ok := strings.CutPrefix(text, line+" "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
