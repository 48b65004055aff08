package storetest

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

// Model compares a database with a model of a few lines, over random sequences
// of steps; -rapid.checks says how many.
func Model(t *testing.T, fresh func(t testing.TB) Database) {
	db := fresh(t)
	s := db.open(t)
	rapid.Check(t, func(rt *rapid.T) {
		for _, table := range []string{"unions", "identities", "users", "sessions", "revocations"} {
			db.exec(t, `DELETE FROM `+table)
		}
		m := &machine{store: s, model: newModel(), now: noon}
		rt.Repeat(map[string]func(*rapid.T){
			"login":  m.login,
			"rotate": m.rotate,
			"end":    m.end,
			"wait":   m.wait,
			"prune":  m.prune,
			"":       m.compare,
		})
		checkInvariants(t, db)
	})
}

// model is what a store has to be, without a database.
type model struct {
	users      map[id.UserID]identity.User
	identities map[who]*modelIdentity
	unions     map[label]id.UserID
	sessions   map[id.SessionID]*session.Found
	revoked    map[id.SessionID]session.Revocation
}

type who struct {
	app    id.AppID
	openid id.OpenID
}

type label struct {
	account id.OpenAccount
	unionid id.UnionID
}

type modelIdentity struct {
	identity.Identity
	label label
	keys  []byte
}

func newModel() *model {
	return &model{
		users: map[id.UserID]identity.User{}, identities: map[who]*modelIdentity{}, unions: map[label]id.UserID{},
		sessions: map[id.SessionID]*session.Found{}, revoked: map[id.SessionID]session.Revocation{},
	}
}

func (m *model) person(w who) identity.Person {
	i := m.identities[w].Identity
	return identity.Person{User: m.users[i.UserID], Identity: i}
}

// open are the open sessions of an identity, newest first.
func (m *model) open(w who, now time.Time) []id.SessionID {
	list := []id.SessionID{}
	for sid, f := range m.sessions {
		if f.Session.AppID == w.app && f.Session.OpenID == w.openid && f.Session.EndedAt.IsZero() && f.Session.ExpiresAt.After(now) {
			list = append(list, sid)
		}
	}
	slices.SortFunc(list, func(a, b id.SessionID) int { return cmp.Compare(b, a) })
	return list
}

func (m *model) record(l session.Login) (session.Recorded, error) {
	for _, f := range m.sessions {
		if f.Replay.CodeHash == l.Replay.CodeHash && !f.Session.CreatedAt.Before(l.At.Add(-session.ReplayWindow)) {
			return session.Recorded{}, session.ErrCodeSeen
		}
	}
	w, new := who{l.AppID, l.OpenID}, label{l.OpenAccount, l.UnionID}
	var out session.Recorded
	i, known := m.identities[w]
	if !known {
		user, linked := m.unions[new]
		if !linked || new.account == "" || new.unionid == "" || m.isIn(user, l.AppID) {
			user, out.IsNewUser = l.NewUserID, true
			m.users[user] = identity.User{ID: user, CreatedAt: l.At}
		}
		i = &modelIdentity{Identity: identity.Identity{AppID: l.AppID, OpenID: l.OpenID, UserID: user, CreatedAt: l.At}}
		m.identities[w] = i
	}
	if new.unionid != "" && new != i.label {
		old := i.label
		i.label, i.UnionID = new, new.unionid
		owner, taken := m.unions[new]
		late := old.unionid == "" || (old.account == "" && old.unionid == new.unionid)
		switch {
		case new.account == "":
		case !taken:
			m.unions[new] = i.UserID
		case late && m.vouched(owner, new) && !m.inOneApp(owner, i.UserID):
			m.merge(owner, i.UserID)
		}
		if old.unionid != "" {
			m.giveUp(old.unionid, i.UserID)
		}
	}
	i.LastLoginAt = l.At
	i.keys = session.PushKey(i.keys, l.Key)
	if open := m.open(w, l.At); len(open) > l.MaxSessions-1 {
		out.Ended = open[l.MaxSessions-1:]
	}
	for _, each := range out.Ended {
		m.end(session.Ending{SessionID: each, At: l.At, Reason: session.EndLimit, Until: l.RevokedUntil})
	}
	m.sessions[l.SessionID] = &session.Found{Session: sessionOf(l), Replay: l.Replay}
	out.Person = m.person(w)
	return out, nil
}

