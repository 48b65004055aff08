package identity_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/web"
)

// TestErasedMeanwhile erases people between the look at who they are and the
// change: their session is over, which is what a client can do something about.
func TestErasedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	api := web.New(web.Options{PublicURL: publicURL, Authenticate: func(_ context.Context, token secret.String) (web.Principal, error) {
		return web.Principal{SessionID: w.sessions[token.Reveal()], AppID: "wx1"}, nil
	}})
	(&identity.API{
		Person: func(ctx context.Context, sid id.SessionID) (identity.Person, error) {
			found, err := w.db.Load(ctx, sid)
			if err != nil {
				return identity.Person{}, problem.New(problem.SessionRevoked, "ended")
			}
			now := time.Now()
			_, err = w.db.Erase(ctx, identity.Erasure{
				UserID: found.Person.User.ID, Scope: identity.EraseUser, At: now, Until: now, Reason: identity.AskedByBusiness, Actor: audit.CLI,
			})
			return found.Person, err
		},
		Exposes:  func(id.AppID) bool { return true },
		Profiles: &identity.Profiles{Store: w.db, PublicURL: publicURL},
	}).Mount(api)
	w.Handler = api
	if a := w.postMe("alice", `{"nickname":"Alice"}`); a.status != 401 || a.Code != "session_revoked" {
		t.Errorf("nickname: %d %s", a.status, a.body)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/v1/me/avatar", &picture)
	r.Header.Set("Authorization", "Bearer bob")
	r.Header.Set("Content-Type", "image/png")
	if a := w.do(r); a.status != 401 || a.Code != "session_revoked" {
		t.Errorf("avatar: %d %s", a.status, a.body)
	}
}
