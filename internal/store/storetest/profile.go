package storetest

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

func picture(user id.UserID, name string) identity.Avatar {
	return identity.Avatar{ID: name, UserID: user, CreatedAt: noon, Type: "image/jpeg", Data: bytes.Repeat([]byte{0, 0xff, name[0]}, 30000)}
}

func nicknames(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	user := record(t, s, l).Person.User.ID
	record(t, s, login(appA, "a2", noon))
	for _, name := range []string{"Alice 👩‍👩‍👧", "", "测试'\"\\%", strings.Repeat("𠮷", 32)} {
		if err := s.SetNickname(t.Context(), user, name); err != nil {
			t.Fatal(err)
		}
		equal(t, "nickname", load(t, s, l.SessionID).Person.User.Nickname, name)
		// What a login tells must be the same, however it is recorded.
		again := record(t, s, login(appA, "a1", noon.Add(time.Minute)))
		equal(t, "nickname at login", again.Person.User.Nickname, name)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM users WHERE nickname <> ''`); n != 1 {
		t.Errorf("%d users have a nickname", n)
	}
	if err := s.SetNickname(t.Context(), id.NewUserID(noon), "x"); !errors.Is(err, identity.ErrNotFound) {
		t.Errorf("nobody's nickname: %v, want ErrNotFound", err)
	}
}

func avatars(t *testing.T, db Database) {
	s := db.open(t)
	l, other := login(appA, "a1", noon), login(appA, "a2", noon)
	l.MaxSessions = 2
	user, bob := record(t, s, l).Person.User.ID, record(t, s, other).Person.User.ID
	put := func(a identity.Avatar) {
		t.Helper()
		if err := s.PutAvatar(t.Context(), a, "https://here/"+a.ID); err != nil {
			t.Fatal(err)
		}
	}
	gone := func(name string) {
		t.Helper()
		if _, err := s.FindAvatar(t.Context(), name); !errors.Is(err, identity.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	gone("first")
	put(picture(bob, "bob"))
	put(picture(user, "first"))
	got, err := s.FindAvatar(t.Context(), "first")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "avatar", got, picture(user, "first"))
	put(picture(user, "second"))
	gone("first")
	for i := range 3 { // by all the ways of recording a login: the third has to make room
		again := login(appA, "a1", noon.Add(time.Duration(i+1)*time.Minute))
		again.MaxSessions = 2
		equal(t, "avatar at login", record(t, s, again).Person.User.AvatarURL, "https://here/second")
		equal(t, "avatar of the session", load(t, s, again.SessionID).Person.User.AvatarURL, "https://here/second")
	}
	if err := s.SetAvatarURL(t.Context(), user, "https://thirdwx.qlogo.cn/x"); err != nil {
		t.Fatal(err)
	}
	gone("second")
	equal(t, "avatar elsewhere", load(t, s, l.SessionID).Person.User.AvatarURL, "https://thirdwx.qlogo.cn/x")
	if _, err := s.FindAvatar(t.Context(), "bob"); err != nil {
		t.Errorf("another's avatar: %v", err)
	}
	nobody := id.NewUserID(noon)
	if err := s.PutAvatar(t.Context(), picture(nobody, "lost"), "u"); !errors.Is(err, identity.ErrNotFound) {
		t.Errorf("nobody's avatar: %v, want ErrNotFound", err)
	}
	if err := s.SetAvatarURL(t.Context(), nobody, "u"); !errors.Is(err, identity.ErrNotFound) {
		t.Errorf("nobody's avatar: %v, want ErrNotFound", err)
	}
	gone("lost")
}

// avatarsAtOnce: of many uploads one stays, and the address is its own.
func avatarsAtOnce(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	user := record(t, s, l).Person.User.ID
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := s.PutAvatar(t.Context(), picture(user, string(rune('a'+i))), string(rune('a'+i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := db.count(t, `SELECT COUNT(*) FROM avatars`); n != 1 {
		t.Fatalf("%d avatars", n)
	}
	if _, err := s.FindAvatar(t.Context(), load(t, s, l.SessionID).Person.User.AvatarURL); err != nil {
		t.Fatalf("the address is not that of the picture: %v", err)
	}
}
