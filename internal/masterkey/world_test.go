package masterkey_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/token"
)

const appid id.AppID = "wxaaaaaaaaaaaaaaaa"

// world is a database with people whose data is sealed, and a clock.
type world struct {
	t      *testing.T
	db     *store.DB
	raw    *sql.DB
	master secret.String
	sealer *seal.Sealer // of the server that people log in at
	people []person
	log    *bytes.Buffer
	logMu  sync.Mutex

	mu  sync.Mutex
	now time.Time
}

type person struct {
	user   id.UserID
	openid id.OpenID
	keys   []string // newest first
	phone  string
}

// eachDatabase runs a test on SQLite and on PostgreSQL.
func eachDatabase(t *testing.T, test func(t *testing.T, w *world)) {
	for name, dsn := range map[string]func(t *testing.T) (driver, raw, dsn string){
		"SQLite": func(t *testing.T) (string, string, string) {
			path := filepath.Join(t.TempDir(), "hufu.db")
			return "sqlite", path + "?_busy_timeout=5000", "sqlite:" + path
		},
		"PostgreSQL": func(t *testing.T) (string, string, string) {
			dsn := postgresSchema(t)
			return "pgx", dsn, dsn
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			driver, raw, dsn := dsn(t)
			w := &world{t: t, log: &bytes.Buffer{}, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
			var err error
			w.db, err = store.Open(t.Context(), dsn, store.Options{})
			must(t, err)
			t.Cleanup(func() { _ = w.db.Close() })
			w.raw, err = sql.Open(driver, raw)
			must(t, err)
			t.Cleanup(func() { _ = w.raw.Close() })
			w.master, err = seal.NewMasterKey()
			must(t, err)
			w.sealer = w.newSealer()
			test(t, w)
		})
	}
}

