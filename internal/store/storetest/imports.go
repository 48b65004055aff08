package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/identity/importing"
	"github.com/hufu-id/hufu/internal/seal"
)

const names = "openid,unionid,phone,nickname,external_id,created_at\n"

// importer imports files, and remembers what was not taken.
type importer struct {
	t       testing.TB
	s       importing.Store
	book    *identity.PhoneBook
	app     id.AppID
	account id.OpenAccount
	rejects []importing.Reject
}

func newImporter(t testing.TB, s importing.Store) *importer {
	t.Helper()
	master, err := seal.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(master)
	if err != nil {
		t.Fatal(err)
	}
	return &importer{t: t, s: s, book: identity.NewPhoneBook(sealer, make([]byte, 32)), app: appA, account: account}
}

// run imports a file; adjust may change what it does.
func (i *importer) run(file string, adjust ...func(*importing.Config)) (importing.Progress, error) {
	i.t.Helper()
	i.rejects = nil
	c := importing.Config{
		Store: i.s, AppID: i.app, OpenAccount: i.account, Phones: i.book, Input: strings.NewReader(file), Size: int64(len(file)),
		Format: importing.CSV, Zone: time.UTC, Begun: func(importing.Progress) {}, Observe: func(importing.Progress) {},
		Rejected: func(r importing.Reject) { i.rejects = append(i.rejects, r) }, Now: func() time.Time { return noon },
	}
	for _, f := range adjust {
		f(&c)
	}
	return importing.Run(context.Background(), c)
}

// takes imports a file that must come to its end.
func (i *importer) takes(file string, want importing.Counts, adjust ...func(*importing.Config)) {
	i.t.Helper()
	p, err := i.run(file, adjust...)
	if err != nil {
		i.t.Fatalf("import: %v", err)
	}
	equal(i.t, "counts", p.Counts, want)
}

// rejected makes sure which rows were not taken: "3 openid_twice".
func (i *importer) rejected(want ...string) {
	i.t.Helper()
	var got []string
	for _, r := range i.rejects {
		got = append(got, fmt.Sprintf("%d %s", r.Line, r.Code))
	}
	equal(i.t, "rejects", got, want)
}

func accountOf(t testing.TB, s Store, openid id.OpenID) identity.Account {
	t.Helper()
	a, err := s.AccountByOpenID(t.Context(), appA, openid)
	if err != nil {
		t.Fatalf("%s: %v", openid, err)
	}
	return a
}

// importTakes: new people are made, known ones are linked and filled, and what
// WeChat or the person said stays.
func importTakes(t *testing.T, db Database) {
	s := db.open(t)
	known := record(t, s, login(appA, "known", noon)).Person.User.ID
	if err := s.SetNickname(t.Context(), known, "自己"); err != nil {
		t.Fatal(err)
	}
	other := login(appB, "b1", noon)
	elsewhere := record(t, s, union(other, "u-else")).Person.User.ID
	i := newImporter(t, s)
	i.takes(names+
		"fresh,u-fresh,13800138000,新人,crm-1,2024-05-01 08:00:00\n"+
		"known,u-known,+852 5123 4567,别名,crm-2,2024-05-01 08:00:00\n"+
		"else,u-else,,微信用户,crm-3,\n"+
		"bare,,,,,\n",
		importing.Counts{Made: 2, Linked: 1, Filled: 1})

	fresh := accountOf(t, s, "fresh")
	since := time.Date(2024, 5, 1, 8, 0, 0, 0, time.UTC)
	if fresh.User.Nickname != "新人" || fresh.ExternalID != "crm-1" || fresh.User.PhoneMasked != "138****8000" || fresh.User.CreatedAt != since {
		t.Errorf("made: %+v", fresh)
	}
	if one := fresh.Identities[0]; one.UnionID != "u-fresh" || one.CreatedAt != since || one.LastLoginAt != since {
		t.Errorf("identity: %+v", one)
	}
	phone, err := i.book.Open(fresh.PhoneSealed, fresh.User.ID)
	if err != nil || phone.E164() != "+8613800138000" {
		t.Errorf("phone: %v", err)
	}
	if found, err := s.AccountsByPhone(t.Context(), i.book.Hash(phone)); err != nil || len(found) != 1 {
		t.Errorf("by phone: %d, %v", len(found), err)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM users WHERE phone_appid = $1`, string(appA)); n != 2 {
		t.Errorf("%d phone numbers of the app, want 2", n)
	}
	had := accountOf(t, s, "known")
	if had.User.ID != known || had.User.Nickname != "自己" || had.ExternalID != "crm-2" || had.User.CreatedAt != noon ||
		had.User.PhoneMasked != "+852 51****67" || had.Identities[0].UnionID != "u-known" {
		t.Errorf("filled: %+v", had)
	}
	if joined := accountOf(t, s, "else"); joined.User.ID != elsewhere || joined.User.Nickname != "" || joined.ExternalID != "crm-3" {
		t.Errorf("linked: %+v", joined)
	}
	if by, err := s.AccountByUnionID(t.Context(), account, "u-known"); err != nil || by.User.ID != known {
		t.Errorf("by unionid: %v, %v", by.User.ID, err)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM users WHERE phone_hash IS NULL AND phone_sealed IS NULL`); n != 2 {
		t.Errorf("%d users without a phone number, want 2", n)
	}
	entries, err := s.Audit(t.Context(), audit.Filter{Action: audit.UsersImported}, "", 10)
	if err != nil || len(entries) != 1 || entries[0].AppID != appA || entries[0].Details.Count != 4 || entries[0].Actor != audit.CLI {
		t.Errorf("audit: %+v, %v", entries, err)
	}
}

