package wechat

import (
	"log/slog"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/hufu-id/hufu/internal/id"
)

// A circuit opens when, of at least minCalls in window, failureRate failed. It
// stays open for at least minOpenFor and at least a whole call's time-out, so
// that no straggler from before it opened is taken for a probe; then
// probeSuccesses calls are let through, and one failure opens it again.
const (
	failureRate    = 0.6
	minCalls       = 10
	window         = 10 * time.Second
	minOpenFor     = 5 * time.Second
	probeSuccesses = 2

	// minRetryAfter stands where a circuit is about to let probes through.
	minRetryAfter = time.Second
)

type circuit struct {
	app id.AppID
	api string
}

// breakers holds one circuit breaker per app and API: what one app's faults or
// one API's troubles do stays with them. Apps come from the configuration, so
// the number of breakers is bounded.
type breakers struct {
	openFor time.Duration
	log     *slog.Logger

	mu sync.RWMutex
	by map[circuit]*breaker
}

type breaker struct {
	cb circuitbreaker.CircuitBreaker[any]
}

// permit is the right to one call. Its holder must record how the call ended.
type permit struct {
	cb circuitbreaker.CircuitBreaker[any]
	// probe is true where the call decides whether the circuit closes. Such a
	// call must run to its end: a probe that never reports would hold its place
	// for ever.
	probe bool
}

func (s *breakers) of(key circuit) *breaker {
	s.mu.RLock()
	b := s.by[key]
	s.mu.RUnlock()
	if b != nil {
		return b
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if b := s.by[key]; b != nil {
		return b
	}
	if s.by == nil {
		s.by = make(map[circuit]*breaker)
	}
	b = &breaker{cb: s.build(key)}
	s.by[key] = b
	return b
}

func (s *breakers) build(key circuit) circuitbreaker.CircuitBreaker[any] {
	log := s.log.With("api", key.api, "appid", string(key.app))
	return circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(failureRate, minCalls, window).
		WithSuccessThreshold(probeSuccesses).
		WithDelay(s.openFor).
		OnOpen(func(circuitbreaker.StateChangedEvent) {
			log.Warn("wechat circuit opened", "for", s.openFor)
		}).
		OnClose(func(circuitbreaker.StateChangedEvent) {
			log.Info("wechat circuit closed")
		}).
		Build()
}

// acquire asks for a permit; where there is none, retryAfter says when to ask
// again.
func (b *breaker) acquire() (p permit, retryAfter time.Duration, ok bool) {
	if !b.cb.TryAcquirePermit() {
		return permit{}, max(b.cb.RemainingDelay(), minRetryAfter), false
	}
	return permit{cb: b.cb, probe: !b.cb.IsClosed()}, 0, true
}

// done records how the call ended. A caller who gave up says nothing about the
// API; since probes cannot be given up, no place of a probe is lost by that.
func (p permit) done(err *Error) {
	switch {
	case err == nil:
		p.cb.RecordSuccess()
	case err.Kind == Canceled:
	case err.upstreamFailed():
		p.cb.RecordFailure()
	default:
		p.cb.RecordSuccess()
	}
}

// upstreamFailed reports whether e speaks against the API as a whole. An answer
// we cannot read does not: a caller of ours may be able to provoke one, and
// would shut out everybody else.
func (e *Error) upstreamFailed() bool {
	switch e.Reason {
	case ReasonBusy, ReasonTimeout, ReasonConnect, ReasonConnection, ReasonServer:
		return true
	default:
		return false
	}
}
