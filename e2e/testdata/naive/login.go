package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
)

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	var in struct {
		AppID  string `json:"appid"` // Bug 7: read, and forgotten
		Code   string `json:"code"`
		OpenID string `json:"openid"`
	}
	if err := read(r, &in); err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	// Bug 8: no Idempotency-Key is looked at; a code that comes twice is
	// exchanged twice.
	got, err := s.code2Session(in.Code)
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	// Bug 17: the client says who it is.
	if in.OpenID != "" {
		got.OpenID = in.OpenID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Bugs 9 and 10: the unionid is the primary key. Without one, everybody is
	// the user ""; when it changes, everybody is somebody new.
	u, known := s.users[got.UnionID]
	if !known {
		u = &user{ID: "usr_" + rand.Text(), UnionID: got.UnionID}
		s.users[got.UnionID] = u
	}
	u.OpenID = got.OpenID
	// Bug 4: kept, though it may be empty. Bugs 1 and 2: nothing is left of the
	// one before.
	u.SessionKey = got.SessionKey
	token := rand.Text()
	s.sessions[token] = u
	answer(w, map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": 7200, "session_id": "ses_" + token,
		"user": u.view(), "is_new_user": !known,
		"session_key": got.SessionKey, // Bug 14: the client may want it
	})
}

// session answers GET /v1/session.
func (s *server) session(w http.ResponseWriter, r *http.Request, u *user) {
	out := map[string]any{"active": true, "user_id": u.ID}
	if r.URL.Query().Get("wechat") == "true" {
		if err := s.checkSession(u); err != nil {
			fmt.Println("checksession:", err) // it fails always, so nobody heeds it: Bug 16
		}
		// Bug 15: a key is held, and wx.checkSession said that it is good.
		out["wechat_session"] = "valid"
		if u.SessionKey == "" {
			out["wechat_session"] = "expired"
		}
	}
	answer(w, out)
}

func (u *user) view() map[string]any {
	return map[string]any{
		"id": u.ID, "openid": u.OpenID, "unionid": optional(u.UnionID), "nickname": optional(u.Nickname),
		"avatar_url": optional(u.AvatarURL), "phone_number": optional(u.Phone),
	}
}

func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}
