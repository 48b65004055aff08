package session

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// The answers of the calls that phones make most write their own JSON
// (web.Appender); tests hold them against the encoder.

// AppendJSON implements web.Appender.
func (r loginResponse) AppendJSON(b []byte) []byte {
	b = r.tokens.AppendJSON(b)
	b = append(b[:len(b)-1], `,"is_new_user":`...)
	return append(strconv.AppendBool(b, r.IsNewUser), '}')
}

// AppendJSON implements web.Appender.
func (t tokens) AppendJSON(b []byte) []byte {
	b = appendPlain(b, `{"access_token":`, t.AccessToken)
	b = appendPlain(b, `,"token_type":`, t.TokenType)
	b = append(b, `,"expires_in":`...)
	b = strconv.AppendInt(b, t.ExpiresIn, 10)
	b = appendPlain(b, `,"refresh_token":`, t.RefreshToken)
	b = append(b, `,"refresh_expires_in":`...)
	b = strconv.AppendInt(b, t.RefreshExpiresIn, 10)
	b = appendPlain(b, `,"session_id":`, string(t.SessionID))
	b = append(b, `,"user":`...)
	return append(t.User.AppendJSON(b), '}')
}

// AppendJSON implements web.Appender.
func (r sessionResponse) AppendJSON(b []byte) []byte {
	b = strconv.AppendBool(append(b, `{"active":`...), r.Active)
	b = appendPlain(b, `,"session_id":`, string(r.SessionID))
	b = appendPlain(b, `,"user_id":`, string(r.UserID))
	b, _ = jsontext.AppendQuote(append(b, `,"appid":`...), r.AppID) // its error only tells of bytes replaced
	b = appendTime(b, `,"issued_at":`, r.IssuedAt)
	b = appendTime(b, `,"expires_at":`, r.ExpiresAt)
	if r.WeChatSession != "" {
		b = appendPlain(b, `,"wechat_session":`, string(r.WeChatSession))
	}
	return append(b, '}')
}

// appendPlain writes a text of our own making, in which nothing wants escaping.
func appendPlain(b []byte, name, text string) []byte {
	b = append(append(b, name...), '"')
	return append(append(b, text...), '"')
}

func appendTime(b []byte, name string, t time.Time) []byte {
	b = append(append(b, name...), '"')
	return append(t.AppendFormat(b, time.RFC3339Nano), '"')
}
