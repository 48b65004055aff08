package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

const forwardedFor = "X-Forwarded-For"

// clientIP is the address of the peer or, if that is a trusted proxy, what the
// chain of trusted proxies says: X-Forwarded-For is walked from its end, which
// the nearest proxy wrote, to the first address that is no trusted proxy. An
// entry that is no address ends the walk.
func (api *API) clientIP(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	client := plain(peer.Addr())
	lines := r.Header[forwardedFor]
	if len(lines) == 0 {
		return client
	}
	if !api.trusted(client) {
		if api.warnedProxy.CompareAndSwap(false, true) {
			api.opts.Logger.Warn("X-Forwarded-For from an address that is no trusted proxy is ignored: "+
				"if that is your proxy, all its users share one rate limit until it is in trusted_proxies",
				"peer", client.String())
		}
		return client
	}
	for _, line := range slices.Backward(lines) {
		for line != "" {
			var entry string
			if i := strings.LastIndexByte(line, ','); i >= 0 {
				line, entry = line[:i], line[i+1:]
			} else {
				line, entry = "", line
			}
			hop, ok := parseHop(strings.Trim(entry, " \t"))
			if !ok {
				return client
			}
			client = hop
			if !api.trusted(client) {
				return client
			}
		}
	}
	return client
}

func (api *API) trusted(a netip.Addr) bool {
	for _, p := range api.opts.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parseHop reads an address; some proxies add the port.
func parseHop(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		ap, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		a = ap.Addr()
	}
	return plain(a), true
}

// plain drops what makes one address look like several.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
