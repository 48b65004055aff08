package e2e_test

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

// forge changes the last byte of what base64url text stands for.
func forge(token string) string {
	i := strings.LastIndexAny(token, "._") + 1
	raw, err := base64.RawURLEncoding.DecodeString(token[i:])
	if err != nil || len(raw) == 0 {
		return token + "A"
	}
	raw[len(raw)-1] ^= 1
	return token[:i] + base64.RawURLEncoding.EncodeToString(raw)
}

// algNone makes an unsigned token of a signed one.
func algNone(access string) string {
	parts := strings.Split(access, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
}

func TestContract_Refresh(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	s := newSite(t, w, sqlite)
	srv := s.serve()
	out := login(t, srv.url, app1, w.code(app1, "alice"), "")
	for name, r := range map[string]row{
		"NoBody":        {status: 400, code: "invalid_request"},
		"NoToken":       {body: `{}`, status: 400, code: "invalid_request", field: "refresh_token"},
		"Null":          {body: `{"refresh_token":null}`, status: 400, code: "invalid_request", field: "refresh_token"},
		"Number":        {body: `{"refresh_token":1}`, status: 400, code: "invalid_request", field: "refresh_token"},
		"Unknown":       {body: `{"refresh_token":"x","MARK!":1}`, status: 400, code: "invalid_request"},
		"ShortKey":      {header: []string{"Idempotency-Key", "short"}, body: refreshBody(out.RefreshToken), status: 400, code: "invalid_request", field: "Idempotency-Key"},
		"WrongMethod":   {method: "GET", status: 405, code: "invalid_request"},
		"TooLarge":      {body: refreshBody(strings.Repeat("x", 65<<10)), status: 413, code: "invalid_request"},
		"Empty":         {body: refreshBody(""), status: 401, code: "invalid_token"},
		"Rubbish":       {body: refreshBody("MARK"), status: 401, code: "invalid_token"},
		"AccessToken":   {body: refreshBody(out.AccessToken), status: 401, code: "invalid_token"},
		"Forged":        {body: refreshBody(forge(out.RefreshToken)), status: 401, code: "invalid_token"},
		"Longer":        {body: refreshBody(out.RefreshToken + "A"), status: 401, code: "invalid_token"},
		"Padded":        {body: refreshBody(out.RefreshToken + "="), status: 401, code: "invalid_token"},
		"Cut":           {body: refreshBody(out.RefreshToken[:len(out.RefreshToken)-4]), status: 401, code: "invalid_token"},
		"OtherSession":  {body: refreshBody(transplant(out.RefreshToken)), status: 401, code: "invalid_token"},
		"OtherKey":      {body: refreshBody("hfr_////" + out.RefreshToken[8:]), status: 401, code: "invalid_token"},
		"WithoutPrefix": {body: refreshBody(strings.TrimPrefix(out.RefreshToken, "hfr_")), status: 401, code: "invalid_token"},
	} {
		t.Run(name, func(t *testing.T) { r.check(t, "POST", srv.url, "/v1/refresh") })
	}
	t.Run("NothingOfThatHurtTheSession", func(t *testing.T) {
		var got tokens
		a := call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(out.RefreshToken))
		a.as(t, 200, &got)
		if got.SessionID != out.SessionID || got.RefreshToken == out.RefreshToken || got.AccessToken == out.AccessToken || got.IsNewUser != nil ||
			got.TokenType != "Bearer" || got.ExpiresIn != 900 || got.RefreshExpiresIn != 30*24*3600 || got.User.ID != out.User.ID {
			t.Errorf("%s", a.body)
		}
	})
	t.Run("WithoutKeyAgainWithinSeconds", func(t *testing.T) {
		first := login(t, srv.url, app1, w.code(app1, "alice"), "")
		second := refresh(t, srv.url, first.RefreshToken, "")
		if refresh(t, srv.url, first.RefreshToken, "").RefreshToken != second.RefreshToken {
			t.Error("another successor")
		}
		third := refresh(t, srv.url, second.RefreshToken, "")
		// The successor was used: the first token is nobody's lost answer.
		wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(first.RefreshToken)), 401, "token_reused")
		wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(third.RefreshToken)), 401, "session_revoked")
		wantProblem(t, call(t, "GET", srv.url+"/v1/session", bearer(third.AccessToken), ""), 401, "session_revoked")
	})
	t.Run("WithAnotherKey", func(t *testing.T) {
		first := login(t, srv.url, app1, w.code(app1, "alice"), "")
		second := refresh(t, srv.url, first.RefreshToken, "the-key-of-the-first")
		wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", key("the-key-of-a-thief"), refreshBody(first.RefreshToken)), 401, "token_reused")
		wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(second.RefreshToken)), 401, "session_revoked")
	})
	t.Run("DisabledUser", func(t *testing.T) {
		first := login(t, srv.url, app1, w.code(app1, "bob"), "")
		s.exec("UPDATE users SET disabled_at = 1 WHERE id = '" + first.User.ID + "'")
		wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(first.RefreshToken)), 403, "user_blocked")
		wantProblem(t, call(t, "POST", srv.url+"/v1/login", nil, loginBody(app1, w.code(app1, "bob"))), 403, "user_blocked")
		s.exec("UPDATE users SET disabled_at = NULL")
		refresh(t, srv.url, first.RefreshToken, "")
	})
}

