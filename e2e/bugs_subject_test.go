package e2e_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

// subject is a server, of whatever make, with hufu's contract on the wire, and
// the WeChat behind it. WeChat is as its documents show it, with errcode 0 in a
// success and JSON called JSON, until a scenario has it otherwise.
type subject struct {
	url    string
	wechat *weChat
	log    func() string // all that it wrote
	// another starts one more of the same make, for the same app, which shares
	// nothing with the first.
	another func() *subject
	// apiKey makes a key with which a cloud function may say who a person is.
	apiKey func() string

	mu   sync.Mutex
	said bytes.Buffer // all that it answered
}

// asDocumented are the switches of a WeChat that is as its documents show it.
func asDocumented() simulator.Switches {
	return simulator.Switches{SuccessErrcode: true, ContentType: simulator.ContentTypeJSON}
}

func hufuSubject(t *testing.T) *subject {
	t.Helper()
	w := newWeChat(t)
	w.switches(asDocumented())
	return serveHufu(t, w)
}

func serveHufu(t *testing.T, w *weChat) *subject {
	t.Helper()
	site := newSite(t, w, sqlite)
	srv := site.serve()
	s := &subject{url: srv.url, wechat: w, log: func() string { return srv.stdout.String() + srv.stderr.String() }}
	s.another = func() *subject { return serveHufu(t, w) }
	s.apiKey = func() string {
		p := run(t, site.dir, nil, "key", "create", "--config", "hufu.yaml", "--name", "cloud", "--scope", "login:assert")
		return p.find(&p.stdout, `key\s+(hfk_\S+)`)
	}
	return s
}

// buildNaive builds the naive server once.
var buildNaive = sync.OnceValues(func() (path string, err error) {
	path = filepath.Join(filepath.Dir(binary), "naive")
	if out, err := exec.Command("go", "build", "-o", path, "./testdata/naive").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the naive server: %w\n%s", err, out)
	}
	return path, nil
})

func naiveSubject(t *testing.T) *subject {
	t.Helper()
	w := newWeChat(t)
	w.switches(asDocumented())
	return serveNaive(t, w)
}

func serveNaive(t *testing.T, w *weChat) *subject {
	t.Helper()
	path, err := buildNaive()
	if err != nil {
		t.Fatal(err)
	}
	p := startBinary(t, path, t.TempDir(), nil, "-wechat", w.url, "-appid", app1, "-secret", secretOf(w, app1))
	s := &subject{wechat: w, log: func() string { return p.stdout.String() + p.stderr.String() }}
	s.url = "http://" + p.find(&p.stderr, `listening on (\S+)`)
	s.another = func() *subject { return serveNaive(t, w) }
	s.apiKey = func() string { return "hfk_naive" }
	return s
}

// secretOf is an app's secret.
func secretOf(w *weChat, appid string) string {
	for _, a := range w.Apps() {
		if a.AppID == appid {
			return a.Secret
		}
	}
	w.t.Fatalf("no app %s", appid)
	return ""
}

// do makes a call; body is encoded as JSON.
func (s *subject) do(method, path string, h http.Header, body any) (answer, error) {
	text := ""
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		text = string(raw)
	}
	return s.send(method, path, h, text)
}

// send makes a call.
func (s *subject) send(method, path string, h http.Header, body string) (answer, error) {
	a, err := try(method, s.url+path, h, body)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(&s.said, "%v\n%s\n", a.header, a.body)
	return a, nil
}

// answers is all that it answered until now.
func (s *subject) answers() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.String()
}

// member is somebody who is logged in.
type member struct {
	s     *subject
	appid string
	name  string
	tokens
}

// post logs in with a code.
func (s *subject) post(appid, code, key string) (answer, error) {
	h := http.Header{}
	if key != "" {
		h.Set("Idempotency-Key", key)
	}
	return s.do("POST", "/v1/login", h, map[string]string{"appid": appid, "code": code})
}