func postgresSchema(t *testing.T) string {
	t.Helper()
	dsn := os.Getenv("TEST_POSTGRES_DSN")
	if dsn == "" && os.Getenv("REQUIRE_BACKENDS") == "1" {
		t.Fatal("REQUIRE_BACKENDS=1, but TEST_POSTGRES_DSN is not set: hack/postgres.sh start DIR prints one")
	}
	if dsn == "" {
		t.Skip("TEST_POSTGRES_DSN is not set: hack/postgres.sh start DIR prints one")
	}
	admin, err := sql.Open("pgx", dsn)
	must(t, err)
	schema := "hufu_" + strings.ToLower(rand.Text())
	_, err = admin.Exec(`CREATE SCHEMA ` + schema)
	must(t, err)
	t.Cleanup(func() { _, _ = admin.Exec(`DROP SCHEMA ` + schema + ` CASCADE`); _ = admin.Close() })
	separator := "?"
	if strings.Contains(dsn, "?") {
		separator = "&"
	}
	return dsn + separator + "search_path=" + schema
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// Write takes the log.
func (w *world) Write(b []byte) (int, error) {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	return w.log.Write(b)
}

func (w *world) logged() string {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	return w.log.String()
}

// newSealer is that of one more server with the master key as it is.
func (w *world) newSealer() *seal.Sealer {
	w.t.Helper()
	s, err := seal.New(w.master)
	must(w.t, err)
	return s
}

// keeper is that of a server on the store; observe may be nil.
func (w *world) keeper(db masterkey.Store, sealer *seal.Sealer, observe func(masterkey.Progress)) (*masterkey.Keeper, error) {
	return masterkey.Open(w.t.Context(), masterkey.Config{
		Store: db, Sealer: sealer, Source: "master.key", Observe: observe, Now: w.Now,
		Logger: slog.New(slog.NewTextHandler(w, nil)),
	})
}

func (w *world) mustKeeper() *masterkey.Keeper {
	w.t.Helper()
	k, err := w.keeper(w.db, w.sealer, nil)
	must(w.t, err)
	return k
}

// book is a PhoneBook under a sealer.
func book(sealer *seal.Sealer) *identity.PhoneBook {
	return identity.NewPhoneBook(sealer, []byte("key"))
}

// login records a login with a session_key that is new.
func (w *world) login(openid id.OpenID) (session.Recorded, string) {
	w.t.Helper()
	key := rand.Text()[:22] + "=="
	sealed, err := w.sealer.Seal([]byte(key), "session_key", string(appid), string(openid))
	must(w.t, err)
	at := w.Now()
	l := session.Login{
		AppID: appid, OpenID: openid, At: at, NewUserID: id.NewUserID(at), SessionID: id.NewSessionID(at),
		ExpiresAt: at.Add(time.Hour), EndsAt: at.Add(time.Hour), MaxSessions: 20, RevokedUntil: at.Add(time.Hour),
	}
	_, _ = rand.Read(l.Replay.CodeHash[:])
	_, _ = rand.Read(l.Key[:16])
	binary.BigEndian.PutUint64(l.Key[16:], uint64(at.UnixMilli()))
	copy(l.Key[24:], sealed)
	r, err := w.db.RecordLogin(w.t.Context(), l)
	must(w.t, err)
	return r, key
}

// populate makes people with up to three session_keys and, every second one, a
// phone number; and signing keys.
func (w *world) populate(n int) {
	w.t.Helper()
	_, err := token.OpenKeyring(w.t.Context(), token.KeyringConfig{Store: w.db, Sealer: w.sealer, Later: []token.Use{token.RS256}})
	must(w.t, err)
	for i := range n {
		p := person{openid: id.OpenID(fmt.Sprintf("o%06d", i))}
		for range 1 + i%3 {
			r, key := w.login(p.openid)
			p.user, p.keys = r.Person.User.ID, append([]string{key}, p.keys...)
		}
		if i%2 == 0 {
			p.phone = fmt.Sprintf("1380013%04d", i%10000)
			number, err := identity.NewPhone("86", p.phone, p.phone)
			must(w.t, err)
			held, err := book(w.sealer).Seal(p.user, number)
			must(w.t, err)
			must(w.t, w.db.RecordPhone(w.t.Context(), session.PhoneRecord{AppID: appid, OpenID: p.openid, At: w.Now(), Phone: held}))
		}
		w.people = append(w.people, p)
	}
}

// checkOpens opens everything with a sealer, or fails; it returns how many values
// each key has sealed.
func (w *world) checkOpens(sealer *seal.Sealer) map[masterkey.KeyID]int {
	w.t.Helper()
	under := map[masterkey.KeyID]int{}
	note := func(sealed []byte) {
		key, ok := seal.KeyOf(sealed)
		if !ok {
			w.t.Fatal("no ciphertext")
		}
		under[key]++
	}
	for _, p := range w.people {
		held, err := w.db.Keys(w.t.Context(), appid, p.openid)
		must(w.t, err)
		if want := min(len(p.keys), session.KeysKept) * session.KeyRecordSize; len(held) != want {
			w.t.Fatalf("%s has %d bytes of session keys, want %d", p.openid, len(held), want)
		}
		for i := 0; len(held) > 0; i, held = i+1, held[session.KeyRecordSize:] {
			note(held[24:session.KeyRecordSize])
			plain, err := sealer.Open(held[24:session.KeyRecordSize], "session_key", string(appid), string(p.openid))
			if err != nil || string(plain) != p.keys[i] {
				w.t.Fatalf("session key %d of %s: %q, %v, want %q", i, p.openid, plain, err, p.keys[i])
			}
		}
		w.checkPhone(sealer, p, note)
	}
	keys, err := w.db.SigningKeys(w.t.Context())
	must(w.t, err)
	for _, k := range keys {
		note(k.Sealed)
	}
	_, err = token.OpenKeyring(w.t.Context(), token.KeyringConfig{Store: w.db, Sealer: sealer, Later: []token.Use{token.RS256}})
	must(w.t, err)
	return under
}

func (w *world) checkPhone(sealer *seal.Sealer, p person, note func([]byte)) {
	w.t.Helper()
	a, err := w.db.AccountByID(w.t.Context(), p.user)
	must(w.t, err)
	if p.phone == "" {
		return
	}
	number, err := book(sealer).Open(a.PhoneSealed, p.user)
	if err != nil || number.E164() != "+86"+p.phone {
		w.t.Fatalf("phone of %s: %v, want %s", p.user, err, p.phone)
	}
	_, box, _ := bytes.Cut(a.PhoneSealed, []byte{0})
	note(box)
	list, err := w.db.AccountsByPhone(w.t.Context(), book(sealer).Hash(number))
	if err != nil || len(list) == 0 {
		w.t.Fatalf("the number of %s is not found any more: %v", p.user, err)
	}
}

// rotate gives the master key a new key that seals.
func (w *world) rotate() {
	w.t.Helper()
	var err error
	w.master, err = seal.Stage(w.master)
	must(w.t, err)
	w.master, err = seal.Activate(w.master)
	must(w.t, err)
}

// maintain has a keeper make rounds, each a quarter of a minute after the last.
func (w *world) maintain(k *masterkey.Keeper, rounds int) {
	w.t.Helper()
	for range rounds {
		must(w.t, k.Maintain(context.WithoutCancel(w.t.Context())))
		w.advance(15 * time.Second)
	}
}

func (w *world) status() masterkey.Progress {
	w.t.Helper()
	p, ok, err := masterkey.Status(w.t.Context(), w.db)
	if err != nil || !ok {
		w.t.Fatalf("status: %v %v", ok, err)
	}
	return p
}
