package playground_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// backend is somebody's own, with what a phone must not fall for.
type backend struct {
	*httptest.Server
	mu      sync.Mutex
	seen    []*http.Request
	bodies  []string
	holding chan struct{} // closed when /hold may answer
	gone    chan struct{} // told when the caller of /hold went away
}

func newBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{holding: make(chan struct{}), gone: make(chan struct{}, 64)}
	b.Server = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.Close)
	return b
}

func (b *backend) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	b.seen, b.bodies = append(b.seen, r), append(b.bodies, string(body))
	b.mu.Unlock()
	switch r.URL.Path {
	case "/to":
		http.Redirect(w, r, r.URL.Query().Get("url"), http.StatusFound)
	case "/loop":
		http.Redirect(w, r, "/loop", http.StatusFound)
	case "/hold":
		select {
		case <-r.Context().Done():
			b.gone <- struct{}{}
		case <-b.holding:
		}
	case "/echo":
		_, _ = w.Write(body)
	case "/bytes":
		_, _ = w.Write([]byte{0xff, 0xfe, 0})
	case "/long":
		_, _ = io.Copy(w, io.LimitReader(zeros{}, 10<<20+1))
	case "/cut":
		panic(http.ErrAbortHandler)
	case "/cookies":
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.WriteHeader(http.StatusTeapot)
	default:
		_, _ = fmt.Fprintf(w, "%s %s", r.Method, r.URL)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func (b *backend) last(t *testing.T) (*http.Request, string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.seen) == 0 {
		t.Fatal("nothing arrived")
	}
	return b.seen[len(b.seen)-1], b.bodies[len(b.bodies)-1]
}

func (b *backend) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.seen)
}