// manyRows is a file of more than one batch.
func manyRows(n int) string {
	var b strings.Builder
	b.WriteString(names)
	for i := range n {
		fmt.Fprintf(&b, "o%d,u%d,138%08d,用户%d,crm-%d,1714521600\n", i, i, i, i, i)
	}
	return b.String()
}

func importTwice(t *testing.T, db Database) {
	s := db.open(t)
	i := newImporter(t, s)
	file := manyRows(1203)
	i.takes(file, importing.Counts{Made: 1203})
	before := db.count(t, `SELECT COUNT(*) FROM users`)
	i.takes(file, importing.Counts{Unchanged: 1203})
	if n := db.count(t, `SELECT COUNT(*) FROM users`); n != before || n != 1203 {
		t.Errorf("%d users, then %d", before, n)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM imports WHERE finished_at IS NOT NULL`); n != 2 {
		t.Errorf("%d runs finished, want 2", n)
	}
}

const rejectedRows = names +
	"same,u1,,a,x1,\n" +
	"same,u1,,a,x1,\n" + // once more: harmless
	"same,u1,,b,x1,\n" +
	"other,u1,,,,\n" + // a unionid has one openid in an app
	"third,u3,,,x1,\n" +
	"known,u-not,,,,\n" +
	"plain,u-b,,,,\n" + // only WeChat joins two users
	"named,,,,x9,\n"

// beforeRejects makes the people that rejectedRows meets.
func beforeRejects(t *testing.T, s Store) {
	t.Helper()
	record(t, s, union(login(appA, "known", noon), "u-known"))
	record(t, s, login(appA, "plain", noon))
	record(t, s, union(login(appB, "b1", noon), "u-b"))
	named := record(t, s, login(appA, "named", noon)).Person.User.ID
	has := "x8"
	if err := s.ChangeAccount(t.Context(), named, identity.AccountChange{ExternalID: &has}); err != nil {
		t.Fatal(err)
	}
}

func wantRejects(i *importer) {
	i.t.Helper()
	i.rejected("4 openid_twice", "5 unionid_taken", "6 external_id_taken", "7 unionid_differs", "8 unionid_taken", "9 external_id_differs")
}

func importRejects(t *testing.T, db Database) {
	s := db.open(t)
	beforeRejects(t, s)
	i := newImporter(t, s)
	i.takes(rejectedRows, importing.Counts{Made: 1, Unchanged: 1, Rejected: 6})
	wantRejects(i)
	if n := db.count(t, `SELECT COUNT(*) FROM users`); n != 5 {
		t.Errorf("%d users, want 5", n)
	}
	// The rest of a rejected row is not taken either.
	if a := accountOf(t, s, "plain"); a.Identities[0].UnionID != "" {
		t.Error("a rejected unionid was kept")
	}
	if p, err := i.run(rejectedRows, func(c *importing.Config) { c.MaxRejects = 3 }); !errors.Is(err, importing.ErrTooManyRejects) || p.Counts.Rejected != 6 {
		t.Errorf("more rejects than may be: %+v, %v", p.Counts, err)
	}
}

// importDryRun: the same summary as the import after it, and no trace.
func importDryRun(t *testing.T, db Database) {
	s := db.open(t)
	beforeRejects(t, s)
	i := newImporter(t, s)
	dry := func(c *importing.Config) { c.DryRun, c.Phones = true, nil }
	// Conflicts with rows of batches before, too.
	file := manyRows(700) + "late,u1,,,,\nlater,,,,crm-2,\no5,u5,13800000005,用户5,crm-5,1714521600\n"
	i.takes(file, importing.Counts{Made: 700, Unchanged: 1, Rejected: 2}, dry)
	i.rejected("702 unionid_taken", "703 external_id_taken")
	i.takes(rejectedRows, importing.Counts{Made: 1, Unchanged: 1, Rejected: 6}, dry)
	wantRejects(i)
	for _, query := range []string{`SELECT COUNT(*) - 4 FROM users`, `SELECT COUNT(*) FROM imports`, `SELECT COUNT(*) FROM audit`} {
		if n := db.count(t, query); n != 0 {
			t.Errorf("%s: %d", query, n)
		}
	}
	i.takes(file, importing.Counts{Made: 700, Unchanged: 1, Rejected: 2})
	i.rejected("702 unionid_taken", "703 external_id_taken")
}

// stopped imports a file up to a batch.
func (i *importer) stopped(file string, batches int) {
	i.t.Helper()
	ctx, cancel := context.WithCancel(i.t.Context())
	defer cancel()
	seen := 0
	c := importing.Config{
		Store: i.s, AppID: i.app, OpenAccount: i.account, Phones: i.book, Input: strings.NewReader(file), Size: int64(len(file)),
		Format: importing.CSV, Zone: time.UTC, Begun: func(importing.Progress) {}, Rejected: func(importing.Reject) {},
		Observe: func(importing.Progress) {
			if seen++; seen == batches {
				cancel()
			}
		},
		Now: func() time.Time { return noon },
	}
	if _, err := importing.Run(ctx, c); !errors.Is(err, context.Canceled) {
		i.t.Fatalf("stopped: %v", err)
	}
}

func importGoesOn(t *testing.T, db Database) {
	s := db.open(t)
	i := newImporter(t, s)
	file := manyRows(1800)
	i.stopped(file, 2)
	if n := db.count(t, `SELECT COUNT(*) FROM users`); n != 1000 {
		t.Fatalf("%d users after two batches", n)
	}
	changed := strings.Replace(file, "用户7,", "用户8,", 1)
	for name, other := range map[string]string{"same length": changed, "longer": file + "x,,,,,\n", "shorter": file[:len(file)/2]} {
		if _, err := i.run(other); !errors.Is(err, importing.ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p, err := i.run(file)
	if err != nil || !p.Resumed || p.RowsBefore != 1000 {
		t.Fatalf("%+v, %v", p, err)
	}
	equal(t, "counts", p.Counts, importing.Counts{Made: 1800})
	// Once it is finished, it begins anew.
	i.takes(file, importing.Counts{Unchanged: 1800})
	// And where one waits, if that is asked for.
	i.stopped(file, 1)
	i.takes(changed, importing.Counts{Unchanged: 1800}, func(c *importing.Config) { c.Restart = true })
	if n := db.count(t, `SELECT COUNT(*) FROM imports WHERE finished_at IS NULL`); n != 0 {
		t.Errorf("%d runs still wait", n)
	}
}

// importOvertaken: of two processes that go on with one run, one goes on, and the
// other leaves the rejects alone, too.
func importOvertaken(t *testing.T, db Database) {
	s := db.open(t)
	i := newImporter(t, s)
	file := manyRows(1100)
	for _, line := range []string{"o7,", "o700,", "o1050,"} { // one in each batch
		file = strings.Replace(file, "\n"+line, "\nnone of hufu's,", 1)
	}
	path := filepath.Join(t.TempDir(), "rejects.csv")
	rejects := func(c *importing.Config) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		c.Rejects = f
	}
	first := true
	_, err := i.run(file, rejects, func(c *importing.Config) {
		c.Observe = func(importing.Progress) {
			if first {
				first = false
				newImporter(t, s).takes(file, importing.Counts{Made: 1097, Rejected: 3}, rejects)
			}
		}
	})
	if !errors.Is(err, importing.ErrOvertaken) {
		t.Errorf("both went on: %v", err)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM users`); n != 1097 {
		t.Errorf("%d users, want 1097", n)
	}
	if text, err := os.ReadFile(path); err != nil || strings.Count(string(text), "invalid_openid") != 3 || strings.Count(string(text), "\n") != 4 {
		t.Errorf("%v, rejects:\n%q", err, text)
	}
}

