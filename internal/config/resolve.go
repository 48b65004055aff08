package config

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/secret"
)

// resolver collects faults.
type resolver struct {
	dir    string
	out    Config
	faults []error
}

func (r *resolver) fault(key, format string, args ...any) {
	r.faults = append(r.faults, fault{key, fmt.Sprintf(format, args...)})
}

func (r *resolver) warn(format string, args ...any) {
	r.out.Warnings = append(r.out.Warnings, fmt.Sprintf(format, args...))
}

// Resolve checks the file and reads the files it names, which are relative to
// dir. Its error joins every fault.
func (f *File) Resolve(dir string) (*Config, error) {
	c, faults := f.resolve(dir)
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return c, nil
}

func (f *File) resolve(dir string) (*Config, []error) {
	r := &resolver{dir: dir}
	r.out = Config{
		Simulated:                  f.Simulated,
		FailedLoginsPerMinutePerIP: r.notNegative("limits.failed_logins_per_minute_per_ip", f.Limits.FailedLoginsPerMinutePerIP),
		LoginsPerMinutePerIP:       r.notNegative("limits.logins_per_minute_per_ip", f.Limits.LoginsPerMinutePerIP),
		LoginsPerMinutePerApp:      r.notNegative("limits.logins_per_minute_per_app", f.Limits.LoginsPerMinutePerApp),
		WeChatConnectTimeout:       r.positive("wechat.connect_timeout", f.WeChat.ConnectTimeout),
		WeChatTimeout:              r.positive("wechat.timeout", f.WeChat.Timeout),
		SessionIdleLife:            r.positive("session.idle_life", f.Session.IdleLife),
		SessionAbsoluteLife:        r.positive("session.absolute_life", f.Session.AbsoluteLife),
		TokenLife:                  r.positive("token.life", f.Token.Life),
		KeyMaxAge:                  r.positive("token.key_max_age", f.Token.KeyMaxAge),
		MaxSessions:                f.Session.MaxPerUserAndApp,
		NoAccessLog:                !f.Log.Access,
	}
	if f.Session.MaxPerUserAndApp < 1 {
		r.fault("session.max_per_user_and_app", "must be at least 1")
	}
	if f.Token.Life > Duration(24*time.Hour) {
		r.fault("token.life", "a token can't be taken back by a backend that checks it offline: 24h at most")
	}
	if f.WeChat.Timeout > Duration(15*time.Second) {
		r.fault("wechat.timeout", "must be 15s at most: the phone waits, and gives up after a minute")
	}
	r.retention(f)
	r.listeners(f)
	r.publicURL(f)
	r.weChat(f)
	r.storeAndKey(f)
	r.proxies(f)
	r.logging(f)
	r.apps(f)
	if len(f.Merchants) > 0 {
		r.fault("merchants", "payments are not served yet: leave the list empty")
	}
	return &r.out, r.faults
}

func (r *resolver) notNegative(key string, n int) int {
	if n < 0 {
		r.fault(key, "must not be negative; 0 turns the limit off")
	}
	return n
}

func (r *resolver) positive(key string, d Duration) time.Duration {
	if d <= 0 {
		r.fault(key, "must be longer than 0")
	}
	return time.Duration(d)
}

func (r *resolver) listeners(f *File) {
	r.out.Listen, r.out.AdminListen = f.Listen, f.AdminListen
	if f.AdminListen == "off" {
		r.out.AdminListen = ""
	}
	for key, addr := range map[string]string{"listen": f.Listen, "admin_listen": r.out.AdminListen} {
		if addr == "" && key == "admin_listen" {
			continue
		}
		if _, port, err := net.SplitHostPort(addr); err != nil || port == "" {
			r.fault(key, "write host:port, for example 127.0.0.1:8080")
		}
	}
	if f.Listen == r.out.AdminListen && !strings.HasSuffix(f.Listen, ":0") {
		r.fault("admin_listen", "must differ from listen: nothing but the public API belongs on the public address")
	}
	if host, _, err := net.SplitHostPort(r.out.AdminListen); err == nil && r.out.AdminListen != "" && !Loopback(host) {
		r.warn("admin_listen %s is not a loopback address: make sure that nobody outside reaches it", r.out.AdminListen)
	}
}

