package session

import (
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestGates(t *testing.T) {
	t.Parallel()
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	t.Run("Bound", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var g gates
			var mu sync.Mutex
			inside, most := 0, 0
			count := func(by int) {
				mu.Lock()
				defer mu.Unlock()
				inside += by
				most = max(most, inside)
			}
			var wg sync.WaitGroup
			for range 2000 {
				wg.Go(func() {
					if !g.enter(a) {
						t.Error("turned away")
						return
					}
					defer g.leave(a)
					count(1)
					time.Sleep(100 * time.Millisecond) //nolint:forbidigo // inside a bubble
					count(-1)
				})
			}
			wg.Wait()
			if most != gateWidth || len(g.byAddress) != 0 {
				t.Errorf("%d at once, %d addresses held", most, len(g.byAddress))
			}
		})
	})
	t.Run("TurnsAwayInTheEnd", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var g gates
			for range gateWidth {
				g.enter(a)
			}
			if g.enter(a) {
				t.Error("one too many")
			}
			if !g.enter(b) {
				t.Error("another address waited")
			}
			g.leave(a)
			if !g.enter(a) {
				t.Error("a place that was left is not given")
			}
		})
	})
	t.Run("OneNetworkIsOneAddress", func(t *testing.T) {
		t.Parallel()
		if oneCustomer(b) != oneCustomer(netip.MustParseAddr("2001:db8::ffff")) || oneCustomer(b) == oneCustomer(netip.MustParseAddr("2001:db8:0:1::1")) {
			t.Error("IPv6 does not count by /64")
		}
		if oneCustomer(netip.MustParseAddr("::ffff:192.0.2.1")) != a {
			t.Error("a mapped address is another")
		}
	})
}