// importLogsIn: who was imported is known at the first login, in this app and in
// others of the open account, and has no session key before.
func importLogsIn(t *testing.T, db Database) {
	s := db.open(t)
	newImporter(t, s).takes(names+"a1,u1,,n,x,\na2,,,,,\n", importing.Counts{Made: 2})
	user := accountOf(t, s, "a1").User.ID
	if keys, err := s.Keys(t.Context(), appA, "a1"); err != nil || len(keys) != 0 {
		t.Errorf("%d bytes of keys, %v", len(keys), err)
	}
	far := record(t, s, union(login(appB, "b1", noon), "u1"))
	near := record(t, s, union(login(appA, "a1", noon.Add(time.Minute)), "u1"))
	for name, r := range map[string]bool{"other app": far.IsNewUser, "this app": near.IsNewUser} {
		if r {
			t.Errorf("%s: a new user", name)
		}
	}
	if far.Person.User.ID != user || near.Person.User.ID != user || near.Person.Identity.UnionID != "u1" {
		t.Errorf("%s became %s and %s", user, far.Person.User.ID, near.Person.User.ID)
	}
	// Without a unionid, and with one that WeChat tells later.
	if r := record(t, s, union(login(appA, "a2", noon), "u2")); r.IsNewUser || r.Person.Identity.UnionID != "u2" {
		t.Errorf("promoted: %+v", r)
	}
}

