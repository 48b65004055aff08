package config

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/secret"
)

// Config is a configuration that was checked, with every default filled in and
// every file read. It is all that a server is made of.
type Config struct {
	Listen, AdminListen string // AdminListen empty: none
	PublicURL           string
	Store               secret.String // a DSN, which may hold a password
	MasterKey           secret.String
	// MasterKeySource is where it was read: a file, or the name of the setting.
	MasterKeySource string
	Simulated       bool

	WeChatBaseURL              string
	WeChatConnectTimeout       time.Duration
	WeChatTimeout              time.Duration
	FailedLoginsPerMinutePerIP int
	LoginsPerMinutePerIP       int
	LoginsPerMinutePerApp      int
	SessionIdleLife            time.Duration
	SessionAbsoluteLife        time.Duration
	MaxSessions                int
	LoginRecordsKept           time.Duration // after the login
	AuditKept                  time.Duration
	ReadsKept                  time.Duration
	NoReadRecords              bool
	TokenLife                  time.Duration
	KeyMaxAge                  time.Duration
	TrustedProxies             []netip.Prefix
	Apps                       []app.App
	LogLevel                   slog.Level
	LogText, NoAccessLog       bool
	// Warnings are for the log at start: things that work, and that somebody
	// may not have meant.
	Warnings []string
}