// transplant puts another session's id into a refresh token.
func transplant(token string) string {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, "hfr_"))
	if err != nil || len(raw) < 20 {
		return "x"
	}
	raw[12] ^= 0xff
	return "hfr_" + base64.RawURLEncoding.EncodeToString(raw)
}

// TestContract_RestoredBackup gives the server a database that is older than
// the tokens out there.
func TestContract_RestoredBackup(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	s := newSite(t, w, sqlite)
	srv := s.serve()
	old := login(t, srv.url, app1, w.code(app1, "alice"), "")
	srv.stop()
	backup := filepath.Join(s.dir, "hufu.db")
	saved, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := os.Stat(backup + "-wal"); left != nil && left.Size() > 0 {
		t.Fatal("a clean stop left work in the log")
	}
	srv = s.serve()
	ahead := refresh(t, srv.url, old.RefreshToken, "")
	srv.stop()
	if err := os.WriteFile(backup, saved, 0o600); err != nil {
		t.Fatal(err)
	}
	srv = s.serve()
	wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(ahead.RefreshToken)), 401, "invalid_token")
	refresh(t, srv.url, old.RefreshToken, "") // nothing was revoked
}

func TestContract_Expiry(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	s := newSite(t, w, sqlite)
	s.more = "session: {idle_life: 2s}\ntoken: {life: 1s}"
	srv := s.serve()
	out := login(t, srv.url, app1, w.code(app1, "alice"), "")
	if out.ExpiresIn != 1 || out.RefreshExpiresIn != 2 {
		t.Errorf("expires_in %d, refresh_expires_in %d", out.ExpiresIn, out.RefreshExpiresIn)
	}
	eventually(t, patience, "the access token expires", func() bool {
		return call(t, "GET", srv.url+"/v1/session", bearer(out.AccessToken), "").status == 401
	})
	wantProblem(t, call(t, "GET", srv.url+"/v1/session", bearer(out.AccessToken), ""), 401, "token_expired")
	<-time.After(2500 * time.Millisecond) // a refresh would make the session live on
	wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(out.RefreshToken)), 401, "token_expired")
}

