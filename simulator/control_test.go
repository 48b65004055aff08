package simulator_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/simulator"
)

// control makes a control call and compares the answer, as JSON.
func control(t *testing.T, s *simulator.Server, method, path, body string, status int, want string) string {
	t.Helper()
	rec := send(s, method, "localhost", path, body, map[string]string{"Content-Type": "application/json"})
	if rec.Code != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, rec.Code, rec.Body, status)
	}
	if want == "" {
		return rec.Body.String()
	}
	if diff := cmp.Diff(parse(t, want), parse(t, rec.Body.String())); diff != "" {
		t.Errorf("%s %s (-want +got):\n%s", method, path, diff)
	}
	return rec.Body.String()
}

func parse(t *testing.T, s string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return v
}

func TestControlApps(t *testing.T) {
	t.Parallel()
	s := new(simulator.Server)
	const demo = `{"appid":"` + app1 + `","secret":"` + secret1 + `","type":"miniprogram","open_account":"demo"},{"appid":"` + app2 + `","secret":"` + secret2 + `","type":"miniprogram","open_account":"demo"}`
	control(t, s, "GET", "/sim/v1/apps", "", 200, `{"data":[`+demo+`],"next_cursor":null}`)
	control(t, s, "POST", "/sim/v1/apps", `{"appid":"wx3","secret":"abc"}`, 201, `{"appid":"wx3","secret":"abc","type":"miniprogram","open_account":null}`)
	control(t, s, "POST", "/sim/v1/apps", `{"appid":"wx3","open_account":"late"}`, 200, `{"appid":"wx3","secret":"abc","type":"miniprogram","open_account":"late"}`)
	control(t, s, "POST", "/sim/v1/apps", `{"appid":"wx3","type":"website"}`, 200, `{"appid":"wx3","secret":"abc","type":"website","open_account":"late"}`)
	const push = `{"url":"http://localhost/x","token":"t","encoding_aes_key":"k","mode":"safe","format":"json"}`
	control(t, s, "POST", "/sim/v1/apps", `{"appid":"wx3","open_account":null,"push":`+push+`}`, 200, `{"appid":"wx3","secret":"abc","type":"website","open_account":null,"push":`+push+`}`)
	control(t, s, "GET", "/sim/v1/apps?cursor=2", "", 200, `{"data":[{"appid":"wx3","secret":"abc","type":"website","open_account":null,"push":`+push+`}],"next_cursor":null}`)
	for _, bad := range []string{`{"appid":"wx4"}`, `{"appid":"wx 4","secret":"x"}`, `{"appid":"wx4","secret":"x","type":"toaster"}`, `{"appid":"wx4","secret":"x","colour":"red"}`,
		`{"appid":"wx4","secret":"x","open_account":7}`, `{"appid":"wx4","secret":"x","push":{"uri":"x"}}`, `[]`, `{`, ``, `{} {}`} {
		control(t, s, "POST", "/sim/v1/apps", bad, 400, "")
	}
	if n := len(s.Apps()); n != 3 {
		t.Errorf("%d apps: a refused one was kept", n)
	}
}

func TestControlUsers(t *testing.T) {
	t.Parallel()
	s := new(simulator.Server)
	id := s.Users()[0].ID
	control(t, s, "POST", "/sim/v1/users", `{"name":"alice","nickname":"爱丽丝","phone_number":"13800138000"}`, 200, `{"id":"`+id+`","name":"alice"}`)
	control(t, s, "POST", "/sim/v1/users", `{"name":"alice","blocked":true}`, 200, "")
	control(t, s, "GET", "/sim/v1/users?limit=1", "", 200,
		`{"data":[{"id":"`+id+`","name":"alice","nickname":"爱丽丝","avatar_url":"","phone_number":"13800138000","blocked":true}],"next_cursor":"1"}`)
	control(t, s, "POST", "/sim/v1/users", `{"name":"dave"}`, 201, "")
	if body := control(t, s, "GET", "/sim/v1/users?cursor=3", "", 200, ""); !strings.Contains(body, `"name":"dave"`) || !strings.Contains(body, `"next_cursor":null`) {
		t.Errorf("got %s", body)
	}
	for _, bad := range []string{`{}`, `{"name":"psn_1"}`, `{"name":"x","id":"y"}`, `{"name":7}`, `{"name":"x","blocked":"yes"}`} {
		control(t, s, "POST", "/sim/v1/users", bad, 400, "")
	}
	for _, bad := range []string{"?cursor=x", "?cursor=-1", "?limit=0"} {
		control(t, s, "GET", "/sim/v1/users"+bad, "", 400, "")
	}
	control(t, s, "GET", "/sim/v1/users?cursor=999&limit=99999", "", 200, `{"data":[],"next_cursor":null}`)
	control(t, s, "GET", "/sim/v1/merchants", "", 200, `{"data":[],"next_cursor":null}`)
}

