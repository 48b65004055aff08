package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

// TestBug06: real codes are of letters and digits, so that a server which
// encodes twice goes unnoticed, until something on the way encodes as well.
func TestBug06_CodeEncodedTwice(t *testing.T) {
	exhibit(t, 6, "WeChat was asked about", func(s *subject) error {
		if _, err := s.login(app1, "alice"); err != nil {
			return err
		}
		asked := listen(s.wechat)
		for _, code := range []string{"0aB+c/d=&e", "0aB%2Bc", "%30aBc"} {
			if _, err := s.post(app1, code, ""); err != nil {
				return err
			}
			if got := asked(); !slices.Equal(got, []string{code}) {
				return &symptom{6, fmt.Sprintf("WeChat was asked about %q, sent was %q", got, code)}
			}
		}
		for _, code := range []string{"0aB c", "0aBc\n", " ", "", strings.Repeat("c", 513)} {
			a, err := s.post(app1, code, "")
			if err != nil {
				return err
			}
			if err := a.want(400, "invalid_code"); err != nil || len(asked()) > 0 {
				return &symptom{6, fmt.Sprintf("WeChat's quota is spent on %q: %v", code, err)}
			}
		}
		return nil
	})
}

// listen notes the codes that WeChat is asked about; asked returns those since
// it was called last.
func listen(w *weChat) (asked func() []string) {
	var mu sync.Mutex
	var codes []string
	w.put(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Path == code2Session {
			mu.Lock()
			codes = append(codes, r.URL.Query().Get("js_code"))
			mu.Unlock()
		}
		next.ServeHTTP(rw, r)
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		out := codes
		codes = nil
		return out
	}
}

// TestBug07: the code of one app, offered with the appid and the secret of
// another. And what developers meet first: the code of DevTools that is none.
func TestBug07_InvalidCodeAlways(t *testing.T) {
	exhibit(t, 7, "of the app that it is of", func(s *subject) error {
		if _, err := s.login(app1, "alice"); err != nil {
			return err
		}
		a, err := s.post(app2, s.wechat.code(app2, "alice"), "")
		if err != nil {
			return err
		}
		if slices.Contains(s.wechat.refusals(code2Session), 40029) {
			return &symptom{7, fmt.Sprintf("WeChat was not told of the app that it is of: %s", a.body)}
		}
		if _, err := s.member(a, app2, "alice"); err != nil {
			return err
		}
		if a, err = s.post(app1, s.wechat.code(app2, "alice"), ""); err != nil {
			return err
		}
		if err := a.want(400, "invalid_code"); err != nil || a.problem().WeChatErrcode != 40029 {
			return &symptom{7, "another app's code: " + string(a.body)}
		}
		asked := listen(s.wechat)
		if a, err = s.post(app1, "the code is a mock one", ""); err != nil {
			return err
		}
		if err := a.want(400, "invalid_code"); err != nil || !strings.Contains(a.problem().Detail, "mock") || len(asked()) > 0 {
			return &symptom{7, "DevTools' code is not called by its name: " + string(a.body)}
		}
		return nil
	})
}

// TestBug08: the code that comes twice, by a double tap or because the answer
// was lost.
func TestBug08_CodeBeenUsed(t *testing.T) {
	exhibit(t, 8, "exchanged twice", func(s *subject) error {
		const key = "key-of-sixteen-chars"
		code := s.wechat.code(app1, "alice")
		var first *member
		for range 2 {
			a, err := s.post(app1, code, key)
			if err != nil {
				return err
			}
			if slices.Contains(s.wechat.refusals(code2Session), 40163) {
				return &symptom{8, fmt.Sprintf("a code was exchanged twice: %d %s", a.status, a.body)}
			}
			m, err := s.member(a, app1, "alice")
			if err != nil {
				return err
			}
			if first != nil && m.SessionID != first.SessionID {
				return &symptom{8, "a login that was repeated is another session"}
			}
			first = m
		}
		if err := atOnce(s, s.wechat.code(app1, "alice"), key); err != nil {
			return err
		}
		// WeChat did its part, and nobody can know: asking again is lost.
		s.wechat.faults(simulator.Fault{Path: code2Session, Drop: simulator.DropAfter})
		asked := s.wechat.exchanges()
		if _, err := s.post(app1, s.wechat.code(app1, "alice"), key); err != nil {
			return err
		}
		if n := s.wechat.exchanges() - asked; n != 1 {
			return &symptom{8, fmt.Sprintf("a code was exchanged %d times by the server itself", n)}
		}
		return nil
	})
}

