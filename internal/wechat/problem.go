package wechat

import (
	"errors"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
)

// The errcodes that are more than "WeChat refused".
const (
	codeBusy        = -1
	codeInvalidCode = 40029
	codeCodeUsed    = 40163
	codeUserBlocked = 40226
	codeDayQuota    = 45009
	codeMinuteQuota = 45011
	codeCheckQuota  = 44991 // of msg_sec_check, in a minute
)

// retryDayQuota stands for "not soon": the quota returns with the next day, or
// when the operator clears it.
const retryDayQuota = time.Hour

// ToProblem says of a failed call what a client of ours may know, with err as
// the cause for the log. An error that holds no *Error becomes an internal one.
// err must not be nil.
//
// 40029, 40163 and 40226 speak of a login code only in Code2Session; other
// calls have meanings of their own for them.
func ToProblem(err error) *problem.Error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return problem.Of(err)
	}
	p := problem.Wrap(problem.WeChatUnavailable, err, "WeChat does not answer; try again with the same code and key")
	if e.Kind == Refused {
		code, detail := decided(e)
		p = problem.Wrap(code, err, detail)
	}
	p.WeChatErrcode = e.Code
	p.RetryAfter = e.RetryAfter
	return p
}

// decided maps a refusal. The details are fixed texts: errmsg is for the log.
func decided(e *Error) (problem.Code, string) {
	if e.API == APICode2Session {
		switch e.Code {
		case codeInvalidCode:
			return problem.InvalidCode, "WeChat does not know this code: it is older than five minutes, not a code of wx.login, or from another app; call wx.login again"
		case codeCodeUsed:
			return problem.CodeAlreadyUsed, "this code was exchanged before; call wx.login again"
		case codeUserBlocked:
			return problem.UserBlocked, "WeChat does not let this person log in"
		}
	}
	if e.API == APIMsgSecCheck && e.Code == codeCheckQuota {
		return problem.WeChatQuota, "too many checks in this minute for WeChat"
	}
	switch e.Code {
	case codeMinuteQuota:
		return problem.WeChatQuota, "too many calls in this minute for WeChat"
	case codeDayQuota:
		return problem.WeChatQuota, "the app's daily quota at WeChat is used up; the operator can clear it (clear_quota)"
	}
	return problem.WeChatRejected, rejection(e.Code)
}

// rejection tells the operator what to mend.
func rejection(code int) string {
	switch code {
	case 40001:
		return "WeChat refused the credential: check the app's AppSecret, and that nothing else fetches access tokens for this app"
	case 40002:
		return "WeChat refused the grant_type: this appid is not that of a mini program"
	case 40003, 43104:
		return "the openid does not belong to this app"
	case 40013:
		return "WeChat does not know this appid: check it in the configuration"
	case 40014, 41001, 42001:
		return "WeChat refused the app's access token"
	case 40125:
		return "the AppSecret is wrong: copy it again from mp.weixin.qq.com, and note that a reset ends the old one"
	case 40164:
		return "this server's address is not in the app's IP white list: add the one in the log at mp.weixin.qq.com"
	case 40243:
		return "the AppSecret is frozen: unfreeze it at mp.weixin.qq.com, which takes ten minutes to work"
	case 41002:
		return "the appid did not reach WeChat: check the configuration and any proxy on the way"
	case 41004:
		return "the AppSecret did not reach WeChat: check the configuration and any proxy on the way"
	case 41008:
		return "the code did not reach WeChat: check any proxy on the way"
	case 48001:
		return "the app has no right to this API: check the type of the account and its permissions"
	case 48004:
		return "WeChat has banned the app from this API: see the notices at mp.weixin.qq.com"
	case 50002:
		return "WeChat has limited or closed the account"
	case 50004:
		return "WeChat has barred the app from access tokens"
	case 50007:
		return "WeChat has frozen the account"
	case 61010:
		return "the user has not used the mini program within two hours"
	case 61003, 61007:
		return "the app is not authorised to the third-party platform that calls for it"
	case 89503, 89506, 89507:
		return "an administrator of the app must confirm this server's address in WeChat"
	default:
		return "WeChat refused the call; the errcode says why"
	}
}
