package e2e_test

import (
	"net/http/httptest"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

// weChat is a simulated WeChat that outlives the servers under test.
type weChat struct {
	*simulator.Server
	t   testing.TB
	url string
}

func newWeChat(t testing.TB) *weChat {
	t.Helper()
	// One person may log in as often as a test likes.
	w := &weChat{Server: &simulator.Server{Switches: simulator.Switches{LoginsPerUserMinute: -1}}, t: t}
	srv := httptest.NewServer(w.Handler())
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w
}

// code is what wx.login gives on the person's phone.
func (w *weChat) code(appid, name string) string {
	w.t.Helper()
	code, err := w.Login(appid, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func (w *weChat) person(name string) string {
	w.t.Helper()
	if _, err := w.AddUser(simulator.User{Name: name}); err != nil {
		w.t.Fatal(err)
	}
	return name
}

// faults sets what goes wrong from now on.
func (w *weChat) faults(list ...simulator.Fault) {
	w.t.Helper()
	if err := w.SetFaults(list...); err != nil {
		w.t.Fatal(err)
	}
}

// exchanges counts the codes that WeChat was asked about.
func (w *weChat) exchanges() (n int) {
	for _, r := range w.Requests() {
		if r.Path == code2Session {
			n++
		}
	}
	return n
}

const code2Session = "/sns/jscode2session"
