package simulator

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

// jscode2session is GET /sns/jscode2session: code2Session (小程序登录凭证校验).
// The parameters are judged in the order that was observed: appid, secret,
// code; nothing is learnt of a code without the secret of its app.
func (w *world) jscode2session(c *call) reply {
	if c.method != http.MethodGet {
		return fail(43001)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	a, errcode := w.client(c.query.Get("appid"), c.query.Get("secret"))
	if errcode != 0 {
		if errcode == 40125 && w.sw.BadSecretConsumesCode {
			w.spoil(a, c.query.Get("js_code"), now)
		}
		return fail(errcode)
	}
	js := c.query.Get("js_code")
	if js == "" {
		return fail(41008)
	}
	if !w.sw.AnyGrantType && c.query.Get("grant_type") != "authorization_code" {
		return fail(40002)
	}
	if stray := c.query.Get("access_token"); stray != "" && w.sw.StrayTokenChecked {
		if _, errcode := w.tokenApp(stray, now); errcode != 0 {
			return fail(40001)
		}
	}
	return w.exchange(a, js, now)
}

// exchange turns a code into the person's session. Callers hold w.mu.
func (w *world) exchange(a *app, js string, now time.Time) reply {
	w.codes.prune(now, w.sw.UsedCodeMemory, maxCodes)
	code := w.codes.byCode[js]
	if code == nil || code.member.app != a || code.used.IsZero() && now.Sub(code.issued) >= codeLife {
		return fail(40029)
	}
	m := code.member
	if !m.loginMinute.take(minuteOf(now), w.sw.LoginsPerUserMinute) {
		return fail(45011)
	}
	if !code.used.IsZero() {
		return fail(40163)
	}
	if m.person.Blocked {
		return fail(40226)
	}
	w.codes.use(code, now)
	if !m.live(now) {
		m.rotate(now)
	}
	w.touch(m, now)
	return reply{body: w.sessionBody(m)}
}

// sessionBody is written by hand, since its bytes are part of the imitation
// and it is the hot path. All values are of characters that JSON leaves alone.
func (w *world) sessionBody(m *member) []byte {
	key := m.key
	if w.sw.EscapeSlashes {
		key = strings.ReplaceAll(key, "/", `\/`)
	}
	b := make([]byte, 0, 160)
	b = append(b, `{"session_key":"`...)
	b = append(b, key...)
	b = append(b, `","openid":"`...)
	b = append(b, m.openID...)
	if u := w.unionOf(m); u != "" {
		b = append(b, `","unionid":"`...)
		b = append(b, u...)
	}
	b = append(b, '"')
	if w.sw.SuccessErrcode {
		b = append(b, `,"errcode":0,"errmsg":""`...)
	}
	return append(b, '}')
}

// spoil costs a code of this app. Callers hold w.mu.
func (w *world) spoil(a *app, js string, now time.Time) {
	w.codes.prune(now, w.sw.UsedCodeMemory, maxCodes)
	if code := w.codes.byCode[js]; code != nil && code.member.app == a && code.used.IsZero() {
		w.codes.use(code, now)
	}
}

// client knows an app by appid and secret. With errcode 40125 it still returns
// the app that was named. Callers hold w.mu.
func (w *world) client(appID, secret string) (*app, int) {
	if appID == "" {
		return nil, 41002
	}
	a := w.apps[appID]
	if a == nil {
		return nil, 40013
	}
	if secret == "" {
		return a, 41004
	}
	if subtle.ConstantTimeCompare([]byte(secret), []byte(a.Secret)) != 1 {
		return a, 40125
	}
	return a, 0
}
