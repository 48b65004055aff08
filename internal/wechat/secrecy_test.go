package wechat_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

// The canaries. Each holds characters that a query escapes, so that both forms
// are looked for.
const (
	canarySecret = "canary+AppSecret/0123=="
	canaryCode   = "canary+code/4567=="
	canaryToken  = "canary+token/89ab=="
	canaryKey    = "canary+sessionkey/cd=="
)

var canaries = []string{canarySecret, canaryCode, canaryToken, canaryKey}

// everyCall makes each call of c with canaries as its secrets.
func everyCall(c *wechat.Client) []error {
	ctx := context.Background()
	app := wechat.App{ID: testApp.ID, Secret: secret.New(canarySecret)}
	_, login := c.Code2Session(ctx, app, canaryCode)
	_, token := c.StableToken(ctx, app)
	_, check := c.CheckSession(ctx, secret.New(canaryToken), app.ID, "o1", secret.New(canaryKey))
	_, phone := c.PhoneNumber(ctx, secret.New(canaryToken), app.ID, "o1", canaryCode)
	_, vouch := c.CheckEncryptedMsg(ctx, secret.New(canaryToken), app.ID, "hash")
	return []error{login, token, check, phone, vouch}
}

// searched is everything that an error shows of itself, by whatever verb.
func searched(err error) string {
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Error("failed", "error", err, "problem", wechat.ToProblem(err))
	p := wechat.ToProblem(err)
	fmt.Fprintf(&b, "%v %+v %#v %q %s\n", err, err, err, err, p)
	fmt.Fprintf(&b, "%+v %#v %s", *p, *p, p.Detail)
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(&b, "%v %#v", e, e)
	}
	return b.String()
}

func mustNotLeak(t *testing.T, text string) {
	t.Helper()
	for _, canary := range canaries {
		for _, form := range []string{canary, url.QueryEscape(canary), url.PathEscape(canary), canary[7:]} {
			if strings.Contains(text, form) {
				t.Errorf("%q stands in:\n%s", form, text)
			}
		}
	}
}

func TestSecrecy_TransportErrors(t *testing.T) {
	t.Parallel()
	quoting := map[string]func(r *http.Request) error{
		"URLError": func(r *http.Request) error {
			return &url.Error{Op: "Get", URL: r.URL.String(), Err: errors.New("boom " + r.URL.RawQuery)}
		},
		"PlainText": func(r *http.Request) error { return errors.New("cannot reach " + r.URL.String()) },
		"Wrapped": func(r *http.Request) error {
			return fmt.Errorf("proxy: %w", &url.Error{Op: "Get", URL: r.URL.String(), Err: io.EOF})
		},
		"DialOfAURL": func(r *http.Request) error {
			return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New(r.URL.String())}
		},
		"DNSOfAURL": func(r *http.Request) error {
			return &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: r.URL.String()}}
		},
		"ParseError": func(r *http.Request) error {
			return &url.Error{Op: "parse", URL: r.URL.String(), Err: url.EscapeError("%" + r.URL.RawQuery)}
		},
		"InvalidHost": func(r *http.Request) error { return url.InvalidHostError(r.URL.String()) },
		"TLS": func(r *http.Request) error {
			return &tls.CertificateVerificationError{Err: errors.New(r.URL.String())}
		},
		"TLSRecord": func(r *http.Request) error { return tls.RecordHeaderError{Msg: r.URL.String()} },
		"Body": func(r *http.Request) error {
			if r.Body == nil {
				return errors.New("no body")
			}
			text, _ := io.ReadAll(r.Body)
			return errors.New(string(text))
		},
	}
	for name, quote := range quoting {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // no time-out strikes while nothing is awaited
				var log strings.Builder
				asked := 0
				c := newClient(t, "http://wechat.test", func(cfg *wechat.Config) {
					cfg.Timeout = beat // leaves no time for a second try
					cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
					cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
						asked++
						return nil, quote(r)
					})
				})
				for range 12 { // enough to open the circuits and have that logged
					for _, err := range everyCall(c) {
						mustNotLeak(t, searched(err))
					}
				}
				mustNotLeak(t, log.String())
				if asked == 0 || log.Len() == 0 {
					t.Error("nothing was asked, or nothing logged")
				}
			})
		})
	}
}