// importForged: a file that joins somebody to another person's user, since the old
// server believed a unionid that was forged, lets nobody in there: WeChat's first
// word ends the link.
func importForged(t *testing.T, db Database) {
	s := db.open(t)
	owner := union(login(appB, "b1", noon), "u1")
	record(t, s, owner)
	newImporter(t, s).takes(names+"a1,u1,,,,\n", importing.Counts{Linked: 1})
	if user := accountOf(t, s, "a1").User.ID; user != owner.NewUserID {
		t.Fatalf("linked to %s", user)
	}
	own := union(login(appA, "a1", noon.Add(time.Minute)), "u2")
	if r := record(t, s, own); r.Person.User.ID != own.NewUserID || r.Person.Identity.UnionID != "u2" {
		t.Errorf("let in as %s: %+v", owner.NewUserID, r)
	}
	// Who is who the file says stays.
	newImporter(t, s).takes(names+"a3,u1,,,,\n", importing.Counts{Linked: 1})
	if r := record(t, s, union(login(appA, "a3", noon.Add(time.Minute)), "u1")); r.Person.User.ID != owner.NewUserID {
		t.Errorf("the link that WeChat confirms was ended: %+v", r)
	}
}

// importLoginsAtOnce: people log in for the first time while they are imported.
func importLoginsAtOnce(t *testing.T, db Database) {
	file := manyRows(1500)
	together(t, db, func(s Store, i int) error {
		if i == 0 {
			_, err := newImporter(t, s).run(file)
			return err
		}
		for n := range 6 {
			who := (i*31 + n*257) % 1500
			l := union(login(appA, id.OpenID(fmt.Sprintf("o%d", who)), noon), id.UnionID(fmt.Sprintf("u%d", who)))
			if n%2 == 1 {
				l.AppID, l.OpenID = appB, "b"+l.OpenID
			}
			if _, err := s.RecordLogin(context.Background(), l); err != nil {
				return err
			}
		}
		return nil
	})
	if n := db.count(t, `SELECT COUNT(*) FROM (SELECT unionid FROM identities GROUP BY unionid HAVING COUNT(DISTINCT user_id) > 1) AS twice`); n != 0 {
		t.Errorf("%d people became two users", n)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM users`); n != 1500 {
		t.Errorf("%d users, want 1500", n)
	}
}
