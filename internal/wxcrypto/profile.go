package wxcrypto

import "strings"

// Profile is what wx.getUserInfo and wx.getUserProfile seal. The person, or who
// holds the phone, can write into it what they like: see OpenData.
type Profile struct {
	IDs // wx.getUserInfo alone seals them

	NickName  string
	AvatarURL string // "" where the person has none; a URL that WeChat may end

	// WeChat has withdrawn these since 2021: 0 and "" mostly.
	Gender   int
	Language string // zh_CN
	City     string
	Province string
	Country  string
}

// What WeChat gives in place of a real profile since 2022-11-08.
const (
	anonymousNickName = "微信用户"
	// anonymousAvatar is the grey head. WeChat documents it by sight only; this
	// is its URL as observed since 2022, under several hosts and sizes.
	anonymousAvatar = "/mmopen/vi_32/POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/"
)

// Profile reads the data as a profile. The error is ErrDecrypt where nickName is
// missing or a field is of another type: then it is other open data.
func (d OpenData) Profile() (Profile, error) {
	data := d.content.open()
	p := Profile{IDs: d.IDs()}
	if !data.field("nickName", &p.NickName) {
		return Profile{}, undecrypted(ReasonShape)
	}
	for name, to := range map[string]any{
		"avatarUrl": &p.AvatarURL, "gender": &p.Gender, "language": &p.Language,
		"city": &p.City, "province": &p.Province, "country": &p.Country,
	} {
		if _, there := data.fields[name]; there && !data.field(name, to) {
			return Profile{}, undecrypted(ReasonShape)
		}
	}
	return p, nil
}

// Anonymous reports whether this is no profile at all but what WeChat hands out
// to every app since November 2022: the nickname 微信用户 and the grey avatar, or
// nothing in their place. Someone who is really called so has an avatar of his
// own. Where one of the two alone is WeChat's, see AnonymousNickName and
// AnonymousAvatar.
func (p Profile) Anonymous() bool { return p.AnonymousNickName() && p.AnonymousAvatar() }

// AnonymousNickName reports whether the nickname is WeChat's 微信用户, or empty.
func (p Profile) AnonymousNickName() bool {
	return p.NickName == "" || p.NickName == anonymousNickName
}

// AnonymousAvatar reports whether the avatar is WeChat's grey head, or none.
func (p Profile) AnonymousAvatar() bool {
	return p.AvatarURL == "" || strings.Contains(p.AvatarURL, anonymousAvatar)
}