// TestSecrecy_Answers has answers that give back what was sent, or tell in one
// field what another holds in secret.
func TestSecrecy_Answers(t *testing.T) {
	t.Parallel()
	echo := func(format string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			sent := r.URL.RawQuery + " " + strings.ReplaceAll(string(body), `"`, `'`)
			decoded, _ := url.QueryUnescape(r.URL.RawQuery)
			_, _ = fmt.Fprintf(w, format, sent+" "+decoded+" "+canaryKey)
		}
	}
	tests := map[string]http.HandlerFunc{
		"Errmsg":      echo(`{"errcode":40125,"session_key":"` + canaryKey + `","errmsg":"invalid request %s"}`),
		"ErrmsgBusy":  echo(`{"errcode":-1,"access_token":"` + canaryKey + `","errmsg":"%s"}`),
		"ErrcodeText": echo(`{"errcode":"%s"}`),
		"Openid":      echo(`{"openid":"%s"}`),
		"NotJSON":     echo(`%s`),
		"Header": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Echo", r.URL.RawQuery)
			w.WriteHeader(502)
		},
		"Location": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/"+r.URL.RawQuery, http.StatusFound)
		},
		"NotHTTP":   hijacked(func(r *http.Request) string { return r.URL.String() + "\r\n\r\n" }),
		"BadHeader": hijacked(func(r *http.Request) string { return "HTTP/1.1 200 OK\r\n" + r.URL.RawQuery + "\r\n\r\n" }),
		"BadLength": hijacked(func(r *http.Request) string {
			return "HTTP/1.1 200 OK\r\nContent-Length: " + r.URL.RawQuery + "\r\n\r\n"
		}),
		"BadChunk": hijacked(func(r *http.Request) string {
			return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + r.URL.RawQuery + "\r\n"
		}),
		"BadLocation": hijacked(func(r *http.Request) string {
			return "HTTP/1.1 302 Found\r\nLocation: http://[" + r.URL.RawQuery + "\r\n\r\n"
		}),
		"EndlessHeader": hijacked(func(r *http.Request) string {
			return "HTTP/1.1 200 OK\r\nX: " + strings.Repeat(r.URL.RawQuery, 2000) + "\r\n\r\n"
		}),
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, h)
			for _, err := range everyCall(newClient(t, u.URL, nil)) {
				if err == nil {
					t.Error("no error")
					continue
				}
				mustNotLeak(t, searched(err))
			}
		})
	}
}

// hijacked answers with text that need not be HTTP.
func hijacked(text func(*http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, text(r))
		_ = conn.Close()
	}
}

// TestSecrecy_TLS: a certificate nobody signed, and plain HTTP where TLS was
// awaited.
func TestSecrecy_TLS(t *testing.T) {
	t.Parallel()
	quiet := httptest.NewUnstartedServer(answers(goodLogin))
	quiet.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	quiet.StartTLS()
	t.Cleanup(quiet.Close)
	plain := newUpstream(t, answers(goodLogin))
	for name, base := range map[string]string{
		"UnknownAuthority": quiet.URL,
		"PlainHTTP":        strings.Replace(plain.URL, "http://", "https://", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, err := range everyCall(newClient(t, base, nil)) {
				if e := failure(t, err); e.Kind != wechat.Unavailable {
					t.Errorf("%v", e)
				}
				if !strings.Contains(err.Error(), "TLS handshake failed") {
					t.Errorf("%v: want the log to tell of TLS", err)
				}
				mustNotLeak(t, searched(err))
			}
		})
	}
}

