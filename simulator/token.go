package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"time"
)

// What the platform documents about access_token.
const (
	tokenLife     = 7200 * time.Second
	tokenOverlap  = 5 * time.Minute // old and new both work after a refresh
	renewEarly    = 5 * time.Minute // of a stable token, in normal mode
	forceGap      = 30 * time.Second
	forcePerDay   = 20
	stablePerMin  = 10_000
	stablePerDay  = 500_000
	tokensPerApp  = 4096 // remembered; an older one is unknown
	tokensLinger  = 24 * time.Hour
	grantTypeSelf = "client_credential"
)

type accessToken struct {
	app     *app
	value   string
	expires time.Time
	dies    time.Time // when it was superseded: the end of its overlap; else zero
}

// token is GET /cgi-bin/token: each call issues a new one. A bad appid wins
// over a missing grant_type, as was observed.
func (w *world) token(c *call) reply {
	if c.method != http.MethodGet {
		return fail(43001)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a, errcode := w.tokenClient(c.query.Get("appid"), c.query.Get("secret"), c.query.Get("grant_type"))
	if errcode == 40125 && w.sw.WrongSecretIs40001 {
		errcode = 40001
	}
	if errcode != 0 {
		return fail(errcode)
	}
	now := w.now()
	if !a.tokenDay.take(dayOf(now), w.sw.TokensPerDay) {
		return fail(45009)
	}
	if a.current != nil {
		a.current.dies = now.Add(tokenOverlap)
	}
	a.current = w.issueToken(a, now)
	return tokenReply(a.current, now)
}

// stableToken is POST /cgi-bin/stable_token, whose tokens and those of
// /cgi-bin/token leave each other alone.
func (w *world) stableToken(c *call) reply {
	if c.method != http.MethodPost {
		return fail(43002)
	}
	if len(bytes.TrimSpace(c.body)) == 0 {
		return fail(44002)
	}
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return fail(47001)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a, errcode := w.tokenClient(in.AppID, in.Secret, in.GrantType)
	if errcode != 0 {
		return fail(errcode)
	}
	now := w.now()
	if !a.stableMinute.take(minuteOf(now), stablePerMin) {
		return fail(45011)
	}
	if !a.stableDay.take(dayOf(now), stablePerDay) {
		return fail(45009)
	}
	if in.ForceRefresh {
		if errcode := w.forceRefresh(a, now); errcode != 0 {
			return fail(errcode)
		}
	} else if a.stable == nil || a.stable.expires.Sub(now) <= renewEarly {
		w.renewStable(a, now)
	}
	return tokenReply(a.stable, now)
}

func (w *world) forceRefresh(a *app, now time.Time) int {
	if !a.lastForce.IsZero() && now.Sub(a.lastForce) < forceGap {
		return w.sw.ForceTooSoon
	}
	if !a.forceDay.take(dayOf(now), forcePerDay) {
		return w.sw.ForceTooMany
	}
	a.lastForce = now
	if a.stable != nil {
		a.stable.dies = now.Add(w.sw.ForceOverlap)
	}
	a.stable = w.issueToken(a, now)
	return 0
}

func (w *world) renewStable(a *app, now time.Time) {
	if a.stable != nil && w.sw.RenewalOverlap != 0 {
		a.stable.dies = now.Add(max(0, w.sw.RenewalOverlap))
	}
	a.stable = w.issueToken(a, now)
}

// tokenClient is client, with the grant type judged after the appid.
func (w *world) tokenClient(appID, secret, grantType string) (*app, int) {
	a, errcode := w.client(appID, secret)
	if a != nil && grantType != grantTypeSelf {
		return nil, 40002
	}
	return a, errcode
}

func (w *world) issueToken(a *app, now time.Time) *accessToken {
	for a.issued.len() > 0 {
		old := a.issued.peek()
		if a.issued.len() < tokensPerApp && now.Sub(old.expires) < tokensLinger {
			break
		}
		a.issued.pop()
		delete(w.tokens, old.value)
	}
	t := &accessToken{app: a, value: newAccessToken(), expires: now.Add(tokenLife)}
	w.tokens[t.value] = t
	a.issued.push(t)
	return t
}

func tokenReply(t *accessToken, now time.Time) reply {
	left := int(t.expires.Sub(now) / time.Second)
	return reply{body: fmt.Appendf(nil, `{"access_token":"%s","expires_in":%d}`, t.value, left)}
}

var tokenShape = regexp.MustCompile(`^[0-9]{2,3}_[0-9A-Za-z_-]{20,507}$`)

// tokenApp tells whose access_token this is, or the errcode of the refusal.
// Callers hold w.mu.
func (w *world) tokenApp(value string, now time.Time) (*app, int) {
	if value == "" {
		return nil, 41001
	}
	if !tokenShape.MatchString(value) {
		return nil, 40014
	}
	t := w.tokens[value]
	switch {
	case t == nil:
		return nil, 40001
	case !t.dies.IsZero() && !now.Before(t.dies):
		return nil, 40001
	case !now.Before(t.expires):
		return nil, 42001
	}
	return t.app, 0
}
