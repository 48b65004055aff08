package wechat

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// answer is what the calls here may find in a body. WeChat promises that new
// fields may appear, so unknown ones are passed over; doubled ones are refused.
type answer struct {
	ErrCode     jsontext.Value `json:"errcode"` // a number, in old documents also a string
	ErrMsg      string         `json:"errmsg"`
	OpenID      string         `json:"openid"`
	UnionID     string         `json:"unionid"`
	SessionKey  string         `json:"session_key"`
	AccessToken string         `json:"access_token"`
	ExpiresIn   int64          `json:"expires_in"` // seconds
	Phone       phoneAnswer    `json:"phone_info"`
	Valid       bool           `json:"vaild"` // sic
	ValidRight  bool           `json:"valid"` // should WeChat mend its spelling
	CreateTime  int64          `json:"create_time"`
	Check       checkAnswer    `json:"result"`
}

type phoneAnswer struct {
	PhoneNumber     string `json:"phoneNumber"`
	PurePhoneNumber string `json:"purePhoneNumber"`
	CountryCode     string `json:"countryCode"`
	Watermark       struct {
		AppID string `json:"appid"`
	} `json:"watermark"`
}

// read makes sense of a body with status 200, whatever its Content-Type: WeChat
// sends JSON as text/plain too.
func (c *Client) read(r *request, body []byte) (answer, *Error) {
	var ans answer
	// Bytes that are not UTF-8 must not hide an errcode; in an openid they turn
	// into U+FFFD, which no check lets pass.
	if err := json.Unmarshal(body, &ans, jsontext.AllowInvalidUTF8(true)); err != nil {
		return answer{}, malformed(r.api, "the answer is not the JSON we know")
	}
	code, ok := errcode(ans.ErrCode)
	if !ok {
		return answer{}, malformed(r.api, "the errcode is not a number")
	}
	if code != 0 {
		return answer{}, c.refusal(r, code, &ans)
	}
	if wrong := r.check(&ans); wrong != "" {
		return answer{}, malformed(r.api, wrong)
	}
	return ans, nil
}

// errcode reads a number or a numeric string; absent and null are 0, no error.
func errcode(raw jsontext.Value) (code int, ok bool) {
	if len(raw) == 0 || raw.Kind() == 'n' {
		return 0, true
	}
	text := string(raw)
	if raw.Kind() == '"' {
		text = text[1 : len(text)-1]
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return int(n), err == nil
}

// refusal is an errcode other than 0.
func (c *Client) refusal(r *request, code int, ans *answer) *Error {
	msg := cleanMsg(ans.ErrMsg, append(r.secrets, ans.SessionKey, ans.AccessToken))
	e := &Error{API: r.api, Kind: Refused, Code: code, Msg: msg, RID: ridOf(msg)}
	switch code {
	case codeBusy:
		e.Kind, e.Reason, e.RetryAfter = Unavailable, ReasonBusy, retryUnavailable
		e.again = true
	case codeMinuteQuota:
		e.RetryAfter = untilNextMinute(c.now())
	case codeDayQuota:
		e.RetryAfter = retryDayQuota
	case codeCheckQuota:
		if r.api == APIMsgSecCheck {
			e.RetryAfter = untilNextMinute(c.now())
		}
	}
	return e
}

// untilNextMinute is never 0 and in whole seconds, rounded up.
func untilNextMinute(now time.Time) time.Duration {
	next := now.Truncate(time.Minute).Add(time.Minute)
	return (next.Sub(now) + time.Second - 1).Truncate(time.Second)
}

// printable reports whether s has at most limit bytes, all of them printable
// ASCII without spaces: the shape of every identifier and token of WeChat.
func printable(s string, limit int) bool {
	if len(s) > limit {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