// TestSecrecy_Proxy: the proxy's refusal quotes the request, and its own
// address holds a password.
func TestSecrecy_Proxy(t *testing.T) {
	t.Parallel()
	proxy := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
		_, _ = io.WriteString(w, r.RequestURI)
	})
	at, err := url.Parse(strings.Replace(proxy.URL, "http://", "http://user:"+url.QueryEscape(canaryToken)+"@", 1))
	if err != nil {
		t.Fatal(err)
	}
	for name, base := range map[string]string{"Tunnel": "https://wechat.test", "Plain": "http://wechat.test"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport := &http.Transport{Proxy: http.ProxyURL(at)}
			t.Cleanup(transport.CloseIdleConnections)
			c := newClient(t, base, func(cfg *wechat.Config) { cfg.Transport = transport })
			for _, err := range everyCall(c) {
				if e := failure(t, err); e.Kind != wechat.Unavailable {
					t.Errorf("%v", e)
				}
				mustNotLeak(t, searched(err))
			}
		})
	}
}

func TestErrmsgIsCleaned(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ errmsg, want string }{
		"ControlCharacters": {`a\u0000b\u001b[31mc\r\nd\u202ee\u0085f`, "ab[31mcdef"},
		"NotUTF8":           {"a\xffb", "ab"},
		"Chinese":           {"系统繁忙", "系统繁忙"},
		"SecretSplit":       {strings.ReplaceAll(testApp.Secret.Reveal(), "-", `-\u0000`), "[hidden]"},
		"Long":              {strings.Repeat("虎", 1000), strings.Repeat("虎", 85)},
		"SecretAtTheCut":    {strings.Repeat("x ", 125) + testApp.Secret.Reveal(), strings.Repeat("x ", 125) + "[hidde"},
		"UnknownKey":        {"bad key tiihtNczf5v6AKRyjwEUhQ== rid: 62315303-6bf82c14-411401fc", "bad key [hidden] rid: 62315303-6bf82c14-411401fc"},
		"LinkOfTheirs":      {"more details at https://mmbizurl.cn/s/JtxxFh33r", "more details at https://mmbizurl.cn/s/JtxxFh33r"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(`{"errcode":40125,"errmsg":"`+tt.errmsg+`"}`))
			if e := failure(t, login(newClient(t, u.URL, nil))); e.Msg != tt.want {
				t.Errorf("Msg = %q, want %q", e.Msg, tt.want)
			}
		})
	}
}

func TestRID(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ errmsg, want string }{
		"CommaForm":  {"invalid code, rid: 62315303-6bf82c14-411401fc", "62315303-6bf82c14-411401fc"},
		"SpaceForm":  {"invalid appid rid: 616c12e7-5ea20f02-726b4422", "616c12e7-5ea20f02-726b4422"},
		"WithHint":   {"invalid code hint: [ohAeTVNre-9] rid: 6311b0eb-79cfe4d7-4c39fc44", "6311b0eb-79cfe4d7-4c39fc44"},
		"OldForm":    {"invalid code, hints: [ req_id: N37KMa0605th21 ]", ""},
		"None":       {"ok", ""},
		"NotHex":     {"invalid, rid: see https://example.com", ""},
		"TooLong":    {"invalid, rid: " + strings.Repeat("a", 65), ""},
		"EmptyValue": {"invalid, rid: ", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(`{"errcode":40125,"errmsg":"`+tt.errmsg+`"}`))
			if e := failure(t, login(newClient(t, u.URL, nil))); e.RID != tt.want {
				t.Errorf("RID = %q, want %q", e.RID, tt.want)
			}
		})
	}
}

// TestWhitelistAddress: the address that 40164 names goes to the log alone.
func TestWhitelistAddress(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, answers(`{"errcode":40164,"errmsg":"invalid ip 117.39.59.7 ipv6 ::ffff:117.39.59.7, not in whitelist rid: 6311b0eb-79cfe4d7-4c39fc44"}`))
	p := wechat.ToProblem(login(newClient(t, u.URL, nil)))
	if !strings.Contains(p.Error(), "117.39.59.7") {
		t.Errorf("the log text %q does not name the address", p.Error())
	}
	if strings.Contains(p.Detail, "117.") {
		t.Errorf("the client is told %q", p.Detail)
	}
}