// Loopback reports whether a host can be reached from this machine alone.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func (r *resolver) publicURL(f *File) {
	const key = "public_url"
	u, err := url.Parse(f.PublicURL)
	switch {
	case f.PublicURL == "":
		r.fault(key, "is missing: write where clients reach this server, for example https://login.example.com")
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		r.fault(key, "is no http(s) URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		r.fault(key, "must have no user, query or fragment")
	case strings.HasSuffix(f.PublicURL, "/"):
		r.fault(key, "must not end with a slash: it is compared letter by letter with the tokens' issuer")
	case u.Scheme == "http" && !Loopback(u.Hostname()) && !f.Simulated:
		r.fault(key, "must be https: mini programs call nothing else, and tokens would travel in the clear")
	}
	r.out.PublicURL = f.PublicURL
}

func (r *resolver) weChat(f *File) {
	const key = "wechat.base_url"
	u, err := url.Parse(f.WeChat.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		r.fault(key, "is no plain http(s) URL")
		return
	}
	tencent := u.Scheme == "https" && (u.Hostname() == "api.weixin.qq.com" || strings.HasSuffix(u.Hostname(), ".api.weixin.qq.com") || u.Hostname() == "api2.weixin.qq.com")
	switch {
	case !tencent && !f.Simulated:
		r.fault(key, "is not Tencent's https://api.weixin.qq.com, so who answers decides who logs in: set simulated: true if that is meant")
	case tencent && f.Simulated:
		r.fault("simulated", "is true, but wechat.base_url is the real WeChat: set it to false")
	}
	r.out.WeChatBaseURL = strings.TrimSuffix(f.WeChat.BaseURL, "/")
}

func (r *resolver) storeAndKey(f *File) {
	dsn := secret.New(f.Store)
	if f.StoreFile != "" {
		dsn = r.readSecret("store_file", f.StoreFile)
	}
	if path, ok := strings.CutPrefix(dsn.Reveal(), "sqlite:"); ok {
		dsn = secret.New("sqlite:" + r.path(path))
	}
	r.out.Store = dsn
	const hint = "make one with `hufu key master master.key` and set master_key_file: master.key (or HUFU_MASTER_KEY); keep a copy, as without it nothing sealed opens again"
	switch {
	case f.MasterKeyFile != "" && !f.MasterKey.Empty():
		r.fault("master_key_file", "is set together with master_key: keep one of the two")
	case !f.MasterKey.Empty():
		r.out.MasterKey, r.out.MasterKeySource = f.MasterKey, "master_key (HUFU_MASTER_KEY)"
	case f.MasterKeyFile == "":
		r.fault("master_key_file", "is missing: %s", hint)
	default:
		if _, err := os.Stat(r.path(f.MasterKeyFile)); errors.Is(err, os.ErrNotExist) {
			r.fault("master_key_file", "there is no file %s: put back the one of this database, or, if that is new, %s", r.path(f.MasterKeyFile), hint)
			return
		}
		r.out.MasterKey, r.out.MasterKeySource = r.readSecret("master_key_file", f.MasterKeyFile), r.path(f.MasterKeyFile)
	}
}

func (r *resolver) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(r.dir, p)
}

// readSecret reads a file with a secret; white space around it is no part of
// it.
func (r *resolver) readSecret(key, name string) secret.String {
	path := r.path(name)
	raw, err := os.ReadFile(path)
	if err != nil {
		r.fault(key, "%v", err)
		return secret.String{}
	}
	text := strings.TrimSpace(string(raw))
	if text == "" {
		r.fault(key, "%s is empty", path)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 {
		r.warn("%s: every user of this machine can read %s (chmod 600 it)", key, path)
	}
	return secret.New(text)
}

func (r *resolver) proxies(f *File) {
	for i, text := range f.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); err != nil && addrErr == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			r.fault(fmt.Sprintf("trusted_proxies[%d]", i), "write an address or a range like 10.0.0.0/8")
			continue
		}
		r.out.TrustedProxies = append(r.out.TrustedProxies, prefix.Masked())
	}
}

func (r *resolver) logging(f *File) {
	if err := r.out.LogLevel.UnmarshalText([]byte(cmp.Or(f.Log.Level, "info"))); err != nil {
		r.out.LogLevel = slog.LevelInfo
		r.fault("log.level", "is debug, info, warn or error")
	}
	switch f.Log.Format {
	case "json":
	case "text":
		r.out.LogText = true
	default:
		r.fault("log.format", "is json or text")
	}
}
