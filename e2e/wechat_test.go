package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

// weChat is a simulated WeChat that outlives the servers under test.
type weChat struct {
	*simulator.Server
	t       testing.TB
	url     string
	between atomic.Pointer[between]
}

// between stands between a server under test and WeChat: a proxy, a sidecar, a
// slow line. next is WeChat.
type between func(w http.ResponseWriter, r *http.Request, next http.Handler)

func newWeChat(t testing.TB) *weChat {
	t.Helper()
	// One person may log in as often as a test likes.
	w := &weChat{Server: &simulator.Server{Switches: simulator.Switches{LoginsPerUserMinute: -1}}, t: t}
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if stand := w.between.Load(); stand != nil {
			(*stand)(rw, r, w.Handler())
			return
		}
		w.Handler().ServeHTTP(rw, r)
	}))
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
func (w *weChat) exchanges() int { return w.calls(code2Session) }

// put puts something between the servers and WeChat from now on; nil: nothing.
func (w *weChat) put(stand between) {
	if stand == nil {
		w.between.Store(nil)
		return
	}
	w.between.Store(&stand)
}

// switches decides what WeChat's documents leave open.
func (w *weChat) switches(sw simulator.Switches) {
	w.t.Helper()
	sw.LoginsPerUserMinute = -1
	if err := w.SetSwitches(sw); err != nil {
		w.t.Fatal(err)
	}
}

// refusals lists the errcodes that a path was answered with.
func (w *weChat) refusals(path string) (codes []int) {
	for _, r := range w.Requests() {
		if r.Path == path && r.Errcode != 0 {
			codes = append(codes, r.Errcode)
		}
	}
	return codes
}

// calls counts the calls of a path.
func (w *weChat) calls(path string) (n int) {
	for _, r := range w.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}

const code2Session = "/sns/jscode2session"
