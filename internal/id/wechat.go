package id

// maxWeChatID bounds an openid or a unionid; WeChat's have 28 characters.
const maxWeChatID = 128

// LooksLikeWeChat reports whether a text could be an openid or a unionid: letters,
// digits, - and _, at most 128 of them.
func LooksLikeWeChat(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= maxWeChatID
}
