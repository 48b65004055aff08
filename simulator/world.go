package simulator

import (
	"fmt"
	"sync"
	"time"
)

// world is the platform's state. One mutex guards it: every step is a handful
// of map operations, and one lock is what makes "exactly once" easy to see.
type world struct {
	seed uint64
	real func() time.Time
	base Switches // what a reset goes back to

	mu      sync.Mutex
	sw      Switches      // with defaults
	offset  time.Duration // how far the clock was moved
	apps    map[string]*app
	appList []*app
	byName  map[string]*person
	byID    map[string]*person
	people  []*person
	codes   codeBook
	tokens  map[string]*accessToken
	phones  phones
}

// app is a registered app with what was issued to it.
type app struct {
	App
	byOpenID map[string]*member
	indexed  int // how many of world.people are in byOpenID

	current *accessToken // of /cgi-bin/token
	stable  *accessToken // of /cgi-bin/stable_token
	issued  fifo[*accessToken]

	tokenDay, stableMinute, stableDay, forceDay, resetMinute window
	lastForce                                                time.Time
}

// person is a user of WeChat.
type person struct {
	User
	members map[*app]*member
}

// member is one person in one app.
type member struct {
	app    *app
	person *person
	openID string

	unionIn string // the open account that unionID is for
	unionID string

	key     string    // the session key that is valid now; "" if none ever was
	keyBorn time.Time // when it replaced the one before
	keyDies time.Time // sliding; zero: never

	lastUse time.Time // of the mini program; zero: never

	loginMinute, resetMinute window
}

func newWorld(seed uint64, now func() time.Time, sw Switches) *world {
	w := &world{seed: seed, real: now, base: sw}
	w.reset()
	return w
}

func (w *world) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sw, w.offset = w.base.withDefaults(), 0
	w.apps, w.appList = make(map[string]*app), nil
	w.byName, w.byID, w.people = make(map[string]*person), make(map[string]*person), nil
	w.codes = codeBook{byCode: make(map[string]*loginCode)}
	w.tokens = make(map[string]*accessToken)
	w.phones = newPhones()
	for _, a := range DemoApps() {
		w.addApp(a)
	}
	for _, name := range DemoUsers() {
		w.addPerson(w.newUser(name))
	}
}

// maxOffset keeps the sum of all advances inside what a time can hold.
const maxOffset = 100 * 365 * 24 * time.Hour

func (w *world) advance(d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d < 0 || d > maxOffset-w.offset {
		return fmt.Errorf("advance the clock by %s: %w: it runs forward only, %d days in all", d, ErrInvalid, int(maxOffset.Hours()/24))
	}
	w.offset += d
	return nil
}

// now is the clock that ages things. Callers hold w.mu.
func (w *world) now() time.Time { return w.real().Add(w.offset) }

// member finds or makes the bond of a person with an app. Callers hold w.mu.
func (w *world) member(a *app, p *person) *member {
	if m := p.members[a]; m != nil {
		return m
	}
	m := &member{app: a, person: p, openID: openID(w.seed, a.AppID, p.Name)}
	if p.members == nil {
		p.members = make(map[*app]*member, 1)
	}
	p.members[a] = m
	a.byOpenID[m.openID] = m
	return m
}

// memberByOpenID also knows people who have not opened the app since the
// simulator started, because a server's database outlives the simulator. Each
// person is indexed at most once per app. Callers hold w.mu.
func (w *world) memberByOpenID(a *app, id string) *member {
	if m := a.byOpenID[id]; m != nil || len(id) != 28 {
		return m
	}
	for ; a.indexed < len(w.people); a.indexed++ {
		w.member(a, w.people[a.indexed])
	}
	return a.byOpenID[id]
}

// unionOf is "" for an app without an open account. Callers hold w.mu.
func (w *world) unionOf(m *member) string {
	if m.app.OpenAccount == "" {
		return ""
	}
	if m.unionIn != m.app.OpenAccount {
		m.unionIn = m.app.OpenAccount
		m.unionID = unionID(w.seed, m.unionIn, m.person.Name)
	}
	return m.unionID
}

// find names an app and a person as the controls do. Callers hold w.mu.
func (w *world) find(appID, user string) (*app, *person, error) {
	a := w.apps[appID]
	if a == nil {
		return nil, nil, fmt.Errorf("%w %q", ErrUnknownApp, clip(appID))
	}
	p := w.byName[user]
	if p == nil {
		p = w.byID[user]
	}
	if p == nil {
		return nil, nil, fmt.Errorf("%w %q", ErrUnknownUser, clip(user))
	}
	return a, p, nil
}

// clip keeps what a caller sent short in an error text.
func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// window counts events in one stretch of time.
type window struct {
	slot int64
	n    int
}

// take counts an event in the slot, unless limit were exceeded. A negative
// limit is none.
func (w *window) take(slot int64, limit int) bool {
	if limit < 0 {
		return true
	}
	if w.slot != slot {
		w.slot, w.n = slot, 0
	}
	if w.n >= limit {
		return false
	}
	w.n++
	return true
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

// dayOf counts days as the platform does, by Beijing time.
func dayOf(t time.Time) int64 { return (t.Unix() + 8*3600) / 86400 }

// fifo is a queue whose dropped heads do not keep memory.
type fifo[T any] struct {
	items []T
	head  int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }
func (q *fifo[T]) peek() T  { return q.items[q.head] }
func (q *fifo[T]) push(v T) { q.items = append(q.items, v) }

func (q *fifo[T]) pop() {
	var zero T
	q.items[q.head] = zero
	q.head++
	if q.head > 64 && q.head*2 > len(q.items) {
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
}
