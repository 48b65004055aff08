package simulator

import (
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// RiskyWord makes msg_sec_check find a text risky. WeChat's own list is not
	// public.
	RiskyWord = "违规"
	// ReviewWord makes it want a human to look at the text.
	ReviewWord = "可疑"

	// maxCheckedText is documented, in characters.
	maxCheckedText = 2500
	// checkedSince is documented: who has not used the app for so long can't be
	// asked about.
	checkedSince = 2 * time.Hour
)

// msgSecCheck is POST /wxa/msg_sec_check, version 2 (文本内容安全识别).
func (w *world) msgSecCheck(c *call) reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	var in struct {
		Content string `json:"content"`
		Version int    `json:"version"`
		Scene   int    `json:"scene"`
		OpenID  string `json:"openid"`
	}
	now := w.now()
	a, errcode := w.businessCall(c, now, &in)
	if errcode != 0 {
		return fail(errcode)
	}
	m := w.memberByOpenID(a, in.OpenID)
	switch {
	case in.Content == "" || utf8.RuneCountInString(in.Content) > maxCheckedText || in.Version != 2 || in.Scene < 1 || in.Scene > 4:
		return fail(40129)
	case m == nil:
		return fail(40003)
	case m.lastUse.IsZero() || now.Sub(m.lastUse) >= checkedSince:
		return fail(61010)
	case strings.Contains(in.Content, RiskyWord):
		return reply{body: checkResult("risky", "20006")}
	case strings.Contains(in.Content, ReviewWord):
		return reply{body: checkResult("review", "21000")}
	}
	return reply{body: checkResult("pass", "100")}
}

func checkResult(suggest, label string) []byte {
	return []byte(`{"errcode":0,"errmsg":"ok","result":{"suggest":"` + suggest + `","label":` + label + `},"detail":[],"trace_id":"simulated"}`)
}
