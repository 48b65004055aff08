package web

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts requests. Its labels are bounded: route patterns, never
// paths; methods that exist; statuses. A nil *Metrics counts nothing.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

// NewMetrics registers the edge's metrics with reg. It panics if they are
// registered there already.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Requests answered, by route pattern.",
		}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time from the request's header to the end of the answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "http_requests_in_flight", Help: "Requests being answered.",
		}),
	}
	reg.MustRegister(m.requests, m.seconds, m.inFlight)
	return m
}

// begin counts a request in flight, until observe.
func (m *Metrics) begin() {
	if m != nil {
		m.inFlight.Inc()
	}
}

// routeMetrics holds the children of one route and its own method, found once,
// so that the hot path hashes no labels.
type routeMetrics struct {
	seconds  prometheus.Observer
	byStatus [600]atomic.Pointer[prometheus.Counter]
}

func (m *Metrics) forRoute(rt *route) *routeMetrics {
	if m == nil || rt.method == "" {
		return nil
	}
	return &routeMetrics{seconds: m.seconds.WithLabelValues(rt.path, rt.method)}
}

// observe counts the answer to a request that began.
func (m *Metrics) observe(rt *route, method string, status int, took time.Duration) {
	if m == nil {
		return
	}
	m.inFlight.Dec()
	c := rt.metrics
	if c == nil || method != rt.method || status < 0 || status >= len(c.byStatus) {
		m.requests.WithLabelValues(rt.path, method, strconv.Itoa(status)).Inc()
		m.seconds.WithLabelValues(rt.path, method).Observe(took.Seconds())
		return
	}
	c.seconds.Observe(took.Seconds())
	slot := &c.byStatus[status]
	counter := slot.Load()
	if counter == nil {
		child := m.requests.WithLabelValues(rt.path, method, strconv.Itoa(status))
		counter = &child
		slot.Store(counter)
	}
	(*counter).Inc()
}
