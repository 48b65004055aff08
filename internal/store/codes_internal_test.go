package store

import (
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

func randomCode() []byte {
	code := make([]byte, 16)
	_, _ = rand.Read(code)
	return code
}

// TestCodeFilter holds the filter against a list of what was added: within what
// it says it knows, it must never miss a code.
func TestCodeFilter(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	f := &codeFilter{loaded: true, from: at.Add(-session.ReplayWindow)}
	type made struct {
		code []byte
		at   time.Time
	}
	var all []made
	for i := range 3000 {
		at = at.Add(time.Second)
		when := at
		if i%7 == 0 {
			when = at.Add(-20 * time.Second) // took its time, or another clock
		}
		m := made{randomCode(), when}
		f.add(m.code, m.at)
		all = append(all, m)

		since := at.Add(-session.ReplayWindow)
		for _, m := range all[max(len(all)-310, 0):] {
			maybe, err := f.maySee(t.Context(), nil, m.code, since)
			if err != nil || (!maybe && !m.at.Before(since)) {
				t.Fatalf("at %v the code of %v is not known: %v", at, m.at, err)
			}
		}
	}
	unknown := 0
	for range 1000 {
		maybe, err := f.maySee(t.Context(), nil, randomCode(), at.Add(-session.ReplayWindow))
		if err != nil {
			t.Fatal(err)
		}
		if maybe {
			unknown++
		}
	}
	if unknown > 10 {
		t.Errorf("%d of 1000 codes that nobody sent are taken for seen", unknown)
	}
	if maybe, _ := f.maySee(t.Context(), nil, randomCode(), at.Add(-time.Hour)); !maybe {
		t.Error("the filter says that it knows the last hour")
	}
}

// TestCodeFilterIsFilledFromSessions makes logins by one process known to
// another, and to the same after a restart.
func TestCodeFilterIsFilledFromSessions(t *testing.T) {
	t.Parallel()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "hufu.db")
	open := func() *DB {
		db, err := Open(t.Context(), dsn, Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	first, second := open(), open()
	at := time.Now().UTC().Truncate(time.Millisecond)
	find := func(db *DB, l session.Login) {
		t.Helper()
		f, err := db.FindReplay(t.Context(), l.Replay.CodeHash, at.Add(-session.ReplayWindow), at)
		if err != nil || f.Session.ID != l.SessionID {
			t.Fatalf("found %s, %v", f.Session.ID, err)
		}
	}
	for _, turn := range [][2]*DB{{first, second}, {second, first}, {first, open()}} {
		var l session.Login
		l.AppID, l.OpenID, l.At, l.MaxSessions = "wx1", "o1", at, 20
		l.SessionID, l.ExpiresAt, l.EndsAt = id.NewSessionID(at), at.Add(time.Hour), at.Add(time.Hour)
		l.NewUserID = l.SessionID.FirstUserID()
		copy(l.Replay.CodeHash[:], randomCode())
		if _, err := turn[0].RecordLogin(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		find(turn[1], l)
		find(turn[0], l)
	}
}

func TestBloomGrows(t *testing.T) {
	t.Parallel()
	var b bloom
	codes := make([][]byte, 100_000)
	for i := range codes {
		codes[i] = randomCode()
		b.add(codes[i])
	}
	for i, code := range codes {
		if !b.has(code) {
			t.Fatalf("code %d is missing", i)
		}
	}
	wrong := 0
	for range 100_000 {
		if b.has(randomCode()) {
			wrong++
		}
	}
	if wrong > 20 {
		t.Errorf("%d of 100,000 are taken for seen", wrong)
	}
	size := 0
	for _, l := range b.layers {
		size += 8 * len(l.words)
	}
	if size > 1<<20 {
		t.Errorf("100,000 codes take %d bytes", size)
	}
}
