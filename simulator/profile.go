package simulator

import (
	"encoding/base64"
	"fmt"
)

// ProfileAPI is the client API a profile is asked of.
type ProfileAPI string

// The two that give a profile. Only getUserInfo seals openId and unionId.
const (
	GetUserProfile ProfileAPI = "getUserProfile"
	GetUserInfo    ProfileAPI = "getUserInfo"
)

// ProfileRules is a choice for [Switches]: what a page can learn of a person
// without asking them to type it.
type ProfileRules string

// The rules, by the time in which they held. The zero value means
// ProfilesToday.
const (
	Profiles2020  ProfileRules = "2020"  // before 2021-04-28: both APIs give the whole profile
	Profiles2021  ProfileRules = "2021"  // until 2022-11-08: getUserProfile gives nickname and avatar, getUserInfo is anonymous
	ProfilesToday ProfileRules = "today" // both are anonymous: the person fills in nickname and avatar
)

var errProfileRules = fmt.Errorf("%w: profile rules must be 2020, 2021 or today", ErrInvalid)

func (r ProfileRules) known() bool {
	return r == Profiles2020 || r == Profiles2021 || r == ProfilesToday
}

// SetProfileRules changes the rules for profiles and leaves the other switches
// alone; "" sets ProfilesToday. A reset goes back to Server.Switches. The error
// is ErrInvalid.
func (s *Server) SetProfileRules(rules ProfileRules) error {
	s.init()
	if rules == "" {
		rules = ProfilesToday
	}
	if !rules.known() {
		return errProfileRules
	}
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sw.ProfileRules = rules
	return nil
}

// ProfileRules are the rules of now, never "".
func (s *Server) ProfileRules() ProfileRules {
	s.init()
	return s.world.switches().ProfileRules
}

// What WeChat gives in the place of a profile.
const (
	anonymousNickname = "微信用户"
	anonymousAvatar   = "https://thirdwx.qlogo.cn/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132"
)

// profile has the fields in the order in which WeChat writes them.
type profile struct {
	NickName  string `json:"nickName"`
	Gender    int    `json:"gender"`
	Language  string `json:"language"`
	City      string `json:"city"`
	Province  string `json:"province"`
	Country   string `json:"country"`
	AvatarURL string `json:"avatarUrl"`
	Demoted   bool   `json:"is_demote,omitempty"`
}

// UserProfile is wx.getUserProfile (api "" or GetUserProfile) or
// wx.getUserInfo, sealed under the session key of now. What is in it, the
// profile rules say; openId and unionId are in that of getUserInfo under any.
// Errors: ErrUnknownApp, ErrUnknownUser, ErrNoSession, ErrInvalid for another
// api.
func (s *Server) UserProfile(appID, user string, api ProfileAPI) (OpenData, error) {
	s.init()
	if api == "" {
		api = GetUserProfile
	}
	if api != GetUserProfile && api != GetUserInfo {
		return OpenData{}, fmt.Errorf("user profile: %w: api must be getUserProfile or getUserInfo", ErrInvalid)
	}
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := w.session(appID, user)
	if err != nil {
		return OpenData{}, fmt.Errorf("wx.%s: %w", api, err)
	}
	w.touch(m, w.now())
	p := w.profileOf(m.person, api)
	bare := p
	bare.Demoted = false // said beside the sealed data, not seen inside
	sealed := struct {
		OpenID string `json:"openId,omitempty"`
		profile
		UnionID   string    `json:"unionId,omitempty"`
		Watermark watermark `json:"watermark"`
	}{profile: bare, Watermark: w.watermark(m)}
	if api == GetUserInfo {
		sealed.OpenID, sealed.UnionID = m.openID, w.unionOf(m)
	}
	d, err := seal(m.key, sealed)
	if err != nil {
		return OpenData{}, fmt.Errorf("wx.%s: %w", api, err)
	}
	raw, err := plainJSON(p)
	if err != nil {
		return OpenData{}, fmt.Errorf("wx.%s: %w", api, err)
	}
	d.RawData = string(raw)
	d.Signature = rawDataSignature(d.RawData, m.key)
	return d, nil
}

// profileOf is what an API tells of a person under the rules of now. Callers
// hold w.mu.
func (w *world) profileOf(p *person, api ProfileAPI) profile {
	rules := w.sw.ProfileRules
	if rules != Profiles2020 && (rules != Profiles2021 || api == GetUserInfo) {
		return profile{NickName: anonymousNickname, AvatarURL: anonymousAvatar, Demoted: true}
	}
	out := profile{NickName: p.Nickname, Language: "zh_CN", AvatarURL: p.AvatarURL}
	sum := derive(w.seed, "profile", p.Name)
	if out.AvatarURL == "" {
		out.AvatarURL = "https://thirdwx.qlogo.cn/mmopen/vi_32/" + base64.RawURLEncoding.EncodeToString(sum[:]) + "/132"
	}
	if rules == Profiles2020 {
		homes := [][2]string{{"Guangdong", "Guangzhou"}, {"Zhejiang", "Hangzhou"}, {"Sichuan", "Chengdu"}, {"Shaanxi", "Xi'an"}}
		home := homes[int(sum[1])%len(homes)]
		out.Gender, out.Country, out.Province, out.City = 1+int(sum[0])%2, "China", home[0], home[1]
	}
	return out
}