// login logs a person in, which must succeed.
func (s *subject) login(appid, name string) (*member, error) {
	a, err := s.post(appid, s.wechat.code(appid, s.wechat.person(name)), "")
	if err != nil {
		return nil, err
	}
	return s.member(a, appid, name)
}

// member reads the answer to a login.
func (s *subject) member(a answer, appid, name string) (*member, error) {
	m := &member{s: s, appid: appid, name: name}
	if err := a.good(&m.tokens); err != nil {
		return nil, fmt.Errorf("login of %s: %w", name, err)
	}
	return m, nil
}

// good reads an answer with status 200, whatever else is in it.
func (a answer) good(v any) error {
	if a.status != 200 {
		return a.unlike("200")
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("%w in %s", err, a.body)
	}
	return nil
}

// unlike is the error of an answer that is not what it should be.
func (a answer) unlike(want string) error {
	return fmt.Errorf("status %d, want %s: %s", a.status, want, a.body)
}

// problem reads an error; its code is "" if it is none of the contract's.
func (a answer) problem() problem {
	var p problem
	if a.status < 400 || json.Unmarshal(a.body, &p) != nil {
		return problem{}
	}
	return p
}

// want asserts an error of the contract.
func (a answer) want(status int, code string) error {
	if a.status != status || a.problem().Code != code {
		return a.unlike(itoa(status) + " " + code)
	}
	return nil
}

func (m *member) do(method, path string, body any) (answer, error) {
	return m.s.do(method, path, bearer(m.AccessToken), body)
}

// decrypt posts open data.
func (m *member) decrypt(d simulator.OpenData) (answer, error) {
	return m.do("POST", "/v1/me/decrypt", map[string]string{"encrypted_data": d.EncryptedData, "iv": d.IV})
}

// userInfo posts a profile.
func (m *member) userInfo(d simulator.OpenData) (answer, error) {
	return m.do("POST", "/v1/me/userinfo",
		map[string]string{"raw_data": d.RawData, "signature": d.Signature, "encrypted_data": d.EncryptedData, "iv": d.IV})
}

// steps is what wx.getWeRunData gives on the person's phone now.
func (m *member) steps() simulator.OpenData {
	m.s.wechat.t.Helper()
	d, err := m.s.wechat.WeRun(m.appid, m.name)
	if err != nil {
		m.s.wechat.t.Fatal(err)
	}
	return d
}

// profile is what wx.getUserInfo gives on the person's phone now.
func (m *member) profile() simulator.OpenData {
	m.s.wechat.t.Helper()
	d, err := m.s.wechat.UserProfile(m.appid, m.name, simulator.GetUserInfo)
	if err != nil {
		m.s.wechat.t.Fatal(err)
	}
	return d
}

// sessionKey is the person's session_key as WeChat knows it.
func (m *member) sessionKey() string {
	m.s.wechat.t.Helper()
	key, err := m.s.wechat.SessionKey(m.appid, m.name)
	if err != nil {
		m.s.wechat.t.Fatal(err)
	}
	return key
}

// reads asserts that data just made can be read: without that, a scenario about
// data that can't would say nothing.
func (m *member) reads() error {
	a, err := m.decrypt(m.steps())
	if err == nil && (a.status != 200 || !strings.Contains(string(a.body), "stepInfoList")) {
		err = a.unlike("200 and steps")
	}
	return err
}

// wechatSession is what the server says of the session_key it holds.
func (m *member) wechatSession() (string, error) {
	a, err := m.do("GET", "/v1/session?wechat=true", nil)
	if err != nil {
		return "", err
	}
	var out struct {
		State string `json:"wechat_session"`
	}
	err = a.good(&out)
	return out.State, err
}

// unplayed is why a scenario can't be played on, of an answer or a state that is
// not as it must be; err may be nil.
func unplayed(err error, format string, args ...any) error {
	return errors.Join(fmt.Errorf(format, args...), err)
}

// text is a field of a user, "" for null.
func text(field *string) string {
	if field == nil {
		return ""
	}
	return cmp.Or(*field, `""`)
}
