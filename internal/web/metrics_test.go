package web_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/hufu-id/hufu/internal/web"
)

// counters reads http_requests_total as "route method status" → count.
func counters(t *testing.T, reg *prometheus.Registry) (counts map[string]float64, families map[string]bool) {
	t.Helper()
	counts, families = map[string]float64{}, map[string]bool{}
	all, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		families[f.GetName()] = true
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			switch f.GetName() {
			case "http_requests_total":
				counts[labels["route"]+" "+labels["method"]+" "+labels["status"]] = m.GetCounter().GetValue()
			case "http_request_duration_seconds":
				counts["seconds "+labels["route"]+" "+labels["method"]] = float64(m.GetHistogram().GetSampleCount())
			case "http_requests_in_flight":
				counts["in flight"] = m.GetGauge().GetValue()
			}
		}
	}
	return counts, families
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	metrics := web.NewMetrics(reg)
	api, _ := newEdge(t, func(o *web.Options) { o.Metrics = metrics })
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			serve(api, request("DELETE", fmt.Sprintf("/v1/sessions/%d", i), "", "Authorization", "Bearer "+goodToken))
			serve(api, request("GET", fmt.Sprintf("/random/%d", i), ""))
			serve(api, request(fmt.Sprintf("M%d", i), "/raw", ""))
			serve(api, request("HEAD", "/raw", ""))
			serve(api, request("GET", "/panic", ""))
		})
	}
	wg.Wait()
	got, _ := counters(t, reg)
	want := map[string]float64{
		"/v1/sessions/{id} DELETE 204":     20,
		"unmatched GET 404":                20,
		"unmatched other 405":              20,
		"/raw HEAD 200":                    20,
		"/panic GET 500":                   20,
		"seconds /v1/sessions/{id} DELETE": 20,
		"seconds unmatched GET":            20,
		"seconds unmatched other":          20,
		"seconds /raw HEAD":                20,
		"seconds /panic GET":               20,
		// Routes are there from the start, so that a rate can be told from 0.
		"seconds /raw GET": 0, "seconds /v1/login POST": 0, "seconds /v1/session GET": 0,
		"in flight": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name := range got {
		if strings.Contains(name, "random") {
			t.Errorf("a path became a label: %s", name)
		}
	}
}
