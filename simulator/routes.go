package simulator

import (
	"net/http"
	"slices"
)

// Route is one call the simulator answers. The table of them is what the
// handler dispatches on, what the page at / lists and what the documentation
// is generated from.
type Route struct {
	Method  string
	Path    string
	Title   string // what it does
	TitleZH string // the same in Chinese
	Doc     string // the name of WeChat's own document; "" for a control
	Planned bool   // the place is kept: later work, answered with 501
}

// Control reports whether the call is the simulator's own, not WeChat's.
func (r Route) Control() bool { return r.Doc == "" }

// Routes lists every call, WeChat's first.
func Routes() []Route {
	var out []Route
	for _, e := range endpoints() {
		out = append(out, e.Route)
	}
	return out
}

// endpoint binds a route to what answers it: exactly one of the two, or none
// where the route is planned.
type endpoint struct {
	Route
	wechat  func(*world, *call) reply
	control func(*Server, http.ResponseWriter, *http.Request)
}

func endpoints() []endpoint {
	return slices.Concat(wechatEndpoints(), controlEndpoints(), plannedEndpoints())
}

func wechatEndpoints() []endpoint {
	return []endpoint{
		{Route: Route{Method: "GET", Path: "/sns/jscode2session", Title: "exchange a wx.login code for openid and session_key", TitleZH: "用 wx.login 的 code 换取 openid 和 session_key", Doc: "小程序登录凭证校验 code2Session"}, wechat: (*world).jscode2session},
		{Route: Route{Method: "GET", Path: "/cgi-bin/token", Title: "a new access_token", TitleZH: "获取新的 access_token", Doc: "获取接口调用凭据 getAccessToken"}, wechat: (*world).token},
		{Route: Route{Method: "POST", Path: "/cgi-bin/stable_token", Title: "the stable access_token", TitleZH: "获取稳定版 access_token", Doc: "获取稳定版接口调用凭据 getStableAccessToken"}, wechat: (*world).stableToken},
		{Route: Route{Method: "GET", Path: "/wxa/checksession", Title: "whether a session_key still lives", TitleZH: "校验 session_key 是否仍有效", Doc: "检验登录态 checkSessionKey"}, wechat: (*world).checkSessionKey},
		{Route: Route{Method: "GET", Path: "/wxa/resetusersessionkey", Title: "replace a session_key", TitleZH: "重置用户的 session_key", Doc: "重置登录态 ResetUserSessionKey"}, wechat: (*world).resetUserSessionKey},
		{Route: Route{Method: "POST", Path: "/wxa/business/getuserphonenumber", Title: "exchange a phone number code", TitleZH: "用手机号 code 换取手机号", Doc: "获取手机号 getPhoneNumber"}, wechat: (*world).userPhoneNumber},
		{Route: Route{Method: "POST", Path: "/wxa/business/checkencryptedmsg", Title: "whether a sealed phone number is WeChat's", TitleZH: "检查加密手机号是否由微信生成", Doc: "检查加密信息 checkEncryptedData"}, wechat: (*world).checkEncryptedMsg},
		{Route: Route{Method: "POST", Path: "/wxa/msg_sec_check", Title: "whether a text may be shown: risky with the word 违规, to be looked at with 可疑", TitleZH: "文本内容安全识别：含「违规」为 risky，含「可疑」为 review", Doc: "文本内容安全识别 msgSecCheck"}, wechat: (*world).msgSecCheck},
	}
}

