// Command naive is the login server of the tutorials that go round: it speaks
// hufu's paths and makes, all at once, the classic mistakes that the tests
// TestBug01 to TestBug25 look for. Each stands beside a comment with its number.
// It is there to fail: a scenario that it passes proves nothing. Never run it
// anywhere else.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// user is a row of the one table.
type user struct {
	ID      string
	OpenID  string
	UnionID string
	// Bugs 1 and 2: one column, which whoever writes last overwrites.
	SessionKey string
	Nickname   string
	AvatarURL  string
	Phone      string
}

// server holds the tables in memory; the mistakes would be the same in a
// database.
type server struct {
	wechat        string
	appid, secret string

	mu       sync.Mutex
	users    map[string]*user // Bugs 9 and 10: by unionid
	sessions map[string]*user // by token

	// Bug 11: a token per process, and nobody else knows of it.
	accessToken string
	tokenEnds   time.Time
}

func main() {
	wechat := flag.String("wechat", "https://api.weixin.qq.com", "")
	// Bug 7: one app, whatever app the client says.
	appid := flag.String("appid", "", "")
	secret := flag.String("secret", "", "")
	flag.Parse()
	s := &server{wechat: *wechat, appid: *appid, secret: *secret, users: map[string]*user{}, sessions: map[string]*user{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "listening on %s\n", listener.Addr())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/login", s.login)
	mux.HandleFunc("GET /v1/session", s.authenticated(s.session))
	mux.HandleFunc("GET /v1/me", s.authenticated(s.me))
	mux.HandleFunc("POST /v1/me", s.authenticated(s.changeMe))
	mux.HandleFunc("POST /v1/me/avatar", s.authenticated(s.avatar))
	mux.HandleFunc("POST /v1/me/phone", s.authenticated(s.phone))
	mux.HandleFunc("POST /v1/me/userinfo", s.authenticated(s.userInfo))
	mux.HandleFunc("POST /v1/me/decrypt", s.authenticated(s.decrypt))
	// Bug 24: no way in for who knows the openid but has no code.
	log.Fatal((&http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}).Serve(listener))
}

// authenticated finds the user of a token.
func (s *server) authenticated(handle func(http.ResponseWriter, *http.Request, *user)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var token string
		_, _ = fmt.Sscanf(r.Header.Get("Authorization"), "Bearer %s", &token)
		s.mu.Lock()
		u := s.sessions[token]
		s.mu.Unlock()
		if u == nil {
			fail(w, http.StatusUnauthorized, errors.New("please log in"))
			return
		}
		handle(w, r, u)
	}
}

func read(r *http.Request, v any) error { return json.NewDecoder(r.Body).Decode(v) }

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

// fail answers with whatever went wrong. Bugs 3 and 25: as it is, in the answer
// and in the log.
func fail(w http.ResponseWriter, status int, err error) {
	log.Print(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"code": "error", "status": status, "detail": err.Error()})
}