// TestContract_Bearer tries every call that wants a token with everything that
// is none.
func TestContract_Bearer(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	srv := newSite(t, w, sqlite).serve()
	out := login(t, srv.url, app1, w.code(app1, "alice"), "")
	ended := login(t, srv.url, app1, w.code(app1, "alice"), "")
	call(t, "DELETE", srv.url+"/v1/session", bearer(ended.AccessToken), "")
	other := newSite(t, w, sqlite).serve() // another hufu with keys of its own
	foreign := login(t, other.url, app1, w.code(app1, "alice"), "")
	for _, c := range []struct{ method, path string }{
		{"GET", "/v1/session"}, {"DELETE", "/v1/session"}, {"GET", "/v1/sessions"}, {"DELETE", "/v1/sessions/" + out.SessionID}, {"GET", "/v1/me"},
		{"GET", "/v1/session?wechat=true"}, {"HEAD", "/v1/me"},
	} {
		for name, tt := range map[string]struct {
			header http.Header
			code   string
		}{
			"Empty":        {header("Authorization", ""), "invalid_token"},
			"Basic":        {header("Authorization", "Basic YTpi"), "invalid_token"},
			"BearerAlone":  {header("Authorization", "Bearer "), "invalid_token"},
			"Rubbish":      {bearer("MARK"), "invalid_token"},
			"Spaces":       {bearer("a b"), "invalid_token"},
			"RefreshToken": {bearer(out.RefreshToken), "invalid_token"},
			"Forged":       {bearer(forge(out.AccessToken)), "invalid_token"},
			"AlgNone":      {bearer(algNone(out.AccessToken)), "invalid_token"},
			"Unsigned":     {bearer(out.AccessToken[:strings.LastIndexByte(out.AccessToken, '.')+1]), "invalid_token"},
			"Foreign":      {bearer(foreign.AccessToken), "invalid_token"},
			"Twice":        {header("Authorization", "Bearer "+out.AccessToken, "Authorization", "Bearer "+out.AccessToken), "invalid_token"},
			"Huge":         {bearer(strings.Repeat("a", 5000)), "invalid_token"},
			"Ended":        {bearer(ended.AccessToken), "session_revoked"},
		} {
			a := call(t, c.method, srv.url+c.path, tt.header, "")
			if got := a.header.Get("WWW-Authenticate"); a.status != 401 || got != `Bearer error="invalid_token"` {
				t.Errorf("%s %s with %s: %d, WWW-Authenticate %q", c.method, c.path, name, a.status, got)
			}
			if c.method != "HEAD" {
				wantProblem(t, a, 401, tt.code)
			}
		}
		a := call(t, c.method, srv.url+c.path, nil, "")
		// RFC 6750 §3.1: no error where no credentials were sent.
		if got := a.header.Get("WWW-Authenticate"); a.status != 401 || !strings.HasPrefix(got, "Bearer") {
			t.Errorf("%s %s without a token: %d, WWW-Authenticate %q", c.method, c.path, a.status, got)
		}
		// Where logs and histories would keep it, a token counts for nothing.
		sep := map[bool]string{true: "&", false: "?"}[strings.Contains(c.path, "?")]
		if a := call(t, c.method, srv.url+c.path+sep+"access_token="+out.AccessToken, nil, ""); a.status != 401 {
			t.Errorf("%s %s with the token in the query: %d", c.method, c.path, a.status)
		}
	}
	for _, scheme := range []string{"Bearer", "bearer", "BEARER"} {
		if a := call(t, "GET", srv.url+"/v1/me", header("Authorization", scheme+" "+out.AccessToken), ""); a.status != 200 {
			t.Errorf("%s: %d", scheme, a.status)
		}
	}
}

