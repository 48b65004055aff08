package web

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// RateLimiter allows each client address so many events a minute: a bucket
// that holds one minute's worth and fills evenly. IPv6 counts by /64, since one
// customer has at least that. A nil *RateLimiter allows everything.
//
// It is safe for concurrent use, and takes 2 MiB however many addresses are
// about: when they are too many, those with the fewest events are forgotten.
type RateLimiter struct {
	interval int64 // nanoseconds in which one event is earned
	now      func() time.Time
	begun    time.Time
	seed     maphash.Seed
	locks    [limiterLocks]sync.Mutex // each for the sets of its remainder
	sets     []limiterSet
}

const (
	limiterLocks = 64
	limiterSets  = 16 << 10 // a multiple of limiterLocks
	limiterWays  = 8
)

// limiterSet is one row of a hash table whose rows never grow: there is nothing
// to allocate, and nothing for the garbage collector to look at.
type limiterSet [limiterWays]limiterSlot

// limiterSlot holds, for one address, the time at which its bucket will be full
// again (the "theoretical arrival time" of the generic cell rate algorithm), in
// nanoseconds since begun: one number says all. A slot that was never used
// looks like one whose bucket is full, and so does one long past.
type limiterSlot struct {
	address uint64 // hashed under a secret seed
	full    int64
}

// NewRateLimiter makes a limiter of perMinute events; 0 or less: nil, which
// is off. now nil: time.Now.
func NewRateLimiter(perMinute int, now func() time.Time) *RateLimiter {
	if perMinute <= 0 {
		return nil
	}
	if now == nil {
		now = time.Now
	}
	return &RateLimiter{
		interval: max(1, int64(time.Minute)/int64(perMinute)),
		now:      now,
		begun:    now(),
		seed:     maphash.MakeSeed(),
		sets:     make([]limiterSet, limiterSets),
	}
}

// Allow counts an event if there is room for it; if not, it counts nothing and
// tells how long to wait.
func (l *RateLimiter) Allow(a netip.Addr) (ok bool, retryAfter time.Duration) {
	if l == nil {
		return true, 0
	}
	return l.decide(l.hash(a), true)
}

// AllowKey is Allow for whatever else events are counted by, such as a user. A
// limiter counts addresses or keys, not both.
func (l *RateLimiter) AllowKey(key string) (ok bool, retryAfter time.Duration) {
	if l == nil {
		return true, 0
	}
	return l.decide(maphash.String(l.seed, key), true)
}

// Peek tells what Allow would, and counts nothing.
func (l *RateLimiter) Peek(a netip.Addr) (ok bool, retryAfter time.Duration) {
	if l == nil {
		return true, 0
	}
	return l.decide(l.hash(a), false)
}

// Take counts an event that has happened, room or not: so failures can be
// counted when they are known, though others were let in meanwhile. The debt
// is bounded to five minutes' worth.
func (l *RateLimiter) Take(a netip.Addr) {
	if l == nil {
		return
	}
	address, now := l.hash(a), l.elapsed()
	set, lock := l.set(address)
	lock.Lock()
	defer lock.Unlock()
	slot := set.slot(address)
	slot.full = min(max(slot.full, now)+l.interval, now+6*int64(time.Minute))
}

func (l *RateLimiter) decide(address uint64, count bool) (bool, time.Duration) {
	now := l.elapsed()
	set, lock := l.set(address)
	lock.Lock()
	defer lock.Unlock()
	next := max(set.full(address), now) + l.interval
	if wait := next - now - int64(time.Minute); wait > 0 {
		return false, time.Duration(wait)
	}
	if count {
		set.slot(address).full = next
	}
	return true, 0
}

// hash tells addresses apart; it can't be foreseen, so nobody can choose
// addresses that fall into one set.
func (l *RateLimiter) hash(a netip.Addr) uint64 {
	a = a.Unmap()
	b := a.As16()
	if a.Is6() {
		clear(b[8:])
	}
	return maphash.Comparable(l.seed, b)
}

func (l *RateLimiter) elapsed() int64 { return int64(l.now().Sub(l.begun)) }

func (l *RateLimiter) set(address uint64) (*limiterSet, *sync.Mutex) {
	i := address % limiterSets
	return &l.sets[i], &l.locks[i%limiterLocks]
}

// full is when the bucket of an address will be full; 0 if it is not held.
func (s *limiterSet) full(address uint64) int64 {
	for i := range s {
		if s[i].address == address {
			return s[i].full
		}
	}
	return 0
}

// slot finds the slot of an address, or gives it the one that says least: the
// fullest bucket.
func (s *limiterSet) slot(address uint64) *limiterSlot {
	least := &s[0]
	for i := range s {
		if s[i].address == address {
			return &s[i]
		}
		if s[i].full < least.full {
			least = &s[i]
		}
	}
	*least = limiterSlot{address: address}
	return least
}
