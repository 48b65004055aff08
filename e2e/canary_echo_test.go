package e2e_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// echoKey is a session_key that a broken WeChat gives.
const echoKey = "S2FuYXJpZUthbmFyaWVLYQ=="

// echoes are ways in which something on the way to WeChat may hand back what it
// was sent, or hand out a session_key where none belongs.
func echoes() map[string]func(w http.ResponseWriter, r *http.Request) {
	write := func(text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
	}
	return map[string]func(w http.ResponseWriter, r *http.Request){
		"errmsg": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"errcode":40013,"errmsg":%s}`, jsonOf("bad "+r.URL.String()+" "+r.URL.Query().Get("secret")+" "+echoKey))
		},
		"errmsgOfBusy": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"errcode":-1,"errmsg":%s}`, jsonOf(r.URL.RawQuery))
		},
		"noJSON": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.URL.RawQuery, r.URL.Query().Get("secret"))
		},
		"noOpenID":       write(`{"session_key":"` + echoKey + `"}`),
		"keyInOpenID":    write(`{"openid":"` + echoKey + ` x","session_key":"` + echoKey + `"}`),
		"keyTooLong":     write(`{"openid":"o","session_key":"` + echoKey + echoKey + `"}`),
		"keyMalformed":   write(`{"openid":"o","session_key":"` + echoKey[:22] + `!!"}`),
		"keyTwice":       write(`{"openid":"o","session_key":"` + echoKey + `","session_key":"` + echoKey + `"}`),
		"keyAsNumber":    write(`{"openid":1,"session_key":"` + echoKey + `"}`),
		"errcodeIsText":  write(`{"errcode":"` + echoKey + `","openid":"o"}`),
		"errmsgIsObject": write(`{"errcode":40029,"errmsg":{"session_key":"` + echoKey + `"}}`),
		"cut":            write(`{"openid":"o","session_key":"` + echoKey),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/?"+r.URL.RawQuery+"&key="+echoKey, http.StatusFound)
		},
		"serverError": func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, r.URL.String()+echoKey, http.StatusInternalServerError)
		},
		"badHeader": hijack(func(r *http.Request) string { return "HTTP/1.1 200 OK\r\n" + r.URL.RawQuery + echoKey + "\r\n\r\n" }),
		"badStatus": hijack(func(r *http.Request) string { return "HTTP/1.1 " + echoKey + " " + r.URL.RawQuery + "\r\n\r\n" }),
		"noHTTP":    hijack(func(r *http.Request) string { return r.URL.RawQuery + echoKey }),
		"badChunk": hijack(func(*http.Request) string {
			return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + echoKey + "\r\n"
		}),
		"shortBody": hijack(func(*http.Request) string { return "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + echoKey }),
		"badLength": hijack(func(r *http.Request) string {
			return "HTTP/1.1 200 OK\r\nContent-Length: " + r.URL.Query().Get("secret") + "\r\n\r\n"
		}),
		"unaskedFor": hijack(func(r *http.Request) string {
			return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nX: " + r.URL.RawQuery + echoKey + "\r\n\r\n"
		}),
		"goodToken": write(`{}`),
	}
}

func hijack(text func(*http.Request) string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func(c net.Conn) { _ = c.Close() }(conn)
		fmt.Fprint(conn, text(r))
	}
}

// TestCanary_WeChatThatEchoes lets WeChat, or a proxy on the way, repeat the
// AppSecret and the session_key in every place it can.
func TestCanary_WeChatThatEchoes(t *testing.T) {
	t.Parallel()
	modes := echoes()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mode := modes[r.URL.Query().Get("appid")[len("wx-"):]]; mode != nil {
			mode(w, r)
		}
	}))
	t.Cleanup(front.Close)
	s := newSite(t, &weChat{url: front.URL}, sqlite)
	s.apps, s.more = "", "limits: {failed_logins_per_minute_per_ip: 0}\nlog: {level: debug}"
	c := &canaries{never: map[string]bool{}, owners: map[string]bool{}}
	c.add(c.never, echoKey)
	for mode := range modes {
		appSecret := "Kanarie+5ecret/of=" + mode + "&%41"
		s.app("wx-"+mode, appSecret, "open_account: x")
		c.add(c.never, appSecret)
	}
	r := &canaryRun{t: t, c: c, srv: s.serve()}
	for mode := range modes {
		for range 2 { // the second finds what the first left of the connection
			_, a := r.login("wx-"+mode, "canary-code-of-"+mode, "canary-key-of-"+mode)
			if a.status != 502 && a.status != 503 && a.status != 400 {
				t.Errorf("%s: %d %s", mode, a.status, a.body)
			}
		}
	}
	metrics := call(t, "GET", r.srv.admin+"/metrics", nil, "").body
	r.srv.stop()
	places := databaseBytes(t, s)
	places["an answer"], places["stdout"], places["the log"] = r.answers.Bytes(), []byte(r.srv.stdout.String()), []byte(r.srv.stderr.String())
	places["the metrics"] = metrics
	search(t, places, c.never, c.owners)
	t.Run("TheSearchFinds", func(t *testing.T) {
		for what, text := range map[string]string{"plain": "x" + echoKey, "query": "k=" + "S2FuYXJpZUthbmFyaWVLYQ%3D%3D", "bytes": "..KanarieKanarieKa..", "hex": "4b616e617269654b616e617269654b61"} {
			found := false
			for _, form := range forms(echoKey) {
				found = found || strings.Contains(text, string(form))
			}
			if !found {
				t.Errorf("not the %s form", what)
			}
		}
	})
}