func TestContract_Sessions(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	srv := newSite(t, w, sqlite).serve()
	withDevice := func(appid, name, device string) (out tokens) {
		call(t, "POST", srv.url+"/v1/login", nil, `{"appid":"`+appid+`","code":"`+w.code(appid, name)+`","device":`+device+`}`).as(t, 200, &out)
		return out
	}
	phone := withDevice(app1, "alice", `{"model":"phone"}`)
	pad := withDevice(app1, "alice", `{}`)
	inOther := withDevice(app2, "alice", `{}`)
	bobs := withDevice(app1, "bob", `{}`)
	t.Run("One", func(t *testing.T) {
		var out map[string]any
		call(t, "GET", srv.url+"/v1/session", bearer(phone.AccessToken), "").as(t, 200, &out)
		if out["active"] != true || out["session_id"] != phone.SessionID || out["user_id"] != phone.User.ID || out["appid"] != app1 || len(out) != 6 {
			t.Errorf("%v", out)
		}
		issued, err1 := time.Parse(time.RFC3339, out["issued_at"].(string))
		expires, err2 := time.Parse(time.RFC3339, out["expires_at"].(string))
		if err1 != nil || err2 != nil || expires.Sub(issued) != 15*time.Minute {
			t.Errorf("issued_at %v, expires_at %v", out["issued_at"], out["expires_at"])
		}
	})
	t.Run("AtWeChat", func(t *testing.T) { sessionAtWeChat(t, w, srv) })
	t.Run("List", func(t *testing.T) {
		type item struct {
			SessionID  string `json:"session_id"`
			Current    bool   `json:"current"`
			Device     any    `json:"device"`
			CreatedAt  string `json:"created_at"`
			LastUsedAt string `json:"last_used_at"`
			ExpiresAt  string `json:"expires_at"`
		}
		type page struct {
			Data       []item  `json:"data"`
			NextCursor *string `json:"next_cursor"`
		}
		var all, first, second page
		call(t, "GET", srv.url+"/v1/sessions", bearer(phone.AccessToken), "").as(t, 200, &all)
		if len(all.Data) != 2 || all.NextCursor != nil || all.Data[0].SessionID != pad.SessionID || all.Data[0].Current || !all.Data[1].Current ||
			jsonText(t, all.Data[1].Device) != `{"model":"phone"}` {
			t.Errorf("%+v", all)
		}
		call(t, "GET", srv.url+"/v1/sessions?limit=1", bearer(phone.AccessToken), "").as(t, 200, &first)
		if len(first.Data) != 1 || first.NextCursor == nil {
			t.Fatalf("%+v", first)
		}
		call(t, "GET", srv.url+"/v1/sessions?limit=1&cursor="+*first.NextCursor, bearer(phone.AccessToken), "").as(t, 200, &second)
		if len(second.Data) != 1 || second.NextCursor != nil || second.Data[0].SessionID != phone.SessionID {
			t.Errorf("%+v", second)
		}
	})
	auth := []string{"Authorization", "Bearer " + phone.AccessToken}
	for name, r := range map[string]row{
		"LimitZero":         {path: "/v1/sessions?limit=0", status: 400, code: "invalid_request", field: "limit"},
		"LimitIsNone":       {path: "/v1/sessions?limit=MARK", status: 400, code: "invalid_request", field: "limit"},
		"UnknownParameter":  {path: "/v1/sessions?MARK=1", status: 400, code: "invalid_request"},
		"WeChatIsNoBool":    {path: "/v1/session?wechat=MARK", status: 400, code: "invalid_request", field: "wechat"},
		"WeChatTwice":       {path: "/v1/session?wechat=true&wechat=true", status: 400, code: "invalid_request", field: "wechat"},
		"MalformedID":       {method: "DELETE", path: "/v1/sessions/MARK", status: 404, code: "not_found"},
		"NoSuchSession":     {method: "DELETE", path: "/v1/sessions/ses_01h2xcejqtf2nbrexx3vqjhp41", status: 404, code: "not_found"},
		"SomebodyElses":     {method: "DELETE", path: "/v1/sessions/" + bobs.SessionID, status: 404, code: "not_found"},
		"MineInAnotherApp":  {method: "DELETE", path: "/v1/sessions/" + inOther.SessionID, status: 404, code: "not_found"},
		"PutMe":             {method: "PUT", path: "/v1/me", body: `{}`, status: 405, code: "invalid_request"},
		"PutSession":        {method: "PUT", path: "/v1/session", body: `{}`, status: 405, code: "invalid_request"},
		"NoSuchPath":        {path: "/v1/MARK", status: 404, code: "not_found"},
		"TrailingSlash":     {path: "/v1/me/", status: 404, code: "not_found"},
		"DotSegments":       {path: "/v1/x/../me", status: 404, code: "not_found"},
		"DoubleSlash":       {path: "//v1/me", status: 404, code: "not_found"},
		"BodyWhereNoneGoes": {method: "DELETE", path: "/v1/session", body: `{"x":"MARK"}`, status: 400, code: "invalid_request", field: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			r.header = auth
			r.check(t, "GET", srv.url, "")
		})
	}
	t.Run("EndTheOther", func(t *testing.T) {
		if a := call(t, "DELETE", srv.url+"/v1/sessions/"+pad.SessionID, bearer(phone.AccessToken), ""); a.status != 204 || len(a.body) != 0 {
			t.Errorf("%d %s", a.status, a.body)
		}
		wantProblem(t, call(t, "GET", srv.url+"/v1/me", bearer(pad.AccessToken), ""), 401, "session_revoked")
		wantProblem(t, call(t, "DELETE", srv.url+"/v1/sessions/"+pad.SessionID, bearer(phone.AccessToken), ""), 404, "not_found")
		call(t, "GET", srv.url+"/v1/me", bearer(inOther.AccessToken), "").as(t, 200, &user{})
		call(t, "GET", srv.url+"/v1/me", bearer(bobs.AccessToken), "").as(t, 200, &user{})
	})
	t.Run("Logout", func(t *testing.T) {
		if a := call(t, "DELETE", srv.url+"/v1/session", bearer(phone.AccessToken), ""); a.status != 204 || len(a.body) != 0 {
			t.Errorf("%d %s", a.status, a.body)
		}
		wantProblem(t, call(t, "DELETE", srv.url+"/v1/session", bearer(phone.AccessToken), ""), 401, "session_revoked")
		wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(phone.RefreshToken)), 401, "session_revoked")
		call(t, "GET", srv.url+"/v1/me", bearer(inOther.AccessToken), "").as(t, 200, &user{})
	})
	t.Run("TheOldestOfTwentyOneEnds", func(t *testing.T) {
		var list []tokens
		for range 21 {
			list = append(list, login(t, srv.url, app1, w.code(app1, "carol"), ""))
		}
		wantProblem(t, call(t, "GET", srv.url+"/v1/me", bearer(list[0].AccessToken), ""), 401, "session_revoked")
		wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(list[0].RefreshToken)), 401, "session_revoked")
		for _, each := range list[1:] {
			call(t, "GET", srv.url+"/v1/me", bearer(each.AccessToken), "").as(t, 200, &user{})
		}
	})
}