// vouched reports whether an identity of the user carries the label itself.
func (m *model) vouched(user id.UserID, l label) bool {
	for _, i := range m.identities {
		if i.UserID == user && i.label == l {
			return true
		}
	}
	return false
}

// isIn reports whether the app knows the user.
func (m *model) isIn(user id.UserID, app id.AppID) bool {
	for w, i := range m.identities {
		if i.UserID == user && w.app == app {
			return true
		}
	}
	return false
}

// inOneApp reports whether an app knows the two by different openids.
func (m *model) inOneApp(a, b id.UserID) bool {
	for one, i := range m.identities {
		for other, j := range m.identities {
			if i.UserID == a && j.UserID == b && one != other && one.app == other.app {
				return true
			}
		}
	}
	return false
}

// merge makes one user of two; the older one stays.
func (m *model) merge(a, b id.UserID) {
	if a == b {
		return
	}
	to, from := min(a, b), max(a, b) // users are made a millisecond apart at least
	for _, i := range m.identities {
		if i.UserID == from {
			i.UserID = to
		}
	}
	for l, owner := range m.unions {
		if owner == from {
			m.unions[l] = to
		}
	}
}

// giveUp ends that a unionid is a user's where none of the user's identities has
// it: it becomes that of the oldest user who has it, if there is one.
func (m *model) giveUp(unionid id.UnionID, user id.UserID) {
	for l, owner := range m.unions {
		if owner != user || l.unionid != unionid || m.vouched(user, l) || m.vouched(user, label{"", unionid}) {
			continue
		}
		delete(m.unions, l)
		for _, i := range m.identities {
			if heir, taken := m.unions[l]; i.label == l && (!taken || i.UserID < heir) {
				m.unions[l] = i.UserID
			}
		}
	}
}

func (m *model) end(e session.Ending) bool {
	f, ok := m.sessions[e.SessionID]
	if !ok || !f.Session.EndedAt.IsZero() {
		return false
	}
	f.Session.EndedAt = e.At
	m.revoked[e.SessionID] = session.Revocation{SessionID: e.SessionID, At: e.At, Until: e.Until}
	return true
}

func (m *model) rotate(sid id.SessionID, r session.Rotation) error {
	f, ok := m.sessions[sid]
	switch {
	case !ok:
		return session.ErrNotFound
	case f.Session.Generation != r.From || !f.Session.EndedAt.IsZero():
		return session.ErrConflict
	}
	f.Session.Generation++
	f.Session.RotatedAt, f.Session.LastUsedAt, f.Session.ExpiresAt, f.Session.RotationKey = r.At, r.At, r.ExpiresAt, r.RotationKey
	return nil
}

// machine does the same to a store and to the model.
type machine struct {
	store Store
	model *model
	now   time.Time
	made  []session.Login // what later steps refer to
}

// pick is one of the sessions made, or one that never was.
func (m *machine) pick(t *rapid.T) session.Login {
	if len(m.made) == 0 || rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
		return login(appA, "nobody", m.now)
	}
	return m.made[rapid.IntRange(0, len(m.made)-1).Draw(t, "which")]
}

func (m *machine) login(t *rapid.T) {
	m.now = m.now.Add(time.Millisecond) // so that ids have one order
	l := login(
		rapid.SampledFrom([]id.AppID{appA, appB}).Draw(t, "app"),
		rapid.SampledFrom([]id.OpenID{"o1", "o2"}).Draw(t, "openid"), m.now)
	l.UnionID = rapid.SampledFrom([]id.UnionID{"", "u1", "u2"}).Draw(t, "unionid")
	l.OpenAccount = rapid.SampledFrom([]id.OpenAccount{"", account, account}).Draw(t, "account")
	// What a unionid decides that was kept without an open account before is
	// MergeModel's: it knows who waits for whom.
	if i, ok := m.model.identities[who{l.AppID, l.OpenID}]; ok && i.label.unionid != "" {
		l.OpenAccount = i.label.account
	}
	l.MaxSessions = rapid.IntRange(1, 4).Draw(t, "max")
	l.ExpiresAt = m.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "life")) * time.Minute)
	fingerprint := byte(rapid.IntRange(0, 4).Draw(t, "key"))
	for i := range 16 {
		l.Key[i] = fingerprint
	}
	if len(m.made) > 0 && rapid.IntRange(0, 4).Draw(t, "code again") == 0 {
		l.Replay.CodeHash = m.pick(t).Replay.CodeHash
	}
	want, wantErr := m.model.record(l)
	got, err := m.store.RecordLogin(t.Context(), l)
	// No order is promised among those that had to make room.
	slices.Sort(want.Ended)
	slices.Sort(got.Ended)
	same(t, "RecordLogin", got, err, want, wantErr)
	if err == nil {
		m.made = append(m.made, l)
	}
}

