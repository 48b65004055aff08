package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hufu-id/hufu/internal/web"
)

// keepHeader is a ResponseWriter that costs nothing but its header.
type keepHeader struct{ h http.Header }

func (w keepHeader) Header() http.Header       { return w.h }
func (keepHeader) Write(b []byte) (int, error) { return len(b), nil }
func (keepHeader) WriteHeader(int)             {}

type benchIn struct {
	AppID  string     `json:"appid"`
	Code   string     `json:"code"`
	Device web.Object `json:"device,omitzero"`
}

type benchOut struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"`
	UserID      string `json:"user_id"`
}

const benchBody = `{"appid":"wxdd00000000000001","code":"0a3AbCdE0fGhIj1kLmNo2pQrSt3uVwXy","device":{"model":"iPhone 15","system":"iOS 19"}}`

// BenchmarkEdge is what the edge costs a call of the size of a login, beside a
// bare handler that only decodes and encodes with the standard library.
func BenchmarkEdge(b *testing.B) {
	answer := benchOut{strings.Repeat("a", 600), 900, "usr_01h455vb4pex5vsknk084sn02q"}
	run := func(name string, h http.Handler) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			body := strings.NewReader(benchBody)
			r := request("POST", "/v1/login", benchBody, "Idempotency-Key", "550e8400-e29b-41d4-a716-446655440000")
			r.Body = io.NopCloser(body)
			for b.Loop() {
				body.Reset(benchBody)
				h.ServeHTTP(keepHeader{http.Header{}}, r)
			}
		})
	}
	run("Bare", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			AppID  string          `json:"appid"`
			Code   string          `json:"code"`
			Device json.RawMessage `json:"device"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, "bad", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}))
	for name, o := range map[string]web.Options{
		"Quiet": {NoAccessLog: true},
		"Full":  {Logger: web.NewLogger(io.Discard, nil), Metrics: web.NewMetrics(prometheus.NewRegistry()), PublicURL: "https://x"},
	} {
		api := web.New(o)
		web.Handle(api, web.Operation{Method: "POST", Path: "/v1/login"},
			func(_ context.Context, r *web.Request, _ *benchIn) (benchOut, error) {
				_, err := r.IdempotencyKey()
				return answer, err
			})
		run(name, api)
	}
}