// What WeChat's client refuses, and in which words. One row a rule.
func TestRelayRefuses(t *testing.T) {
	t.Parallel()
	own, foreign := newBackend(t), newBackend(t)
	r := newRig(t, rigOptions{domains: []string{own.URL}})
	l := r.listen("")
	port := own.URL[strings.LastIndex(own.URL, ":"):]
	upload := map[string]any{"kind": "upload", "file": map[string]string{"name": "f", "filename": "n", "type": "image/png", "base64": ""}}
	n := 0
	for name, tt := range map[string]struct {
		method, url string
		fields      map[string]any
		errMsg      string
		errno       float64
	}{
		"PATCH":                 {"PATCH", own.URL, nil, "request:fail invalid method: wx.request has no PATCH", 0},
		"LowerCaseMethod":       {"get", own.URL, nil, "request:fail invalid method: wx.request has no get", 0},
		"Tunnel":                {"CONNECT", own.URL, nil, "request:fail invalid method: wx.request has no CONNECT", 0},
		"DomainNotListed":       {"GET", foreign.URL, nil, "request:fail url not in domain list", 600002},
		"UploadNotListed":       {"POST", foreign.URL, upload, "uploadFile:fail url not in domain list", 600002},
		"OtherPort":             {"GET", "http://127.0.0.1:1/", nil, "request:fail url not in domain list", 600002},
		"NoPort":                {"GET", "http://127.0.0.1/", nil, "request:fail url not in domain list", 600002},
		"OtherScheme":           {"GET", "https" + strings.TrimPrefix(own.URL, "http"), nil, "request:fail url not in domain list", 600002},
		"OtherNameOfTheSame":    {"GET", "http://localhost" + port, nil, "request:fail url not in domain list", 600002},
		"OtherSpellingOfIt":     {"GET", "http://127.1" + port, nil, "request:fail url not in domain list", 600002},
		"NameWithADot":          {"GET", "http://127.0.0.1." + port, nil, "request:fail url not in domain list", 600002},
		"Subdomain":             {"GET", "http://a.127.0.0.1" + port, nil, "request:fail url not in domain list", 600002},
		"WeChatItself":          {"GET", "https://api.weixin.qq.com/cgi-bin/token", nil, "request:fail url not in domain list", 600002},
		"SimulatorsControls":    {"GET", r.url + "/sim/v1/apps", nil, "request:fail url not in domain list", 600002},
		"SimulatorsJournal":     {"GET", r.url + "/sim/v1/wx/../requests", nil, "request:fail url not in domain list", 600002},
		"Metrics":               {"GET", r.url + "/metrics", nil, "request:fail url not in domain list", 600002},
		"WeChatUnderOurAddress": {"GET", r.url + "/sns/jscode2session", nil, "request:fail url not in domain list", 600002},
		"ThePlayground":         {"GET", r.url + "/playground/v1/events", nil, "request:fail url not in domain list", 600002},
		"ThePlaygroundInCodes":  {"GET", r.url + "/%70layground/v1/events", nil, "request:fail url not in domain list", 600002},
		"UserInfo":              {"GET", "http://user@127.0.0.1" + port, nil, "request:fail invalid url", 600009},
		"HostBehindUserInfo":    {"GET", own.URL + "@" + strings.TrimPrefix(foreign.URL, "http://"), nil, "request:fail invalid url", 600009},
		"OtherProtocol":         {"GET", "file:///etc/passwd", nil, "request:fail invalid url", 600009},
		"NoHost":                {"GET", "/v1/me", nil, "request:fail invalid url", 600009},
		"NoURL":                 {"GET", "http://[", nil, "request:fail invalid url", 600009},
		"LineBreakInURL":        {"GET", own.URL + "/a\r\nX: y", nil, "request:fail invalid url", 600009},
		"LineBreakInHeader":     {"GET", own.URL, map[string]any{"header": map[string]string{"a": "b\r\nX-Evil: 1"}}, "request:fail invalid header", 0},
		"LineBreakInName":       {"GET", own.URL, map[string]any{"header": map[string]string{"a\r\nX-Evil": "1"}}, "request:fail invalid header", 0},
		"ColonInName":           {"GET", own.URL, map[string]any{"header": map[string]string{"a:": "1"}}, "request:fail invalid header", 0},
		"TooManyHeaders":        {"GET", own.URL, map[string]any{"header": map[string]string{"a": strings.Repeat("x", 13<<10)}}, "request:fail invalid header", 0},
		"RedirectOutOfTheList":  {"GET", own.URL + "/to?url=" + foreign.URL, nil, "request:fail url not in domain list", 600002},
		"RedirectToOtherScheme": {"GET", own.URL + "/to?url=ftp://127.0.0.1/", nil, "request:fail invalid url", 600009},
		"RedirectToThePage":     {"GET", own.URL + "/to?url=" + r.url + "/playground/app.js", nil, "request:fail url not in domain list", 600002},
		"RedirectsForEver":      {"GET", own.URL + "/loop", nil, "request:fail net::ERR_TOO_MANY_REDIRECTS", 600001},
		"AnswerTooLong":         {"GET", own.URL + "/long", nil, "request:fail the answer is longer than 10 MiB", 600001},
		"ConnectionCut":         {"GET", own.URL + "/cut", nil, "request:fail net::ERR_CONNECTION_RESET", 600001},
		"Timeout":               {"GET", own.URL + "/hold", map[string]any{"timeout": 50}, "request:fail timeout", 5},
	} {
		n++
		id := fmt.Sprintf("c%d", n)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r.send(id, tt.method, tt.url, tt.fields)
			got := l.result(id)
			errno, _ := got["errno"].(float64) // 0: none
			if got["ok"] != false || got["errMsg"] != tt.errMsg || errno != tt.errno || got["data"] != nil {
				t.Errorf("%v, want %s %v", got, tt.errMsg, tt.errno)
			}
		})
	}
	t.Cleanup(func() {
		if foreign.count() != 0 {
			t.Error("a domain that is not listed was called")
		}
	})
}

