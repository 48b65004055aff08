package e2e_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/hufu-id/hufu/simulator"
)

// publicURL is the issuer of the servers under test; nobody resolves it.
const publicURL = "https://login.example.test"

// site is a folder with a configuration and all it names.
type site struct {
	t      testing.TB
	dir    string
	store  string
	wechat string // base URL
	apps   string // YAML, indented
	more   string // YAML
	binary string // default: the binary under test
}

// newSite makes a folder with a master key, made by the command that is there
// for it, and AppSecrets in files.
func newSite(t testing.TB, w *weChat, store string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), store: store, wechat: w.url}
	if p := run(t, s.dir, nil, "key", "master", "master.key"); p.code != 0 {
		t.Fatalf("hufu key master: %s", p.stderr.String())
	}
	for _, a := range simulator.DemoApps() {
		s.app(a.AppID, a.Secret, "open_account: acme")
	}
	return s
}

// app adds an app.
func (s *site) app(appid, appSecret, settings string) {
	s.t.Helper()
	s.write(appid+".secret", appSecret+"\n")
	s.apps += fmt.Sprintf("  - {appid: %s, secret_file: %s.secret, %s}\n", appid, appid, settings)
}

func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// configure writes hufu.yaml.
func (s *site) configure() {
	s.t.Helper()
	s.write("hufu.yaml", "listen: 127.0.0.1:0\nadmin_listen: 127.0.0.1:0\npublic_url: "+publicURL+
		"\nstore: "+s.store+"\nmaster_key_file: master.key\nsimulated: true\n"+s.weChat()+
		s.more+"\napps:\n"+s.apps)
}

// weChat is the section of that name; none: it stands in more. The time-outs are
// the longest there may be, for machines under load.
func (s *site) weChat() string {
	if s.wechat == "" {
		return ""
	}
	return "wechat: {base_url: " + s.wechat + ", connect_timeout: 15s, timeout: 15s}\n"
}

// server is a hufu that serves.
type server struct {
	*process
	url, admin string
}

// serve starts a server of the site and waits until it is ready.
func (s *site) serve(env ...string) *server {
	s.t.Helper()
	s.configure()
	p := startBinary(s.t, cmp.Or(s.binary, binary), s.dir, env, "serve", "--config", "hufu.yaml")
	srv := &server{process: p}
	srv.url = "http://" + p.find(&p.stderr, `"listening","on":"listen","addr":"([^"]+)"`)
	srv.admin = "http://" + p.find(&p.stderr, `"listening","on":"admin_listen","addr":"([^"]+)"`)
	eventually(s.t, patience, "the server is ready", func() bool {
		a, err := try("GET", srv.url+"/readyz", nil, "")
		return err == nil && a.status == 200
	})
	return srv
}

// sqlite is the store of a site's own.
const sqlite = "sqlite:hufu.db"

// postgres makes a database of the test's own.
func postgres(t testing.TB) (dsn string) {
	t.Helper()
	admin := os.Getenv("TEST_POSTGRES_DSN")
	if admin == "" {
		if os.Getenv("REQUIRE_BACKENDS") == "1" {
			t.Fatal("TEST_POSTGRES_DSN names no PostgreSQL, and REQUIRE_BACKENDS=1 wants one")
		}
		t.Skip("TEST_POSTGRES_DSN names no PostgreSQL: not tested")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	name := fmt.Sprintf("hufu_e2e_%d_%s", os.Getpid(), strings.ToLower(strings.Map(letters, t.Name())))
	name = name[:min(len(name), 60)]
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dropDatabase(t, admin, name) })
	cfg := conn.Config()
	auth := cfg.User
	if cfg.Password != "" {
		auth += ":" + cfg.Password
	}
	return fmt.Sprintf("postgres://%s@%s:%d/%s", auth, cfg.Host, cfg.Port, name)
}

func dropDatabase(t testing.TB, admin, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		t.Log(err)
		return
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		t.Log(err)
	}
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// backends runs a test on each database there is.
func backends(t *testing.T, test func(t *testing.T, store string)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, sqlite)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, postgres(t))
	})
}
