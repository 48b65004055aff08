package wxcrypto_test

import (
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

const greyAvatar = "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132"

func TestProfile(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		want wxcrypto.Profile
		ok   bool
	}{
		"Withdrawn": {`{"nickName":"微信用户","gender":0,"language":"","city":"","province":"","country":"","avatarUrl":"` + greyAvatar + `"}`,
			wxcrypto.Profile{NickName: "微信用户", AvatarURL: greyAvatar}, true},
		"NickNameAlone":    {`{"nickName":"虎符🐯"}`, wxcrypto.Profile{NickName: "虎符🐯"}, true},
		"FieldsToCome":     {`{"nickName":"x","is_demote":true,"new":[{}]}`, wxcrypto.Profile{NickName: "x"}, true},
		"Nulls":            {`{"nickName":null,"avatarUrl":null,"gender":null}`, wxcrypto.Profile{}, true},
		"OtherCaseIgnored": {`{"nickName":"x","NickName":"y","AVATARURL":"z"}`, wxcrypto.Profile{NickName: "x"}, true},
		"NoNickName":       {`{"avatarUrl":"x"}`, wxcrypto.Profile{}, false},
		"NickNameCase":     {`{"nickname":"x"}`, wxcrypto.Profile{}, false},
		"NickNameNumber":   {`{"nickName":1}`, wxcrypto.Profile{}, false},
		"NickNameObject":   {`{"nickName":{}}`, wxcrypto.Profile{}, false},
		"AvatarList":       {`{"nickName":"x","avatarUrl":["y"]}`, wxcrypto.Profile{}, false},
		"GenderText":       {`{"nickName":"x","gender":"1"}`, wxcrypto.Profile{}, false},
		"GenderFraction":   {`{"nickName":"x","gender":1.5}`, wxcrypto.Profile{}, false},
		"LanguageNumber":   {`{"nickName":"x","language":1}`, wxcrypto.Profile{}, false},
		"CityBool":         {`{"nickName":"x","city":true}`, wxcrypto.Profile{}, false},
		"Phone":            {`{"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":"86"}`, wxcrypto.Profile{}, false},
		"Steps":            {`{"stepInfoList":[{"timestamp":1445866601,"step":100}]}`, wxcrypto.Profile{}, false},
		"Nothing":          {`{}`, wxcrypto.Profile{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := verified(t, tt.text).Profile()
			if got != tt.want {
				t.Errorf("Profile = %+v, want %+v", got, tt.want)
			}
			if !tt.ok {
				refusal(t, err, wxcrypto.ErrDecrypt, wxcrypto.ReasonShape)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestProfile_Anonymous(t *testing.T) {
	t.Parallel()
	const own = "https://thirdwx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0"
	for name, tt := range map[string]struct {
		nickName, avatar            string
		anonymous, noName, noAvatar bool
	}{
		"Withdrawn":         {"微信用户", greyAvatar, true, true, true},
		"OtherSize":         {"微信用户", strings.TrimSuffix(greyAvatar, "132") + "0", true, true, true},
		"OtherHost":         {"微信用户", strings.Replace(greyAvatar, "https://thirdwx", "http://wx", 1), true, true, true},
		"NothingAtAll":      {"", "", true, true, true},
		"NickNameAlone":     {"微信用户", "", true, true, true},
		"Real":              {"Band", own, false, false, false},
		"RealWithoutAvatar": {"Band", "", false, false, true},
		"RealNameGreyHead":  {"Band", greyAvatar, false, false, true},
		"ReallyCalledSo":    {"微信用户", own, false, true, false},
		"LongerName":        {"微信用户1", greyAvatar, false, false, true},
	} {
		p := wxcrypto.Profile{NickName: tt.nickName, AvatarURL: tt.avatar}
		if p.Anonymous() != tt.anonymous || p.AnonymousNickName() != tt.noName || p.AnonymousAvatar() != tt.noAvatar {
			t.Errorf("%s: %t %t %t", name, p.Anonymous(), p.AnonymousNickName(), p.AnonymousAvatar())
		}
	}
}

func TestPhone(t *testing.T) {
	t.Parallel()
	phone := func(number, pure, country string) string {
		return `{"phoneNumber":` + number + `,"purePhoneNumber":` + pure + `,"countryCode":` + country + `}`
	}
	for name, tt := range map[string]struct {
		text string
		want wxcrypto.Phone // zero: refused
	}{
		"Chinese":         {phone(`"13580006666"`, `"13580006666"`, `"86"`), wxcrypto.Phone{PhoneNumber: "13580006666", PurePhoneNumber: "13580006666", CountryCode: "86"}},
		"Foreign":         {phone(`"+85251234567"`, `"51234567"`, `"852"`), wxcrypto.Phone{PhoneNumber: "+85251234567", PurePhoneNumber: "51234567", CountryCode: "852"}},
		"WithSigns":       {phone(`"+1 202-555-0100"`, `"202-555-0100"`, `"+1"`), wxcrypto.Phone{PhoneNumber: "+1 202-555-0100", PurePhoneNumber: "202-555-0100", CountryCode: "+1"}},
		"NumberEmpty":     {phone(`""`, `"13580006666"`, `"86"`), wxcrypto.Phone{}},
		"PureNull":        {phone(`"13580006666"`, `null`, `"86"`), wxcrypto.Phone{}},
		"CountryNumber":   {phone(`"13580006666"`, `"13580006666"`, `86`), wxcrypto.Phone{}},
		"Letters":         {phone(`"13580006666"`, `"1358000666x"`, `"86"`), wxcrypto.Phone{}},
		"SignsAlone":      {phone(`"13580006666"`, `"13580006666"`, `"+"`), wxcrypto.Phone{}},
		"FullwidthDigits": {phone(`"１３５８０００６６６６"`, `"13580006666"`, `"86"`), wxcrypto.Phone{}},
		"LineBreak":       {phone(`"13580006666"`, `"1358000\n6666"`, `"86"`), wxcrypto.Phone{}},
		"TooLong":         {phone(`"`+strings.Repeat("1", 33)+`"`, `"13580006666"`, `"86"`), wxcrypto.Phone{}},
		"NoNumber":        {`{"purePhoneNumber":"13580006666","countryCode":"86"}`, wxcrypto.Phone{}},
		"NoPure":          {`{"phoneNumber":"13580006666","countryCode":"86"}`, wxcrypto.Phone{}},
		"NoCountry":       {`{"phoneNumber":"13580006666","purePhoneNumber":"13580006666"}`, wxcrypto.Phone{}},
		"OtherCase":       {strings.Replace(phone(`"1"`, `"1"`, `"86"`), "phoneNumber", "PhoneNumber", 1), wxcrypto.Phone{}},
		"Profile":         {`{"nickName":"Band"}`, wxcrypto.Phone{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := verified(t, tt.text).Phone()
			if got != tt.want {
				t.Errorf("Phone = %+v, want %+v", got, tt.want)
			}
			if tt.want == (wxcrypto.Phone{}) {
				refusal(t, err, wxcrypto.ErrDecrypt, wxcrypto.ReasonShape)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}
