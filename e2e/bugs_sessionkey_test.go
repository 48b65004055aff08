package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

// TestBug01: the page calls wx.login in the callback that brought the data, so
// that the server's key is newer than the data's.
func TestBug01_DecryptFailsFirstThenWorks(t *testing.T) {
	exhibit(t, 1, "sealed before the login", func(s *subject) error {
		sw := asDocumented()
		sw.KeyRotation = simulator.RotateAlways
		s.wechat.switches(sw)
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		if err := alice.reads(); err != nil {
			return err
		}
		data := alice.steps()
		if alice, err = s.login(app1, "alice"); err != nil {
			return err
		}
		a, err := alice.decrypt(data)
		if err != nil {
			return err
		}
		if a.status != 200 {
			return &symptom{1, fmt.Sprintf("data that was sealed before the login can't be read after it: %d %s", a.status, a.body)}
		}
		return staleKey(s, alice)
	})
}

// staleKey has WeChat rotate the key unasked: the answer must tell the client to
// log in and to ask for the data again, and it must be that which helps.
func staleKey(s *subject, alice *member) error {
	if err := s.wechat.RotateSessionKey(app1, alice.name); err != nil {
		return err
	}
	data := alice.steps()
	for range 2 {
		a, err := alice.decrypt(data)
		if err != nil {
			return err
		}
		if err := a.want(422, "session_key_stale"); err != nil {
			return &symptom{1, "the client is not told what to do: " + err.Error()}
		}
	}
	alice, err := s.login(app1, alice.name)
	if err != nil {
		return err
	}
	return alice.reads()
}

// TestBug02: of two logins at once, the answer that holds the older key comes
// last.
func TestBug02_OlderKeyWins(t *testing.T) {
	exhibit(t, 2, "the older key won", func(s *subject) error {
		sw := asDocumented()
		sw.KeyRotation = simulator.RotateAlways
		s.wechat.switches(sw)
		if _, err := s.login(app1, "alice"); err != nil {
			return err
		}
		exchanged, release := holdFirstExchange(s.wechat)
		slow := make(chan error, 1)
		code := s.wechat.code(app1, "alice")
		go func() {
			a, err := s.post(app1, code, "")
			if err == nil {
				_, err = s.member(a, app1, "alice")
			}
			slow <- err
		}()
		select {
		case <-exchanged:
		case err := <-slow:
			return fmt.Errorf("the login ended without WeChat: %w", err)
		case <-time.After(patience):
			return fmt.Errorf("WeChat was not asked within %s", patience)
		}
		alice, err := s.login(app1, "alice")
		close(release)
		if slowErr := <-slow; err != nil || slowErr != nil {
			return errors.Join(err, slowErr)
		}
		a, err := alice.decrypt(alice.steps())
		if err != nil {
			return err
		}
		if a.status != 200 {
			return &symptom{2, fmt.Sprintf("the older key won: %d %s", a.status, a.body)}
		}
		return nil
	})
}

// holdFirstExchange keeps the answer to the next code until release is closed;
// exchanged is closed when WeChat has made it.
func holdFirstExchange(w *weChat) (exchanged, release chan struct{}) {
	exchanged, release = make(chan struct{}), make(chan struct{})
	first := make(chan struct{}, 1)
	first <- struct{}{}
	w.put(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		kept := httptest.NewRecorder()
		next.ServeHTTP(kept, r)
		select {
		case <-first:
			close(exchanged)
			<-release
		default:
		}
		giveOn(rw, kept, kept.Body.Bytes())
	})
	return exchanged, release
}

// giveOn sends an answer on, with another body.
func giveOn(w http.ResponseWriter, kept *httptest.ResponseRecorder, body []byte) {
	h := kept.Header()
	h.Set("Content-Length", itoa(len(body)))
	maps.Copy(w.Header(), h)
	w.WriteHeader(kept.Code)
	_, _ = w.Write(body) // a client that left wants no answer
}

