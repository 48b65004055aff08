package simulator_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	t.Run("SecretsAreShortened", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		code := r.login(app1, "alice")
		a := r.exchange(code)
		token := r.token().AccessToken
		stable := r.stable(false).AccessToken
		signature := sign(a.SessionKey)
		r.do("GET", "/wxa/checksession", url.Values{"access_token": {token}, "openid": {a.OpenID}, "signature": {signature}, "sig_method": {"hmac_sha256"}}, "")
		r.do("POST", "/cgi-bin/stable_token", nil, "secret="+secret1)
		body := control(t, r.Server, "GET", "/sim/v1/requests", "", 200, "")
		for name, canary := range map[string]string{"AppSecret": secret1, "code": code, "session_key": a.SessionKey, "access_token": token, "stable": stable, "signature": signature} {
			if strings.Contains(body, canary) || strings.Contains(body, canary[8:]) {
				t.Errorf("the %s stands in the journal", name)
			}
		}
		for _, want := range []string{a.OpenID, `"js_code":"0`, `"secret":"fa4e…"`, `"path":"/wxa/checksession"`} {
			if !strings.Contains(body, want) {
				t.Errorf("%s is not in %s", want, body)
			}
		}
	})
	t.Run("Since", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		for range 3 {
			r.exchange("x")
		}
		var got struct {
			Data []simulator.Request
			Last uint64
		}
		if err := json.Unmarshal([]byte(control(t, r.Server, "GET", "/sim/v1/requests?since=2", "", 200, "")), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Data) != 1 || got.Data[0].Seq != 3 || got.Last != 3 || got.Data[0].Errcode != 40029 || got.Data[0].Method != "GET" {
			t.Errorf("got %+v", got)
		}
		control(t, r.Server, "GET", "/sim/v1/requests?since=3", "", 200, `{"data":[],"last":3}`)
		control(t, r.Server, "GET", "/sim/v1/requests?since=99", "", 200, `{"data":[],"last":3}`)
		control(t, r.Server, "GET", "/sim/v1/requests?since=x", "", 400, "")
	})
	t.Run("ControlsAreNotInIt", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		control(t, r.Server, "POST", "/sim/v1/wx/login", loginBody, 200, "")
		if n := len(r.Requests()); n != 0 {
			t.Errorf("%d entries", n)
		}
	})
	t.Run("OldOnesFallOut", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		for range 1030 {
			send(r.Server, "GET", "localhost", "/sns/jscode2session", "", nil)
		}
		if got := r.Requests(); len(got) != 1024 || got[0].Seq != 7 || got[1023].Seq != 1030 {
			t.Errorf("%d entries, from %d", len(got), got[0].Seq)
		}
	})
}

// events opens the stream and gives its events, until the test ends.
func events(t *testing.T, r *rig, query string, header map[string]string) <-chan string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/sim/v1/requests"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if ct := res.Header.Get("Content-Type"); ct != "text/event-stream" || res.StatusCode != 200 {
		t.Fatalf("%d %q", res.StatusCode, ct)
	}
	out := make(chan string, 16)
	go func() { // ends with the body: by Close, or when the test ends
		defer close(out)
		defer func() { _ = res.Body.Close() }()
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				out <- id
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				out <- data
			}
		}
	}()
	return out
}

func TestEventStream(t *testing.T) {
	t.Parallel()
	t.Run("TellsWhatWasAndWhatComes", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.exchange("x")
		stream := events(t, r, "", nil)
		if id, data := <-stream, <-stream; id != "1" || !strings.Contains(data, `"errcode":40029`) {
			t.Errorf("%s %s", id, data)
		}
		r.token()
		if id, data := <-stream, <-stream; id != "2" || !strings.Contains(data, `"path":"/cgi-bin/token"`) || strings.Contains(data, secret1) {
			t.Errorf("%s %s", id, data)
		}
		r.Reset()
		r.exchange("x")
		if id := <-stream; id != "3" {
			t.Errorf("after a reset the numbers go on: %s", id)
		}
	})
	t.Run("ResumesAfterTheLastSeen", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		for range 3 {
			r.exchange("x")
		}
		if id := <-events(t, r, "?since=1", map[string]string{"Last-Event-ID": "2"}); id != "3" {
			t.Errorf("begins with %s", id)
		}
	})
	t.Run("CloseEndsIt", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		stream := events(t, r, "", nil)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		for range stream {
		}
		if a := r.exchange(r.login(app1, "alice")); a.OpenID == "" {
			t.Errorf("the rest goes on working: %s", a.text)
		}
	})
	t.Run("HasABound", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		for range 64 {
			events(t, r, "", nil)
		}
		rec := send(r.Server, "GET", "localhost", "/sim/v1/requests", "", map[string]string{"Accept": "text/event-stream"})
		if rec.Code != http.StatusServiceUnavailable {
			t.Errorf("the 65th stream: %d", rec.Code)
		}
	})
}
