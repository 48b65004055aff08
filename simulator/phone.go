package simulator

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	// phoneCodeLife is documented: five minutes, one use.
	phoneCodeLife = 5 * time.Minute
	// messageLife is how long checkencryptedmsg knows sealed phone numbers.
	messageLife = 3 * 24 * time.Hour
)

// PhoneData is what the phone number button hands to the page.
type PhoneData struct {
	Code string `json:"code"`
	// EncryptedData and IV are there where the person has a living session key.
	EncryptedData string `json:"encryptedData,omitempty"`
	IV            string `json:"iv,omitempty"`
}

type phoneCode struct {
	code   string
	member *member
	issued time.Time
}

// sealedPhone is a phone number that was sealed for a page.
type sealedPhone struct {
	hash    string
	app     *app
	at      time.Time // of the clock that ages things
	created int64     // as told on the wire
}

// phones remembers codes and sealed numbers in the order in which they came.
type phones struct {
	byCode   map[string]*phoneCode
	codes    fifo[*phoneCode]
	byHash   map[string]*sealedPhone
	messages fifo[*sealedPhone]
}

func newPhones() phones {
	return phones{byCode: make(map[string]*phoneCode), byHash: make(map[string]*sealedPhone)}
}

// prune forgets what is over, and the oldest above the bound.
func (p *phones) prune(now time.Time) {
	for p.codes.len() > 0 && (now.Sub(p.codes.peek().issued) >= phoneCodeLife || p.codes.len() > maxCodes) {
		delete(p.byCode, p.codes.peek().code)
		p.codes.pop()
	}
	for p.messages.len() > 0 && (now.Sub(p.messages.peek().at) >= messageLife || p.messages.len() > maxCodes) {
		delete(p.byHash, p.messages.peek().hash)
		p.messages.pop()
	}
}

type phoneInfo struct {
	PhoneNumber     string    `json:"phoneNumber"`
	PurePhoneNumber string    `json:"purePhoneNumber"`
	CountryCode     string    `json:"countryCode"`
	Watermark       watermark `json:"watermark"`
}

// PhoneNumber is a tap on the phone number button: a code that the app's server
// can exchange once, within five minutes. It needs no wx.login; but only with a
// living session key are there encryptedData and iv as well, as for base
// libraries before 2.21.2. The error is ErrUnknownApp or ErrUnknownUser.
func (s *Server) PhoneNumber(appID, user string) (PhoneData, error) {
	s.init()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	a, p, err := w.find(appID, user)
	if err != nil {
		return PhoneData{}, fmt.Errorf("getPhoneNumber: %w", err)
	}
	now, m := w.now(), w.member(a, p)
	w.phones.prune(now)
	var random [32]byte
	rand.Read(random[:])
	c := &phoneCode{code: hex.EncodeToString(random[:]), member: m, issued: now}
	w.phones.byCode[c.code] = c
	w.phones.codes.push(c)
	out := PhoneData{Code: c.code}
	if !m.live(now) {
		return out, nil
	}
	w.touch(m, now)
	d, err := seal(m.key, w.phoneOf(m))
	if err != nil {
		return PhoneData{}, fmt.Errorf("getPhoneNumber: %w", err)
	}
	out.EncryptedData, out.IV = d.EncryptedData, d.IV
	known := &sealedPhone{hash: w.messageHash(d.EncryptedData), app: a, at: now, created: w.real().Unix()}
	w.phones.byHash[known.hash] = known
	w.phones.messages.push(known)
	return out, nil
}

// phoneOf is a person's number as WeChat writes it. Callers hold w.mu.
func (w *world) phoneOf(m *member) phoneInfo {
	country, pure := splitPhone(m.person.PhoneNumber)
	full := pure
	if country != "86" {
		full = "+" + country + pure
	}
	return phoneInfo{full, pure, country, w.watermark(m)}
}

