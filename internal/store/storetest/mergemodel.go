package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

// MergeModel makes users meet in every way there is, over random sequences of
// steps, and looks after each step whether anybody or anything got lost.
func MergeModel(t *testing.T, fresh func(t testing.TB) Database) {
	db := fresh(t)
	s := db.open(t)
	rapid.Check(t, func(rt *rapid.T) {
		for _, table := range []string{"merges", "avatars", "unions", "identities", "users", "sessions", "revocations", "phone_codes", "audit"} {
			db.exec(t, `DELETE FROM `+table)
		}
		m := &mergeMachine{store: s, db: db, now: noon, externals: map[string]id.UserID{}, phones: map[string]bool{}, names: map[string]bool{}, claimed: map[who]bool{}}
		rt.Repeat(map[string]func(*rapid.T){
			"login":       m.login,
			"nickname":    m.nickname,
			"external id": m.externalID,
			"phone":       m.phone,
			"accept":      m.accept,
			"reject":      m.reject,
			"disable":     m.disable,
			"":            m.check,
		})
		checkInvariants(t, db)
	})
}

// mergeMachine remembers what was handed out: none of it may ever be lost.
type mergeMachine struct {
	store Store
	db    Database
	now   time.Time
	steps int

	users  []id.UserID // that were ever told to anybody
	places []who       // identities that there are
	// What was given, and to which id; names and numbers are given once.
	externals     map[string]id.UserID
	phones, names map[string]bool
	rejected      []id.MergeID
	accepted      bool // then a user may have two openids of one app
	// claimed are the identities that were only asserted: WeChat's first word
	// about them may take them to another user.
	claimed map[who]bool
}

// next makes the time and a number that no other step has.
func (m *mergeMachine) next() int {
	m.steps++
	m.now = m.now.Add(time.Millisecond)
	return m.steps
}

func (m *mergeMachine) pick(t *rapid.T) id.UserID {
	if len(m.users) == 0 {
		t.Skip("nobody is there")
	}
	return rapid.SampledFrom(m.users).Draw(t, "user")
}

func (m *mergeMachine) login(t *rapid.T) {
	m.next()
	l := login(
		rapid.SampledFrom([]id.AppID{appA, appB, "wxcccccccccccccccc"}).Draw(t, "app"),
		rapid.SampledFrom([]id.OpenID{"o1", "o2"}).Draw(t, "openid"), m.now)
	l.UnionID = rapid.SampledFrom([]id.UnionID{"", "u1", "u2", "u3"}).Draw(t, "unionid")
	l.OpenAccount = rapid.SampledFrom([]id.OpenAccount{"", account, account, account, "other"}).Draw(t, "account")
	l.Merge = rapid.SampledFrom([]app.Merge{"", app.MergeAutoWhenSafe, app.MergeAuto, app.MergeManual}).Draw(t, "policy")
	if rapid.IntRange(0, 5).Draw(t, "asserted") == 0 {
		l = asserted(l)
	}
	before, err := m.store.AccountByOpenID(t.Context(), l.AppID, l.OpenID)
	if err != nil && !errors.Is(err, identity.ErrNotFound) {
		t.Fatal(err)
	}
	live := m.live(t)
	r, err := m.store.RecordLogin(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if after := m.live(t); l.Asserted && after < live {
		t.Fatal("an assertion merged somebody")
	} else if after < live-1 {
		t.Fatal("one login merged more than two")
	}
	if r.Person.User.Disabled() && before.User.ID == "" {
		return // linked to who is shut out: nothing was made
	}
	m.users = append(m.users, r.Person.User.ID)
	m.places = append(m.places, who{l.AppID, l.OpenID})
	w := who{l.AppID, l.OpenID}
	if before.User.Disabled() && !(r.Person.User.Disabled() && r.Person.Identity.LastLoginAt.Before(l.At)) {
		t.Fatalf("who is shut out has logged in: %+v", r)
	}
	if told := r.Person.Identity.UnionID; !l.Asserted && l.UnionID != "" && told != l.UnionID && !m.claimed[w] {
		t.Fatalf("WeChat told %q, kept is %q", l.UnionID, told)
	}
	if before.User.ID != "" && before.User.ID != r.Person.User.ID && m.resolve(t, before.User.ID) != r.Person.User.ID {
		if !m.claimed[w] || l.Asserted {
			t.Fatalf("%s became another user without a merge", l.OpenID)
		}
		m.forget(t)
	}
	if !l.Asserted && !r.Person.User.Disabled() {
		delete(m.claimed, w)
	} else if before.User.ID == "" {
		m.claimed[w] = true
	}
}

// forget drops the numbers that went with an identity that was only asserted.
func (m *mergeMachine) forget(t *rapid.T) {
	for number := range m.phones {
		list, err := m.store.AccountsByPhone(t.Context(), []byte("hash "+number))
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			delete(m.phones, number)
		}
	}
}

