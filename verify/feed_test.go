package verify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/verify"
)

const apiKey = "hfk_CANARY0123456789"

// ended is the issuer's list of ended sessions, in pages: a cursor is the number
// of the entry it stands before.
type ended struct {
	mu    sync.Mutex
	list  []map[string]any
	page  int
	since []string
	lost  string // a cursor that is not known any more
}

// feedHouse is a house whose server has the list too.
func feedHouse(t *testing.T) (*forger, *ended) {
	f := newForger(t)
	e := &ended{page: 1000}
	mux := http.NewServeMux()
	mux.Handle("/", f.handler)
	mux.Handle("GET "+pathFeed, e)
	f.handler = mux
	return f, e
}

func (e *ended) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+apiKey {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	since := r.URL.Query().Get("since")
	e.since = append(e.since, since)
	if since != "" && since == e.lost {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	from := 0
	if since != "" {
		if _, err := fmt.Sscanf(since, "c%d", &from); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	to := min(from+e.page, len(e.list))
	data := e.list[from:to]
	if data == nil {
		data = []map[string]any{}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data, "next_cursor": fmt.Sprintf("c%d", to)})
}

func (e *ended) add(sid string, until time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, map[string]any{"sid": sid, "until": until.UTC().Format(time.RFC3339)})
}

func (f *forger) someone(t *testing.T) (text, sid string) {
	t.Helper()
	claims := someClaims()
	claims.SessionID = id.NewSessionID(time.Now())
	text, _, err := f.issuer.Issue(claims, token.ES256, token.TypeJWT, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return text, string(claims.SessionID)
}

func following(feed verify.Feed) verify.Option { return verify.WithRevocations(apiKey, feed) }

func TestFeed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, e := feedHouse(t)
		v := f.verifier(t, following(verify.Feed{}))
		e.page = 3
		early, earlySID := f.someone(t)
		later, laterSID := f.someone(t)
		for i := range 7 {
			e.add(fmt.Sprintf("ses_other%d", i), time.Now().Add(time.Hour))
		}
		e.add(earlySID, time.Now().Add(15*time.Minute))
		if len(f.calls) != 0 {
			t.Errorf("New asked for %v", f.calls)
		}
		want(t, v, early, verify.ErrRevoked) // also by the very first call, and on the last page
		accepted(t, v, later)
		e.add(laterSID, time.Now().Add(15*time.Minute))
		pass(2 * time.Second)
		want(t, v, later, verify.ErrRevoked)
		want(t, v, later[:len(later)-4], verify.ErrInvalid)

		// What was read is not read again.
		e.mu.Lock()
		if got := strings.Join(e.since, " "); got != " c3 c6 c8 c8 c9" {
			t.Errorf("asked since %q", got)
		}
		e.mu.Unlock()
		pass(16 * time.Minute)
		want(t, v, early, verify.ErrExpired) // said before, since it says more
	})
}

// The list is started anew where its place in it is not known any more.
func TestFeed_LostCursor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, e := feedHouse(t)
		v := f.verifier(t, following(verify.Feed{}))
		text, sid := f.someone(t)
		e.add("ses_other", time.Now().Add(time.Hour))
		accepted(t, v, text)
		e.mu.Lock()
		e.list, e.lost = nil, "c1"
		e.mu.Unlock()
		e.add(sid, time.Now().Add(time.Hour))
		pass(10 * time.Second)
		want(t, v, text, verify.ErrRevoked)
	})
}

// A silent feed: what is known stays, and the rest is as was asked for.
func TestFeed_Stale(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy verify.StalePolicy
		stale  error
	}{"Accept": {verify.AcceptWhenStale, nil}, "Refuse": {verify.RefuseWhenStale, verify.ErrUnavailable}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, e := feedHouse(t)
				var log bytes.Buffer
				v := f.verifier(t, following(verify.Feed{StaleAfter: 30 * time.Second, WhenStale: c.policy}), verify.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
				bad, sid := f.someone(t)
				good, _ := f.someone(t)
				e.add(sid, time.Now().Add(time.Hour))
				accepted(t, v, good)
				f.breakBy(on(pathFeed, func() *http.Response { return answer(500, "evil") }))
				asked := f.count(pathFeed)
				pass(29 * time.Second)
				accepted(t, v, good)
				pass(5 * time.Minute)
				if c.stale == nil {
					accepted(t, v, good)
				} else {
					want(t, v, good, c.stale)
				}
				want(t, v, bad, verify.ErrRevoked)
				if err := v.Ready(t.Context()); !errors.Is(err, c.stale) {
					t.Errorf("ready: %v", err)
				}
				if n := f.count(pathFeed) - asked; n < 8 || n > 18 {
					t.Errorf("%d polls in 5 minutes of outage", n)
				}
				f.breakBy(nil)
				pass(31 * time.Second)
				accepted(t, v, good)
				if err := v.Ready(t.Context()); err != nil {
					t.Errorf("ready: %v", err)
				}
				v.Close()
				if n := strings.Count(log.String(), "cannot be followed"); n != 1 || strings.Count(log.String(), "followed again") != 1 {
					t.Errorf("the log says\n%s", log.String())
				}
				if strings.Contains(log.String(), "CANARY") || strings.Contains(log.String(), "evil") {
					t.Errorf("the log tells too much\n%s", log.String())
				}
			})
		})
	}
}

