package e2e_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDev_RealWeChat starts without a simulator. Nobody logs in: that would ask
// the real WeChat.
func TestDev_RealWeChat(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("HUNTER2HUNTER2HUNTER2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, nil, "dev", "--addr", "127.0.0.1:0", "--data", "data", "--appid", "wx0123456789abcdef", "--secret-file", "secret")
	url := p.find(&p.stdout, `server\s+(http://\S+)`)
	p.find(&p.stdout, `(Ctrl-C stops)`)
	if got := call(t, "GET", url+"/readyz", nil, "").object(t); got["simulated"] != nil {
		t.Errorf("readyz says %v", got)
	}
	for _, path := range []string{"/sim/v1/apps", "/sns/jscode2session", "/sim/v1/requests"} {
		if a := call(t, "GET", url+path, nil, ""); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	wantProblem(t, call(t, "POST", url+"/v1/login", nil, loginBody(app1, "c")), 404, "unknown_app")
	p.stop()
	if out := p.stdout.String() + p.stderr.String(); strings.Contains(out, "HUNTER2") || strings.Contains(out, "simulated") {
		t.Errorf("it says\n%s", out)
	}
}

// TestDev_StopsWithAStreamOpen: an event stream never ends by itself.
func TestDev_StopsWithAStreamOpen(t *testing.T) {
	t.Parallel()
	for name, base := range map[string]func(*devServer) string{
		"OfTheServer":    func(d *devServer) string { return d.url },
		"OfTheSimulator": func(d *devServer) string { return d.sim },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dev(t, t.TempDir())
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, "GET", base(d)+"/sim/v1/requests", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Accept", "text/event-stream")
			res, err := httpClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			if ct := res.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/event-stream") {
				t.Fatalf("Content-Type %q", ct)
			}
			d.stop() // waiting for the stream would end in an error
		})
	}
}

func TestServe_SecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWeChat(t)
	srv := newSite(t, w, sqlite).serve()
	began := time.Now()
	c := dial(t, srv) // a request that will not be complete for a while
	if _, err := c.Write([]byte("POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, "the request is in flight", func() bool { return metric(t, srv, "http_requests_in_flight") >= 2 })
	srv.signal(syscall.SIGTERM)
	eventually(t, patience, "no new connections are taken", func() bool {
		_, err := try("GET", srv.url+"/healthz", header("Connection", "close"), "")
		return err != nil
	})
	srv.signal(syscall.SIGTERM)
	late := time.Since(began) // by 15 s the request is cut off, and the first signal is enough
	srv.wait(patience)
	if srv.code != -1 && late < 14*time.Second {
		t.Errorf("exit code %d, want an end by the signal", srv.code)
	}
}