func sessionAtWeChat(t *testing.T, w *weChat, srv *server) {
	state := func(out tokens) any {
		t.Helper()
		return call(t, "GET", srv.url+"/v1/session?wechat=true", bearer(out.AccessToken), "").object(t)["wechat_session"]
	}
	asked := func() (n int) {
		for _, r := range w.Requests() {
			if r.Path == "/wxa/checksession" {
				n++
			}
		}
		return n
	}
	w.person("eve")
	out := login(t, srv.url, app1, w.code(app1, "eve"), "")
	if got := state(out); got != "valid" {
		t.Errorf("%v, want valid", got)
	}
	n := asked()
	for range 3 {
		state(out)
	}
	if asked() != n {
		t.Error("WeChat was asked more than once in a minute")
	}
	stale := login(t, srv.url, app1, w.code(app1, "eve"), "")
	if err := w.Advance(2 * time.Hour); err != nil { // keys die, and so does the app's access_token
		t.Fatal(err)
	}
	if got := state(stale); got != "expired" {
		t.Errorf("%v, want expired", got)
	}
	lost := login(t, srv.url, app1, w.code(app1, "eve"), "")
	w.faults(simulator.Fault{Path: "/wxa/checksession", Status: 500})
	if got := state(lost); got != "unknown" {
		t.Errorf("%v, want unknown", got)
	}
	w.faults()
}
