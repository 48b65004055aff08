package session

import (
	"context"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
	"github.com/hufu-id/hufu/internal/wxcrypto"
)

type userInfoRequest struct {
	RawData       string `json:"raw_data" doc:"rawData, byte for byte as WeChat gave it."`
	Signature     string `json:"signature" doc:"signature, as WeChat gave it."`
	EncryptedData string `json:"encrypted_data"`
	IV            string `json:"iv"`
}

type decryptRequest struct {
	EncryptedData string `json:"encrypted_data"`
	IV            string `json:"iv"`
}

type decryptResponse struct {
	Data web.Object `json:"data" doc:"What WeChat sealed, watermark and all; without openId and unionId where the app does not expose them."`
}

type phoneRequest struct {
	Code          web.NullableString `json:"code,omitzero" doc:"What the phone number button gave; required without encrypted_data."`
	EncryptedData string             `json:"encrypted_data,omitzero" doc:"Of base libraries before 2.21.2, and only where the app's configuration allows it."`
	IV            string             `json:"iv,omitzero" doc:"With encrypted_data."`
}

// mountOpenData adds the routes of a person's open data.
func (m *Manager) mountOpenData(api *web.API) {
	sealed := []problem.Code{problem.SessionKeyStale, problem.DecryptFailed, problem.WatermarkMismatch, problem.RateLimited}
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/me/userinfo", ID: "setUserInfo", Tag: "User", Auth: web.Bearer,
		Summary: "Take over my nickname and avatar from WeChat",
		Description: "Of what wx.getUserInfo or wx.getUserProfile gave, nickname and avatar alone are taken; the grey avatar and the " +
			"name 微信用户, which WeChat gives since 2022, are not.",
		Errors: append([]problem.Code{problem.SignatureMismatch, problem.WeChatQuota, problem.WeChatRejected, problem.WeChatUnavailable}, sealed...),
	}, m.handleUserInfo)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/me/decrypt", ID: "decrypt", Tag: "User", Auth: web.Bearer,
		Summary: "Read open data of mine",
		Description: "WeRun steps, group ids and other data that WeChat sealed for this user within ten minutes. Changes nothing. Trust no id in it. " +
			"A phone number is refused with invalid_request: send it to POST /v1/me/phone.",
		Errors: sealed,
	}, m.handleDecrypt)
	web.Handle(api, web.Operation{
		Method: "POST", Path: "/v1/me/phone", ID: "setPhone", Tag: "User", Auth: web.Bearer,
		Summary: "Keep my phone number",
		Description: "By the code of the phone number button, which the same user may repeat for five minutes; codes that WeChat refuses count as open data that is, 20 an hour. By encrypted_data and iv " +
			"only where the app's configuration allows it.",
		Errors: append([]problem.Code{problem.PhoneCodeInvalid, problem.WeChatQuota, problem.WeChatRejected, problem.WeChatUnavailable}, sealed...),
	}, m.handlePhone)
}

func (m *Manager) handleUserInfo(ctx context.Context, r *web.Request, in *userInfoRequest) (identity.View, error) {
	person, err := m.TakeUserInfo(ctx, r.Principal().SessionID, UserInfo{
		RawData: in.RawData, Signature: in.Signature, Sealed: wxcrypto.Sealed{EncryptedData: in.EncryptedData, IV: in.IV},
	})
	return m.view(&person, r.Principal().AppID), err
}

func (m *Manager) handleDecrypt(ctx context.Context, r *web.Request, in *decryptRequest) (decryptResponse, error) {
	data, err := m.Decrypt(ctx, r.Principal().SessionID, wxcrypto.Sealed{EncryptedData: in.EncryptedData, IV: in.IV})
	return decryptResponse{data}, err
}

func (m *Manager) handlePhone(ctx context.Context, r *web.Request, in *phoneRequest) (identity.View, error) {
	byData := in.EncryptedData != "" || in.IV != ""
	code, sent := in.Code.Get()
	var person identity.Person
	var err error
	switch {
	case code != "" && byData:
		err = problem.InField("encrypted_data", "send code, or encrypted_data and iv, not both")
	case byData:
		person, err = m.SetPhoneByData(ctx, r.Principal().SessionID, wxcrypto.Sealed{EncryptedData: in.EncryptedData, IV: in.IV})
	case !sent || in.Code.IsNull():
		err = problem.InField("code", "this field is missing: send what the phone number button gave")
	default:
		person, err = m.SetPhoneByCode(ctx, r.Principal().SessionID, code)
	}
	return m.view(&person, r.Principal().AppID), err
}

// view shows a person to their own phone.
func (m *Manager) view(p *identity.Person, appid id.AppID) identity.View {
	a, ok := m.cfg.Apps.Find(appid)
	return identity.NewView(p, ok && a.ExposeOpenID)
}