// TestBug03: data that was altered on its way. Whoever learns from the answers
// where decryption failed, reads what is sealed.
func TestBug03_PaddingInvalid(t *testing.T) {
	exhibit(t, 3, "the answers tell apart", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		if err := alice.reads(); err != nil {
			return err
		}
		good := alice.steps()
		told := map[string]string{}
		for _, altered := range []simulator.OpenData{
			{EncryptedData: flip(good.EncryptedData, -17), IV: good.IV}, // the padding
			{EncryptedData: good.EncryptedData, IV: flip(good.IV, 0)},   // the brace that JSON begins with
			{EncryptedData: flip(good.EncryptedData, 40), IV: good.IV},  // a block in the middle
		} {
			a, err := alice.decrypt(altered)
			if err != nil {
				return err
			}
			if a.status < 400 {
				return a.unlike("an error")
			}
			p := a.problem()
			told[fmt.Sprint(a.status, p.Code, p.Detail)] = p.Detail
		}
		if len(told) > 1 {
			return &symptom{3, fmt.Sprintf("the answers tell apart where it failed: %q", told)}
		}
		for _, damaged := range []simulator.OpenData{
			{EncryptedData: good.EncryptedData, IV: good.IV[4:]},
			{EncryptedData: good.EncryptedData[:len(good.EncryptedData)-8], IV: good.IV},
			{EncryptedData: "!" + good.EncryptedData[1:], IV: good.IV},
		} {
			a, err := alice.decrypt(damaged)
			if err != nil {
				return err
			}
			if err := a.want(422, "decrypt_failed"); err != nil {
				return &symptom{3, "damaged data: " + err.Error()}
			}
		}
		return alice.reads()
	})
}

// flip flips a bit of byte i of what base64 stands for; negative: from its end.
func flip(text string, i int) string {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		panic(err) // it is the simulator's
	}
	if i < 0 {
		i += len(raw)
	}
	raw[i] ^= 0x80
	return base64.StdEncoding.EncodeToString(raw)
}

// TestBug04: an answer of WeChat's without a whole session_key, which is then
// stored as it is.
func TestBug04_NoSessionKey(t *testing.T) {
	exhibit(t, 4, "a login is granted", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		if err := alice.reads(); err != nil {
			return err
		}
		for _, change := range []func(map[string]any){
			func(out map[string]any) { out["session_key"] = "" },
			func(out map[string]any) { out["session_key"] = "dG9vIHNob3J0" },
			func(out map[string]any) { delete(out, "session_key") },
			func(out map[string]any) { delete(out, "openid") },
		} {
			s.wechat.put(rewriting(change))
			a, err := s.post(app1, s.wechat.code(app1, "alice"), "")
			if err != nil {
				return err
			}
			if a.status < 400 {
				return &symptom{4, fmt.Sprintf("a login is granted, and WeChat told no session_key or no openid: %d", a.status)}
			}
		}
		s.wechat.put(nil)
		return escapedKey(s)
	})
}

// rewriting changes WeChat's answers to codes.
func rewriting(change func(map[string]any)) between {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		kept := httptest.NewRecorder()
		next.ServeHTTP(kept, r)
		var out map[string]any
		if r.URL.Path != code2Session || json.Unmarshal(kept.Body.Bytes(), &out) != nil {
			giveOn(w, kept, kept.Body.Bytes())
			return
		}
		change(out)
		body, err := json.Marshal(out)
		if err != nil {
			panic(err) // it was JSON
		}
		giveOn(w, kept, body)
	}
}

// escapedKey wants a key that is read as JSON, where WeChat writes a slash as \/.
func escapedKey(s *subject) error {
	sw := asDocumented()
	sw.EscapeSlashes, sw.KeyRotation = true, simulator.RotateAlways
	s.wechat.switches(sw)
	for {
		alice, err := s.login(app1, "alice")
		if err == nil && !strings.Contains(alice.sessionKey(), "/") {
			continue
		}
		if err == nil {
			err = alice.reads()
		}
		if err != nil {
			return &symptom{4, "a session_key with an escaped slash does not open: " + err.Error()}
		}
		return nil
	}
}

