package simulator

import "time"

// Switches decide what WeChat's documents do not say, say in two ways, or what
// was only seen to happen. The zero value is the most likely platform. A
// negative number or duration switches a limit or a life off.
type Switches struct {
	// SuccessErrcode adds errcode 0 and an empty errmsg to a successful
	// jscode2session, as the documented sample does. Default: absent, as
	// observed.
	SuccessErrcode bool

	// ContentType of the answers: "", "json" or "text". Default: text/plain
	// for a successful jscode2session, application/json for the rest.
	ContentType ContentType

	// EscapeSlashes writes the "/" of a session key as "\/". Default: plain.
	EscapeSlashes bool

	// Hints puts "hint: [...]" before the rid of errors under /wxa/, as seen
	// in some answers. Default: none.
	Hints bool

	// UsedCodeMemory is how long a code that was used is answered with 40163;
	// later it is 40029. Default: 10 minutes. Negative: 40029 at once.
	UsedCodeMemory time.Duration

	// BadSecretConsumesCode makes a jscode2session that fails on the secret
	// cost the code. Default: the code stays good.
	BadSecretConsumesCode bool

	// AnyGrantType lets jscode2session pass without grant_type or with a
	// wrong one. Default: 40002.
	AnyGrantType bool

	// StrayTokenChecked answers 40001 to a jscode2session that carries an
	// access_token that is not good. Default: the parameter is ignored.
	StrayTokenChecked bool

	// BlockedText is the errmsg of 40226. Default: "code blocked".
	BlockedText string

	// LoginsPerUserMinute is how many jscode2session calls one person may
	// cause in one app per minute before 45011. Default: 100, from an older
	// edition of the page. Negative: no limit.
	LoginsPerUserMinute int

	// KeyRotation says when wx.login replaces the session key: "" (when it has
	// the age of KeyRotationInterval), "always" or "never". Default: "".
	KeyRotation KeyRotation

	// KeyRotationInterval is the age past which wx.login replaces a session
	// key, where KeyRotation is "". Default: 60 seconds.
	KeyRotationInterval time.Duration

	// SessionKeyIdle is how long a session key lives without use by the
	// person. Default: 30 minutes. Negative: for ever.
	SessionKeyIdle time.Duration

	// SessionQueryOnly takes openid, signature and sig_method of checksession
	// and resetusersessionkey from the query alone. Default: a JSON body is
	// read too, since the documented table and example differ.
	SessionQueryOnly bool

	// ResetsPerUserMinute is how many resetusersessionkey calls one person may
	// suffer in one app per minute before 45011. The number is not published.
	// Default: no limit but the documented one per app.
	ResetsPerUserMinute int

	// WrongSecretIs40001 makes /cgi-bin/token answer a wrong secret with
	// 40001; both codes are documented. Default: 40125.
	WrongSecretIs40001 bool

	// TokensPerDay is how often /cgi-bin/token issues to one app per day
	// before 45009. Default: 2000, the figure the community repeats.
	// Negative: no limit.
	TokensPerDay int

	// ForceTooSoon is the errcode of a force_refresh within 30 seconds of the
	// last. Default: 45011.
	ForceTooSoon int

	// ForceTooMany is the errcode of the 21st force_refresh of a day.
	// Default: 45009.
	ForceTooMany int

	// ForceOverlap is how long a stable token outlives the force_refresh that
	// replaced it. Default: not at all.
	ForceOverlap time.Duration

	// RenewalOverlap is how long a stable token outlives its early renewal in
	// normal mode. Default: to the end of its own life. Negative: not at all.
	RenewalOverlap time.Duration

	// ProfileRules is which of WeChat's rules decide what wx.getUserInfo and
	// wx.getUserProfile give away: "2020" (before April 2021: both the whole
	// profile), "2021" (until November 2022: nickname and avatar, by
	// getUserProfile alone) or "today" (the anonymous nickname and the grey
	// avatar). Default: "today".
	ProfileRules ProfileRules

	// ForeignPhoneCode is the errcode of a getuserphonenumber whose openid
	// is not that of the person who tapped. Default: 40003.
	ForeignPhoneCode int

	// HashesDecodedMessage makes checkencryptedmsg know data by the SHA-256 of
	// what its base64 stands for; the documents leave it open. Default: of the
	// base64 text.
	HashesDecodedMessage bool
}

// ContentType is a choice for [Switches].
type ContentType string

// The content types that were seen.
const (
	ContentTypeObserved ContentType = ""     // text/plain for the success of /sns/, JSON for the rest
	ContentTypeJSON     ContentType = "json" // application/json; encoding=utf-8 for all
	ContentTypeText     ContentType = "text" // text/plain for all
)

// KeyRotation is a choice for [Switches].
type KeyRotation string

// The rotation policies.
const (
	RotateAfterInterval KeyRotation = ""       // wx.login rotates a key older than KeyRotationInterval
	RotateAlways        KeyRotation = "always" // every wx.login rotates
	RotateNever         KeyRotation = "never"  // a key stays until it has died
)

func (w Switches) withDefaults() Switches {
	orDuration(&w.UsedCodeMemory, 10*time.Minute)
	orDuration(&w.KeyRotationInterval, time.Minute)
	orDuration(&w.SessionKeyIdle, 30*time.Minute)
	orInt(&w.LoginsPerUserMinute, 100)
	orInt(&w.ResetsPerUserMinute, -1)
	orInt(&w.TokensPerDay, 2000)
	orInt(&w.ForceTooSoon, 45011)
	orInt(&w.ForceTooMany, 45009)
	orInt(&w.ForeignPhoneCode, 40003)
	if w.ProfileRules == "" {
		w.ProfileRules = ProfilesToday
	}
	if w.BlockedText == "" {
		w.BlockedText = "code blocked"
	}
	return w
}

func orDuration(d *time.Duration, def time.Duration) {
	if *d == 0 {
		*d = def
	}
}

func orInt(n *int, def int) {
	if *n == 0 {
		*n = def
	}
}
