package simulator

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The limits of this file are too high to be reached by calls in a test, so
// the counters are set near them.

func signedCall(token, openID, key string) *call {
	return &call{method: http.MethodGet, path: "/wxa/resetusersessionkey", query: url.Values{
		"access_token": {token}, "openid": {openID}, "signature": {sessionSignature(key, "")}, "sig_method": {"hmac_sha256"}}}
}

func TestDocumentedLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 4, 0, 10, 0, time.UTC)
	fresh := func() (*world, *app) {
		w := newWorld(1, func() time.Time { return now }, Switches{})
		return w, w.appList[0]
	}
	stable := func(w *world, a *app) reply {
		return w.stableToken(&call{method: http.MethodPost, body: fmt.Appendf(nil,
			`{"grant_type":"client_credential","appid":%q,"secret":%q}`, a.AppID, a.Secret)})
	}
	t.Run("45011 stable_token over 10000 in a minute", func(t *testing.T) {
		t.Parallel()
		w, a := fresh()
		a.stableMinute = window{minuteOf(now), 9_999}
		if r := stable(w, a); r.errcode != 0 {
			t.Errorf("the last allowed call: %d", r.errcode)
		}
		if r := stable(w, a); r.errcode != 45011 {
			t.Errorf("the next: %d", r.errcode)
		}
	})
	t.Run("45009 stable_token over 500000 in a day", func(t *testing.T) {
		t.Parallel()
		w, a := fresh()
		a.stableDay = window{dayOf(now), 499_999}
		if r := stable(w, a); r.errcode != 0 {
			t.Errorf("the last allowed call: %d", r.errcode)
		}
		if r := stable(w, a); r.errcode != 45009 {
			t.Errorf("the next: %d", r.errcode)
		}
	})
	t.Run("45011 resetusersessionkey over 60000 in a minute", func(t *testing.T) {
		t.Parallel()
		w, a := fresh()
		m := w.member(a, w.people[0])
		m.rotate(now)
		token := w.issueToken(a, now).value
		a.resetMinute = window{minuteOf(now), 59_999}
		if r := w.resetUserSessionKey(signedCall(token, m.openID, m.key)); r.errcode != 0 {
			t.Errorf("the last allowed call: %d", r.errcode)
		}
		if r := w.resetUserSessionKey(signedCall(token, m.openID, m.key)); r.errcode != 45011 {
			t.Errorf("the next: %d", r.errcode)
		}
	})
}

func TestBounds(t *testing.T) {
	t.Parallel()
	t.Run("CodesArePruned", func(t *testing.T) {
		t.Parallel()
		s := &Server{Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
		for range 1000 {
			if _, err := s.Login("wxdd00000000000001", "alice"); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Advance(codeLife); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Login("wxdd00000000000001", "alice"); err != nil {
			t.Fatal(err)
		}
		if n := len(s.world.codes.byCode); n != 1 {
			t.Errorf("%d codes are kept, want the one that lives", n)
		}
	})
	t.Run("UsedCodesArePruned", func(t *testing.T) {
		t.Parallel()
		b := codeBook{byCode: make(map[string]*loginCode)}
		start := time.Unix(1_800_000_000, 0)
		for i := range 110 {
			c := &loginCode{code: fmt.Sprint(i), issued: start}
			b.byCode[c.code] = c
			b.fresh.push(c)
			b.use(c, start)
		}
		b.prune(start, time.Minute, 100)
		if n := len(b.byCode); n != 100 {
			t.Errorf("%d codes are kept, want 100", n)
		}
		b.prune(start.Add(codeLife), time.Minute, 100)
		if len(b.byCode) != 0 || b.fresh.len() != 0 || b.used.len() != 0 {
			t.Errorf("%d, %d, %d are left", len(b.byCode), b.fresh.len(), b.used.len())
		}
	})
	t.Run("TokensArePruned", func(t *testing.T) {
		t.Parallel()
		w := newWorld(1, time.Now, Switches{})
		for range tokensPerApp + 100 {
			w.issueToken(w.appList[0], w.now())
		}
		if n := len(w.tokens); n > tokensPerApp {
			t.Errorf("%d tokens are kept", n)
		}
	})
}

// It measures the heap, and so runs while no other test does.
func TestJournalMemory(t *testing.T) {
	var s Server
	h := s.Handler()
	long, body := strings.Repeat("x", 1<<14), make([]byte, 1<<14)
	call := func(target string) {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "http://localhost/wxa/"+target, bytes.NewReader(body)))
	}
	call("")
	before := heap()
	for range journalSize / 2 {
		call(long + long + "?a=b") // what is kept of one part must not keep the other
		call("x?secret=" + long + long)
	}
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("the journal holds %d MiB", grown>>20)
	}
	if records, last := s.journal.after(0); len(records) != journalSize || last != journalSize+1 {
		t.Errorf("%d records up to %d", len(records), last)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
