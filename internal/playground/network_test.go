package playground_test

import (
	"strings"
	"testing"
	"time"
)

const loginLine = "POST /v1/login"

func TestOffline(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	l := r.listen("")
	r.page("PUT", "/network", `{"mode":"offline"}`, 200)
	code := r.code(app1, "alice")
	got := r.login(l, "c1", code, key1)
	if got["ok"] != false || got["errMsg"] != "request:fail net::ERR_INTERNET_DISCONNECTED" || r.count(loginLine) != 0 {
		t.Errorf("%v", got)
	}
	if x := l.ofCall("c1"); x["fault"] != "offline" || x["error"] != got["errMsg"] || x["response"] != nil {
		t.Errorf("%v", x)
	}
	r.page("PUT", "/network", `{"mode":"online"}`, 200)
	r.granted(r.login(l, "c2", code, key1)) // it was never spent
}

// A lost request never reaches hufu; one more works.
func TestLoseRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	l := r.listen("")
	a := r.page("PUT", "/network", `{"mode":"lose_request","times":2}`, 200)
	if !strings.Contains(string(a.body), `"network":{"mode":"lose_request","left":2}`) {
		t.Errorf("%s", a.body)
	}
	code := r.code(app1, "alice")
	for _, id := range []string{"c1", "c2"} {
		if got := r.login(l, id, code, key1); got["errMsg"] != "request:fail timeout" || got["errno"] != 5.0 {
			t.Errorf("%v", got)
		}
	}
	if n := r.count(loginLine); n != 0 {
		t.Errorf("%d logins arrived", n)
	}
	if x := l.ofCall("c1"); x["fault"] != "lose_request" || x["response"] != nil {
		t.Errorf("%v", x)
	}
	l.wait("online again", func(e event) bool {
		return e.name == "state" && strings.Contains(e.raw, `"mode":"online","left":null`) && e.id > 0
	})
	r.granted(r.login(l, "c3", code, key1))
}

// A lost answer was a login all the same: the same code and key give the same
// session, and another key none.
func TestLoseAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	l := r.listen("")
	r.page("PUT", "/network", `{"mode":"lose_answer"}`, 200)
	code := r.code(app1, "alice")
	began := time.Now()
	if got := r.login(l, "c1", code, key1); got["ok"] != false || got["errMsg"] != "request:fail timeout" || got["errno"] != 5.0 || got["data"] != nil {
		t.Errorf("%v", got)
	}
	if took := time.Since(began); took > 50*time.Second {
		t.Errorf("the phone was told after %s", took)
	}
	if n := r.count(loginLine); n != 1 {
		t.Errorf("%d logins arrived", n)
	}
	x := l.ofCall("c1")
	if x["fault"] != "lose_answer" || x["error"] != "request:fail timeout" {
		t.Errorf("%v", x)
	}
	lost := x["response"].(map[string]any)["body"].(map[string]any)
	again := r.granted(r.login(l, "c2", code, key1))
	if again["session_id"] != lost["session_id"] || again["session_id"] == nil {
		t.Errorf("session %v, lost %v", again["session_id"], lost["session_id"])
	}
	if got := r.login(l, "c3", code, key2); got["status_code"] != 409.0 {
		t.Errorf("%v", got)
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	l := r.listen("")
	r.page("PUT", "/network", `{"mode":"slow"}`, 200)
	r.send("c1", "GET", r.url+"/healthz", nil)
	r.send("c2", "GET", r.url+"/readyz", map[string]any{"timeout": 100})
	if got := l.result("c2"); got["errMsg"] != "request:fail timeout" || r.count("GET /readyz") != 0 {
		t.Errorf("a short time-out: %v", got)
	}
	if got := l.result("c1"); got["ok"] != true {
		t.Errorf("%v", got)
	}
	if x := l.ofCall("c1"); x["fault"] != "slow" || x["took_ms"].(float64) < 3000 {
		t.Errorf("%v", x)
	}
}

func TestNetworkRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	for _, body := range []string{
		`{}`, `{"mode":"odd"}`, `{"mode":"offline","times":1}`, `{"mode":"lose_request","times":-1}`, `{"mode":"lose_answer","times":1001}`,
		`{"mode":"online","x":1}`, `{"mode":1}`, ``,
	} {
		r.page("PUT", "/network", body, 400)
	}
}

// What the simulator was told to do wrong is marked as WeChat's fault.
func TestWeChatFaultIsMarked(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{
		"Errcode": `{"path":"/sns/jscode2session","errcode":45009}`,
		"Status":  `{"path":"/sns/jscode2session","status":502}`,
		"Drop":    `{"path":"/sns/jscode2session","drop":true}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{})
			l := r.listen("")
			a := r.do("PUT", "/sim/v1/faults", map[string]string{"Content-Type": "application/json"}, "["+fault+"]")
			if a.status/100 != 2 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if got := r.login(l, "c1", r.code(app1, "alice"), key1); got["ok"] != true || got["status_code"] == 200.0 {
				t.Errorf("%v", got)
			}
			x := l.exchange("with WeChat", func(x map[string]any) bool { return x["to"] == "wechat" })
			if x["fault"] != "wechat" || x["parent"] == nil {
				t.Errorf("%v", x)
			}
			if x := l.ofCall("c1"); x["fault"] != nil {
				t.Errorf("the phone's own: %v", x)
			}
		})
	}
}
