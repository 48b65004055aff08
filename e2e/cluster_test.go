package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// balancer hands requests to its servers in turn, whoever asks.
func balancer(t testing.TB, servers ...*server) (base string) {
	t.Helper()
	var targets []*url.URL
	for _, s := range servers {
		u, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, u)
	}
	var turn atomic.Uint64
	transport := &http.Transport{MaxIdleConnsPerHost: 128, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(targets[turn.Add(1)%uint64(len(targets))])
			r.SetXForwarded()
		},
	}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	return srv.URL
}

// cluster is two servers on one PostgreSQL.
func cluster(t *testing.T) (w *weChat, a, b *server, store string) {
	t.Helper()
	store = postgres(t)
	w = newWeChat(t)
	s := newSite(t, w, store)
	s.more = "trusted_proxies: [127.0.0.1]"
	s.configure()
	// Both at once: each finds the schema missing, and one of them makes it.
	var wg sync.WaitGroup
	wg.Go(func() { a = s.serve() })
	wg.Go(func() { b = s.serve() })
	wg.Wait()
	if a == nil || b == nil {
		t.FailNow()
	}
	return w, a, b, store
}

func TestCluster_AThousandPeopleFromOneAddress(t *testing.T) {
	t.Parallel()
	w, a, b, store := cluster(t)
	base := balancer(t, a, b)
	const people, workers = 1000, 64
	jobs, users, sessions := make(chan int), sync.Map{}, sync.Map{}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range jobs {
				name := fmt.Sprintf("person-%d", i)
				out, err := loginAs(w, base, app1, w.person(name))
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				users.Store(out.User.ID, true)
				sessions.Store(out.SessionID, true)
				if !*out.IsNewUser {
					t.Errorf("%s is no new user", name)
				}
			}
		})
	}
	for i := range people {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	if n, m := size(&users), size(&sessions); n != people || m != people {
		t.Errorf("%d users and %d sessions of %d people", n, m, people)
	}
	if n := count(t, store, "SELECT count(*) FROM users"); n != people {
		t.Errorf("%d rows of users, want %d", n, people)
	}
	for _, s := range []*server{a, b} {
		if n := metric(t, s, `hufu_logins_total{app="`+app1+`",outcome="ok"}`); n < people/4 {
			t.Errorf("one of the two served %v of %d logins", n, people)
		}
	}
}

