package identity_test

import (
	"errors"
	"image/color"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
)

func TestSetAvatarURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	profiles := &identity.Profiles{Store: w.db}
	found, err := w.db.Load(t.Context(), w.sessions["alice"])
	if err != nil {
		t.Fatal(err)
	}
	alice := found.Person.User.ID
	uploaded := w.upload("alice", photo(t, color.Black, 4, 4))
	ignored := []string{
		"", "http://thirdwx.qlogo.cn/a", "https://qlogo.cn.evil.example/a", "https://evilqlogo.cn/a", "https://evil.example/qlogo.cn",
		"https://thirdwx.qlogo.cn@evil.example/a", "https://evil.example#.qlogo.cn", "https://evil.example\\.qlogo.cn/a", "https://thirdwx.qlogo.cn:8443/a",
		"//thirdwx.qlogo.cn/a", "javascript:alert(1)//.qlogo.cn", "https:thirdwx.qlogo.cn", "https://thirdwx.qlogo.cn/a b", "https://thirdwx.qlogo.cn/\x00",
		"https://thirdwx.qlogo.cn/<script>", "https://thirdwx.qlogo.cn/虎", "https://thirdwx.qlogo.cn/" + strings.Repeat("a", 512), "https://.qlogo.cn./", "https://[::1].qlogo.cn/",
	}
	for _, address := range ignored {
		if err := profiles.SetAvatarURL(t.Context(), alice, address); err != nil {
			t.Errorf("%q: %v", address, err)
		}
		if me := w.call("alice", "GET", "/v1/me", "", nil); me.AvatarURL == nil || *me.AvatarURL != *uploaded.AvatarURL {
			t.Fatalf("%q was taken: %s", address, me.body)
		}
	}
	for _, address := range []string{"https://thirdwx.qlogo.cn/mmopen/vi_32/AbC/132", "https://wx.qlogo.cn/mmhead/x/0"} {
		if err := profiles.SetAvatarURL(t.Context(), alice, address); err != nil {
			t.Fatal(err)
		}
		if me := w.call("alice", "GET", "/v1/me", "", nil); me.AvatarURL == nil || *me.AvatarURL != address {
			t.Errorf("%s: %s", address, me.body)
		}
	}
	if a := w.get(*uploaded.AvatarURL); a.status != 404 {
		t.Errorf("the uploaded one is still there: %d", a.status)
	}
	nobody := id.NewUserID(time.Now())
	for _, err := range []error{profiles.SetNickname(t.Context(), nobody, "x"), profiles.SetAvatarURL(t.Context(), nobody, "https://wx.qlogo.cn/0")} {
		if problem.CodeOf(err) != problem.NotFound || errors.Is(err, identity.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
	}
}
