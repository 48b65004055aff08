// Package app owns the registered apps and the open accounts they belong to.
// Apps live in the configuration alone; reading it again replaces them all at
// once.
package app

import (
	"sync/atomic"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

// Type says what kind of WeChat product an app is.
type Type string

// The types.
const (
	MiniProgram     Type = "miniprogram"
	OfficialAccount Type = "official_account"
	Mobile          Type = "mobile"
	Website         Type = "website"
)

// Merge says what happens when a unionid shows that two users are one person.
type Merge string

// The ways.
const (
	MergeAutoWhenSafe Merge = "auto_when_safe"
	MergeAuto         Merge = "auto"
	MergeManual       Merge = "manual"
)

// App is a registered app.
type App struct {
	ID     id.AppID
	Name   string
	Type   Type
	Secret secret.String
	// OpenAccount is the group inside which unionid is shared; empty: the app
	// belongs to none, and its unionids link nothing.
	OpenAccount id.OpenAccount
	// ExposeOpenID lets openid and unionid stand in answers to the phone.
	ExposeOpenID bool
	// OpenIDInToken and UnionIDInToken put them into access tokens.
	OpenIDInToken, UnionIDInToken bool
	// TokenAlg is "ES256" or "RS256", TokenType "JWT" or "at+jwt".
	TokenAlg, TokenType string
	Merge               Merge
	// PhoneByEncryptedData also takes phone numbers from encrypted data, as
	// clients before base library 2.21.2 give them, if WeChat vouches for it.
	PhoneByEncryptedData bool
	// ContentCheck has WeChat check a nickname before anybody sees it.
	ContentCheck bool
}

// Registry holds the apps. It is safe for concurrent use.
type Registry struct {
	apps atomic.Pointer[map[id.AppID]*App]
}

// NewRegistry makes a registry of apps.
func NewRegistry(apps []App) *Registry {
	r := &Registry{}
	r.Replace(apps)
	return r
}

// Replace takes new apps in place of all there were.
func (r *Registry) Replace(apps []App) {
	next := make(map[id.AppID]*App, len(apps))
	for i := range apps {
		a := apps[i]
		next[a.ID] = &a
	}
	r.apps.Store(&next)
}

// Find returns the app, which must not be changed; ok is false if it is not
// registered.
func (r *Registry) Find(appid id.AppID) (a *App, ok bool) {
	a, ok = (*r.apps.Load())[appid]
	return a, ok
}

// Len returns how many apps are registered.
func (r *Registry) Len() int { return len(*r.apps.Load()) }