func controlEndpoints() []endpoint {
	return []endpoint{
		{Route: Route{Method: "GET", Path: "/", Title: "a page that says what this is", TitleZH: "说明本模拟器的页面"}, control: (*Server).home},
		{Route: Route{Method: "GET", Path: "/sim/v1/apps", Title: "list the apps, with secrets", TitleZH: "列出所有应用（含密钥）"}, control: (*Server).listApps},
		{Route: Route{Method: "POST", Path: "/sim/v1/apps", Title: "add or change an app", TitleZH: "新增或修改应用"}, control: (*Server).postApp},
		{Route: Route{Method: "GET", Path: "/sim/v1/users", Title: "list the people", TitleZH: "列出所有用户"}, control: (*Server).listUsers},
		{Route: Route{Method: "POST", Path: "/sim/v1/users", Title: "add or change a person", TitleZH: "新增或修改用户"}, control: (*Server).postUser},
		{Route: Route{Method: "GET", Path: "/sim/v1/merchants", Title: "list the merchants (none yet)", TitleZH: "列出商户（暂为空）"}, control: (*Server).listMerchants},
		{Route: Route{Method: "POST", Path: "/sim/v1/wx/login", Title: "wx.login: a code", TitleZH: "wx.login：得到 code"}, control: (*Server).postLogin},
		{Route: Route{Method: "POST", Path: "/sim/v1/wx/check-session", Title: "wx.checkSession", TitleZH: "wx.checkSession"}, control: (*Server).postCheckSession},
		{Route: Route{Method: "POST", Path: "/sim/v1/wx/session-key", Title: "expire or rotate a person's session key, as WeChat does unasked", TitleZH: "让某用户的 session_key 过期或轮换（微信会自行如此）"}, control: (*Server).postSessionKey},
		{Route: Route{Method: "POST", Path: "/sim/v1/wx/user-profile", Title: "wx.getUserProfile or wx.getUserInfo: signed and sealed profile", TitleZH: "wx.getUserProfile 或 wx.getUserInfo：签名并加密的资料"}, control: (*Server).postUserProfile},
		{Route: Route{Method: "POST", Path: "/sim/v1/wx/werun", Title: "wx.getWeRunData: 31 days of steps, sealed", TitleZH: "wx.getWeRunData：加密的 31 天步数"}, control: (*Server).postWeRun},
		{Route: Route{Method: "POST", Path: "/sim/v1/wx/phone-number", Title: "a tap on the phone number button: a code, and where a session key lives the sealed number", TitleZH: "点按手机号按钮：得到 code；session_key 有效时还有加密的手机号"}, control: (*Server).postPhoneNumber},
		{Route: Route{Method: "POST", Path: "/sim/v1/wx/share-info", Title: "wx.getShareInfo: openGId, sealed", TitleZH: "wx.getShareInfo：加密的 openGId"}, control: (*Server).postShareInfo},
		{Route: Route{Method: "PUT", Path: "/sim/v1/faults", Title: "replace the list of faults", TitleZH: "替换故障列表"}, control: (*Server).putFaults},
		{Route: Route{Method: "GET", Path: "/sim/v1/faults", Title: "the faults that are set", TitleZH: "查看当前故障"}, control: (*Server).getFaults},
		{Route: Route{Method: "DELETE", Path: "/sim/v1/faults", Title: "no more faults", TitleZH: "清除全部故障"}, control: (*Server).deleteFaults},
		{Route: Route{Method: "GET", Path: "/sim/v1/switches", Title: "the switches, with their defaults", TitleZH: "查看开关（含默认值）"}, control: (*Server).getSwitches},
		{Route: Route{Method: "PUT", Path: "/sim/v1/switches", Title: "replace all switches", TitleZH: "替换全部开关"}, control: (*Server).putSwitches},
		{Route: Route{Method: "GET", Path: "/sim/v1/profile-rules", Title: "which of WeChat's rules for profiles hold", TitleZH: "查看当前的头像昵称规则"}, control: (*Server).getProfileRules},
		{Route: Route{Method: "PUT", Path: "/sim/v1/profile-rules", Title: "change them: 2020, 2021 or today", TitleZH: "切换头像昵称规则：2020、2021 或 today"}, control: (*Server).putProfileRules},
		{Route: Route{Method: "POST", Path: "/sim/v1/clock", Title: "age what exists", TitleZH: "拨快时钟"}, control: (*Server).postClock},
		{Route: Route{Method: "GET", Path: "/sim/v1/requests", Title: "the journal of WeChat calls, as JSON or server-sent events", TitleZH: "微信接口调用日志（JSON 或 SSE）"}, control: (*Server).getRequests},
		{Route: Route{Method: "POST", Path: "/sim/v1/reset", Title: "forget everything", TitleZH: "清空一切"}, control: (*Server).postReset},
	}
}

// plannedEndpoints keep their places, so that a caller is told "not yet"
// rather than "no such thing".
func plannedEndpoints() []endpoint {
	return []endpoint{
		{Route: Route{Method: "POST", Path: "/sim/v1/wx/request-subscribe-message", Title: "wx.requestSubscribeMessage", TitleZH: "wx.requestSubscribeMessage", Planned: true}},
		{Route: Route{Method: "POST", Path: "/sim/v1/wx/request-payment", Title: "wx.requestPayment", TitleZH: "wx.requestPayment", Planned: true}},
		{Route: Route{Method: "POST", Path: "/sim/v1/merchants", Title: "add a merchant", TitleZH: "新增商户", Planned: true}},
		{Route: Route{Method: "POST", Path: "/sim/v1/events", Title: "push an event to the app's server", TitleZH: "向应用服务器推送事件", Planned: true}},
	}
}