func (m *machine) rotate(t *rapid.T) {
	l := m.pick(t)
	from := uint32(rapid.IntRange(1, 2).Draw(t, "from"))
	if f, ok := m.model.sessions[l.SessionID]; ok {
		if !f.Session.ExpiresAt.After(m.now) {
			return // an expired session is not rotated: that is no question to a store
		}
		from = f.Session.Generation - uint32(rapid.IntRange(0, 1).Draw(t, "behind"))
	}
	r := session.Rotation{From: from, At: m.now, ExpiresAt: m.now.Add(time.Hour)}
	if rapid.Bool().Draw(t, "with key") {
		r.RotationKey = l.Salt[:]
	}
	same(t, "Rotate", 0, Rotate(t.Context(), m.store, l.SessionID, r), 0, m.model.rotate(l.SessionID, r))
}

func (m *machine) end(t *rapid.T) {
	e := session.Ending{SessionID: m.pick(t).SessionID, At: m.now, Reason: session.EndLogout, Until: m.now.Add(15 * time.Minute)}
	got, err := m.store.End(t.Context(), e)
	same(t, "End", got, err, m.model.end(e), nil)
}

func (m *machine) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "minutes")) * time.Minute)
}

func (m *machine) prune(t *rapid.T) {
	before := m.now.Add(-time.Hour)
	want := 0
	for sid, f := range m.model.sessions {
		if f.Session.CreatedAt.Before(before) {
			delete(m.model.sessions, sid)
			want++
		}
	}
	for sid, r := range m.model.revoked {
		if r.Until.Before(m.now) {
			delete(m.model.revoked, sid)
			want++
		}
	}
	got, err := m.store.Prune(t.Context(), before, m.now, 1000)
	same(t, "Prune", got, err, want, nil)
}

// compare looks at everything that can be seen.
func (m *machine) compare(t *rapid.T) {
	for _, l := range m.made {
		var want session.Found
		var wantErr error = session.ErrNotFound
		w := who{l.AppID, l.OpenID}
		if f, ok := m.model.sessions[l.SessionID]; ok {
			want, wantErr = *f, nil
			want.Person = m.model.person(w)
		}
		got, err := m.store.Load(t.Context(), l.SessionID)
		same(t, "Load", got, err, want, wantErr)
	}
	for w, i := range m.model.identities {
		keys, err := m.store.Keys(t.Context(), w.app, w.openid)
		same(t, "Keys", keys, err, i.keys, nil)
		list, err := m.store.List(t.Context(), w.app, w.openid, m.now)
		open := []id.SessionID{}
		for _, each := range list {
			open = append(open, each.ID)
		}
		same(t, "List", open, err, m.model.open(w, m.now), nil)
	}
	list, err := m.store.Revocations(t.Context(), noon)
	revoked := map[id.SessionID]session.Revocation{}
	for _, each := range list {
		revoked[each.SessionID] = each
	}
	same(t, "Revocations", revoked, err, m.model.revoked, nil)
}

// same fails unless results and errors are the same.
func same[T any](t *rapid.T, what string, got T, err error, want T, wantErr error) {
	t.Helper()
	if (err == nil) != (wantErr == nil) || (wantErr != nil && !errors.Is(err, wantErr)) {
		t.Fatalf("%s: error %v, want %v", what, err, wantErr)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}
