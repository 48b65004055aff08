package session

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/web"
)

// TestAppendJSON holds the answers that write themselves against the encoder,
// which does not know that they can.
func TestAppendJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 8, 0, 0, 120e6, time.UTC)
	person := identity.Person{
		User:     identity.User{ID: "usr_1", CreatedAt: at, Nickname: "爱丽丝 \"<\u2028>\\"},
		Identity: identity.Identity{OpenID: "o\"1", UnionID: "u\x01", LastLoginAt: at},
	}
	bare := person
	bare.User.Nickname, bare.Identity.UnionID = "", ""
	for name, view := range map[string]identity.View{
		"Full": identity.NewView(&person, true), "Bare": identity.NewView(&bare, true), "Hidden": identity.NewView(&person, false),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tok := tokens{AccessToken: "a.b-_c", TokenType: "Bearer", ExpiresIn: 900, RefreshToken: "hfr_x", RefreshExpiresIn: 2592000,
				SessionID: id.NewSessionID(at), User: view}
			sameJSON(t, tok)
			sameJSON(t, loginResponse{tokens: tok, IsNewUser: true})
			sameJSON(t, view)
		})
	}
	sameJSON(t, sessionResponse{Active: true, SessionID: "ses_1", UserID: "usr_1", AppID: "wx\"1", IssuedAt: at, ExpiresAt: at.Add(time.Hour)})
	sameJSON(t, sessionResponse{Active: true, WeChatSession: WeChatExpired})
}

func sameJSON(t *testing.T, v web.Appender) {
	t.Helper()
	want, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(v.AppendJSON(nil))); diff != "" {
		t.Error(diff)
	}
}