// atOnce logs in with one code many times at once: that is one login.
func atOnce(s *subject, code, key string) error {
	const n = 8
	asked := s.wechat.exchanges()
	answers, errs := make([]answer, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { answers[i], errs[i] = s.post(app1, code, key) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	sessions := map[string]bool{}
	for _, a := range answers {
		m, err := s.member(a, app1, "alice")
		if err != nil {
			return &symptom{8, "a login at once with others: " + err.Error()}
		}
		sessions[m.SessionID] = true
	}
	if n := s.wechat.exchanges() - asked; n != 1 || len(sessions) != 1 {
		return &symptom{8, fmt.Sprintf("%d sessions of one code, which was exchanged %d times", len(sessions), n)}
	}
	return nil
}

// loginsUnder logs in as documented, and then with WeChat as sw says.
func loginsUnder(s *subject, sw simulator.Switches, bug int, what string) error {
	if _, err := s.login(app1, "alice"); err != nil {
		return err
	}
	s.wechat.switches(sw)
	a, err := s.post(app1, s.wechat.code(app1, "alice"), "")
	if err != nil {
		return err
	}
	if refused := s.wechat.refusals(code2Session); len(refused) > 0 {
		return fmt.Errorf("WeChat refused: %v", refused)
	}
	if a.status != 200 {
		return &symptom{bug, fmt.Sprintf("%s: %d %s", what, a.status, a.body)}
	}
	return nil
}

// TestBug12: a success of code2Session has no errcode.
func TestBug12_SuccessHasNoErrcode(t *testing.T) {
	const what = "a success without errcode is a failure"
	exhibit(t, 12, what, func(s *subject) error {
		sw := asDocumented()
		sw.SuccessErrcode = false
		return loginsUnder(s, sw, 12, what)
	})
}

// TestBug13: a success of code2Session comes as text/plain.
func TestBug13_AnswerIsTextPlain(t *testing.T) {
	const what = "JSON that is called text is not read"
	exhibit(t, 13, what, func(s *subject) error {
		sw := asDocumented()
		sw.ContentType = simulator.ContentTypeText
		return loginsUnder(s, sw, 13, what)
	})
}

// TestBug24: in cloud hosting, a sidecar takes the calls without access_token
// for its own and refuses them. What is left is the openid, which the cloud
// function knows; and which nobody else may say.
func TestBug24_CloudHosting(t *testing.T) {
	exhibit(t, 24, "nobody can log in", func(s *subject) error {
		if _, err := s.login(app1, "alice"); err != nil {
			return err
		}
		s.wechat.put(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.URL.Query().Has("access_token") {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"errcode":85107,"errmsg":"api not in the white list"}`)
		})
		byCode, err := s.post(app1, s.wechat.code(app1, "alice"), "")
		if err != nil {
			return err
		}
		openid, err := s.wechat.OpenID(app1, "alice")
		if err != nil {
			return err
		}
		who := map[string]string{"appid": app1, "openid": openid}
		byOpenID, err := s.do("POST", "/v1/server/sessions", bearer(s.apiKey()), who)
		if err != nil {
			return err
		}
		if byCode.status != 200 && byOpenID.status != 200 {
			return &symptom{24, fmt.Sprintf("nobody can log in: by code %d %s, by openid %d %s", byCode.status, byCode.body, byOpenID.status, byOpenID.body)}
		}
		if err := byCode.want(502, "wechat_rejected"); err != nil || byCode.problem().WeChatErrcode != 85107 {
			return &symptom{24, "the operator is not told: " + string(byCode.body)}
		}
		alice, err := s.member(byOpenID, app1, "alice")
		if err != nil || text(alice.User.OpenID) != openid {
			return unplayed(err, "by openid: %s", byOpenID.body)
		}
		forged := header("X-WX-OPENID", openid, "X-WX-APPID", app1, "X-WX-SOURCE", "wx_client")
		for _, path := range []string{"/v1/login", "/v1/server/sessions"} {
			a, err := s.do("POST", path, forged, who)
			if err != nil {
				return err
			}
			if a.status < 400 {
				return &symptom{24, "who sends a header is believed at " + path}
			}
		}
		return nil
	})
}

// TestBug25: the secret travels in a URL, and net/http writes URLs into errors.
func TestBug25_SecretInLogs(t *testing.T) {
	exhibit(t, 25, "the secret stands in", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		// Whatever is told of these must not tell the secret.
		for _, fault := range []simulator.Fault{
			{Drop: simulator.DropBefore}, {Drop: simulator.DropAfter}, {Status: 302}, {Status: 502}, {Errcode: 40125}, {Errcode: -1},
		} {
			fault.Path = "/*"
			s.wechat.faults(fault)
			if _, err := s.post(app1, s.wechat.code(app1, "alice"), ""); err != nil {
				return err
			}
			if _, err := alice.do("GET", "/v1/session?wechat=true", nil); err != nil {
				return err
			}
		}
		for place, text := range map[string]string{"an answer": s.answers(), "the log": s.log()} {
			if strings.Contains(text, secretOf(s.wechat, app1)) {
				return &symptom{25, "the secret stands in " + place}
			}
		}
		return nil
	})
}
