package server

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/store"
)

// metrics are those of the domains; the edge has its own.
type metrics struct {
	registry *prometheus.Registry
	logins   *prometheus.CounterVec
	wechat   *prometheus.HistogramVec
	keys     *prometheus.CounterVec

	resealLeft, resealDone prometheus.Gauge

	flush, flushSteps, checkpoint prometheus.Histogram
	flushFailures                 prometheus.Counter
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
		keys: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hufu_open_data_keys_total",
			Help: "Open data by the session_key that opened it: newest, second, third, or none.",
		}, []string{"key"}),
		resealLeft: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hufu_master_key_reseal_users_left",
			Help: "Users whose sealed data is still to be looked at, while it is sealed anew under a new master key.",
		}),
		resealDone: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hufu_master_key_reseal_done_ratio",
			Help: "1: everything is sealed under the newest master key. Less: how far this pass is; the last one only checks.",
		}),
		flush: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "hufu_store_flush_duration_seconds", Help: "Transactions that wrote.", Buckets: latencyBuckets(),
		}),
		flushSteps: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "hufu_store_flush_steps", Help: "Steps that shared a transaction.", Buckets: prometheus.ExponentialBuckets(1, 2, 9),
		}),
		flushFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hufu_store_flush_failures_total", Help: "Transactions that were not committed, as far as one knows.",
		}),
		checkpoint: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "hufu_store_checkpoint_duration_seconds", Help: "Moves of SQLite's log into its database.", Buckets: latencyBuckets(),
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "hufu_build_info", Help: "1, with the version as a label.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.logins, m.wechat, m.keys, m.resealLeft, m.resealDone, m.flush, m.flushSteps, m.flushFailures, m.checkpoint, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observeLogin(appid id.AppID, outcome string) {
	m.logins.WithLabelValues(string(appid), outcome).Inc()
}

func (m *metrics) observeKey(position string) { m.keys.WithLabelValues(position).Inc() }

func (m *metrics) observeReseal(p masterkey.Progress) {
	if p.Done {
		m.resealLeft.Set(0)
		m.resealDone.Set(1)
		return
	}
	// People come while it goes on, and it is not done before it says so.
	m.resealLeft.Set(float64(max(p.Total-p.Seen, 0)))
	m.resealDone.Set(min(float64(p.Seen)/float64(max(p.Total, 1)), 0.999))
}

func (m *metrics) observeWeChat(api, errcode string, took time.Duration) {
	m.wechat.WithLabelValues(api, errcode).Observe(took.Seconds())
}

func (m *metrics) observeFlush(f store.Flush) {
	m.flush.Observe(f.Took.Seconds())
	m.flushSteps.Observe(float64(f.Steps))
	if f.Err != nil {
		m.flushFailures.Inc()
	}
}

func (m *metrics) observeCheckpoint(c store.Checkpoint) { m.checkpoint.Observe(c.Took.Seconds()) }

// watchStore tells how busy the store is whenever it is asked.
func (m *metrics) watchStore(db *store.DB) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hufu_store_queued_writes", Help: "Writes that wait for their turn."},
			func() float64 { return float64(db.Stats().Queued) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hufu_store_connections", Help: "Open connections to the database."},
			func() float64 { return float64(db.Stats().Conns) }),
	)
}
