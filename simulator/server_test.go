package simulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

const (
	app1    = "wxdd00000000000001"
	app2    = "wxdd00000000000002"
	secret1 = "fa4e5ec4e70000000000000000000001"
	secret2 = "fa4e5ec4e70000000000000000000002"
)

// patience is for machines under load, not a promise.
const patience = 2 * time.Minute

// rig is a simulator behind a real listener.
type rig struct {
	*simulator.Server
	t   testing.TB
	url string

	before string // the session key before the last signed call
}

func newRig(t testing.TB, adjust ...func(*simulator.Server)) *rig {
	t.Helper()
	// Time stands still but for Advance: a slow machine would sit out what ends
	// in a second.
	then := time.Now()
	sim := &simulator.Server{Now: func() time.Time { return then }}
	for _, f := range adjust {
		f(sim)
	}
	ts := httptest.NewServer(sim.Handler())
	t.Cleanup(func() {
		_ = sim.Close()
		ts.Close()
	})
	return &rig{Server: sim, t: t, url: ts.URL}
}

func withSwitches(sw simulator.Switches) func(*simulator.Server) {
	return func(s *simulator.Server) { s.Switches = sw }
}

// answer is what came back, decoded as a tolerant client would.
type answer struct {
	status int
	header http.Header
	text   string

	Errcode     int    `json:"errcode"`
	Errmsg      string `json:"errmsg"`
	OpenID      string `json:"openid"`
	UnionID     string `json:"unionid"`
	SessionKey  string `json:"session_key"`
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"`
}

func (r *rig) do(method, path string, query url.Values, body string) answer {
	r.t.Helper()
	a, err := r.try(method, path, query, body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// try makes a call on a connection of its own, so that the client does not
// silently repeat one whose connection was cut.
func (r *rig) try(method, path string, query url.Values, body string) (answer, error) {
	r.t.Helper()
	u := r.url + path
	if query != nil {
		u += "?" + query.Encode()
	}
	req, err := http.NewRequest(method, u, bytes.NewBufferString(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: res.StatusCode, header: res.Header, text: string(b)}
	_ = json.Unmarshal(b, &a) // error pages and lists are judged by their text
	return a, nil
}

func (r *rig) login(app, user string) string {
	r.t.Helper()
	code, err := r.Login(app, user)
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

func exchangeQuery(app, secret, code string) url.Values {
	return url.Values{"appid": {app}, "secret": {secret}, "js_code": {code}, "grant_type": {"authorization_code"}}
}

func (r *rig) exchange(code string) answer {
	r.t.Helper()
	return r.do("GET", "/sns/jscode2session", exchangeQuery(app1, secret1, code), "")
}

// session logs a person in and returns the exchange's answer.
func (r *rig) session(user string) answer {
	r.t.Helper()
	a := r.exchange(r.login(app1, user))
	if a.OpenID == "" {
		r.t.Fatalf("exchange: %s", a.text)
	}
	return a
}

func (r *rig) token() answer {
	r.t.Helper()
	return r.do("GET", "/cgi-bin/token", url.Values{"grant_type": {"client_credential"}, "appid": {app1}, "secret": {secret1}}, "")
}

func (r *rig) stable(force bool) answer {
	r.t.Helper()
	b, err := json.Marshal(map[string]any{"grant_type": "client_credential", "appid": app1, "secret": secret1, "force_refresh": force})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.do("POST", "/cgi-bin/stable_token", nil, string(b))
}

func (r *rig) advance(d time.Duration) {
	r.t.Helper()
	if err := r.Advance(d); err != nil {
		r.t.Fatal(err)
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	t.Run("ZeroValueLogsIn", func(t *testing.T) {
		t.Parallel()
		var wx simulator.Server
		ts := httptest.NewServer(wx.Handler())
		defer ts.Close()
		code, err := wx.Login(app1, "alice")
		if err != nil {
			t.Fatal(err)
		}
		r := &rig{Server: &wx, t: t, url: ts.URL}
		if a := r.exchange(code); a.OpenID == "" || a.SessionKey == "" || a.UnionID == "" {
			t.Fatalf("got %s", a.text)
		}
	})
	t.Run("HandlersShareState", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		code := r.login(app1, "alice")
		second := httptest.NewServer(r.Handler())
		defer second.Close()
		r.url = second.URL
		if a := r.exchange(code); a.OpenID == "" {
			t.Fatalf("the second handler does not know the code: %s", a.text)
		}
	})
}