func size(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// loginAs is login for goroutines that may not end the test.
func loginAs(w *weChat, base, appid, name string) (out tokens, err error) {
	code, err := w.Login(appid, name)
	if err != nil {
		return out, err
	}
	a, err := try("POST", base+"/v1/login", nil, loginBody(appid, code))
	if err != nil {
		return out, err
	}
	if a.status != 200 {
		return out, fmt.Errorf("%d %s", a.status, a.body)
	}
	return out, unmarshal(a.body, &out)
}

func count(t testing.TB, dsn, query string) (n int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := conn.QueryRow(ctx, query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCluster_OneTruth(t *testing.T) {
	t.Parallel()
	w, a, b, store := cluster(t)
	t.Run("ReplayOnTheOther", func(t *testing.T) {
		code, k := w.code(app1, "alice"), "key-of-this-login-1"
		first := login(t, a.url, app1, code, k)
		second := login(t, b.url, app1, code, k)
		if first.SessionID != second.SessionID || first.RefreshToken != second.RefreshToken || first.AccessToken == second.AccessToken {
			t.Errorf("%+v and %+v", first, second)
		}
		if *first.IsNewUser != *second.IsNewUser {
			t.Errorf("is_new_user %t, then %t", *first.IsNewUser, *second.IsNewUser)
		}
		wantProblem(t, call(t, "POST", b.url+"/v1/login", key("another-key-of-16"), loginBody(app1, code)), 409, "code_already_used")
		wantProblem(t, call(t, "POST", b.url+"/v1/login", nil, loginBody(app1, code)), 409, "code_already_used")
	})
	t.Run("BothAtOnce", func(t *testing.T) {
		code, k := w.code(app1, "bob"), "key-of-this-login-2"
		var got [8]answer
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() { got[i], _ = try("POST", []*server{a, b}[i%2].url+"/v1/login", key(k), loginBody(app1, code)) })
		}
		wg.Wait()
		var first tokens
		got[0].as(t, 200, &first)
		for _, each := range got[1:] {
			var other tokens
			each.as(t, 200, &other)
			if other.SessionID != first.SessionID || other.RefreshToken != first.RefreshToken {
				t.Errorf("%s and %s", other.SessionID, first.SessionID)
			}
		}
	})
	t.Run("RefreshOnTheOther", func(t *testing.T) {
		first := login(t, a.url, app1, w.code(app1, "alice"), "")
		second := refresh(t, b.url, first.RefreshToken, "refresh-key-0001")
		again := refresh(t, a.url, first.RefreshToken, "refresh-key-0001")
		if second.SessionID != first.SessionID || second.RefreshToken == first.RefreshToken || again.RefreshToken != second.RefreshToken {
			t.Errorf("%s, then %s, again %s", first.RefreshToken[:12], second.RefreshToken[:12], again.RefreshToken[:12])
		}
		wantProblem(t, call(t, "POST", a.url+"/v1/refresh", key("refresh-key-0002"), refreshBody(first.RefreshToken)), 401, "token_reused")
		wantProblem(t, call(t, "POST", b.url+"/v1/refresh", nil, refreshBody(second.RefreshToken)), 401, "session_revoked")
	})
	t.Run("RefreshesAtOnceHaveOneSuccessor", func(t *testing.T) {
		first := login(t, a.url, app1, w.code(app1, "alice"), "")
		var got [50]answer
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() {
				got[i], _ = try("POST", []*server{a, b}[i%2].url+"/v1/refresh", key("refresh-key-0003"), refreshBody(first.RefreshToken))
			})
		}
		wg.Wait()
		successors := map[string]bool{}
		for _, each := range got {
			var out tokens
			each.as(t, 200, &out)
			successors[out.RefreshToken] = true
		}
		if len(successors) != 1 {
			t.Errorf("%d successors", len(successors))
		}
	})
	t.Run("LogoutIsKnownToTheOther", func(t *testing.T) {
		for range 5 {
			out := login(t, a.url, app1, w.code(app1, "carol"), "")
			call(t, "GET", b.url+"/v1/session", bearer(out.AccessToken), "").as(t, 200, &map[string]any{})
			if got := call(t, "DELETE", a.url+"/v1/session", bearer(out.AccessToken), ""); got.status != 204 {
				t.Fatalf("logout: %d %s", got.status, got.body)
			}
			ended := time.Now()
			wantProblem(t, call(t, "GET", a.url+"/v1/session", bearer(out.AccessToken), ""), 401, "session_revoked")
			eventually(t, patience, "the other server refuses the session", func() bool {
				return call(t, "GET", b.url+"/v1/session", bearer(out.AccessToken), "").status == 401
			})
			t.Logf("the other server refused the session within %s", time.Since(ended))
			wantProblem(t, call(t, "POST", b.url+"/v1/refresh", nil, refreshBody(out.RefreshToken)), 401, "session_revoked")
		}
	})
	t.Run("FirstLoginsAtOnceMakeOneUser", func(t *testing.T) {
		w.person("dora")
		var got [50]tokens
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() {
				var err error
				if got[i], err = loginAs(w, []*server{a, b}[i%2].url, []string{app1, app2}[i/2%2], "dora"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		users, newUsers := map[string]bool{}, 0
		for _, each := range got {
			users[each.User.ID] = true
			if each.IsNewUser != nil && *each.IsNewUser {
				newUsers++
			}
		}
		if len(users) != 1 || newUsers != 1 {
			t.Errorf("%d users, %d logins that made one", len(users), newUsers)
		}
		if n := count(t, store, "SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)"); n != 0 {
			t.Errorf("%d users without an identity", n)
		}
	})
	t.Run("OneDiesTheOtherGoesOn", func(t *testing.T) {
		out := login(t, b.url, app1, w.code(app1, "alice"), "")
		b.kill()
		refresh(t, a.url, out.RefreshToken, "")
	})
}

// TestServe_WithoutItsStore cuts a server off its database and lets it back.
func TestServe_WithoutItsStore(t *testing.T) {
	t.Parallel()
	dsn := postgres(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	link := newLink(t, u.Host)
	u.Host = link.addr
	w := newWeChat(t)
	srv := newSite(t, w, u.String()).serve()
	out := login(t, srv.url, app1, w.code(app1, "alice"), "")
	link.cut()
	eventually(t, patience, "readyz says that the store is gone", func() bool {
		return call(t, "GET", srv.url+"/readyz", nil, "").status == 503
	})
	if a := call(t, "GET", srv.url+"/healthz", nil, ""); a.status != 200 {
		t.Errorf("healthz %d", a.status)
	}
	// What was revoked can't be known now: nobody is believed on trust.
	eventually(t, patience, "a token is not believed without the store", func() bool {
		return call(t, "GET", srv.url+"/v1/session", bearer(out.AccessToken), "").status == 500
	})
	wantProblem(t, call(t, "POST", srv.url+"/v1/refresh", nil, refreshBody(out.RefreshToken)), 500, "internal")
	link.mend()
	eventually(t, patience, "readyz says ready", func() bool { return call(t, "GET", srv.url+"/readyz", nil, "").status == 200 })
	refresh(t, srv.url, out.RefreshToken, "")
	srv.stop()
}

// link is a TCP relay that can be cut.
type link struct {
	t      testing.TB
	addr   string
	target string
	mu     sync.Mutex
	isCut  bool
	conns  map[net.Conn]bool
}

func newLink(t testing.TB, target string) *link {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &link{t: t, addr: l.Addr().String(), target: target, conns: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = l.Close(); k.cut() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go k.relay(c)
		}
	}()
	return k
}

func (k *link) relay(c net.Conn) {
	defer func() { _ = c.Close() }()
	far, err := net.Dial("tcp", k.target)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	if !k.keep(c, far) {
		return
	}
	go func() { _, _ = io.Copy(far, c); _ = far.Close() }()
	_, _ = io.Copy(c, far)
}

func (k *link) keep(conns ...net.Conn) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range conns {
		k.conns[c] = true
	}
	return !k.isCut
}

func (k *link) cut() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.isCut = true
	for c := range k.conns {
		_ = c.Close()
	}
	clear(k.conns)
}

func (k *link) mend() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.isCut = false
}
