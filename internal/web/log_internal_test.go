package web

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRequestLine holds the line that is put together by hand against slog's.
func TestRequestLine(t *testing.T) {
	t.Parallel()
	line := func(l *slog.Logger, log *bytes.Buffer) map[string]any {
		t.Helper()
		api := New(Options{Logger: l})
		api.HandleRaw("GET /x/{id}", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x/7?secret=canary", nil)
		r.Header.Set("X-Request-Id", "id-1")
		r.RemoteAddr = "[2001:db8::1%eth0]:80"
		api.ServeHTTP(httptest.NewRecorder(), r)
		var out map[string]any
		if err := json.Unmarshal(log.Bytes(), &out); err != nil {
			t.Fatalf("%q: %v", log, err)
		}
		delete(out, "time")
		delete(out, "took_us")
		return out
	}
	var a, b bytes.Buffer
	byHand := line(NewLogger(&a, slog.LevelInfo), &a)
	bySlog := line(slog.New(slog.NewJSONHandler(&b, nil)), &b)
	if diff := cmp.Diff(bySlog, byHand); diff != "" {
		t.Fatal(diff)
	}
	var quiet bytes.Buffer
	api := New(Options{Logger: NewLogger(&quiet, slog.LevelWarn)})
	api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if quiet.Len() > 0 {
		t.Fatalf("written below its level: %s", &quiet)
	}
}
