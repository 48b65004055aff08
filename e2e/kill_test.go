package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// killSeed reproduces the moments of a run: HUFU_E2E_SEED=N.
func killSeed(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	if v := os.Getenv("HUFU_E2E_SEED"); v != "" {
		seed = uint64(atoi(t, v))
	}
	t.Logf("HUFU_E2E_SEED=%d", seed)
	return seed
}

// killRounds is how often the server is killed: HUFU_E2E_ROUNDS=N.
func killRounds(t *testing.T) int {
	if v := os.Getenv("HUFU_E2E_ROUNDS"); v != "" {
		return int(atoi(t, v))
	}
	if testing.Short() {
		return 3
	}
	return 10
}

// device is a phone with at most one session, as its owner knows it.
type device struct {
	name, appid  string
	session      string // acknowledged; empty: none
	refreshToken string // acknowledged
	// What is under way, and may have been done though no answer came.
	code, key string
}

// ledger is what people know of themselves.
type ledger struct {
	mu    sync.Mutex
	users map[string]string // person → user id
	heard int               // answers of success
}

func (l *ledger) answers() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard
}

func (l *ledger) saw(name, userID string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if old, ok := l.users[name]; ok && old != userID {
		return fmt.Errorf("%s was %s and is %s", name, old, userID)
	}
	l.users[name] = userID
	l.heard++
	return nil
}

// use does what a phone does: log in if there is no session, else refresh. What
// was under way is asked for again, with the same key. Only an answer that must
// not be is an error; that the server is gone is none.
func (d *device) use(w *weChat, l *ledger, base string) error {
	if d.session != "" {
		return d.refresh(l, base)
	}
	if d.code == "" {
		code, err := w.Login(d.appid, d.name)
		if err != nil {
			return err
		}
		d.code, d.key = code, fmt.Sprintf("login-%s-%s", d.name, code[:12])
	}
	a, err := try("POST", base+"/v1/login", key(d.key), loginBody(d.appid, d.code))
	switch {
	case err != nil:
		return nil
	case a.status == 409: // WeChat had answered, and that was lost with the process
		d.code = ""
		return nil
	case a.status != 200:
		return fmt.Errorf("login of %s: %d %s", d.name, a.status, a.body)
	}
	d.code = ""
	return d.acknowledge(l, a)
}

func (d *device) refresh(l *ledger, base string) error {
	if d.key == "" {
		d.key = "refresh-" + d.refreshToken[len(d.refreshToken)-20:]
	}
	a, err := try("POST", base+"/v1/refresh", key(d.key), refreshBody(d.refreshToken))
	switch {
	case err != nil:
		return nil
	case a.status != 200:
		return fmt.Errorf("an acknowledged session of %s is lost: %d %s", d.name, a.status, a.body)
	}
	return d.acknowledge(l, a)
}

func (d *device) acknowledge(l *ledger, a answer) error {
	var out tokens
	if err := unmarshal(a.body, &out); err != nil {
		return err
	}
	if d.session != "" && d.session != out.SessionID {
		return fmt.Errorf("session %s of %s became %s", d.session, d.name, out.SessionID)
	}
	d.session, d.refreshToken, d.key = out.SessionID, out.RefreshToken, ""
	return l.saw(d.name, out.User.ID)
}

// TestKill kills the server at random moments under load. What was
// acknowledged must be true afterwards.
func TestKill(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		const workers, devicesEach = 8, 12
		rng := rand.New(rand.NewPCG(killSeed(t), 1))
		w := newWeChat(t)
		s := newSite(t, w, store)
		s.more = "limits: {failed_logins_per_minute_per_ip: 0}"
		l := &ledger{users: map[string]string{}}
		var devices [workers][]*device
		for i := range devices {
			for j := range devicesEach {
				// Three phones each, in two apps of one open account.
				name := w.person("person-" + strconv.Itoa((i*devicesEach+j)/3))
				devices[i] = append(devices[i], &device{name: name, appid: []string{app1, app2}[j%2]})
			}
		}
		for range killRounds(t) {
			srv := s.serve()
			// Some phones lost their session: they log in again.
			for i := range devices {
				for _, d := range devices[i] {
					if d.session != "" && rng.IntN(3) == 0 {
						*d = device{name: d.name, appid: d.appid}
					}
				}
			}
			var wg sync.WaitGroup
			for i := range devices {
				wg.Go(func() { load(t, w, l, srv, devices[i]) })
			}
			// Counted in answers, so that a slow machine sees as much as a fast one.
			enough := l.answers() + 1 + rng.IntN(80)
			eventually(t, patience, "enough answers", func() bool { return l.answers() >= enough })
			<-time.After(time.Duration(rng.IntN(20)) * time.Millisecond)
			srv.kill()
			wg.Wait()
		}
		srv := s.serve()
		known := 0
		for i := range devices {
			for _, d := range devices[i] {
				had := d.session != ""
				if err := d.use(w, l, srv.url); err != nil {
					t.Error(err)
				}
				if had {
					known++
				}
			}
		}
		t.Logf("%d acknowledged sessions, %d people", known, len(l.users))
		if known == 0 {
			t.Error("nobody was ever logged in: the test did not test")
		}
		srv.stop()
		soundDatabase(t, s, len(l.users))
	})
}

// load uses the devices in turn until the server is gone.
func load(t *testing.T, w *weChat, l *ledger, srv *server, devices []*device) {
	for {
		for _, d := range devices {
			select {
			case <-srv.exited:
				return
			default:
			}
			if err := d.use(w, l, srv.url); err != nil {
				t.Error(err)
				return
			}
		}
	}
}

// soundDatabase looks for orphans, duplicates and damage.
func soundDatabase(t *testing.T, s *site, people int) {
	t.Helper()
	db := s.database()
	if s.store == sqlite {
		if got := ask[string](t, db, "PRAGMA integrity_check"); got != "ok" {
			t.Errorf("integrity_check says %s", got)
		}
		if n := ask[int](t, db, "SELECT count(*) FROM pragma_foreign_key_check"); n != 0 {
			t.Errorf("%d broken references", n)
		}
	}
	for what, query := range map[string]string{
		"users without an identity":       "SELECT count(*) FROM users u WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)",
		"identities without a user":       "SELECT count(*) FROM identities i WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id)",
		"sessions without an identity":    "SELECT count(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.appid = s.appid AND i.openid = s.openid)",
		"people with more than one user":  "SELECT count(*) FROM (SELECT unionid FROM identities GROUP BY unionid HAVING count(DISTINCT user_id) > 1) x",
		"users of more than one person":   "SELECT count(*) FROM (SELECT user_id FROM identities GROUP BY user_id HAVING count(DISTINCT unionid) > 1) x",
		"identities that count otherwise": "SELECT count(*) FROM identities i WHERE open_sessions < (SELECT count(*) FROM sessions s WHERE s.appid = i.appid AND s.openid = i.openid AND s.ended_at IS NULL)",
	} {
		if n := ask[int](t, db, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	if n := ask[int](t, db, "SELECT count(*) FROM users"); n < people {
		t.Errorf("%d users of %d people", n, people)
	}
}
