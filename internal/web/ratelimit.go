package web

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// RateLimiter allows each client address so many events a minute: a bucket
// that holds one minute's worth and fills evenly. IPv6 counts by /64, since one
// customer has at least that. A nil *RateLimiter allows everything.
//
// It is safe for concurrent use, and bounded: when too many addresses are
// about, the one unseen for longest is forgotten.
type RateLimiter struct {
	interval int64 // nanoseconds in which one event is earned
	now      func() time.Time
	begun    time.Time
	seed     maphash.Seed
	shards   [limiterShards]limiterShard
}

const (
	limiterShards    = 16
	limiterAddresses = 32 << 10 // of one limiter; about 200 bytes each
)

// limiterShard holds, for each address, the time at which its bucket will be
// full again (the "theoretical arrival time" of the generic cell rate
// algorithm), in nanoseconds since begun: one number says all.
type limiterShard struct {
	mu   sync.Mutex
	full *simplelru.LRU[netip.Addr, int64]
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
	l := &RateLimiter{
		interval: max(1, int64(time.Minute)/int64(perMinute)),
		now:      now, begun: now(), seed: maphash.MakeSeed(),
	}
	for i := range l.shards {
		// The error is about a size below 1.
		l.shards[i].full, _ = simplelru.NewLRU[netip.Addr, int64](limiterAddresses/limiterShards, nil)
	}
	return l
}

// Allow counts an event if there is room for it; if not, it counts nothing and
// tells how long to wait.
func (l *RateLimiter) Allow(a netip.Addr) (ok bool, retryAfter time.Duration) {
	return l.decide(a, true)
}

// Peek tells what Allow would, and counts nothing.
func (l *RateLimiter) Peek(a netip.Addr) (ok bool, retryAfter time.Duration) {
	return l.decide(a, false)
}

// Take counts an event that has happened, room or not: so failures can be
// counted when they are known, though others were let in meanwhile. The debt
// is bounded to one minute's worth.
func (l *RateLimiter) Take(a netip.Addr) {
	if l == nil {
		return
	}
	s, key, now := l.find(a)
	defer s.mu.Unlock()
	full, _ := s.full.Get(key)
	s.full.Add(key, min(max(full, now)+l.interval, now+2*int64(time.Minute)))
}

func (l *RateLimiter) decide(a netip.Addr, count bool) (bool, time.Duration) {
	if l == nil {
		return true, 0
	}
	s, key, now := l.find(a)
	defer s.mu.Unlock()
	full, _ := s.full.Get(key)
	next := max(full, now) + l.interval
	if wait := next - now - int64(time.Minute); wait > 0 {
		return false, time.Duration(wait)
	}
	if count {
		s.full.Add(key, next)
	}
	return true, 0
}

// find locks the shard of an address.
func (l *RateLimiter) find(a netip.Addr) (s *limiterShard, key netip.Addr, now int64) {
	key = a.Unmap().WithZone("")
	if key.Is6() {
		if p, err := key.Prefix(64); err == nil {
			key = p.Addr()
		}
	}
	now = int64(l.now().Sub(l.begun))
	s = &l.shards[maphash.Comparable(l.seed, key)%limiterShards]
	s.mu.Lock()
	return s, key, now
}
