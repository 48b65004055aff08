package session

import (
	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/identity"
)

// MergesAtOnce tells whether two users become one as soon as a unionid that came
// late says that they are one person; if not, somebody has to decide. It may be
// asked only where WeChat itself told both of them the unionid.
//
// Two openids of one app are two people for WeChat, whatever the setting: such a
// pair is a mistake somewhere, and no program can tell where.
func MergesAtOnce(policy app.Merge, p identity.Pair) bool {
	switch {
	case p.InOneApp, policy == app.MergeManual:
		return false
	case policy == app.MergeAuto:
		return true
	}
	return p.Safe()
}
