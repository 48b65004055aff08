package simulator

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// refusal says why a request may not be served, or "". A web page can make a
// browser send requests here; what it cannot choose are the Host it names, the
// Origin it comes from and, without a preflight that is never granted, the
// type application/json. Those three are the whole of the protection.
func (s *Server) refusal(r *http.Request) string {
	if !s.hostAllowed(r) {
		return "this Host is not allowed: the simulator answers to loopback names, and to Server.AllowedHosts"
	}
	if origin := r.Header.Values("Origin"); len(origin) > 0 && !sameHost(origin, r.Host) {
		return "cross-origin calls are not allowed"
	}
	if site := r.Header.Get("Sec-Fetch-Site"); isControl(r.URL.Path) && (site == "cross-site" || site == "same-site") {
		return "calls from other sites are not allowed"
	}
	return ""
}

func isControl(path string) bool { return strings.HasPrefix(path, "/sim/") }

func (s *Server) hostAllowed(r *http.Request) bool {
	name := hostName(r.Host)
	if isLoopback(name) {
		return true
	}
	for _, allowed := range s.AllowedHosts {
		if allowed == "*" || strings.EqualFold(allowed, r.Host) || strings.EqualFold(allowed, name) {
			return true
		}
	}
	// A client whose transport was pointed here keeps Tencent's name. Nobody
	// else can rebind it, and the controls are not WeChat's.
	return !isControl(r.URL.Path) && isWeChatHost(strings.ToLower(name))
}

func isWeChatHost(name string) bool {
	return slices.Contains([]string{
		"api.weixin.qq.com", "api2.weixin.qq.com", "sh.api.weixin.qq.com", "sz.api.weixin.qq.com", "hk.api.weixin.qq.com",
		"api.mch.weixin.qq.com", "api2.mch.weixin.qq.com",
	}, name)
}

// hostName is a Host header without its port and without the brackets of an
// IPv6 address.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

func isLoopback(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap().IsLoopback()
}

// sameHost reports whether there is one Origin, of this very host and port.
func sameHost(origin []string, host string) bool {
	if len(origin) != 1 {
		return false
	}
	u, err := url.Parse(origin[0])
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, host)
}
