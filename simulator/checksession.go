package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// resetsPerAppMinute is documented for resetusersessionkey.
const resetsPerAppMinute = 60_000

// checkSessionKey is GET /wxa/checksession: checkSessionKey (检验登录态).
func (w *world) checkSessionKey(c *call) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if _, errcode := w.signedMember(c, now); errcode != 0 {
		return fail(errcode)
	}
	return ok()
}

// resetUserSessionKey is GET /wxa/resetusersessionkey (重置登录态). The new key
// inherits the life of the old one.
func (w *world) resetUserSessionKey(c *call) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	m, errcode := w.signedMember(c, now)
	if errcode != 0 {
		return fail(errcode)
	}
	if !m.app.resetMinute.take(minuteOf(now), resetsPerAppMinute) ||
		!m.resetMinute.take(minuteOf(now), w.sw.ResetsPerUserMinute) {
		return fail(45011)
	}
	m.rotate(now)
	key := m.key
	if w.sw.EscapeSlashes {
		key = strings.ReplaceAll(key, "/", `\/`)
	}
	return reply{body: fmt.Appendf(nil, `{"errcode":0,"errmsg":"ok","openid":"%s","session_key":"%s"}`, m.openID, key)}
}

// signedMember is the person a session-signed call is about, once token,
// arguments, session and signature have been found good. Callers hold w.mu.
func (w *world) signedMember(c *call, now time.Time) (*member, int) {
	if c.method != http.MethodGet && (c.method != http.MethodPost || w.sw.SessionQueryOnly) {
		return nil, 43001
	}
	a, errcode := w.tokenApp(c.query.Get("access_token"), now)
	if errcode != 0 {
		return nil, errcode
	}
	in, errcode := w.sessionArgs(c)
	if errcode != 0 {
		return nil, errcode
	}
	if in.OpenID == "" || in.Signature == "" {
		return nil, 40097
	}
	if in.SigMethod != "hmac_sha256" {
		return nil, 87008
	}
	m := w.memberByOpenID(a, in.OpenID)
	if m == nil {
		return nil, 40003
	}
	if !m.live(now) {
		return nil, 87007
	}
	// Both calls are GETs in the documents: the message is empty.
	if !hmac.Equal([]byte(in.Signature), []byte(sessionSignature(m.key, ""))) {
		return nil, 87009
	}
	return m, 0
}

type sessionArgs struct {
	OpenID    string `json:"openid"`
	Signature string `json:"signature"`
	SigMethod string `json:"sig_method"`
}

// sessionArgs come in the query, as the documents' example and every SDK send
// them, or in a JSON body, as the documents' table has it.
func (w *world) sessionArgs(c *call) (sessionArgs, int) {
	in := sessionArgs{c.query.Get("openid"), c.query.Get("signature"), c.query.Get("sig_method")}
	if in != (sessionArgs{}) || len(c.body) == 0 || w.sw.SessionQueryOnly {
		return in, 0
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		return sessionArgs{}, 47001
	}
	return in, 0
}

// sessionSignature is lower-case hex of HMAC-SHA256 with the text of the
// session key, not the bytes it encodes, as the key.
func sessionSignature(sessionKey, message string) string {
	mac := hmac.New(sha256.New, []byte(sessionKey))
	mac.Write([]byte(message))
	return hex.EncodeToString(mac.Sum(nil))
}
