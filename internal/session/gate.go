package session

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// gateWidth is how many logins of one address WeChat is asked about at
	// once. More wait: what is known of an address is known only when WeChat has
	// answered, and until then nobody can tell a thousand people behind one
	// address from somebody who tries a thousand codes.
	gateWidth = 256
	gateWait  = 5 * time.Second
)

// gates bound the logins of each address that are under way. The zero value is
// ready; it holds nothing of addresses without one.
type gates struct {
	mu        sync.Mutex
	byAddress map[netip.Addr]*gate
}

type gate struct {
	inside  int
	waiting []chan struct{}
}

// enter waits for a place; ok is false if there was none in time. Who entered
// must leave.
func (g *gates) enter(a netip.Addr) (ok bool) {
	a = oneCustomer(a)
	g.mu.Lock()
	if g.byAddress == nil {
		g.byAddress = map[netip.Addr]*gate{}
	}
	at := g.byAddress[a]
	if at == nil {
		at = &gate{}
		g.byAddress[a] = at
	}
	if at.inside < gateWidth {
		at.inside++
		g.mu.Unlock()
		return true
	}
	turn := make(chan struct{})
	at.waiting = append(at.waiting, turn)
	g.mu.Unlock()

	timer := time.NewTimer(gateWait)
	defer timer.Stop()
	select {
	case <-turn:
		return true
	case <-timer.C:
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(at.waiting, turn)
	if i < 0 {
		return true // its turn came at the last moment
	}
	at.waiting = slices.Delete(at.waiting, i, i+1)
	return false
}

// leave gives the place to who waits longest.
func (g *gates) leave(a netip.Addr) {
	a = oneCustomer(a)
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.byAddress[a]
	if len(at.waiting) > 0 {
		close(at.waiting[0])
		at.waiting = at.waiting[1:]
		return
	}
	if at.inside--; at.inside == 0 {
		delete(g.byAddress, a)
	}
}

// oneCustomer takes an IPv6 address for its /64, as the limiter does.
func oneCustomer(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if !a.Is6() {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}