func TestRelaySends(t *testing.T) {
	t.Parallel()
	own := newBackend(t)
	r := newRig(t, rigOptions{domains: []string{own.URL}})
	l := r.listen("")
	t.Run("HeadersOfThePhone", func(t *testing.T) {
		header := map[string]string{
			"Referer": "https://evil.example/", "host": "evil.example", "Cookie": "a=b", "ORIGIN": "https://evil.example", "Connection": "X-Hop", "X-Hop": "1",
			"transfer-encoding": "chunked", "content-length": "1", "TE": "trailers", "Upgrade": "h2c", "Expect": "100-continue", "Accept-Encoding": "gzip",
			"Proxy-Authorization": "x", "Sec-Fetch-Site": "same-origin", "X-Own": "mine", "content-type": "application/json",
		}
		r.send("h1", "POST", own.URL+"/x", map[string]any{"header": header, "data": `{"a":1}`})
		if got := l.result("h1"); got["data"] != "POST /x" {
			t.Fatalf("%v", got)
		}
		req, body := own.last(t)
		if body != `{"a":1}` || req.Header.Get("X-Own") != "mine" || req.Host != strings.TrimPrefix(own.URL, "http://") ||
			req.Header.Get("Referer") != "https://servicewechat.com/"+app1+"/devtools/page-frame.html" {
			t.Errorf("%v %v %q", req.Host, req.Header, body)
		}
		for _, name := range []string{"Cookie", "Origin", "Te", "Upgrade", "Expect", "Accept-Encoding", "Proxy-Authorization", "Sec-Fetch-Site", "X-Request-Id"} {
			if v := req.Header.Get(name); v != "" {
				t.Errorf("%s: %q was sent", name, v)
			}
		}
	})
	t.Run("RedirectInsideTheList", func(t *testing.T) {
		r.send("h2", "GET", own.URL+"/to?url="+own.URL+"/there", nil)
		if got := l.result("h2"); got["data"] != "GET /there" {
			t.Errorf("%v", got)
		}
	})
	t.Run("AnyStatusIsAnAnswer", func(t *testing.T) {
		r.send("h3", "GET", own.URL+"/cookies", nil)
		got := l.result("h3")
		if got["ok"] != true || got["status_code"] != 418.0 || len(got["cookies"].([]any)) != 2 {
			t.Errorf("%v", got)
		}
	})
	t.Run("Bytes", func(t *testing.T) {
		r.send("h4", "GET", own.URL+"/bytes", nil)
		if got := l.result("h4"); got["data_base64"] != "//4A" || got["data"] != nil {
			t.Errorf("%v", got)
		}
		r.send("h5", "POST", own.URL+"/x", map[string]any{"data_base64": "//4A"})
		l.result("h5")
		if _, body := own.last(t); body != "\xff\xfe\x00" {
			t.Errorf("%q", body)
		}
	})
	t.Run("Upload", func(t *testing.T) {
		r.send("h6", "GET", own.URL+"/up", map[string]any{
			"kind": "upload", "form_data": map[string]string{"a": "1"}, "header": map[string]string{"Content-Type": "text/evil", "X-Own": "mine"},
			"file": map[string]string{"name": "file", "filename": "a\"b\r\n.png", "type": "image/png\r\nX: y", "base64": base64.StdEncoding.EncodeToString([]byte("PNG"))},
		})
		if got := l.result("h6"); got["data"] != "POST /up" {
			t.Fatalf("%v", got)
		}
		req, body := own.last(t)
		_, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
		if err != nil || req.Header.Get("X-Own") != "mine" {
			t.Fatalf("%v %v", err, req.Header)
		}
		form, err := multipart.NewReader(strings.NewReader(body), params["boundary"]).ReadForm(1 << 20)
		if err != nil || form.Value["a"][0] != "1" || form.File["file"][0].Size != 3 || form.File["file"][0].Header.Get("X") != "" {
			t.Errorf("%v %+v", err, form)
		}
	})
	t.Run("GETHasNoBody", func(t *testing.T) {
		r.send("h7", "GET", own.URL+"/x", map[string]any{"data": "body"})
		l.result("h7")
		if _, body := own.last(t); body != "" {
			t.Errorf("%q", body)
		}
	})
}

