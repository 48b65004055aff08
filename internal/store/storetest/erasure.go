package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

// byPerson is the erasure that the person of a session asks for.
func byPerson(l session.Login, scope identity.ErasureScope, at time.Time) identity.Erasure {
	return identity.Erasure{SessionID: l.SessionID, Scope: scope, At: at, Until: at.Add(15 * time.Minute), Reason: identity.AskedByPerson}
}

func byBusiness(user id.UserID, at time.Time) identity.Erasure {
	return identity.Erasure{
		UserID: user, Scope: identity.EraseUser, At: at, Until: at.Add(15 * time.Minute), Reason: identity.AskedByBusiness,
		Actor: audit.Key(id.NewKeyID(noon)),
	}
}

func erase(t testing.TB, s Store, e identity.Erasure) identity.Erased {
	t.Helper()
	out, err := s.Erase(t.Context(), e)
	if err != nil {
		t.Fatalf("Erase: %v", err)
	}
	return out
}

// traces are texts of person n, each of which stands somewhere.
type traces struct{ openA, openB, union, device, nickname, avatar, external, phone, policy string }

func (p traces) all() []string {
	return []string{p.openA, p.openB, p.union, p.device, p.nickname, p.avatar, p.external, p.phone, p.policy}
}

// live fills every place that a person can leave traces in, in two apps, and
// returns the logins.
func live(t testing.TB, s Store, n int) (a, b session.Login, p traces) {
	t.Helper()
	name := func(what string) string { return fmt.Sprintf("%s-of-%03d", what, n) }
	p = traces{name("oA"), name("oB"), name("union"), name("device"), name("nickname"), name("avatar"), name("external"), name("phone"), name("policy")}
	a, b = union(login(appA, id.OpenID(p.openA), noon), id.UnionID(p.union)), union(login(appB, id.OpenID(p.openB), noon), id.UnionID(p.union))
	a.Device = []byte(`{"model":"` + p.device + `"}`)
	user := record(t, s, a).Person.User.ID
	record(t, s, b)
	phone := phoneOf(a, noon, fmt.Sprintf("%04d", n))
	phone.Phone = identity.HeldPhone{Sealed: []byte("sealed " + p.phone), Hash: []byte("hash " + p.phone), Masked: p.phone}
	for what, err := range map[string]error{
		"phone":    s.RecordPhone(t.Context(), phone),
		"nickname": s.SetNickname(t.Context(), user, p.nickname),
		"avatar":   s.PutAvatar(t.Context(), picture(user, p.avatar), "https://here/"+p.avatar),
		"external": s.ChangeAccount(t.Context(), user, identity.AccountChange{ExternalID: &p.external}),
		"failures": s.CountOpenDataFailure(t.Context(), a.SessionID, noon, noon.Add(-time.Hour)),
		"consent": s.RecordConsent(t.Context(), session.ConsentRecord{
			AppID: appA, OpenID: a.OpenID, Consent: session.Consent{PolicyVersion: p.policy, AgreedAt: noon}, RecordedAt: noon,
		}),
	} {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	return a, b, p
}

// erasesWhole erases a person everywhere, and finds nothing of them, and all of
// somebody else.
func erasesWhole(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	a, b, p := live(t, s, 1)
	_, _, bystander := live(t, s, 2)
	user := load(t, s, a.SessionID).Person.User.ID
	// Two were merged into them: one has a picture and an external id left.
	for i, old := range []id.UserID{id.NewUserID(noon), id.NewUserID(noon)} {
		db.exec(t, `INSERT INTO users (id, created_at, external_id, merged_into, merged_at) VALUES ($1, 1, $2, $3, 2)`,
			string(old), fmt.Sprint("merged-", i), string(user))
		db.exec(t, `INSERT INTO merges (id, state, reason, open_account, first_user, second_user, created_at) VALUES ($1, 'merged', '', '', $2, $3, 1)`,
			fmt.Sprint("mrg_", i), string(user), string(old))
	}
	before := Search(t, db.SQL, append(p.all(), "merged-0", "merged-1", string(user))...)
	for _, text := range append(p.all(), "merged-0", "merged-1") {
		if !strings.Contains(strings.Join(before, "\n"), text) {
			t.Errorf("the test leaves no trace %q to be erased", text)
		}
	}
	got := erase(t, other, byBusiness(user, noon.Add(time.Minute)))
	if !got.Gone || got.UserID != user || len(got.Ended) != 2 {
		t.Errorf("erased: %+v", got)
	}
	texts := append(p.all(), "merged-0", "merged-1", string(user), string(a.SessionID), string(b.SessionID))
	for _, place := range Search(t, db.SQL, texts...) {
		switch {
		case strings.HasPrefix(place, "revocations.session_id holds ses_"), strings.HasPrefix(place, "erased_users.user_id holds usr_"),
			strings.HasPrefix(place, "audit.user_id holds usr_"):
		default:
			t.Errorf("after the erasure %s", place)
		}
	}
	after := strings.Join(Search(t, db.SQL, bystander.all()...), "\n")
	for _, text := range bystander.all() {
		if !strings.Contains(after, text) {
			t.Errorf("somebody else's %q is gone", text)
		}
	}
	if n := db.count(t, `SELECT COUNT(*) FROM erased_users`); n != 3 {
		t.Errorf("%d ids are known as erased, want 3", n)
	}
	list, err := s.Audit(t.Context(), audit.Filter{UserID: user}, "", 9)
	if err != nil || len(list) != 1 || list[0].Action != audit.UserErased || list[0].Details.Scope != "user" || len(list[0].Details.Users) != 2 {
		t.Errorf("audit: %+v, %v", list, err)
	}
	back := record(t, s, again(a, noon.Add(time.Hour)))
	if !back.IsNewUser || back.Person.User.ID == user || back.Person.User.Nickname != "" {
		t.Errorf("who comes back is no new user: %+v", back)
	}
}

// again is another login of the same person.
func again(l session.Login, at time.Time) session.Login {
	return union(login(l.AppID, l.OpenID, at), l.UnionID)
}

// erasesOneApp erases a person in one app: in the other they stay whole.
func erasesOneApp(t *testing.T, db Database) {
	s := db.open(t)
	a, b, p := live(t, s, 1)
	second := again(a, noon.Add(time.Second))
	record(t, s, second)
	if _, err := s.End(t.Context(), session.Ending{SessionID: second.SessionID, At: noon.Add(2 * time.Second), Reason: session.EndLogout, Until: noon.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	untouched := load(t, s, b.SessionID)
	got := erase(t, s, byPerson(a, identity.EraseApp, noon.Add(time.Minute)))
	if got.Gone || len(got.Ended) != 1 || got.Ended[0] != a.SessionID {
		t.Errorf("erased: %+v", got)
	}
	untouched.Person.User.PhoneMasked = ""
	equal(t, "the session in the other app", load(t, s, b.SessionID), untouched)
	for _, place := range Search(t, db.SQL, p.openA, p.device, p.phone, p.policy) {
		t.Errorf("after the erasure in its app %s", place)
	}
	kept := strings.Join(Search(t, db.SQL, p.openB, p.union, p.nickname, p.avatar, p.external), "\n")
	for _, want := range []string{"identities.openid", "unions.unionid", "users.nickname", "avatars.id", "users.external_id"} {
		if !strings.Contains(kept, want) {
			t.Errorf("%s is gone with another app's identity", want)
		}
	}
	page, err := s.RevocationPage(t.Context(), session.FeedPosition{At: noon.Add(-time.Hour)}, noon, 9)
	if err != nil || len(page) != 2 {
		t.Fatalf("%d revocations, %v", len(page), err)
	}
	for _, r := range page {
		if r.AppID != appA {
			t.Errorf("the revocation of %s tells the app %q", r.SessionID, r.AppID)
		}
	}
	if n := db.count(t, `SELECT COUNT(*) FROM erased_users`); n != 0 {
		t.Error("a user who stays is kept as erased")
	}
	// The second app is the last.
	if got := erase(t, s, byPerson(b, identity.EraseApp, noon.Add(time.Hour))); !got.Gone {
		t.Errorf("erased: %+v", got)
	}
	for _, place := range Search(t, db.SQL, p.all()...) {
		t.Errorf("after all erasures %s", place)
	}
}

// erasesLooseUnion: a unionid goes with the last identity that carries it, though
// the user stays.
func erasesLooseUnion(t *testing.T, db Database) {
	s := db.open(t)
	a, b, p := live(t, s, 1)
	moved := again(b, noon.Add(time.Second))
	moved.UnionID, moved.OpenAccount = "another", "else"
	record(t, s, moved)
	erase(t, s, byPerson(a, identity.EraseApp, noon.Add(time.Minute)))
	for _, place := range Search(t, db.SQL, p.union) {
		t.Errorf("after the erasure %s", place)
	}
	if n := db.count(t, `SELECT COUNT(*) FROM unions WHERE unionid = 'another'`); n != 1 {
		t.Error("the other unionid is gone")
	}
}

func erasureRefuses(t *testing.T, db Database) {
	s := db.open(t)
	a, _, p := live(t, s, 1)
	user := load(t, s, a.SessionID).Person.User.ID
	before := len(Search(t, db.SQL, p.all()...))
	elsewhere := byBusiness(user, noon)
	elsewhere.May = func(appid id.AppID) bool { return appid == appA }
	unknown, nobody := byPerson(login(appA, "x", noon), identity.EraseApp, noon), byBusiness(id.NewUserID(noon), noon)
	for name, c := range map[string]struct {
		e    identity.Erasure
		want error
	}{
		"Elsewhere":      {elsewhere, identity.ErrElsewhere},
		"UnknownSession": {unknown, identity.ErrNotFound},
		"UnknownUser":    {nobody, identity.ErrNotFound},
	} {
		if _, err := s.Erase(t.Context(), c.e); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if after := len(Search(t, db.SQL, p.all()...)); after != before {
		t.Error("what was refused has erased something")
	}
	// A session that was ended can't ask; the user's row that was merged stands
	// for the other.
	if _, err := s.End(t.Context(), session.Ending{SessionID: a.SessionID, At: noon, Reason: session.EndLogout, Until: noon}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Erase(t.Context(), byPerson(a, identity.EraseApp, noon)); !errors.Is(err, identity.ErrNotFound) {
		t.Errorf("an ended session: %v, want ErrNotFound", err)
	}
	old := id.NewUserID(noon)
	db.exec(t, `INSERT INTO users (id, created_at, merged_into, merged_at) VALUES ($1, 1, $2, 2)`, string(old), string(user))
	if got := erase(t, s, byBusiness(old, noon.Add(time.Minute))); got.UserID != user || !got.Gone {
		t.Errorf("erased by an old id: %+v", got)
	}
	if _, err := s.Erase(t.Context(), byBusiness(old, noon)); !errors.Is(err, identity.ErrNotFound) {
		t.Errorf("erased twice: %v, want ErrNotFound", err)
	}
}

// erasedWhileMerging: of two users who turn out to be one person while one of
// them is erased, the one is gone and the other whole, or both are gone.
func erasedWhileMerging(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	for round := range 12 {
		a := union(login(appA, id.OpenID(fmt.Sprint("a", round)), noon), id.UnionID(fmt.Sprint("u", round)))
		b := login(appB, id.OpenID(fmt.Sprint("b", round)), noon.Add(time.Second))
		user, second := record(t, s, a).Person.User.ID, record(t, s, b).Person.User.ID
		late := union(login(appB, b.OpenID, noon.Add(time.Minute)), a.UnionID) // the two are one
		gone := []id.UserID{user, second}[round%2]
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.RecordLogin(t.Context(), late); err != nil {
				t.Errorf("round %d: login: %v", round, err)
			}
		})
		wg.Go(func() {
			if _, err := other.Erase(t.Context(), byBusiness(gone, noon.Add(time.Minute))); err != nil {
				t.Errorf("round %d: erasure: %v", round, err)
			}
		})
		wg.Wait()
		checkInvariants(t, db)
		if n := db.count(t, `SELECT COUNT(*) FROM users WHERE id = $1`, string(gone)); n != 0 {
			t.Errorf("round %d: who was erased is there", round)
		}
		if n := db.count(t, `SELECT COUNT(*) FROM erased_users e JOIN users u ON u.id = e.user_id`); n != 0 {
			t.Errorf("round %d: %d users are there and erased", round, n)
		}
	}
}

// erasedAtOnce lets everything that a person does run into their erasure:
// afterwards there is a new user, whole, or none.
func erasedAtOnce(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	for round := range 12 {
		a, b, p := live(t, s, round)
		user := load(t, s, a.SessionID).Person.User.ID
		at, late := noon.Add(time.Minute), fmt.Sprintf("late-%03d", round)
		var wg sync.WaitGroup
		run := func(what string, f func() error) {
			wg.Go(func() {
				err := f()
				if err != nil && !errors.Is(err, session.ErrNotFound) && !errors.Is(err, session.ErrConflict) && !errors.Is(err, identity.ErrNotFound) {
					t.Errorf("round %d: %s: %v", round, what, err)
				}
			})
		}
		third := union(login("wxcccccccccccccccc", id.OpenID(fmt.Sprint("oC", round)), at), a.UnionID)
		for _, l := range []session.Login{again(a, at), again(b, at), again(a, at), third} {
			run("login", func() error { _, err := other.RecordLogin(t.Context(), l); return err })
		}
		full := again(b, at)
		full.MaxSessions = 1
		run("login of who has all sessions", func() error { _, err := s.RecordLogin(t.Context(), full); return err })
		run("refresh", func() error {
			return Rotate(t.Context(), other, a.SessionID, session.Rotation{From: 1, At: at, ExpiresAt: a.ExpiresAt})
		})
		run("phone", func() error { return other.RecordPhone(t.Context(), phoneOf(a, at, fmt.Sprint(9000+round))) })
		run("failure", func() error { return other.CountOpenDataFailure(t.Context(), a.SessionID, at, noon) })
		run("logout", func() error {
			_, err := s.End(t.Context(), session.Ending{SessionID: b.SessionID, At: at, Reason: session.EndLogout, Until: at})
			return err
		})
		run("nickname", func() error { return s.SetNickname(t.Context(), user, late) })
		run("avatar", func() error {
			return other.PutAvatar(t.Context(), picture(user, late), "https://here/"+late)
		})
		run("disable", func() error {
			if round%4 > 0 {
				return nil
			}
			return s.DisableUser(t.Context(), identity.Disabling{UserID: user, At: at, Until: at.Add(time.Hour)})
		})
		erasure := byBusiness(user, at)
		if round%2 == 0 {
			erasure = byPerson(a, identity.EraseApp, at)
		}
		for _, replica := range []Store{s, other} {
			run("erasure", func() error { _, err := replica.Erase(t.Context(), erasure); return err })
		}
		wg.Wait()
		checkInvariants(t, db)
		if round%2 == 0 {
			continue
		}
		erased := db.count(t, `SELECT COUNT(*) FROM erased_users WHERE user_id = $1`, string(user))
		left := db.count(t, `SELECT COUNT(*) FROM users WHERE id = $1`, string(user))
		if erased != 1 || left != 0 {
			t.Errorf("round %d: the user is erased %d times, and there %d times", round, erased, left)
		}
		for _, place := range Search(t, db.SQL, p.nickname, p.avatar, p.external, p.policy, p.device, late) {
			t.Errorf("round %d: after the erasure %s", round, place)
		}
	}
}