func TestControlWX(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	s := r.Server
	control(t, s, "POST", "/sim/v1/wx/check-session", loginBody, 200, `{"valid":false}`)
	control(t, s, "POST", "/sim/v1/wx/werun", loginBody, 409, "")
	var got struct{ Code string }
	if err := json.Unmarshal([]byte(control(t, s, "POST", "/sim/v1/wx/login", loginBody, 200, "")), &got); err != nil {
		t.Fatal(err)
	}
	if a := r.exchange(got.Code); a.OpenID == "" {
		t.Errorf("got %s", a.text)
	}
	control(t, s, "POST", "/sim/v1/wx/check-session", loginBody, 200, `{"valid":true}`)
	control(t, s, "POST", "/sim/v1/clock", `{"advance":1800}`, 200, `{"offset":1800}`)
	control(t, s, "POST", "/sim/v1/wx/check-session", loginBody, 200, `{"valid":false}`)
	control(t, s, "POST", "/sim/v1/wx/login", loginBody, 200, "")
	var d simulator.OpenData
	if err := json.Unmarshal([]byte(control(t, s, "POST", "/sim/v1/wx/user-profile", loginBody, 200, "")), &d); err != nil || d.RawData == "" || d.Signature == "" || d.EncryptedData == "" || d.IV == "" {
		t.Errorf("%+v %v", d, err)
	}
	control(t, s, "POST", "/sim/v1/wx/user-profile", strings.Replace(loginBody, "{", `{"api":"getUserInfo",`, 1), 200, "")
	control(t, s, "POST", "/sim/v1/wx/user-profile", strings.Replace(loginBody, "{", `{"api":"getAll",`, 1), 400, "")
	if body := control(t, s, "POST", "/sim/v1/wx/werun", loginBody, 200, ""); strings.Contains(body, "rawData") {
		t.Errorf("got %s", body)
	}
	control(t, s, "POST", "/sim/v1/wx/login", `{"appid":"`+app1+`","user":"nobody"}`, 404, "")
	control(t, s, "POST", "/sim/v1/wx/login", `{"appid":"wx0","user":"alice"}`, 404, "")
	control(t, s, "POST", "/sim/v1/wx/login", `{"appid":"`+app1+`","user":"alice","x":1}`, 400, "")
	control(t, s, "POST", "/sim/v1/wx/request-payment", loginBody, 501, "")
	control(t, s, "GET", "/sim/v1/wx/login", "", 405, "")
	control(t, s, "GET", "/sim/v1/nothing", "", 404, "")
}

func TestControlFaults(t *testing.T) {
	t.Parallel()
	s := new(simulator.Server)
	const list = `[{"path":"/sns/jscode2session","errcode":-1,"times":2,"probability":0.5},{"path":"/cgi-bin/*","status":503},{"path":"/*","latency_ms":50},{"path":"/wxa/*","drop":true},{"path":"/x","drop":"before"}]`
	control(t, s, "PUT", "/sim/v1/faults", list, 200, `{"data":`+list+`,"next_cursor":null}`)
	control(t, s, "GET", "/sim/v1/faults", "", 200, `{"data":`+list+`,"next_cursor":null}`)
	if got := s.Faults(); got[3].Drop != simulator.DropAfter || got[4].Drop != simulator.DropBefore {
		t.Errorf("got %+v", got)
	}
	for _, bad := range []string{`[{}]`, `[{"path":"/x"}]`, `[{"path":"/x","errcode":1,"times":0}]`, `[{"path":"/x","errcode":1,"probability":0}]`, `[{"path":"/x","errcode":1,"probability":2}]`,
		`[{"path":"/x","drop":"never"}]`, `[{"path":"/x","drop":1}]`, `[{"path":"/x","latency_ms":-1}]`, `[{"path":"/x","latency_ms":99999999}]`, `[{"path":"/x","errcode":1,"why":"x"}]`,
		`{"path":"/x","errcode":1}`, `[{"path":"/sim/v1/x","errcode":1}]`, `[{"path":"/x","errcode":1,"status":500}]`} {
		control(t, s, "PUT", "/sim/v1/faults", bad, 400, "")
	}
	if n := len(s.Faults()); n != 5 {
		t.Errorf("%d faults after refused lists", n)
	}
	control(t, s, "PUT", "/sim/v1/faults", `[]`, 200, `{"data":[],"next_cursor":null}`)
	control(t, s, "PUT", "/sim/v1/faults", list, 200, "")
	control(t, s, "DELETE", "/sim/v1/faults", "", 204, "")
	if n := len(s.Faults()); n != 0 {
		t.Errorf("%d faults after DELETE", n)
	}
}