// splitPhone takes the country code off a number that begins with "+"; one that
// does not is of mainland China.
func splitPhone(number string) (country, pure string) {
	rest, foreign := strings.CutPrefix(number, "+")
	if !foreign {
		return "86", number
	}
	if country, pure, ok := strings.Cut(rest, "-"); ok {
		return country, pure
	}
	n := 3
	switch {
	case strings.HasPrefix(rest, "1"), strings.HasPrefix(rest, "7"):
		n = 1
	case len(rest) >= 2 && strings.Contains(" 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58"+
		" 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 ", " "+rest[:2]+" "):
		n = 2
	}
	n = min(n, len(rest))
	return rest[:n], rest[n:]
}

// messageHash is what checkencryptedmsg knows sealed data by.
func (w *world) messageHash(encryptedData string) string {
	data := []byte(encryptedData)
	if w.sw.HashesDecodedMessage {
		data, _ = base64.StdEncoding.DecodeString(encryptedData) // our own
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// userPhoneNumber is POST /wxa/business/getuserphonenumber (获取手机号).
func (w *world) userPhoneNumber(c *call) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	var in struct {
		Code   string `json:"code"`
		OpenID string `json:"openid"`
	}
	now := w.now()
	a, errcode := w.businessCall(c, now, &in)
	if errcode != 0 {
		return fail(errcode)
	}
	w.phones.prune(now)
	code := w.phones.byCode[in.Code]
	switch {
	case code == nil:
		return fail(40029)
	case code.member.app != a:
		return fail(40013)
	case in.OpenID != "" && in.OpenID != code.member.openID:
		return fail(w.sw.ForeignPhoneCode)
	}
	delete(w.phones.byCode, in.Code)
	body, err := plainJSON(struct {
		Errcode int       `json:"errcode"`
		Errmsg  string    `json:"errmsg"`
		Phone   phoneInfo `json:"phone_info"`
	}{0, "ok", w.phoneOf(code.member)})
	if err != nil {
		return fail(-1)
	}
	return reply{body: body}
}

// checkEncryptedMsg is POST /wxa/business/checkencryptedmsg (检查加密信息).
func (w *world) checkEncryptedMsg(c *call) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	var in struct {
		Hash string `json:"encrypted_msg_hash"`
	}
	now := w.now()
	a, errcode := w.businessCall(c, now, &in)
	if errcode != 0 {
		return fail(errcode)
	}
	if in.Hash == "" {
		return fail(40097)
	}
	w.phones.prune(now)
	known := w.phones.byHash[in.Hash]
	if known == nil || known.app != a {
		return fail(1)
	}
	// The misspelt name is WeChat's.
	return reply{body: fmt.Appendf(nil, `{"errcode":0,"errmsg":"ok","vaild":true,"create_time":%d}`, known.created)}
}

// businessCall reads a POST with an access_token: whose it is, and its body.
// Callers hold w.mu.
func (w *world) businessCall(c *call, now time.Time, in any) (*app, int) {
	if c.method != http.MethodPost {
		return nil, 43002
	}
	a, errcode := w.tokenApp(c.query.Get("access_token"), now)
	if errcode != 0 {
		return nil, errcode
	}
	if len(bytes.TrimSpace(c.body)) == 0 {
		return nil, 44002
	}
	if err := json.Unmarshal(c.body, in); err != nil {
		return nil, 47001
	}
	return a, 0
}

// ShareInfo is wx.getShareInfo of a card that was shared to a group: openGId,
// sealed. Errors as for UserProfile.
func (s *Server) ShareInfo(appID, user string) (OpenData, error) {
	s.init()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := w.session(appID, user)
	if err != nil {
		return OpenData{}, fmt.Errorf("wx.getShareInfo: %w", err)
	}
	w.touch(m, w.now())
	sum := derive(w.seed, "group", m.app.AppID)
	d, err := seal(m.key, struct {
		OpenGID   string    `json:"openGId"`
		Watermark watermark `json:"watermark"`
	}{"tG" + base64.RawURLEncoding.EncodeToString(sum[:])[:26], w.watermark(m)})
	if err != nil {
		return OpenData{}, fmt.Errorf("wx.getShareInfo: %w", err)
	}
	return d, nil
}
