package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/token"
)

const crowd = 50

// together runs crowd calls at the same time, spread over two handles: two
// replicas.
func together(t testing.TB, db Database, call func(s Store, i int) error) {
	t.Helper()
	atOnce(t, db, crowd, call)
}

func atOnce(t testing.TB, db Database, calls int, call func(s Store, i int) error) {
	t.Helper()
	handles := [2]Store{db.open(t), db.open(t)}
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() {
			<-start
			if err := call(handles[i%2], i); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	close(start)
	wg.Wait()
}

// oneUser makes sure that all first logins were of one person.
func oneUser(t testing.TB, db Database, newUsers, identities int) {
	t.Helper()
	if newUsers != 1 {
		t.Errorf("%d logins say that they made the user", newUsers)
	}
	for query, want := range map[string]int{
		`SELECT COUNT(*) FROM users`: 1, `SELECT COUNT(*) FROM identities`: identities, `SELECT COUNT(*) FROM sessions`: crowd,
	} {
		if n := db.count(t, query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}

func firstLoginsAtOnce(t *testing.T, db Database) {
	var isNew atomic.Int32
	together(t, db, func(s Store, _ int) error {
		l := login(appA, "a1", noon)
		l.MaxSessions = 2 * crowd
		r, err := s.RecordLogin(context.Background(), l)
		if r.IsNewUser {
			isNew.Add(1)
		}
		return err
	})
	oneUser(t, db, int(isNew.Load()), 1)
	if n := db.count(t, `SELECT open_sessions FROM identities`); n != crowd {
		t.Errorf("%d sessions counted, want %d", n, crowd)
	}
}

func firstLoginsInTwoApps(t *testing.T, db Database) {
	var isNew atomic.Int32
	var user atomic.Value
	together(t, db, func(s Store, i int) error {
		l := union(login(appA, "a1", noon), "u1")
		if i/2%2 == 1 {
			l.AppID, l.OpenID = appB, "b1"
		}
		l.MaxSessions = 2 * crowd
		r, err := s.RecordLogin(context.Background(), l)
		if r.IsNewUser {
			isNew.Add(1)
		}
		if err == nil && !user.CompareAndSwap(nil, r.Person.User.ID) && user.Load() != r.Person.User.ID {
			return errors.New("another user")
		}
		return err
	})
	oneUser(t, db, int(isNew.Load()), 2)
}

func firstLoginsOfMany(t *testing.T, db Database) {
	together(t, db, func(s Store, i int) error {
		openid := id.OpenID("p" + string(rune('a'+i%10)))
		_, err := s.RecordLogin(context.Background(), union(login(appA, openid, noon), id.UnionID("u-"+openid)))
		return err
	})
	if n := db.count(t, `SELECT COUNT(*) FROM users`); n != 10 {
		t.Errorf("%d users, want 10", n)
	}
}

func relabelsAtOnce(t *testing.T, db Database) {
	s := db.open(t)
	record(t, s, union(login(appA, "a1", noon), "u1"))
	record(t, s, union(login(appB, "b1", noon), "u1"))
	together(t, db, func(s Store, i int) error {
		l := union(login(appA, "a1", noon.Add(time.Minute)), "u2")
		switch i % 3 {
		case 1:
			l.AppID, l.OpenID = appB, "b1"
		case 2: // while others are linked by what is being given up
			l.OpenID, l.UnionID = id.OpenID("c"+string(rune('a'+i))), "u1"
		}
		_, err := s.RecordLogin(context.Background(), l)
		return err
	})
	if n := db.count(t, `SELECT COUNT(*) FROM unions WHERE unionid = 'u2'`); n != 1 {
		t.Errorf("%d have the new unionid, want 1", n)
	}
	if n := db.count(t, `SELECT COUNT(DISTINCT user_id) FROM identities WHERE openid IN ('a1', 'b1')`); n != 1 {
		t.Errorf("one person became %d users", n)
	}
}

func sameCodeAtOnce(t *testing.T, db Database) {
	code := login(appA, "a1", noon).Replay
	var won atomic.Int32
	together(t, db, func(s Store, i int) error {
		l := login(appA, id.OpenID("a"+string(rune('a'+i%5))), noon)
		l.Replay = code
		_, err := s.RecordLogin(context.Background(), l)
		if errors.Is(err, session.ErrCodeSeen) {
			return nil
		}
		won.Add(1)
		return err
	})
	if n := db.count(t, `SELECT COUNT(*) FROM sessions`); won.Load() != 1 || n != 1 {
		t.Errorf("%d logins by one code, %d sessions; want 1", won.Load(), n)
	}
}

func rotationsAtOnce(t *testing.T, db Database) {
	s := db.open(t)
	l := login(appA, "a1", noon)
	record(t, s, l)
	var won atomic.Int32
	together(t, db, func(s Store, i int) error {
		err := Rotate(context.Background(), s, l.SessionID, session.Rotation{From: 1, At: noon.Add(time.Minute), ExpiresAt: noon.Add(day), RotationKey: []byte{byte(i)}})
		if errors.Is(err, session.ErrConflict) {
			return nil
		}
		won.Add(1)
		return err
	})
	if g := load(t, s, l.SessionID).Session.Generation; won.Load() != 1 || g != 2 {
		t.Errorf("%d rotations won, generation %d; want 1 and 2", won.Load(), g)
	}
}

func limitAtOnce(t *testing.T, db Database) {
	var ended atomic.Int32
	together(t, db, func(s Store, i int) error {
		l := login(appA, "a1", noon.Add(time.Duration(i)*time.Millisecond))
		l.MaxSessions = 4
		r, err := s.RecordLogin(context.Background(), l)
		ended.Add(int32(len(r.Ended)))
		return err
	})
	if n := len(ids(t, db.open(t), appA, "a1", noon.Add(time.Second))); n != 4 || ended.Load() != crowd-4 {
		t.Errorf("%d sessions open, %d ended; want 4 and %d", n, ended.Load(), crowd-4)
	}
}

func endsAtOnce(t *testing.T, db Database) {
	s := db.open(t)
	var logins []session.Login
	for range 4 {
		l := login(appA, "a1", noon)
		record(t, s, l)
		logins = append(logins, l)
	}
	var won atomic.Int32
	// Logins beside them that end sessions, too: no order of locks may end in a
	// deadlock, and nothing may be ended twice.
	together(t, db, func(s Store, i int) error {
		if i%5 == 4 {
			l := login(appA, "a1", noon)
			l.MaxSessions = 6
			r, err := s.RecordLogin(context.Background(), l)
			won.Add(int32(len(r.Ended)))
			return err
		}
		ok, err := s.End(context.Background(), session.Ending{
			SessionID: logins[i%5].SessionID, At: noon.Add(time.Minute), Reason: session.EndLogout, Until: noon.Add(time.Hour),
		})
		if ok {
			won.Add(1)
		}
		return err
	})
	if n := db.count(t, `SELECT COUNT(*) FROM sessions WHERE ended_at IS NOT NULL`); n != int(won.Load()) {
		t.Errorf("%d sessions ended, %d calls say so", n, won.Load())
	}
	if n := db.count(t, `SELECT COUNT(*) FROM revocations`); n != int(won.Load()) {
		t.Errorf("%d revocations of %d ended sessions", n, won.Load())
	}
	open := len(ids(t, s, appA, "a1", noon.Add(time.Minute)))
	if n := db.count(t, `SELECT open_sessions FROM identities`); n != open {
		t.Errorf("%d open sessions counted, %d are", n, open)
	}
}

func signingKeysAtOnce(t *testing.T, db Database) {
	var won atomic.Int32
	together(t, db, func(s Store, i int) error {
		err := s.InsertSigningKey(context.Background(), token.StoredKey{Use: token.ES256, Seq: 1, CreatedAt: noon, ActiveFrom: noon, Sealed: []byte{byte(i)}})
		if errors.Is(err, token.ErrConflict) {
			return nil
		}
		won.Add(1)
		return err
	})
	if won.Load() != 1 {
		t.Errorf("%d made the key, want 1", won.Load())
	}
}

func openedAtOnce(t *testing.T, db Database) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := db.Open(nil)
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			if _, err := s.RecordLogin(context.Background(), login(appA, "a1", noon)); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	wg.Wait()
	if n := db.count(t, `SELECT COUNT(*) FROM sessions`); n != 4 {
		t.Errorf("%d sessions, want 4", n)
	}
}

func canceledCaller(t *testing.T, db Database) {
	s := db.open(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	l := login(appA, "a1", noon)
	if _, err := s.RecordLogin(gone, l); err != nil {
		t.Errorf("a login whose caller went away: %v", err)
	}
	load(t, s, l.SessionID)
}
