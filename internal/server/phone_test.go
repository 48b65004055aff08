package server_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

const exchangePath = "/wxa/business/getuserphonenumber"

// answering is a WeChat that knows one answer.
func answering(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// tap taps the phone number button.
func (r *rig) tap(appid, user string) simulator.PhoneData {
	r.t.Helper()
	d, err := r.sim.PhoneNumber(appid, user)
	must(r.t, err)
	return d
}

func (r *rig) number(user string) string {
	for _, u := range r.sim.Users() {
		if u.Name == user {
			return u.PhoneNumber
		}
	}
	r.t.Fatalf("no %s", user)
	return ""
}

func masked(number string) string { return number[:3] + "****" + number[7:] }

func code(c string) map[string]string { return map[string]string{"code": c} }

// databases runs a test on each database.
func databases(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Parallel()
	for name, adjust := range map[string]func(*rig){"SQLite": func(*rig) {}, "Postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newRig(t, adjust))
		})
	}
}

func TestPhoneByCode(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		token, bob := r.login(app1, "alice"), r.login(app1, "bob")
		want := masked(r.number("alice"))
		c := r.tap(app1, "alice").Code
		first := r.call("POST", "/v1/me/phone", token, code(c))
		r.want(first, 200, "")
		if first.body["phone_number"] != want {
			t.Errorf("got %s, want %s", first.text, want)
		}
		// The answer was lost: the same again, here, elsewhere, and after a restart.
		for _, at := range []*replica{r.replica, r.start()} {
			if again := r.callAt(at, "POST", "/v1/me/phone", token, code(c)); again.status != 200 || again.text != first.text {
				t.Errorf("again: %d %s, first %s", again.status, again.text, first.text)
			}
		}
		if n := r.asked(exchangePath); n != 1 {
			t.Errorf("WeChat was asked %d times", n)
		}
		r.want(r.call("POST", "/v1/me/phone", bob, code(c)), 422, "phone_code_invalid")
		if me := r.call("GET", "/v1/me", bob, nil); me.body["phone_number"] != nil {
			t.Errorf("bob has a number: %s", me.text)
		}
		// Seen in the other app of the person, and by the next login.
		if me := r.call("GET", "/v1/me", r.login(app2, "alice"), nil); me.body["phone_number"] != want {
			t.Errorf("in the other app: %s", me.text)
		}
		// Somebody else's fresh code, or another app's, is refused by WeChat.
		r.want(r.call("POST", "/v1/me/phone", bob, code(r.tap(app1, "alice").Code)), 422, "phone_code_invalid")
		r.want(r.call("POST", "/v1/me/phone", token, code(r.tap(app2, "alice").Code)), 422, "phone_code_invalid")
	})
}

func TestPhoneByCode_AtOnce(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		token, c := r.login(app1, "alice"), r.tap(app1, "alice").Code
		replicas := []*replica{r.replica, r.start()}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if a := r.callAt(replicas[i%2], "POST", "/v1/me/phone", token, code(c)); a.status != 200 || a.body["phone_number"] != masked(r.number("alice")) {
					t.Errorf("%d %s", a.status, a.text)
				}
			})
		}
		wg.Wait()
	})
}

func TestPhoneByCode_Window(t *testing.T) {
	t.Parallel()
	c := (&clock{}).stop()
	r := newRig(t, func(r *rig) { r.now = c.Now })
	token, used := r.login(app1, "alice"), r.tap(app1, "alice").Code
	r.want(r.call("POST", "/v1/me/phone", token, code(used)), 200, "")
	c.advance(5*time.Minute - time.Second)
	r.want(r.call("POST", "/v1/me/phone", token, code(used)), 200, "")
	c.advance(2 * time.Second)
	r.want(r.call("POST", "/v1/me/phone", token, code(used)), 422, "phone_code_invalid")
}

// TestPhoneByCode_Errcodes has a row for each way in which WeChat may answer.
func TestPhoneByCode_Errcodes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault  simulator.Fault
		status int
		code   string
		calls  int // to WeChat
	}{
		"Busy":            {simulator.Fault{Errcode: -1, Times: 3}, 503, "wechat_unavailable", 3},
		"BusyOnce":        {simulator.Fault{Errcode: -1, Times: 1}, 200, "", 2},
		"BadCode":         {simulator.Fault{Errcode: 40029, Times: 1}, 422, "phone_code_invalid", 1},
		"OtherOpenID":     {simulator.Fault{Errcode: 40003, Times: 1}, 422, "phone_code_invalid", 1},
		"OtherApp":        {simulator.Fault{Errcode: 40013, Times: 1}, 422, "phone_code_invalid", 1},
		"NoPermission":    {simulator.Fault{Errcode: 48001, Times: 1}, 502, "wechat_rejected", 1},
		"MinuteQuota":     {simulator.Fault{Errcode: 45011, Times: 1}, 429, "wechat_quota", 1},
		"DayQuota":        {simulator.Fault{Errcode: 45009, Times: 1}, 429, "wechat_quota", 1},
		"TokenNotLatest":  {simulator.Fault{Errcode: 40001, Times: 1}, 200, "", 2},
		"TokenExpired":    {simulator.Fault{Errcode: 42001, Times: 1}, 200, "", 2},
		"TokenMalformed":  {simulator.Fault{Errcode: 40014, Times: 1}, 200, "", 2},
		"TokenNeverGood":  {simulator.Fault{Errcode: 40001}, 502, "wechat_rejected", 2},
		"ServerError":     {simulator.Fault{Status: 503, Times: 1}, 503, "wechat_unavailable", 1},
		"LostWeChatReply": {simulator.Fault{Drop: simulator.DropAfter, Times: 1}, 503, "wechat_unavailable", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			token, c := r.login(app1, "alice"), r.tap(app1, "alice").Code
			tt.fault.Path = exchangePath
			must(t, r.sim.SetFaults(tt.fault))
			r.want(r.call("POST", "/v1/me/phone", token, code(c)), tt.status, tt.code)
			if n := r.asked(exchangePath); n != tt.calls {
				t.Errorf("WeChat was asked %d times, want %d", n, tt.calls)
			}
			must(t, r.sim.SetFaults())
			again := r.call("POST", "/v1/me/phone", token, code(c))
			if name == "LostWeChatReply" { // spent, and nobody knows the number
				r.want(again, 422, "phone_code_invalid")
				return
			}
			r.want(again, 200, "")
		})
	}
}

