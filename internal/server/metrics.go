package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/hufu-id/hufu/internal/id"
)

// metrics are those of the domains; the edge has its own.
type metrics struct {
	registry *prometheus.Registry
	logins   *prometheus.CounterVec
	wechat   *prometheus.HistogramVec
}

// latency buckets in seconds, from a cache hit to WeChat's time-out.
func latencyBuckets() []float64 {
	return []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hufu_logins_total",
			Help: "Logins by app and outcome: ok, replay, or the code of the problem. Unknown apps have no name.",
		}, []string{"app", "outcome"}),
		wechat: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "hufu_wechat_call_duration_seconds",
			Help:    "Calls to WeChat by API and errcode, or what happened instead of an answer.",
			Buckets: latencyBuckets(),
		}, []string{"api", "errcode"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "hufu_build_info", Help: "1, with the version as a label.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.logins, m.wechat, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observeLogin(appid id.AppID, outcome string) {
	m.logins.WithLabelValues(string(appid), outcome).Inc()
}

func (m *metrics) observeWeChat(api, errcode string, took time.Duration) {
	m.wechat.WithLabelValues(api, errcode).Observe(took.Seconds())
}