// What no page of ours would send is refused at once.
func TestCallsAreChecked(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	for name, tt := range map[string]struct {
		body   string
		status int
	}{
		"NoJSON":       {"{", 400},
		"UnknownField": {`{"id":"c1","kind":"request","appid":"wx1","env":"develop","url":"http://x","method":"GET","odd":1}`, 400},
		"NoID":         {r.call("", "GET", r.url, nil), 400},
		"IDWithSpaces": {r.call("a b", "GET", r.url, nil), 400},
		"Kind":         {r.call("c1", "GET", r.url, map[string]any{"kind": "socket"}), 400},
		"AppID":        {r.call("c1", "GET", r.url, map[string]any{"appid": "a/../b"}), 400},
		"Env":          {r.call("c1", "GET", r.url, map[string]any{"env": "production"}), 400},
		"Base64":       {r.call("c1", "POST", r.url, map[string]any{"data_base64": "!"}), 400},
		"BothData":     {r.call("c1", "POST", r.url, map[string]any{"data": "a", "data_base64": "YQ=="}), 400},
		"UploadOfNone": {r.call("c1", "POST", r.url, map[string]any{"kind": "upload"}), 400},
		"BodyTooLarge": {r.call("c1", "POST", r.url, map[string]any{"data": strings.Repeat("a", 10<<20+1)}), 413},
		"CallTooLarge": {r.call("c1", "POST", r.url, map[string]any{"data": strings.Repeat("a", 16<<20)}), 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r.page("POST", "/calls", tt.body, tt.status)
		})
	}
}

func TestAbort(t *testing.T) {
	t.Parallel()
	own := newBackend(t)
	r := newRig(t, rigOptions{domains: []string{own.URL}})
	l := r.listen("")
	r.send("c1", "GET", own.URL+"/hold", nil)
	l.wait("the call is under way", func(e event) bool { return e.name == "exchange" && e.data["state"] == "open" })
	eventually(t, "it arrived", func() bool { return own.count() == 1 })
	r.page("DELETE", "/calls/c1", "", 204)
	if got := l.result("c1"); got["ok"] != false || got["errMsg"] != "request:fail abort" {
		t.Errorf("%v", got)
	}
	select {
	case <-own.gone:
	case <-time.After(patience):
		t.Error("the backend was not told that nobody waits")
	}
	if x := l.ofCall("c1"); x["error"] != "request:fail abort" || x["response"] != nil {
		t.Errorf("%v", x)
	}
	r.page("DELETE", "/calls/c1", "", 204) // gone already: nothing to do
	r.page("DELETE", "/calls/never", "", 204)
}

func TestTimeoutEndsTheCallUpstream(t *testing.T) {
	t.Parallel()
	own := newBackend(t)
	r := newRig(t, rigOptions{domains: []string{own.URL}})
	l := r.listen("")
	// On a machine under load a short time may be over before the call is there.
	for timeout := 60; own.count() == 0; timeout *= 4 {
		id := fmt.Sprint("c", timeout)
		r.send(id, "GET", own.URL+"/hold", map[string]any{"timeout": timeout})
		if got := l.result(id); got["errMsg"] != "request:fail timeout" || got["errno"] != 5.0 {
			t.Fatalf("%v", got)
		}
	}
	select {
	case <-own.gone:
	case <-time.After(patience):
		t.Error("the backend still works for nobody")
	}
}

// Ten calls are under way and the rest waits in order.
func TestTenInFlight(t *testing.T) {
	t.Parallel()
	own := newBackend(t)
	r := newRig(t, rigOptions{domains: []string{own.URL}})
	l := r.listen("")
	for i := range 13 {
		r.send(fmt.Sprintf("c%d", i), "GET", fmt.Sprintf("%s/hold?n=%d", own.URL, i), nil)
	}
	r.page("POST", "/calls", r.call("c12", "GET", own.URL, nil), 409) // the id is taken
	eventually(t, "ten arrived", func() bool { return own.count() == 10 })
	r.page("DELETE", "/calls/c11", "", 204)
	if got := l.result("c11"); got["errMsg"] != "request:fail abort" {
		t.Errorf("one that waits: %v", got)
	}
	if own.count() != 10 {
		t.Errorf("%d are under way", own.count())
	}
	r.page("DELETE", "/calls/c0", "", 204)
	eventually(t, "the next one arrived", func() bool { return own.count() == 11 })
	if req, _ := own.last(t); req.URL.RawQuery != "n=10" {
		t.Errorf("%s came first", req.URL)
	}
	close(own.holding)
	if got := l.result("c12"); got["ok"] != true {
		t.Errorf("%v", got)
	}
	for _, e := range l.all() {
		if e.name == "exchange" && e.data["call"] == "c11" {
			t.Error("a call that never left is in the picture")
		}
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		<-time.After(2 * time.Millisecond)
	}
}