func TestControlSwitches(t *testing.T) {
	t.Parallel()
	s := new(simulator.Server)
	defaults := control(t, s, "GET", "/sim/v1/switches", "", 200, "")
	for _, want := range []string{`"key_rotation_interval":60`, `"used_code_memory":600`, `"session_key_idle":1800`, `"wrong_secret_is_40001":false`, `"blocked_text":"code blocked"`, `"force_too_soon":45011`} {
		if !strings.Contains(defaults, want) {
			t.Errorf("%s is not in %s", want, defaults)
		}
	}
	changed := control(t, s, "PUT", "/sim/v1/switches", `{"session_key_idle":-1,"key_rotation":"always","logins_per_user_minute":7}`, 200, "")
	for _, want := range []string{`"session_key_idle":-1`, `"key_rotation":"always"`, `"logins_per_user_minute":7`, `"used_code_memory":600`} {
		if !strings.Contains(changed, want) {
			t.Errorf("%s is not in %s", want, changed)
		}
	}
	control(t, s, "PUT", "/sim/v1/switches", changed, 200, changed)
	for _, bad := range []string{`{"keyrotation":"always"}`, `{"key_rotation":"sometimes"}`, `{"content_type":"xml"}`, `{"session_key_idle":1.5}`, `{"session_key_idle":-2}`, `{"session_key_idle":9999999999999}`, `[]`, `7`} {
		control(t, s, "PUT", "/sim/v1/switches", bad, 400, "")
	}
	control(t, s, "GET", "/sim/v1/switches", "", 200, changed)
	control(t, s, "PUT", "/sim/v1/switches", `{}`, 200, defaults)
}

func TestControlClockAndReset(t *testing.T) {
	t.Parallel()
	s := new(simulator.Server)
	control(t, s, "POST", "/sim/v1/clock", `{"advance":60}`, 200, `{"offset":60}`)
	control(t, s, "POST", "/sim/v1/clock", `{"advance":0}`, 200, `{"offset":60}`)
	for _, bad := range []string{`{}`, `{"advance":-1}`, `{"advance":1.5}`, `{"advance":"60"}`, `{"advance":9223372036854775807}`, `{"advance":60,"x":1}`} {
		control(t, s, "POST", "/sim/v1/clock", bad, 400, "")
	}
	control(t, s, "POST", "/sim/v1/reset", "", 204, "")
	control(t, s, "POST", "/sim/v1/reset", "{}", 204, "")
	control(t, s, "POST", "/sim/v1/reset", `{"x":1}`, 400, "")
	control(t, s, "POST", "/sim/v1/clock", `{"advance":0}`, 200, `{"offset":0}`)
	control(t, s, "POST", "/sim/v1/clock", `{"advance":`+strings.Repeat(" ", 1<<20)+`1}`, 413, "")
}

func TestHome(t *testing.T) {
	t.Parallel()
	rec := send(new(simulator.Server), "GET", "localhost:8081", "/", "", nil)
	body := rec.Body.String()
	for _, want := range append([]string{"这不是微信", "This is not WeChat", app1}, simulator.DemoUsers()...) {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	for _, r := range simulator.Routes() {
		if !strings.Contains(body, "<code>"+r.Path+"</code>") {
			t.Errorf("%s is not on the page", r.Path)
		}
	}
	if csp := rec.Header().Get("Content-Security-Policy"); rec.Code != 200 || !strings.Contains(csp, "default-src 'none'") || strings.Contains(body, "<script") {
		t.Errorf("%d %q", rec.Code, csp)
	}
}

// FuzzControl: no body makes a control fail otherwise than by a 4xx that says
// why, or reaches what a reset does not put right.
func FuzzControl(f *testing.F) {
	for _, body := range []string{loginBody, `{"appid":"wx3","secret":"x","open_account":null,"push":{"url":"x"}}`, `{"name":"dave","phone_number":"1"}`,
		`[{"path":"/sns/*","drop":"before","times":1,"probability":0.1}]`, `{"advance":9}`, `{"key_rotation":"never","session_key_idle":-1}`, `null`, `{"a":{"a":[]}}`, "{\"name\":\"\xff\"}"} {
		f.Add([]byte(body))
	}
	s := new(simulator.Server)
	h := s.Handler()
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, route := range simulator.Routes() {
			if !route.Control() || route.Method != http.MethodPost && route.Method != http.MethodPut {
				continue
			}
			req := httptest.NewRequest(route.Method, "http://localhost"+route.Path, bytes.NewReader(body))
			req.Header.Set("Content-Type", "application/json")
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			if rec.Code >= 500 && rec.Code != http.StatusNotImplemented {
				t.Errorf("%s: %d %s", route.Path, rec.Code, rec.Body)
			}
			if rec.Code >= 400 && !bytes.Contains(rec.Body.Bytes(), []byte(`"error"`)) {
				t.Errorf("%s: %d without a reason", route.Path, rec.Code)
			}
		}
		s.Reset()
		if len(s.Apps()) != 2 || len(s.Users()) != 3 || len(s.Faults()) != 0 {
			t.Error("a reset left something behind")
		}
	})
}
