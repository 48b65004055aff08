package web

import (
	"net/http"

	"github.com/hufu-id/hufu/internal/problem"
)

// CodeInfo is what the wire and the documentation say of a code.
type CodeInfo struct {
	Code problem.Code
	// Status is the code's own; problem.Error.Status may override it.
	Status int
	Title  string
	// When says what leads to it, and Client what a client does; in English
	// and in Chinese.
	When, Client, WhenZH, ClientZH string
}

// typePrefix begins the "type" of a problem (RFC 9457 §3.1.1). A URN needs no
// host that would have to answer for ever.
const typePrefix = "urn:hufu:problem:"

// Codes returns the closed list, in the order of the documentation.
func Codes() []CodeInfo { return append([]CodeInfo(nil), codes[:]...) }

// infoOf finds a code's row; one that is not in the list is internal.
func infoOf(code problem.Code) *CodeInfo {
	for i := range codes {
		if codes[i].Code == code {
			return &codes[i]
		}
	}
	return infoOf(problem.Internal)
}

// codes is the one table of codes; it never changes at run time. docs/errors.md
// is made from it: go test ./internal/web -run ErrorsDocument -update.
var codes = [...]CodeInfo{
	{
		problem.InvalidRequest, http.StatusBadRequest, "The request is malformed",
		"Malformed JSON; a missing, unknown, duplicate or wrongly typed field (`field` names it); a name in the wrong case; a wrong method (405); a body that is too large (413).",
		"Fix the call; repeating it changes nothing.",
		"JSON 格式错误；字段缺失、未知、重复或类型不符（`field` 指出是哪个）；字段名大小写错误；请求方法错误（405）；请求体过大（413）。",
		"修正调用代码；原样重试没有意义。",
	},
	{
		problem.InvalidCode, http.StatusBadRequest, "The login code is not valid",
		"WeChat answered 40029; or the code is empty, longer than 512 characters, or holds spaces or control characters (WeChat is then not asked); or it is the mock code of WeChat DevTools, which `detail` then says.",
		"Call `wx.login` again and log in with the new code, once.",
		"微信返回 40029；或 code 为空、超过 512 个字符、含空格或控制字符（此时不会请求微信）；或是开发者工具的模拟 code（`detail` 会说明）。",
		"重新调用 `wx.login`，用新 code 登录，仅重试一次。",
	},
	{
		problem.CodeAlreadyUsed, http.StatusConflict, "The login code was used before",
		"WeChat answered 40163, or the code was exchanged here before and this call is no repetition of that one (same code and same Idempotency-Key within 5 minutes).",
		"Call `wx.login` again and log in with the new code, once.",
		"微信返回 40163；或该 code 已在本服务兑换过，且本次调用不是合法的重放（5 分钟内相同 code 与相同 Idempotency-Key）。",
		"重新调用 `wx.login`，用新 code 登录，仅重试一次。",
	},
	{
		problem.UserBlocked, http.StatusForbidden, "This user may not log in",
		"WeChat answered 40226 (a high-risk user), or the user is disabled here.",
		"Tell the user; do not retry.",
		"微信返回 40226（高风险用户），或该用户在本服务被停用。",
		"提示用户；不要重试。",
	},
	{
		problem.InsufficientScope, http.StatusForbidden, "The credentials do not reach that far",
		"The API key lacks the scope, or is not for this app.",
		"Ask the operator for a key with that scope.",
		"API 密钥缺少所需的 scope，或不适用于该应用。",
		"向运维申请具备该 scope 的密钥。",
	},
	{
		problem.UnknownApp, http.StatusNotFound, "This app is not configured here",
		"The appid is not in the server's configuration.",
		"Fix the appid, or add the app to the configuration.",
		"该 appid 不在服务器配置中。",
		"检查 appid，或将应用加入配置。",
	},
	{
		problem.NotFound, http.StatusNotFound, "There is no such thing",
		"There is nothing at this path or of this id, or it is not yours.",
		"Fix the path or the id.",
		"路径或 id 不存在，或不属于当前调用者。",
		"检查路径或 id。",
	},
	{
		problem.InvalidToken, http.StatusUnauthorized, "The token is not valid",
		"The access token, refresh token or API key is missing, malformed, forged, revoked, or not from here.",
		"Access token: refresh. Refresh token: log in again. API key: ask the operator for a new one.",
		"访问令牌、刷新令牌或 API 密钥缺失、格式错误、伪造、已吊销，或不是本服务签发。",
		"访问令牌：刷新；刷新令牌：重新登录；API 密钥：向运维申请新的。",
	},
	{
		problem.TokenExpired, http.StatusUnauthorized, "The token has expired",
		"The access token or the session is past its time.",
		"Access token: refresh. Refresh token: log in again.",
		"访问令牌或会话已过期。",
		"访问令牌：刷新；刷新令牌：重新登录。",
	},
	{
		problem.SessionRevoked, http.StatusUnauthorized, "The session has ended",
		"Somebody or something ended the session: a logout, another device, the operator, or the limit of sessions per user.",
		"Log in again.",
		"会话已被终止：退出登录、其他设备、运维操作，或超出每用户会话数上限。",
		"重新登录。",
	},
	{
		problem.TokenReused, http.StatusUnauthorized, "The refresh token was used before",
		"A refresh token came that had been replaced already, in a way that no lost answer explains. The session may have ended with it, since the token may be stolen.",
		"Log in again.",
		"收到已被轮换的刷新令牌，且无法用响应丢失来解释。令牌可能被盗，会话可能已因此终止。",
		"重新登录。",
	},
	{
		problem.LoginTooOld, http.StatusConflict, "The login is too old for this step",
		"The step wants a login by `wx.login` younger than 10 minutes, which a refresh does not renew; a session that a service began (`POST /v1/server/sessions`) is none.",
		"Log in by `wx.login` again, then repeat the step.",
		"此操作要求 10 分钟以内用 `wx.login` 登录过，刷新不算；由服务开始的会话（`POST /v1/server/sessions`）也不算。",
		"重新登录后再执行该操作。",
	},
	{
		problem.SessionKeyStale, http.StatusUnprocessableEntity, "The data fits no session key held",
		"The encrypted data opens under none of the last three session_keys of this person in this app: WeChat has sealed it under another one, or it was altered.",
		"Call `wx.login` and log in again, then ask WeChat for the data again, once.",
		"加密数据用该用户在此应用最近的三个 session_key 都无法解开：微信加密时用的是另一个，或数据被改动。",
		"重新调用 `wx.login` 登录，再向微信重新获取数据，仅重试一次。",
	},
	{
		problem.DecryptFailed, http.StatusUnprocessableEntity, "The data can't be read",
		"The encrypted data or the iv is damaged on its way, or holds something else than the call is for.",
		"Call `wx.login` and log in again, then ask WeChat for the data again, once.",
		"加密数据或 iv 在传输中损坏，或其内容不是此调用所要的。",
		"重新调用 `wx.login` 登录，再向微信重新获取数据，仅重试一次。",
	},
	{
		problem.WatermarkMismatch, http.StatusUnprocessableEntity, "The data is not of this app, person and time",
		"The data opened, but its watermark names another app or is older than 10 minutes, or an openId or unionId inside is not the one held, or WeChat does not vouch for it.",
		"Ask WeChat for the data again and send it at once.",
		"数据已解开，但水印属于别的应用或已超过 10 分钟，或其中的 openId、unionId 与已有的不符，或微信不认可该数据。",
		"向微信重新获取数据并立即发送。",
	},
	{
		problem.SignatureMismatch, http.StatusUnprocessableEntity, "The signature is not of this data",
		"`signature` is not WeChat's over `raw_data`: mostly the text was parsed and written again on its way.",
		"Send `rawData` exactly as WeChat gave it.",
		"`signature` 不是微信对 `raw_data` 的签名：多半是该文本在途中被解析后又重新序列化。",
		"原样发送微信给出的 `rawData`。",
	},
	{
		problem.PhoneCodeInvalid, http.StatusUnprocessableEntity, "The phone code is not valid",
		"WeChat does not take the code (40029, 40003, 40013): it is older than five minutes, was used, is another app's, or is not one of the phone number button; or somebody else used it here.",
		"Ask the user to tap the button again.",
		"微信不接受这个 code（40029、40003、40013）：已超过五分钟、已被使用、属于别的应用，或不是手机号按钮给出的；或已被他人在此使用。",
		"请用户再次点击按钮。",
	},
	{
		problem.IdempotencyConflict, http.StatusConflict, "The same key came with another request",
		"The Idempotency-Key was used before with a different request.",
		"A bug in the client: make a new key for each new request.",
		"相同的 Idempotency-Key 曾用于不同的请求。",
		"客户端缺陷：每个新请求都应使用新的 key。",
	},
	{
		problem.Conflict, http.StatusConflict, "Something else stands in the way",
		"What is asked for contradicts what there is, such as an `external_id` that another user has.",
		"Look at the present state and decide anew.",
		"请求与现状冲突，例如 `external_id` 已属于另一个用户。",
		"查看当前状态后重新决定。",
	},
	{
		problem.RateLimited, http.StatusTooManyRequests, "Too many requests",
		"This server's own limit, by address or by app; or 20 pieces of encrypted data or phone codes of one session were refused within an hour.",
		"Wait `retry_after` seconds.",
		"触发本服务按地址或按应用的限流；或一小时内同一会话的加密数据或手机号 code 被拒绝满 20 次。",
		"等待 `retry_after` 秒。",
	},
	{
		problem.WeChatQuota, http.StatusTooManyRequests, "WeChat's quota is used up",
		"WeChat answered 45011 (too often) or 45009 (daily quota).",
		"Wait `retry_after` seconds.",
		"微信返回 45011（调用过于频繁）或 45009（当日额度用尽）。",
		"等待 `retry_after` 秒。",
	},
	{
		problem.WeChatRejected, http.StatusBadGateway, "WeChat refused the call",
		"Any other refusal by WeChat, such as a wrong AppSecret or an address that is not on the IP white list; `wechat_errcode` tells which.",
		"Nothing; the operator must look at the server's configuration and log.",
		"微信的其他拒绝，例如 AppSecret 错误或 IP 不在白名单；见 `wechat_errcode`。",
		"客户端无需处理；运维应检查服务器配置与日志。",
	},
	{
		problem.WeChatUnavailable, http.StatusServiceUnavailable, "WeChat does not answer",
		"WeChat timed out, answered -1 or 5xx, or failed so often that it is not asked for the moment.",
		"Retry with back-off, with the same code and the same Idempotency-Key.",
		"微信超时、返回 -1 或 5xx，或因连续失败而暂时熔断。",
		"退避重试，使用相同的 code 与相同的 Idempotency-Key。",
	},
	{
		problem.Internal, http.StatusInternalServerError, "Something went wrong here",
		"A fault of this server; its log has the cause under `request_id`. With status 503 and `retry_after`: its database has too much to do.",
		"Retry later, with the same Idempotency-Key.",
		"本服务内部错误；可用 `request_id` 在日志中查找原因。状态为 503 并带 `retry_after` 时，是数据库一时忙不过来。",
		"稍后重试，使用相同的 Idempotency-Key。",
	},
}
