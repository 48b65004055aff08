package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/secret"
)

// File is the configuration as it is written: YAML, and for each scalar a
// variable HUFU_<KEY>, with dots as underscores (HUFU_WECHAT_BASE_URL). A
// variable wins over the file. Paths are relative to the file's folder.
type File struct {
	// Listen is the address of the public API. Default: 127.0.0.1:8080.
	Listen string `koanf:"listen"`
	// AdminListen is the address of /metrics, /docs and /openapi.json, which
	// must not be reachable from outside. Default: 127.0.0.1:8090; "off": none.
	AdminListen string `koanf:"admin_listen"`
	// PublicURL is where clients reach the public API, and the issuer of the
	// tokens: changing it makes every token out there invalid. Required; https,
	// except on a loopback address or with simulated; without a trailing slash.
	PublicURL string `koanf:"public_url"`
	// Store says where data is kept: sqlite:FILE, or postgres://user@host/db.
	// Default: sqlite:hufu.db. StoreFile names a file that holds it instead,
	// for a DSN with a password.
	Store     string `koanf:"store"`
	StoreFile string `koanf:"store_file"`
	// MasterKeyFile names the file with the master key, made by
	// `hufu key master FILE`. Or HUFU_MASTER_KEY holds the key itself.
	// One of the two is required.
	MasterKeyFile string        `koanf:"master_key_file"`
	MasterKey     secret.String `koanf:"master_key"`
	// Simulated says that WeChat is not real. It must be true for any
	// wechat.base_url that is not Tencent's, and /readyz and the log say so.
	// Default: false.
	Simulated bool `koanf:"simulated"`

	WeChat  WeChatFile  `koanf:"wechat"`
	Limits  LimitsFile  `koanf:"limits"`
	Session SessionFile `koanf:"session"`
	Token   TokenFile   `koanf:"token"`

	Retention RetentionFile `koanf:"retention"`

	Log LogFile `koanf:"log"`

	// TrustedProxies are the address ranges whose X-Forwarded-For is believed.
	// Default: none.
	TrustedProxies []string `koanf:"trusted_proxies"`
	// Apps are the registered apps; at least one. HUFU_APPS may hold the list
	// as JSON.
	Apps []AppFile `koanf:"apps"`
	// Merchants are for payments, which are not served yet: leave it empty.
	Merchants []any `koanf:"merchants"`
}

// WeChatFile says how to reach WeChat.
type WeChatFile struct {
	// BaseURL is WeChat's API. Default: https://api.weixin.qq.com.
	BaseURL string `koanf:"base_url"`
	// PayBaseURL is WeChat Pay's API. Default: https://api.mch.weixin.qq.com.
	PayBaseURL string `koanf:"pay_base_url"`
	// ConnectTimeout bounds the making of a connection. Default: 1s.
	ConnectTimeout Duration `koanf:"connect_timeout"`
	// Timeout bounds a call as a whole. Default: 5s.
	Timeout Duration `koanf:"timeout"`
}

// LimitsFile bounds what one caller may do; 0 turns a limit off.
type LimitsFile struct {
	// FailedLoginsPerMinutePerIP counts the codes that WeChat refused, per
	// address (IPv6: per /64). Default: 60.
	FailedLoginsPerMinutePerIP int `koanf:"failed_logins_per_minute_per_ip"`
	// LoginsPerMinutePerIP counts all logins, per address: generous, as a
	// carrier puts thousands of people behind one. Default: 6000.
	LoginsPerMinutePerIP int `koanf:"logins_per_minute_per_ip"`
	// LoginsPerMinutePerApp counts all logins of an app. Default: 0.
	LoginsPerMinutePerApp int `koanf:"logins_per_minute_per_app"`
}

// SessionFile bounds sessions.
type SessionFile struct {
	// IdleLife ends a session that is not refreshed for so long. Default: 30d.
	IdleLife Duration `koanf:"idle_life"`
	// AbsoluteLife ends any session. Default: 180d.
	AbsoluteLife Duration `koanf:"absolute_life"`
	// MaxPerUserAndApp is how many sessions a person may have in one app; the
	// oldest ends when there are more. Default: 20.
	MaxPerUserAndApp int `koanf:"max_per_user_and_app"`
}

