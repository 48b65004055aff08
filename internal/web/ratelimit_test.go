package web_test

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/web"
)

// clock is a clock that stands still until it is moved.
type clock struct{ ns atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1763712000, c.ns.Load()) }
func (c *clock) advance(d time.Duration) { c.ns.Add(int64(d)) }

var (
	alice = netip.MustParseAddr("203.0.113.1")
	bob   = netip.MustParseAddr("203.0.113.2")
)

func TestRateLimiter(t *testing.T) {
	t.Parallel()
	var c clock
	l := web.NewRateLimiter(60, c.now)
	for i := range 60 {
		if ok, wait := l.Allow(alice); !ok || wait != 0 {
			t.Fatalf("event %d of the minute was refused", i)
		}
	}
	for range 3 { // refusals cost nothing
		if ok, wait := l.Allow(alice); ok || wait != time.Second {
			t.Fatalf("%v %v", ok, wait)
		}
		if ok, wait := l.Peek(alice); ok || wait != time.Second {
			t.Fatalf("%v %v", ok, wait)
		}
	}
	if ok, _ := l.Allow(bob); !ok {
		t.Fatal("bob pays for alice")
	}
	c.advance(999 * time.Millisecond)
	if ok, wait := l.Allow(alice); ok || wait != time.Millisecond {
		t.Fatalf("%v %v", ok, wait)
	}
	c.advance(time.Millisecond)
	if ok, _ := l.Allow(alice); !ok {
		t.Fatal("what was earned is not given")
	}
	c.advance(time.Hour) // earns one minute's worth, no more
	n := 0
	for ok, _ := l.Allow(alice); ok; ok, _ = l.Allow(alice) {
		n++
	}
	if n != 60 {
		t.Fatalf("%d events after an hour", n)
	}
}

func TestRateLimiterCountsAfterTheFact(t *testing.T) {
	t.Parallel()
	var c clock
	l := web.NewRateLimiter(60, c.now)
	for range 1000 {
		if ok, _ := l.Peek(alice); !ok {
			t.Fatal("Peek counts")
		}
	}
	for range 10_000 { // let in together, failed one by one
		l.Take(alice)
	}
	ok, wait := l.Peek(alice)
	if ok || wait != 5*time.Minute+time.Second {
		t.Fatalf("the debt is not bounded to five minutes: %v %v", ok, wait)
	}
	c.advance(wait - 1)
	if ok, _ := l.Allow(alice); ok {
		t.Fatal("too early")
	}
	c.advance(1)
	if ok, _ := l.Allow(alice); !ok {
		t.Fatal("too late")
	}
}

func TestRateLimiterKeys(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"203.0.113.1", "::ffff:203.0.113.1", true},
		{"203.0.113.1", "203.0.113.2", false},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
		{"0.0.0.0", "::", false},
	} {
		var c clock
		l := web.NewRateLimiter(1, c.now)
		l.Allow(netip.MustParseAddr(tc.a))
		if ok, _ := l.Allow(netip.MustParseAddr(tc.b)); ok == tc.same {
			t.Errorf("%s and %s: same is %v", tc.a, tc.b, !tc.same)
		}
	}
}

func TestRateLimiterOff(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, -1} {
		l := web.NewRateLimiter(n, nil)
		l.Take(alice)
		for range 100_000 {
			if ok, _ := l.Allow(alice); !ok {
				t.Fatal("off refuses")
			}
		}
		if ok, _ := l.Peek(alice); !ok {
			t.Fatal("off refuses")
		}
	}
}

func TestRateLimiterConcurrently(t *testing.T) {
	t.Parallel()
	var c clock
	l := web.NewRateLimiter(1000, c.now)
	var allowed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				if ok, _ := l.Allow(alice); ok {
					allowed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if allowed.Load() != 1000 {
		t.Fatalf("%d of 4000 allowed", allowed.Load())
	}
}

// TestRateLimiterMemory: a million addresses, in the two limiters a server has.
// It can't run beside other tests, whose memory it would count.
func TestRateLimiterMemory(t *testing.T) {
	before := heap()
	failed, all := web.NewRateLimiter(60, nil), web.NewRateLimiter(6000, nil)
	for i := range 1_000_000 {
		a := address(i)
		all.Allow(a)
		failed.Take(a)
	}
	after := heap()
	t.Logf("heap %d → %d bytes", before, after)
	if after > before+32<<20 {
		t.Errorf("grown by %d bytes", after-before)
	}
	if ok, _ := failed.Peek(address(999_999)); !ok {
		t.Error("one failure is one too many")
	}
	runtime.KeepAlive(all)
}

// TestRateLimiterFloodForgivesNobody: who has used up their events is still
// refused after a flood of addresses that come once.
func TestRateLimiterFloodForgivesNobody(t *testing.T) {
	t.Parallel()
	var c clock
	l := web.NewRateLimiter(60, c.now)
	for range 60 {
		l.Allow(alice)
	}
	for i := range 1_000_000 {
		l.Allow(address(i))
	}
	if ok, _ := l.Allow(alice); ok {
		t.Fatal("a flood washed a refusal away")
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// address makes the i-th of many addresses, half of them IPv6.
func address(i int) netip.Addr {
	if i%2 == 0 {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(i))
		return netip.AddrFrom4(b)
	}
	var b [16]byte
	b[0] = 0x20
	binary.BigEndian.PutUint32(b[4:], uint32(i))
	return netip.AddrFrom16(b)
}

func BenchmarkRateLimiter(b *testing.B) {
	l := web.NewRateLimiter(60, nil)
	b.Run("OneAddress", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			l.Allow(alice)
		}
	})
	b.Run("ManyAddresses", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			l.Allow(address(i))
			i++
		}
	})
}
