package wechat

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

// The names of the calls in errors, metrics and circuits.
const (
	APIPhoneNumber       = "getuserphonenumber"
	APICheckEncryptedMsg = "checkencryptedmsg"
)

const (
	codeInvalidOpenID = 40003
	// codeInvalidAppID: of a phone code, that another app's button gave it.
	codeInvalidAppID = 40013
	// codeNoSuchMessage: WeChat has sealed nothing of this hash of late.
	codeNoSuchMessage = 1
	// maxPhoneText bounds each text of a number; E.164 has 15 digits.
	maxPhoneText = 32
	// maxCreateTime is the last second of the year 9999.
	maxCreateTime = 253402300799
)

// PhoneInfo is a phone number as WeChat tells it.
type PhoneInfo struct {
	PhoneNumber     secret.String // with the country code where it is foreign
	PurePhoneNumber secret.String // without any
	CountryCode     string        // "86"
}

// PhoneCodeRefused reports whether WeChat does not take a phone code: unknown,
// used, too old, or another person's or app's.
func (e *Error) PhoneCodeRefused() bool {
	return e.API == APIPhoneNumber && (e.Code == codeInvalidCode || e.Code == codeInvalidOpenID || e.Code == codeInvalidAppID)
}

// PhoneNumber exchanges a code of the phone number button (POST
// /wxa/business/getuserphonenumber; OpenApiDoc/user-info/phone-number/getPhoneNumber.html),
// with the app's access_token as token. The code must be that of the person with
// the openid. A code is good once: never call again after an answer. The error
// is an *Error; where TokenRefused, a new token is wanted, and the code is still
// good.
func (c *Client) PhoneNumber(ctx context.Context, token secret.String, app id.AppID, openid id.OpenID, code string) (PhoneInfo, error) {
	body, err := json.Marshal(struct {
		Code   string `json:"code"`
		OpenID string `json:"openid"`
	}{code, string(openid)}, jsontext.AllowInvalidUTF8(true))
	if err != nil { // cannot be, and its text might quote the code
		return PhoneInfo{}, malformed(APIPhoneNumber, "the request cannot be encoded")
	}
	ans, err := c.do(ctx, &request{
		api: APIPhoneNumber, path: "/wxa/business/getuserphonenumber", app: app,
		query: pair("access_token", token.Reveal()), body: body, secrets: []string{token.Reveal(), code},
		check: func(ans *answer) string { return checkPhone(ans, app) },
	})
	if err != nil {
		return PhoneInfo{}, err
	}
	p := ans.Phone
	return PhoneInfo{secret.New(p.PhoneNumber), secret.New(p.PurePhoneNumber), p.CountryCode}, nil
}

func checkPhone(ans *answer, app id.AppID) string {
	p := &ans.Phone
	for _, text := range []string{p.PhoneNumber, p.PurePhoneNumber} {
		if text == "" || len(text) > maxPhoneText || strings.Trim(text, "0123456789+- ") != "" {
			return "no phone number, or a malformed one"
		}
	}
	if len(p.CountryCode) > 8 || strings.Trim(p.CountryCode, "0123456789+") != "" {
		return "the country code is malformed"
	}
	if mark := p.Watermark.AppID; mark != "" && mark != string(app) {
		return "the phone number is another app's"
	}
	return ""
}

// CheckEncryptedMsg asks when WeChat sealed the phone number of this hash (POST
// /wxa/business/checkencryptedmsg; OpenApiDoc/user-info/basic-info/checkEncryptedData.html;
// wxcrypto.Sealed.MessageHash), with the app's access_token as token. It knows
// those of the last three days; the zero time means that it is not WeChat's. The
// error is an *Error; where TokenRefused, a new token is wanted.
func (c *Client) CheckEncryptedMsg(ctx context.Context, token secret.String, app id.AppID, hash string) (time.Time, error) {
	body, err := json.Marshal(struct {
		Hash string `json:"encrypted_msg_hash"`
	}{hash})
	if err != nil {
		return time.Time{}, malformed(APICheckEncryptedMsg, "the request cannot be encoded")
	}
	ans, err := c.do(ctx, &request{
		api: APICheckEncryptedMsg, path: "/wxa/business/checkencryptedmsg", app: app,
		query: pair("access_token", token.Reveal()), body: body, secrets: []string{token.Reveal()},
		check: checkConfirmed,
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Code == codeNoSuchMessage {
		return time.Time{}, nil
	}
	if err != nil || !ans.Valid && !ans.ValidRight || ans.CreateTime <= 0 || ans.CreateTime > maxCreateTime {
		return time.Time{}, err
	}
	return time.Unix(ans.CreateTime, 0).UTC(), nil
}
