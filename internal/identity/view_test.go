package identity_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/identity"
)

func TestView(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 8, 0, 0, 123e6, time.UTC)
	full := identity.Person{
		User:     identity.User{ID: "usr_1", CreatedAt: at, Nickname: "Alice"},
		Identity: identity.Identity{OpenID: "o1", UnionID: "u1", LastLoginAt: at},
	}
	bare := full
	bare.User.Nickname, bare.Identity.UnionID = "", ""
	const ends = `"avatar_url":null,"phone_number":null,"created_at":"2026-11-20T08:00:00.123Z","last_login_at":"2026-11-20T08:00:00.123Z"}`
	tests := map[string]struct {
		person identity.Person
		expose bool
		want   string
	}{
		"Full":              {full, true, `{"id":"usr_1","openid":"o1","unionid":"u1","nickname":"Alice",` + ends},
		"UnknownIsNull":     {bare, true, `{"id":"usr_1","openid":"o1","unionid":null,"nickname":null,` + ends},
		"UnexposedIsAbsent": {full, false, `{"id":"usr_1","nickname":"Alice",` + ends},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(identity.NewView(&tt.person, tt.expose))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}
