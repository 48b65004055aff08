package simulator_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

func TestSessionKeyChanges(t *testing.T) {
	t.Parallel()
	t.Run("RotateReplacesALivingKey", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		before := r.session("alice").SessionKey
		if err := r.RotateSessionKey(app1, "alice"); err != nil {
			t.Fatal(err)
		}
		after, err := r.SessionKey(app1, "alice")
		if err != nil || after == before {
			t.Errorf("the key is %q after %q, %v", after, before, err)
		}
		if valid, _ := r.CheckSession(app1, "alice"); !valid {
			t.Error("the new key does not live")
		}
	})
	t.Run("ExpireEndsItUntilTheNextLogin", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		before := r.session("alice").SessionKey
		if err := r.ExpireSessionKey(app1, "alice"); err != nil {
			t.Fatal(err)
		}
		if valid, _ := r.CheckSession(app1, "alice"); valid {
			t.Error("it still lives")
		}
		if _, err := r.SessionKey(app1, "alice"); !errors.Is(err, simulator.ErrNoSession) {
			t.Errorf("%v", err)
		}
		if after := r.session("alice").SessionKey; after == before {
			t.Error("the old key came back")
		}
	})
	t.Run("WhereNoneLivesNothingChanges", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		if err := r.RotateSessionKey(app1, "alice"); err != nil {
			t.Fatal(err)
		}
		if valid, _ := r.CheckSession(app1, "alice"); valid {
			t.Error("a key was made without a login")
		}
	})
	t.Run("UnknownNames", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		if err := r.ExpireSessionKey("wx0", "alice"); !errors.Is(err, simulator.ErrUnknownApp) {
			t.Errorf("%v", err)
		}
		if err := r.RotateSessionKey(app1, "nobody"); !errors.Is(err, simulator.ErrUnknownUser) {
			t.Errorf("%v", err)
		}
	})
}

func TestSessionKeyControl(t *testing.T) {
	t.Parallel()
	const path = "/sim/v1/wx/session-key"
	body := func(user, action string) string {
		return `{"appid":"` + app1 + `","user":"` + user + `","action":"` + action + `"}`
	}
	s := newRig(t)
	s.session("alice")
	control(t, s.Server, "POST", path, body("alice", "rotate"), 200, `{"valid":true}`)
	control(t, s.Server, "POST", path, body("alice", "expire"), 200, `{"valid":false}`)
	control(t, s.Server, "POST", path, body("alice", "rotate"), 200, `{"valid":false}`)
	control(t, s.Server, "POST", path, body("alice", "forget"), 400, "")
	control(t, s.Server, "POST", path, body("nobody", "rotate"), 404, "")
	control(t, s.Server, "POST", path, `{"appid":"`+app1+`","user":"alice","action":"rotate","x":1}`, 400, "")
}

func TestAdvanced(t *testing.T) {
	t.Parallel()
	s := new(simulator.Server)
	if err := s.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	control(t, s, "POST", "/sim/v1/clock", `{"advance":60}`, 200, "")
	if got := s.Advanced(); got != time.Hour+time.Minute {
		t.Errorf("%s", got)
	}
}

func TestFaultHeader(t *testing.T) {
	t.Parallel()
	s := new(simulator.Server)
	ask := func() string {
		rec := httptest.NewRecorder()
		s.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "http://localhost/sns/jscode2session", nil))
		return rec.Header().Get(simulator.FaultHeader)
	}
	if got := ask(); got != "" {
		t.Errorf("%q without a fault", got)
	}
	if err := s.SetFaults(simulator.Fault{Path: "/sns/*", Errcode: -1, Times: 1}, simulator.Fault{Path: "/*", Latency: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if got := ask(); got != "errcode" {
		t.Errorf("%q on a faked errcode", got)
	}
	if got := ask(); got != "latency" {
		t.Errorf("%q on a delayed answer", got)
	}
}