// TestPhoneByCode_MadeUp: codes that WeChat refuses count with open data that is
// refused, on whatever replica and in a burst. Those that never reach WeChat do
// not, and a good one may be repeated for all that.
func TestPhoneByCode_MadeUp(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		token, other, good := r.login(app1, "alice"), r.login(app1, "alice"), r.tap(app1, "alice").Code
		for range 25 {
			r.want(r.call("POST", "/v1/me/phone", token, code("a b")), 422, "phone_code_invalid")
			r.want(r.call("POST", "/v1/me/phone", token, code(good)), 200, "")
		}
		before := r.asked(exchangePath)
		replicas := []*replica{r.replica, r.start()}
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				a := r.callAt(replicas[i%2], "POST", "/v1/me/phone", token, code(fmt.Sprint("made-up-", i)))
				if a.code() != "phone_code_invalid" && a.code() != "rate_limited" {
					t.Errorf("%d %s", a.status, a.text)
				}
			})
		}
		wg.Wait()
		// Each replica may have one more under way when the last one fails.
		if n := r.asked(exchangePath) - before; n < 20 || n > 21 {
			t.Errorf("WeChat was asked %d times", n)
		}
		a := r.call("POST", "/v1/me/phone", token, code(r.tap(app1, "alice").Code))
		r.want(a, 429, "rate_limited")
		if wait, _ := a.body["retry_after"].(float64); wait < 3500 || wait > 3600 {
			t.Errorf("retry after %v", wait)
		}
		r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(r.steps("alice"))), 429, "rate_limited")
		r.want(r.call("POST", "/v1/me/phone", token, code(good)), 200, "")
		r.want(r.call("POST", "/v1/me/phone", other, code(r.tap(app1, "alice").Code)), 200, "")
	})
}

func TestPhone_BadRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.cfg.Apps[1].PhoneByEncryptedData = false })
	token, off := r.login(app1, "alice"), r.login(app2, "alice")
	d := r.tap(app1, "alice")
	for name, body := range map[string]map[string]string{
		"Empty": code(""), "Spaces": code("a b"), "Long": code(strings.Repeat("a", 513)), "Control": code("a\x01"), "NotASCII": code("码"),
	} {
		if a := r.call("POST", "/v1/me/phone", token, body); a.status != 422 || a.code() != "phone_code_invalid" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	r.want(r.call("POST", "/v1/me/phone", token, map[string]string{"code": d.Code, "encrypted_data": d.EncryptedData, "iv": d.IV}), 400, "invalid_request")
	for name, body := range map[string]map[string]any{"Nothing": {}, "Null": {"code": nil}} {
		if a := r.call("POST", "/v1/me/phone", token, body); a.status != 400 || a.code() != "invalid_request" || a.body["field"] != "code" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	r.want(r.call("POST", "/v1/me/phone", token, map[string]string{"phone": "13800138000"}), 400, "invalid_request")
	d = r.tap(app2, "alice")
	r.want(r.call("POST", "/v1/me/phone", off, map[string]string{"encrypted_data": d.EncryptedData, "iv": d.IV}), 400, "invalid_request")
	if r.asked(exchangePath) != 0 {
		t.Error("WeChat was asked")
	}
}

func TestPhoneByEncryptedData(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		token := r.login(app1, "alice")
		d := r.tap(app1, "alice")
		body := map[string]string{"encrypted_data": d.EncryptedData, "iv": d.IV}
		for range 2 {
			a := r.call("POST", "/v1/me/phone", token, body)
			r.want(a, 200, "")
			if a.body["phone_number"] != masked(r.number("alice")) {
				t.Errorf("got %s", a.text)
			}
		}
		const path = "/wxa/business/checkencryptedmsg"
		for errcode, want := range map[int]string{1: "watermark_mismatch", -1: "wechat_unavailable", 40097: "wechat_rejected", 45011: "wechat_quota"} {
			must(t, r.sim.SetFaults(simulator.Fault{Path: path, Errcode: errcode}))
			if a := r.call("POST", "/v1/me/phone", token, body); a.code() != want {
				t.Errorf("errcode %d: %s", errcode, a.text)
			}
		}
		must(t, r.sim.SetFaults(simulator.Fault{Path: path, Errcode: 40001, Times: 1}))
		r.want(r.call("POST", "/v1/me/phone", token, body), 200, "")
	})
}

// TestPhone_Foreign shows a foreign number sensibly.
func TestPhone_Foreign(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := r.sim.AddUser(simulator.User{Name: "hk", PhoneNumber: "+85251234567"})
	must(t, err)
	token := r.login(app1, "hk")
	d := r.tap(app1, "hk")
	for _, body := range []map[string]string{code(d.Code), {"encrypted_data": d.EncryptedData, "iv": d.IV}} {
		if a := r.call("POST", "/v1/me/phone", token, body); a.body["phone_number"] != "+852 51****67" {
			t.Errorf("got %s", a.text)
		}
	}
}
