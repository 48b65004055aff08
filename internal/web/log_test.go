package web_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/web"
)

func TestAccessLog(t *testing.T) {
	t.Parallel()
	api, log := newAPI(t, nil)
	serve(api, request("DELETE", "/v1/sessions/none?x=canary-5ca1", "", "Authorization", "Bearer "+goodToken))
	serve(api, request("DELETE", "/v1/sessions/none", "", "Authorization", "Bearer "+goodToken))
	serve(api, request("FROB", "/canary-5ca1", ""))
	var lines []map[string]any
	for line := range strings.Lines(log.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		lines = append(lines, m)
	}
	if len(lines) != 3 || strings.Contains(log.String(), "canary") {
		t.Fatal(log)
	}
	for i, want := range []map[string]any{
		{"method": "DELETE", "route": "/v1/sessions/{id}", "status": 400.0, "problem": "invalid_request", "ip": "192.0.2.1"},
		{"method": "DELETE", "route": "/v1/sessions/{id}", "status": 404.0, "problem": "not_found"},
		{"method": "other", "route": "unmatched", "status": 404.0},
	} {
		for k, v := range want {
			if lines[i][k] != v {
				t.Errorf("line %d: %s is %v, want %v", i, k, lines[i][k], v)
			}
		}
		if lines[i]["request_id"] == "" || lines[i]["took_us"] == nil {
			t.Errorf("line %d: %v", i, lines[i])
		}
	}
}

func TestAccessLogOff(t *testing.T) {
	t.Parallel()
	api, log := newAPI(t, func(o *web.Options) { o.NoAccessLog = true })
	failWith(api, context.DeadlineExceeded)
	serve(api, request("GET", "/raw", ""))
	if log.String() != "" {
		t.Fatal(log)
	}
	serve(api, request("POST", "/fail", ""))
	if !strings.Contains(log.String(), "deadline exceeded") {
		t.Fatal("the cause of a 500 is lost")
	}
}

func TestLoggerRedacts(t *testing.T) {
	t.Parallel()
	log := new(lockedBuffer)
	l := web.NewLogger(log, slog.LevelInfo)
	const canary = "canary-5ca1"
	for _, name := range []string{
		"secret", "session_key", "sessionKey", "SessionKey", "access_token", "accessToken", "refresh-token",
		"Authorization", "AUTHORIZATION", "code", "js_code", "app_secret", "api_key", "encrypted_data", "iv",
		"phone_number", "Idempotency-Key", "api.v3.key",
	} {
		l.Info("m", name, canary)
		l.Info("m", slog.Group("g", slog.Group("h", name, canary)))
		l.With(name, canary).WithGroup("g").Info("m", "x", 1)
	}
	if s := log.String(); strings.Contains(s, canary) || !strings.Contains(s, "[secret]") {
		t.Fatal(s)
	}
	l.Info("m", "appid", "wx1", "errcode", 40029, "route", "/x", "problem", "invalid_code")
	if s := log.String(); !strings.Contains(s, `"appid":"wx1","errcode":40029,"route":"/x","problem":"invalid_code"`) {
		t.Fatal(s)
	}
}
