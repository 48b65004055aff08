package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/server"
	"github.com/hufu-id/hufu/simulator"
	"github.com/hufu-id/hufu/verify"
)

// hufu is a whole server in this process, with the simulator as its WeChat.
type hufu struct {
	url    string
	wechat *simulator.Server
	client *http.Client
}

// startHufu serves app1 with ES256 and app2 with RS256.
func startHufu(t *testing.T) *hufu {
	t.Helper()
	h := &hufu{wechat: &simulator.Server{}, client: &http.Client{Transport: &http.Transport{}}}
	wechat := httptest.NewServer(h.wechat.Handler())
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.url = "http://" + listener.Addr().String()
	file := config.Default()
	file.Listen, file.AdminListen, file.PublicURL = listener.Addr().String(), "off", h.url
	file.Simulated, file.WeChat.BaseURL = true, wechat.URL
	if file.MasterKey, err = seal.NewMasterKey(); err != nil {
		t.Fatal(err)
	}
	for _, app := range simulator.DemoApps() {
		alg := map[string]string{app1: "ES256", app2: "RS256"}[app.AppID]
		file.Apps = append(file.Apps, config.AppFile{AppID: app.AppID, Secret: secret.New(app.Secret), OpenAccount: app.OpenAccount, TokenAlg: alg, TokenOpenID: true})
	}
	cfg, err := file.Resolve(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg.WeChatConnectTimeout, cfg.WeChatTimeout = time.Minute, time.Minute // for machines under load
	s, err := server.New(t.Context(), cfg, server.Options{Listener: listener})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	t.Cleanup(func() {
		h.client.CloseIdleConnections()
		stop()
		if err := errors.Join(<-served, s.Close(), h.wechat.Close()); err != nil {
			t.Error(err)
		}
		wechat.Close()
	})
	return h
}

type loggedIn struct {
	AccessToken string `json:"access_token"`
	SessionID   string `json:"session_id"`
	User        struct {
		ID     string `json:"id"`
		OpenID string `json:"openid"`
	} `json:"user"`
}

func (h *hufu) login(t *testing.T, appid, user string) loggedIn {
	t.Helper()
	code, err := h.wechat.Login(appid, user)
	if err != nil {
		t.Fatal(err)
	}
	status, body := h.call(t, http.MethodPost, h.url+"/v1/login", "", `{"appid":"`+appid+`","code":"`+code+`"}`)
	var out loggedIn
	if err := json.Unmarshal([]byte(body), &out); err != nil || status != http.StatusOK {
		t.Fatalf("login: %d %v", status, err)
	}
	return out
}

func (h *hufu) call(t *testing.T, method, address, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestServer verifies the tokens of real logins, over real connections.
func TestServer(t *testing.T) {
	t.Parallel()
	h := startHufu(t)
	verifiers := map[string]*verify.Verifier{}
	for _, app := range []string{app1, app2} {
		v, err := verify.New(h.url, app)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(v.Close)
		verifiers[app] = v
		if err := v.Ready(t.Context()); err != nil {
			t.Fatalf("ready: %v", err)
		}
	}
	for _, app := range []string{app1, app2} { // ES256, RS256
		got := h.login(t, app, "alice")
		claims := accepted(t, verifiers[app], got.AccessToken)
		if string(claims.UserID) != got.User.ID || string(claims.SessionID) != got.SessionID || string(claims.AppID) != app || string(claims.OpenID) != got.User.OpenID {
			t.Errorf("%+v of %+v", claims, got.User)
		}
		other := map[string]string{app1: app2, app2: app1}[app]
		want(t, verifiers[other], got.AccessToken, verify.ErrInvalid)
	}
	t.Run("Backend", func(t *testing.T) {
		backend := httptest.NewServer(verifiers[app1].Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, _ := verify.FromContext(r.Context())
			_, _ = io.WriteString(w, string(claims.UserID))
		})))
		defer backend.Close()
		got := h.login(t, app1, "bob")
		if status, body := h.call(t, http.MethodGet, backend.URL, got.AccessToken, ""); status != http.StatusOK || body != got.User.ID {
			t.Errorf("%d %s", status, body)
		}
		if status, body := h.call(t, http.MethodGet, backend.URL, "", ""); status != http.StatusUnauthorized || !strings.Contains(body, `"invalid_token"`) {
			t.Errorf("%d %s", status, body)
		}
		// Offline means offline: what the documents warn of.
		if status, _ := h.call(t, http.MethodDelete, h.url+"/v1/session", got.AccessToken, ""); status != http.StatusNoContent {
			t.Errorf("logout: %d", status)
		}
		if status, _ := h.call(t, http.MethodGet, h.url+"/v1/session", got.AccessToken, ""); status != http.StatusUnauthorized {
			t.Errorf("hufu itself after the logout: %d", status)
		}
		accepted(t, verifiers[app1], got.AccessToken)
	})
	t.Run("MisspeltIssuer", func(t *testing.T) {
		v, err := verify.New(strings.Replace(h.url, "127.0.0.1", "localhost", 1), app1)
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		if err := v.Ready(t.Context()); !errors.Is(err, verify.ErrUnavailable) || !strings.Contains(err.Error(), "another issuer") {
			t.Errorf("ready: %v", err)
		}
	})
}

// freeAddr is a loopback address that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func listening(t *testing.T, addr string) bool {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