// Before anything is known, the policy decides as well.
func TestFeed_DownFromTheStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, _ := feedHouse(t)
		f.breakBy(on(pathFeed, func() *http.Response { return answer(503, "") }))
		text, _ := f.someone(t)
		lax := f.verifier(t, following(verify.Feed{}))
		accepted(t, lax, text)
		if err := lax.Ready(t.Context()); !errors.Is(err, verify.ErrUnavailable) { // a start should tell
			t.Errorf("ready: %v", err)
		}
		want(t, f.verifier(t, following(verify.Feed{WhenStale: verify.RefuseWhenStale})), text, verify.ErrUnavailable)
	})
}

// A feed that hangs holds nobody longer than they want to wait.
func TestFeed_Hanging(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, _ := feedHouse(t)
		f.breakBy(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != pathFeed {
				return nil, nil
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		v := f.verifier(t, following(verify.Feed{}))
		text, _ := f.someone(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := v.Verify(ctx, text); !errors.Is(err, verify.ErrUnavailable) || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		accepted(t, v, text) // when the first try is over
		began = time.Now()
		accepted(t, v, text)
		if time.Since(began) != 0 {
			t.Errorf("waited %s", time.Since(began))
		}
	})
}

func TestFeed_Answers(t *testing.T) {
	t.Parallel()
	f, _ := feedHouse(t)
	text, sid := f.someone(t)
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	entry := `{"sid":"` + sid + `","until":"` + until + `"}`
	for name, c := range map[string]struct {
		resp *http.Response
		kind error
	}{
		"LastPageWithoutCursor": {answer(200, `{"data":[`+entry+`],"next_cursor":null}`), verify.ErrRevoked},
		"UnknownMember":         {answer(200, `{"data":[`+strings.Replace(entry, "{", `{"x":1,`, 1)+`],"y":2}`), verify.ErrRevoked},
		"NotJSON":               {answer(200, "<html>"), verify.ErrUnavailable},
		"NoData":                {answer(200, `{"next_cursor":null}`), verify.ErrUnavailable},
		"NoSID":                 {answer(200, `{"data":[{"until":"`+until+`"}]}`), verify.ErrUnavailable},
		"NoUntil":               {answer(200, `{"data":[{"sid":"ses_x"}]}`), verify.ErrUnavailable},
		"BadUntil":              {answer(200, `{"data":[{"sid":"ses_x","until":"soon"}]}`), verify.ErrUnavailable},
		"Huge":                  {answer(200, `{"data":["`+strings.Repeat("x", 2<<20)+`"]}`), verify.ErrUnavailable},
		"Refused":               {answer(401, ""), verify.ErrUnavailable},
		"Redirect":              {answer(302, "", "Location", "https://evil.example/"), verify.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			f.breakBy(on(pathFeed, func() *http.Response { return c.resp }))
			v := f.verifier(t, following(verify.Feed{WhenStale: verify.RefuseWhenStale}))
			want(t, v, text, c.kind)
			v.Close()
		})
	}
	if f.count("/") != 0 {
		t.Error("the redirect was followed")
	}
}

// The API key goes to the issuer's feed alone, and into nothing that is printed.
func TestFeed_KeyStaysSecret(t *testing.T) {
	t.Parallel()
	f, _ := feedHouse(t)
	var mu sync.Mutex
	carried := map[string]bool{}
	f.breakBy(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		if strings.Contains(fmt.Sprint(r.Header, r.URL), "CANARY") {
			carried[r.URL.String()] = true
		}
		return nil, nil
	})
	v := f.verifier(t, verify.WithRevocations(apiKey+"wrong", verify.Feed{WhenStale: verify.RefuseWhenStale}))
	text, _ := f.someone(t)
	_, err := v.Verify(t.Context(), text)
	printed := fmt.Sprintf("%v %+v %#v %+v %#v %v", err, err, err, v, v, v.Ready(t.Context()))
	if !errors.Is(err, verify.ErrUnavailable) || strings.Contains(printed, "CANARY") {
		t.Errorf("printed %s", printed)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(carried) != 1 || !carried[issuerURL+pathFeed] {
		t.Errorf("the API key went to %v", carried)
	}
}
