package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/config"
)

const (
	masterKey = "bWFzdGVyLWtleS1jYW5hcnktMDEyMzQ1Njc4OWFiY2Q"
	appSecret = "5ec4e7000000000000000000000000aa"
)

// good is the shortest configuration that can be served.
const good = `
public_url: https://login.example.com
master_key: ` + masterKey + `
apps:
  - {appid: wxdd00000000000001, secret: ` + appSecret + `}
`

func load(t *testing.T, text string, environ ...string) (*config.Config, error) {
	t.Helper()
	return config.Load(write(t, t.TempDir(), "hufu.yaml", text), environ)
}

func write(t *testing.T, dir, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustLoad(t *testing.T, text string, environ ...string) *config.Config {
	t.Helper()
	c, err := load(t, text, environ...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoad(t *testing.T) {
	t.Parallel()
	t.Run("Defaults", func(t *testing.T) {
		t.Parallel()
		c := mustLoad(t, good)
		got := map[string]any{
			"listen": c.Listen, "admin_listen": c.AdminListen, "simulated": c.Simulated,
			"wechat": c.WeChatBaseURL, "connect": c.WeChatConnectTimeout, "timeout": c.WeChatTimeout,
			"failed": c.FailedLoginsPerMinutePerIP, "logins": c.LoginsPerMinutePerIP, "per app": c.LoginsPerMinutePerApp,
			"idle": c.SessionIdleLife, "absolute": c.SessionAbsoluteLife, "sessions": c.MaxSessions,
			"life": c.TokenLife, "key age": c.KeyMaxAge, "records": c.LoginRecordsKept, "audit": c.AuditKept, "reads": c.ReadsKept, "no reads": c.NoReadRecords, "proxies": len(c.TrustedProxies),
			"level": c.LogLevel.String(), "text": c.LogText, "no access log": c.NoAccessLog, "warnings": len(c.Warnings),
		}
		want := map[string]any{
			"listen": "127.0.0.1:8080", "admin_listen": "127.0.0.1:8090", "simulated": false,
			"wechat": "https://api.weixin.qq.com", "connect": time.Second, "timeout": 5 * time.Second,
			"failed": 60, "logins": 6000, "per app": 0,
			"idle": 30 * 24 * time.Hour, "absolute": 180 * 24 * time.Hour, "sessions": 20,
			"life": 15 * time.Minute, "key age": 90 * 24 * time.Hour, "records": 190 * 24 * time.Hour, "audit": 1095 * 24 * time.Hour, "reads": 190 * 24 * time.Hour, "no reads": false, "proxies": 0,
			"level": "INFO", "text": false, "no access log": false, "warnings": 0,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("DefaultsOfAnApp", func(t *testing.T) {
		t.Parallel()
		a := mustLoad(t, good).Apps[0]
		got := []any{a.Name, a.Type, a.OpenAccount, a.ExposeOpenID, a.OpenIDInToken, a.UnionIDInToken, a.TokenAlg, a.TokenType, a.Merge}
		want := "[wxdd00000000000001 miniprogram  true false false ES256 JWT auto_when_safe]"
		if text := sprint(got); text != want {
			t.Errorf("%s, want %s", text, want)
		}
		if a.Secret.Reveal() != appSecret {
			t.Error("the secret is another")
		}
	})
	t.Run("EverythingSet", func(t *testing.T) {
		t.Parallel()
		c := mustLoad(t, `
listen: 0.0.0.0:80
admin_listen: off
public_url: http://10.1.2.3:80
store: postgres://u@h/db
master_key: `+masterKey+`
simulated: true
wechat: {base_url: "http://127.0.0.1:1/", connect_timeout: 2s, timeout: 1500ms}
limits: {failed_logins_per_minute_per_ip: 0, logins_per_minute_per_ip: 1, logins_per_minute_per_app: 2}
session: {idle_life: 1d, absolute_life: 36h, max_per_user_and_app: 3}
token: {life: 5m, key_max_age: 7d}
retention: {login_records: 60h, audit: 200d, reads: 181d}
log: {level: warn, format: text, access: false}
trusted_proxies: [10.0.0.0/8, "fd00::1", 192.0.2.77/24]
apps:
  - {appid: wxdd00000000000001, secret: s1, name: Shop, type: website, open_account: acme, expose_openid: false,
     token_alg: RS256, token_typ: at+jwt, token_openid: true, token_unionid: true, merge: manual}
`)
		a := c.Apps[0]
		got := sprint([]any{c.Listen, c.AdminListen, c.PublicURL, c.Store.Reveal(), c.Simulated, c.WeChatBaseURL,
			c.WeChatConnectTimeout, c.WeChatTimeout, c.FailedLoginsPerMinutePerIP, c.LoginsPerMinutePerIP, c.LoginsPerMinutePerApp,
			c.SessionIdleLife, c.SessionAbsoluteLife, c.MaxSessions, c.TokenLife, c.KeyMaxAge, c.LoginRecordsKept, c.AuditKept, c.ReadsKept, c.LogLevel, c.LogText, c.NoAccessLog,
			c.TrustedProxies, a.Name, a.Type, a.OpenAccount, a.ExposeOpenID, a.TokenAlg, a.TokenType, a.OpenIDInToken, a.UnionIDInToken, a.Merge})
		want := "[0.0.0.0:80  http://10.1.2.3:80 postgres://u@h/db true http://127.0.0.1:1 " +
			"2s 1.5s 0 1 2 24h0m0s 36h0m0s 3 5m0s 168h0m0s 60h0m0s 4800h0m0s 4344h0m0s WARN true true " +
			"[10.0.0.0/8 fd00::1/128 192.0.2.0/24] Shop website acme false RS256 at+jwt true true manual]"
		if got != want {
			t.Errorf("\n%s, want\n%s", got, want)
		}
	})
	t.Run("FilesAreRelativeToTheConfiguration", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		write(t, dir, "key", masterKey+"\n")
		write(t, dir, "secret", " "+appSecret+"\r\n")
		path := write(t, dir, "hufu.yaml", "public_url: https://x.test\nmaster_key_file: key\nstore: sqlite:data/h.db\n"+
			"apps: [{appid: wxdd00000000000001, secret_file: secret}]\n")
		c, err := config.Load(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.MasterKey.Reveal() != masterKey || c.Apps[0].Secret.Reveal() != appSecret {
			t.Error("the files were not read as they are, without the white space around")
		}
		if want := "sqlite:" + filepath.Join(dir, "data/h.db"); c.Store.Reveal() != want {
			t.Errorf("store %s, want %s", c.Store.Reveal(), want)
		}
	})
	t.Run("StoreFromAFile", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		write(t, dir, "dsn", "postgres://u:pw@h/db\n")
		c, err := config.Load(write(t, dir, "hufu.yaml", good+"store_file: dsn\n"), nil)
		if err != nil || c.Store.Reveal() != "postgres://u:pw@h/db" {
			t.Errorf("store %q, %v", c.Store.Reveal(), err)
		}
	})
}

// TestRecordsOfLongSessions: who lets sessions live longer need not think of
// their records.
func TestRecordsOfLongSessions(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, good+"session: {absolute_life: 365d}\n")
	if want := 366 * 24 * time.Hour; c.LoginRecordsKept != want || len(c.Warnings) != 0 {
		t.Errorf("records are kept for %v, want %v; warnings %q", c.LoginRecordsKept, want, c.Warnings)
	}
}

// TestReadsOff: 0 turns the recording off.
func TestReadsOff(t *testing.T) {
	t.Parallel()
	if c := mustLoad(t, good+"retention: {reads: 0d}\n"); !c.NoReadRecords || c.ReadsKept != 0 {
		t.Errorf("%v, kept for %v", c.NoReadRecords, c.ReadsKept)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := write(t, dir, "open", appSecret)
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ text, want string }{
		"AdminReachable": {good + "admin_listen: 0.0.0.0:8090", "admin_listen 0.0.0.0:8090"},
		"OddAppID":       {strings.Replace(good, "wxdd00000000000001", "gh_0123", 1), "apps[0].appid gh_0123"},
		"ShortRecords":   {good + "session: {absolute_life: 20d}\nretention: {login_records: 30d}", "retention.login_records is shorter than 180d"},
		"ShortAudit":     {good + "retention: {audit: 179d}", "retention.audit is shorter than 180d"},
		"ShortReads":     {good + "retention: {reads: 1d}", "retention.reads is shorter than 180d"},
		"NoReads":        {good + "retention: {reads: 0d}", "retention.reads is 0"},
		"SecretReadable": {strings.Replace(good, "secret: "+appSecret, "secret_file: "+open, 1), "chmod 600"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := mustLoad(t, tt.text)
			if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], tt.want) {
				t.Errorf("warnings %q, want one with %q", c.Warnings, tt.want)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	t.Run("WinsOverTheFile", func(t *testing.T) {
		t.Parallel()
		c := mustLoad(t, good+"listen: 127.0.0.1:1\nwechat: {timeout: 1s}\nsession: {max_per_user_and_app: 2}\nlog: {access: true}\nstore_file: nowhere\n",
			"PATH=/bin", "HUFU_LISTEN=127.0.0.1:2", "HUFU_WECHAT_TIMEOUT=2s", "HUFU_SESSION_MAX_PER_USER_AND_APP=7",
			"HUFU_LOG_ACCESS=false", "HUFU_TRUSTED_PROXIES=10.0.0.0/8, 127.0.0.1", "HUFU_STORE=postgres://a=b@h/db?x=y")
		got := sprint([]any{c.Listen, c.WeChatTimeout, c.MaxSessions, c.NoAccessLog, c.TrustedProxies, c.Store.Reveal()})
		want := "[127.0.0.1:2 2s 7 true [10.0.0.0/8 127.0.0.1/32] postgres://a=b@h/db?x=y]"
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
	t.Run("MasterKeyReplacesTheFile", func(t *testing.T) {
		t.Parallel()
		text := strings.Replace(good, "master_key: "+masterKey, "master_key_file: nowhere", 1)
		if c := mustLoad(t, text, "HUFU_MASTER_KEY="+masterKey); c.MasterKey.Reveal() != masterKey {
			t.Error("the key of the environment was not taken")
		}
	})
	t.Run("AppsReplaceTheList", func(t *testing.T) {
		t.Parallel()
		c := mustLoad(t, good, `HUFU_APPS=[{"appid":"wxdd00000000000002","secret":"s2","expose_openid":false},{"appid":"wxdd00000000000003","secret":"s3"}]`)
		if len(c.Apps) != 2 || c.Apps[0].ID != "wxdd00000000000002" || c.Apps[0].ExposeOpenID || c.Apps[1].Secret.Reveal() != "s3" {
			t.Errorf("apps %v", c.Apps)
		}
	})
}
