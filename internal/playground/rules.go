package playground

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// What WeChat's client allows a mini program, and how it refuses the rest.
// developers.weixin.qq.com/miniprogram/dev/framework/ability/network.html.

// failure is why a call failed, as the phone is told it: errMsg is the API's
// name, ":fail " and the reason.
type failure struct {
	reason string
	errno  int // 0: none
}

// errno values of WeChat's "Errno错误码". A call that is malformed has none here:
// what WeChat gives is not published.
const (
	errnoTimeout    = 5
	errnoNetwork    = 600001 // as seen beside net::ERR_…
	errnoNotListed  = 600002
	errnoInvalidURL = 600009
)

func (f *failure) Error() string { return f.reason }

// The failures; those of the network itself are in netfailure.go.
func failTimeout() *failure   { return &failure{"timeout", errnoTimeout} }
func failAbort() *failure     { return &failure{reason: "abort"} }
func failNotListed() *failure { return &failure{"url not in domain list", errnoNotListed} }
func failOffline() *failure   { return &failure{"net::ERR_INTERNET_DISCONNECTED", errnoNetwork} }

// methods are those of wx.request. There is no PATCH. CONNECT is in WeChat's
// list, and makes a tunnel, which a relay must not.
var methods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead, http.MethodOptions, http.MethodTrace,
}

// checkMethod takes a method as wx.request does: in upper case.
func checkMethod(method string) error {
	if !slices.Contains(methods, method) {
		return &failure{reason: "invalid method: wx.request has no " + clipWord(method)}
	}
	return nil
}

func clipWord(s string) string { return s[:min(len(s), 16)] }

// ParseDomain checks an entry of the domain list: scheme, host and perhaps a
// port, nothing more, as WeChat's console takes it (and http, for a backend on
// this machine).
func ParseDomain(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil ||
		(u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", fmt.Errorf("%q is no domain: write scheme and host, for example https://api.example.com", text)
	}
	return origin(u), nil
}

// origin is scheme, host and port, as they are compared: a domain listed without
// a port allows no port, not even :443.
func origin(u *url.URL) string { return strings.ToLower(u.Scheme + "://" + u.Host) }

// phonePaths are what a phone has business with at our own address. The rest is
// the playground itself, the simulator's controls, which show the AppSecrets,
// what belongs to operators, and what WeChat answers to servers alone, whose
// domain can never be listed.
var phonePaths = []string{"/v1/", samplePrefix, "/.well-known/", "/oauth2/", "/healthz", "/readyz", simulatedClient}

// simulatedClient is what the simulator does in the place of WeChat's app: the
// client SDK can ask it for a code.
const simulatedClient = "/sim/v1/wx/"

// checkURL refuses what is not in the list.
func (p *Playground) checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return &failure{"invalid url", errnoInvalidURL}
	}
	if p.asksSimulator(u) {
		return nil
	}
	if !slices.Contains(p.domains, origin(u)) {
		return failNotListed()
	}
	asked := path.Clean(u.Path)
	if origin(u) == p.domains[0] && !slices.ContainsFunc(phonePaths, func(prefix string) bool {
		return strings.HasPrefix(asked, prefix)
	}) {
		return failNotListed()
	}
	return nil
}

// asksSimulator reports whether a call is for the simulator in the place of
// WeChat's app, at its own address or at ours.
func (p *Playground) asksSimulator(u *url.URL) bool {
	if p.cfg.SimulatorURL == "" || !strings.HasPrefix(path.Clean(u.Path), simulatedClient) {
		return false
	}
	sim, err := url.Parse(p.cfg.SimulatorURL)
	return err == nil && (origin(u) == origin(sim) || origin(u) == p.domains[0])
}

const (
	maxHeaders     = 64
	maxHeaderBytes = 12 << 10
)

// ownHeaders are set by the client or belong to the connection. A page can't
// set them: Referer by WeChat's rule, Cookie because there is no jar, Origin
// and Sec-… because no browser sends this, the rest because they would tell the
// server where a request ends, or another name for it.
var ownHeaders = []string{
	"Referer", "Host", "Cookie", "Origin", "Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding",
	"Upgrade", "Content-Length", "Accept-Encoding", "Expect", "Http2-Settings",
}

// sentHeaders makes the headers of a call.
func sentHeaders(given map[string]string, appid string) (http.Header, error) {
	h := http.Header{}
	size := 0
	for name, value := range given {
		if !isToken(name) || strings.ContainsFunc(value, forbiddenInValue) {
			return nil, errors.New("header") // its name and value stay out of every text
		}
		size += len(name) + len(value)
		name = http.CanonicalHeaderKey(name)
		if slices.Contains(ownHeaders, name) || strings.HasPrefix(name, "Sec-") || strings.HasPrefix(name, "Proxy-") {
			continue
		}
		h.Set(name, value)
	}
	if len(given) > maxHeaders || size > maxHeaderBytes {
		return nil, errors.New("too many headers")
	}
	h.Set("Referer", "https://servicewechat.com/"+appid+"/devtools/page-frame.html")
	if h.Get("User-Agent") == "" {
		h.Set("User-Agent", "hufu-playground")
	}
	return h, nil
}

// isToken is the name of a header, as RFC 9110 §5.6.2 has it.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

func forbiddenInValue(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