// TestBug05: data that was sent in a query string or a form without
// encodeURIComponent.
func TestBug05_PlusBecameSpace(t *testing.T) {
	exhibit(t, 5, "a + that became a space", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		data := alice.steps()
		for !strings.Contains(data.EncryptedData, "+") {
			data = alice.steps()
		}
		a, err := alice.decrypt(data)
		if err != nil {
			return err
		}
		if a.status != 200 {
			return a.unlike("200 for what was not altered")
		}
		data.EncryptedData, data.IV = strings.ReplaceAll(data.EncryptedData, "+", " "), strings.ReplaceAll(data.IV, "+", " ")
		if a, err = alice.decrypt(data); err != nil {
			return err
		}
		if a.status != 200 {
			return &symptom{5, fmt.Sprintf("a + that became a space is not mended: %d %s", a.status, a.body)}
		}
		return nil
	})
}

// TestBug14: the key that opens, and signs, what WeChat seals for the person.
func TestBug14_SessionKeyLeaves(t *testing.T) {
	exhibit(t, 14, "the session_key stands in", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		if err := alice.reads(); err != nil {
			return err
		}
		damaged := alice.steps()
		damaged.IV = flip(damaged.IV, 0)
		for _, each := range []func() (answer, error){
			func() (answer, error) { return alice.do("GET", "/v1/me", nil) },
			func() (answer, error) { return alice.do("GET", "/v1/session?wechat=true", nil) },
			func() (answer, error) { return alice.userInfo(alice.profile()) },
			func() (answer, error) { return alice.decrypt(damaged) },
		} {
			if _, err := each(); err != nil {
				return err
			}
		}
		for place, text := range map[string]string{"an answer": s.answers(), "the log": s.log()} {
			if strings.Contains(text, alice.sessionKey()) || strings.Contains(text, `"session_key"`) {
				return &symptom{14, "the session_key stands in " + place}
			}
		}
		return nil
	})
}

// TestBug15: wx.checkSession knows of the newest key. Whether it is the one that
// the server holds, WeChat alone can say.
func TestBug15_CheckSessionSucceedsDecryptFails(t *testing.T) {
	exhibit(t, 15, "a stale key is called valid", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		if err := alice.reads(); err != nil {
			return err
		}
		if err := s.wechat.RotateSessionKey(app1, "alice"); err != nil {
			return err
		}
		if valid, err := s.wechat.CheckSession(app1, "alice"); err != nil || !valid {
			return unplayed(err, "wx.checkSession: %t", valid)
		}
		state, err := alice.wechatSession()
		if err != nil {
			return err
		}
		if state != "expired" {
			return &symptom{15, "a stale key is called " + state}
		}
		if alice, err = s.login(app1, "alice"); err != nil {
			return err
		}
		if state, err = alice.wechatSession(); err != nil || state != "valid" {
			return unplayed(err, "after a login the key is called %q", state)
		}
		return alice.reads()
	})
}

// TestBug16: the key signs as the text it is, not as what its base64 stands for.
func TestBug16_InvalidSignature(t *testing.T) {
	exhibit(t, 16, "87009", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		state, err := alice.wechatSession()
		if err != nil {
			return err
		}
		const path = "/wxa/checksession"
		if s.wechat.calls(path) != 1 {
			return fmt.Errorf("WeChat was asked %d times, want once", s.wechat.calls(path))
		}
		if refused := s.wechat.refusals(path); len(refused) > 0 {
			return &symptom{16, fmt.Sprintf("WeChat says %v of the signature by a key that lives", refused)}
		}
		if state != "valid" {
			return &symptom{16, "a key that lives is called " + state}
		}
		return nil
	})
}
