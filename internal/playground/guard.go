package playground

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// tokenHeader carries the token that the page was served with. A page from
// elsewhere can neither read it nor set the header without a preflight, which is
// never granted.
const tokenHeader = "X-Playground-Token"

// guarded lets only calls of our own page through. The Host keeps out who came
// by DNS rebinding, Origin and Sec-Fetch-Site other pages, the token whatever
// those miss.
func (p *Playground) guarded(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if why := p.refusal(r); why != "" {
			web.Fail(w, refused(why))
			return
		}
		h(w, r)
	})
}

// refused is a 403, which InsufficientScope is.
func refused(why string) *problem.Error { return problem.New(problem.InsufficientScope, why) }

// refusal says why a call may not be served, or "".
func (p *Playground) refusal(r *http.Request) string {
	if why := p.foreignHost(r); why != "" {
		return why
	}
	if origin := r.Header.Values("Origin"); len(origin) > 0 && !sameHost(origin, r.Host) {
		return "calls from other origins are not allowed"
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return "calls from other sites are not allowed"
	}
	token := r.Header.Values(tokenHeader)
	if len(token) != 1 || subtle.ConstantTimeCompare([]byte(token[0]), []byte(p.token)) != 1 {
		return "the token of this page is missing, or of an earlier start: load the page again"
	}
	return ""
}

// foreignHost says why a name may not be the one we are called by, or "". The
// page itself wants it too: it holds the token.
func (p *Playground) foreignHost(r *http.Request) string {
	name := hostName(r.Host)
	addr, err := netip.ParseAddr(name)
	switch {
	case strings.EqualFold(name, "localhost"), err == nil && addr.Unmap().IsLoopback():
		return ""
	case strings.EqualFold(r.Host, p.ownHost):
		return ""
	case p.cfg.Expose && err == nil:
		return "" // DNS rebinding wants a name; an address can't be rebound
	}
	return "this Host is not allowed: open the address that hufu dev prints"
}

// hostName is a Host header without its port and without the brackets of an
// IPv6 address.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// sameHost reports whether there is one Origin, of this very host and port.
func sameHost(origin []string, host string) bool {
	if len(origin) != 1 {
		return false
	}
	u, err := url.Parse(origin[0])
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, host)
}