func (m *mergeMachine) live(t *rapid.T) int {
	list, err := m.store.Accounts(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func (m *mergeMachine) nickname(t *rapid.T) {
	user, name := m.pick(t), fmt.Sprint("name ", m.next())
	old := m.account(t, user).User.Nickname
	if err := m.store.SetNickname(t.Context(), user, name); err != nil {
		t.Fatal(err)
	}
	delete(m.names, old) // replaced on purpose
	m.names[name] = true
}

func (m *mergeMachine) externalID(t *rapid.T) {
	user, name := m.pick(t), fmt.Sprint("external ", m.next())
	if old := m.account(t, user).ExternalID; old != "" {
		delete(m.externals, old)
	}
	if rapid.IntRange(0, 4).Draw(t, "none") == 0 {
		name = ""
	}
	if err := m.store.ChangeAccount(t.Context(), user, identity.AccountChange{ExternalID: &name}); err != nil {
		t.Fatal(err)
	}
	if name != "" {
		m.externals[name] = user
	}
}

func (m *mergeMachine) phone(t *rapid.T) {
	if len(m.places) == 0 {
		t.Skip("nobody is there")
	}
	w, number := rapid.SampledFrom(m.places).Draw(t, "who"), fmt.Sprintf("%04d", m.next())
	a, err := m.store.AccountByOpenID(t.Context(), w.app, w.openid)
	if err != nil {
		t.Fatal(err)
	}
	if a.PhoneSealed != nil {
		delete(m.phones, string(a.PhoneSealed[len("sealed "):]))
	}
	if err := m.store.RecordPhone(t.Context(), phoneOf(login(w.app, w.openid, m.now), m.now, number)); err != nil {
		t.Fatal(err)
	}
	m.phones[number] = true
}

// pair picks one of those that wait.
func (m *mergeMachine) pair(t *rapid.T) identity.Merge {
	list, err := m.store.Merges(t.Context(), identity.MergePending, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Skip("nothing waits")
	}
	return rapid.SampledFrom(list).Draw(t, "pair")
}

func (m *mergeMachine) accept(t *rapid.T) {
	p := m.pair(t)
	m.next()
	d := identity.MergeDecision{ID: p.ID, By: id.NewKeyID(m.now), At: m.now, Until: m.now.Add(time.Minute)}
	if err := m.store.AcceptMerge(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if m.resolve(t, p.Users[0]) != m.resolve(t, p.Users[1]) {
		t.Fatal("accepted, and still two")
	}
	m.accepted = true
}

func (m *mergeMachine) reject(t *rapid.T) {
	p := m.pair(t)
	m.next()
	d := identity.MergeDecision{ID: p.ID, By: id.NewKeyID(m.now), At: m.now, Until: m.now.Add(time.Minute)}
	if err := m.store.RejectMerge(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	m.rejected = append(m.rejected, p.ID)
}

func (m *mergeMachine) disable(t *rapid.T) {
	user := m.pick(t)
	m.next()
	var err error
	if m.account(t, user).User.Disabled() {
		err = m.store.EnableUser(t.Context(), identity.Enabling{UserID: user, At: m.now})
	} else {
		err = m.store.DisableUser(t.Context(), identity.Disabling{UserID: user, At: m.now, Until: m.now.Add(time.Minute)})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (m *mergeMachine) account(t *rapid.T, user id.UserID) identity.Account {
	a, err := m.store.AccountByID(t.Context(), user)
	if err != nil {
		t.Fatalf("%s: %v", user, err)
	}
	return a
}

func (m *mergeMachine) resolve(t *rapid.T, user id.UserID) id.UserID {
	return m.account(t, user).User.ID
}

// check: each id finds one live user, each identity has one, and everything that
// was given finds whom it was given to.
func (m *mergeMachine) check(t *rapid.T) {
	for _, user := range m.users {
		if a := m.account(t, user); m.resolve(t, a.User.ID) != a.User.ID || len(a.Identities) == 0 {
			t.Fatalf("%s finds %+v", user, a)
		}
	}
	for _, w := range m.places {
		a, err := m.store.AccountByOpenID(t.Context(), w.app, w.openid)
		if err != nil || m.resolve(t, a.User.ID) != a.User.ID {
			t.Fatalf("%v is of %+v, %v", w, a, err)
		}
	}
	for name, user := range m.externals {
		a, err := m.store.AccountByExternalID(t.Context(), name)
		if err != nil || a.User.ID != m.resolve(t, user) {
			t.Fatalf("%s finds %+v, %v", name, a, err)
		}
	}
	for number := range m.phones {
		list, err := m.store.AccountsByPhone(t.Context(), []byte("hash "+number))
		if err != nil || len(list) != 1 {
			t.Fatalf("phone %s finds %d, %v", number, len(list), err)
		}
	}
	for _, pair := range m.rejected {
		p, err := m.store.MergeByID(t.Context(), pair)
		if err != nil || p.State != identity.MergeRejected {
			t.Fatalf("a pair that was rejected is %+v, %v", p, err)
		}
	}
	m.database(t)
}

// database looks at what no method shows.
func (m *mergeMachine) database(t *rapid.T) {
	var n int
	if err := m.db.SQL.QueryRow(`SELECT COUNT(*) FROM users WHERE nickname <> ''`).Scan(&n); err != nil || n != len(m.names) {
		t.Fatalf("%d nicknames, want %d, %v", n, len(m.names), err)
	}
	const doubles = `SELECT COUNT(*) FROM (SELECT 1 FROM identities GROUP BY user_id, appid HAVING COUNT(*) > 1) AS d`
	if err := m.db.SQL.QueryRow(doubles).Scan(&n); err != nil || (n != 0 && !m.accepted) {
		t.Fatalf("%d users have two openids in one app, %v", n, err)
	}
	for what, query := range map[string]string{
		"merged into who is merged":   `SELECT COUNT(*) FROM users u JOIN users v ON v.id = u.merged_into WHERE v.merged_into IS NOT NULL`,
		"claims of who is merged":     `SELECT COUNT(*) FROM unions n JOIN users u ON u.id = n.user_id WHERE u.merged_into IS NOT NULL`,
		"identities of who is merged": `SELECT COUNT(*) FROM identities i JOIN users u ON u.id = i.user_id WHERE u.merged_into IS NOT NULL`,
		"open sessions of who is disabled": `SELECT COUNT(*) FROM sessions s JOIN identities i ON i.appid = s.appid AND i.openid = s.openid
			JOIN users u ON u.id = i.user_id WHERE u.disabled_at IS NOT NULL AND s.ended_at IS NULL`,
		"pending pairs of who is merged": `SELECT COUNT(*) FROM merges m JOIN users u ON u.id IN (m.first_user, m.second_user)
			WHERE m.state = 'pending' AND u.merged_into IS NOT NULL`,
	} {
		if err := m.db.SQL.QueryRow(query).Scan(&n); err != nil || n != 0 {
			t.Fatalf("%d %s, %v", n, what, err)
		}
	}
}