// RetentionFile says how long is kept what is not needed any more, for the law's
// sake or for the person's; then it is forgotten.
type RetentionFile struct {
	// LoginRecords is how long sessions stay after the login, ended or not: who
	// logged in when, in which app, with which device. At least a day longer than
	// session.absolute_life. Default: 190d, or that day longer.
	LoginRecords *Duration `koanf:"login_records"`
	// Audit is how long entries of the audit stay, and with them the record of
	// which users were merged. Default: 1095d.
	Audit Duration `koanf:"audit"`
	// Reads is how long the audit knows whom an API key was shown, once a day and
	// user; a day at least, or 0, and it is not recorded. Default: 190d.
	Reads Duration `koanf:"reads"`
}

// TokenFile says how access tokens are made.
type TokenFile struct {
	// Life is how long an access token lives. Default: 15m.
	Life Duration `koanf:"life"`
	// KeyMaxAge is the age at which a signing key is replaced. Default: 90d.
	KeyMaxAge Duration `koanf:"key_max_age"`
}

// LogFile says what is logged.
type LogFile struct {
	// Level is debug, info, warn or error. Default: info.
	Level string `koanf:"level"`
	// Format is json or text. Default: json.
	Format string `koanf:"format"`
	// Access writes a line for each request. Default: true.
	Access bool `koanf:"access"`
}

// AppFile is a registered app.
type AppFile struct {
	// AppID is WeChat's id of the app. Required.
	AppID string `koanf:"appid"`
	// SecretFile names the file with the AppSecret, or Secret holds it.
	SecretFile string        `koanf:"secret_file"`
	Secret     secret.String `koanf:"secret"`
	// Name is for people. Default: the appid.
	Name string `koanf:"name"`
	// Type is miniprogram, official_account, mobile or website. Default:
	// miniprogram.
	Type string `koanf:"type"`
	// OpenAccount names the WeChat Open Platform account the app is bound to;
	// people are one user in all apps of one account. Default: none.
	OpenAccount string `koanf:"open_account"`
	// ExposeOpenID lets openid and unionid stand in answers to the phone.
	// Default: true.
	ExposeOpenID *bool `koanf:"expose_openid"`
	// TokenAlg signs the app's access tokens: ES256 or RS256. Default: ES256.
	TokenAlg string `koanf:"token_alg"`
	// TokenTyp is their header's typ: JWT or at+jwt. Default: JWT.
	TokenTyp string `koanf:"token_typ"`
	// TokenOpenID and TokenUnionID put openid and unionid into access tokens.
	// Default: false.
	TokenOpenID  bool `koanf:"token_openid"`
	TokenUnionID bool `koanf:"token_unionid"`
	// Merge is auto_when_safe, auto or manual: what happens when a unionid
	// shows that two users are one person. Default: auto_when_safe.
	Merge string `koanf:"merge"`
	// PhoneByEncryptedData also takes phone numbers from encrypted data, as
	// clients before base library 2.21.2 give them, where WeChat vouches for it.
	// Default: false.
	PhoneByEncryptedData bool `koanf:"phone_by_encrypted_data"`
	// ContentCheck is on or off: whether WeChat checks a nickname (msg_sec_check)
	// before anybody sees it. Default: off.
	ContentCheck string `koanf:"content_check"`
}

// Duration is a time.Duration that also reads days: "30d", "15m", "1h30m".
type Duration time.Duration

// UnmarshalText reads a duration.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return fmt.Errorf("write days as a whole number: 30d")
		}
		*d = Duration(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("write a duration with its unit: 30d, 12h, 15m, 5s")
	}
	*d = Duration(v)
	return nil
}

// Default returns the configuration that an empty file stands for.
func Default() File {
	return File{
		Listen:      "127.0.0.1:8080",
		AdminListen: "127.0.0.1:8090",
		Store:       "sqlite:hufu.db",
		WeChat: WeChatFile{
			BaseURL: "https://api.weixin.qq.com", PayBaseURL: "https://api.mch.weixin.qq.com",
			ConnectTimeout: Duration(time.Second), Timeout: Duration(5 * time.Second),
		},
		Limits:    LimitsFile{FailedLoginsPerMinutePerIP: 60, LoginsPerMinutePerIP: 6000},
		Session:   SessionFile{IdleLife: Duration(30 * 24 * time.Hour), AbsoluteLife: Duration(180 * 24 * time.Hour), MaxPerUserAndApp: 20},
		Token:     TokenFile{Life: Duration(15 * time.Minute), KeyMaxAge: Duration(90 * 24 * time.Hour)},
		Retention: RetentionFile{Audit: Duration(1095 * 24 * time.Hour), Reads: Duration(190 * 24 * time.Hour)},
		Log:       LogFile{Level: "info", Format: "json", Access: true},
	}
}
