package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

// told are the entries that a filter finds, without their ids.
func told(t testing.TB, s Store, f audit.Filter) []audit.Entry {
	t.Helper()
	list, err := s.Audit(t.Context(), f, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(list, func(a, b audit.Entry) int { return -cmpIDs(a.ID, b.ID) }) {
		t.Errorf("not the newest first: %v", list)
	}
	for i := range list {
		if _, ok := id.ParseAuditID(string(list[i].ID)); !ok {
			t.Errorf("an entry with the id %q", list[i].ID)
		}
		list[i].ID = ""
	}
	return list
}

func cmpIDs(a, b id.AuditID) int {
	if a < b {
		return -1
	}
	return 1
}

func shown(t testing.TB, s Store, r audit.Read) {
	t.Helper()
	if err := s.RecordReads(t.Context(), []audit.Read{r}); err != nil {
		t.Fatal(err)
	}
}

func listed(t testing.TB, s Store, l audit.Listing) {
	t.Helper()
	if err := s.RecordListing(t.Context(), l); err != nil {
		t.Fatal(err)
	}
}

// readsOnce: an entry for each actor, user and day, by whichever replica.
func readsOnce(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	key, another := audit.Key(id.NewKeyID(noon)), audit.Key(id.NewKeyID(noon))
	one, two := id.NewUserID(noon), id.NewUserID(noon.Add(time.Second))
	midnight := noon.Truncate(day).Add(day)
	evening := midnight.Add(-time.Millisecond)
	shown(t, s, audit.Read{At: noon, Actor: key, AppID: appA, Users: []id.UserID{one}})
	shown(t, other, audit.Read{At: noon.Add(time.Hour), Actor: key, Users: []id.UserID{two, one}})
	shown(t, other, audit.Read{At: evening, Actor: key, Users: []id.UserID{two, one}})
	shown(t, s, audit.Read{At: evening, Actor: another, Users: []id.UserID{one}})
	shown(t, s, audit.Read{At: midnight, Actor: key, Users: []id.UserID{one}})
	step := audit.New(noon.Add(2*time.Hour), another, audit.UserChanged)
	step.UserID = one
	if err := s.AppendAudit(t.Context(), step); err != nil {
		t.Fatal(err)
	}
	step.ID = ""
	entry := func(at time.Time, actor audit.Actor, user id.UserID) audit.Entry {
		return audit.Entry{At: at, Actor: actor, Action: audit.UserRead, UserID: user}
	}
	first := entry(noon, key, one)
	first.AppID = appA
	last, alsoLast, second := entry(midnight, key, one), entry(evening, another, one), entry(noon.Add(time.Hour), key, two)
	for name, c := range map[string]struct {
		filter audit.Filter
		want   []audit.Entry
	}{
		"Reads":  {audit.Filter{Action: audit.UserRead}, []audit.Entry{last, alsoLast, second, first}},
		"Actor":  {audit.Filter{Action: audit.UserRead, Actor: another}, []audit.Entry{alsoLast}},
		"User":   {audit.Filter{UserID: one}, []audit.Entry{last, alsoLast, step, first}},
		"Both":   {audit.Filter{UserID: one, Actor: another}, []audit.Entry{alsoLast, step}},
		"Two":    {audit.Filter{UserID: two, Action: audit.UserRead}, []audit.Entry{second}},
		"Unsaid": {audit.Filter{}, []audit.Entry{step}},
		"Key":    {audit.Filter{Actor: key}, nil},
	} {
		equal(t, name, told(t, other, c.filter), c.want)
	}
	// Pages go through all of what lies in several tables.
	var paged []audit.Entry
	for before := id.AuditID(""); ; {
		page, err := s.Audit(t.Context(), audit.Filter{UserID: one}, before, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		before, page[0].ID = page[0].ID, ""
		paged = append(paged, page[0])
	}
	equal(t, "pages", paged, []audit.Entry{last, alsoLast, step, first})
}

// readsAtOnce: of many who record the same reads at once, in any order, none
// fails, and one entry is left of each.
func readsAtOnce(t *testing.T, db Database) {
	key := audit.Key(id.NewKeyID(noon))
	users := []id.UserID{id.NewUserID(noon), id.NewUserID(noon), id.NewUserID(noon)}
	together(t, db, func(s Store, i int) error {
		mine := slices.Clone(users)
		if i%3 == 0 {
			slices.Reverse(mine)
		}
		return s.RecordReads(t.Context(), []audit.Read{{At: noon, Actor: key, Users: mine}})
	})
	equal(t, "entries", db.count(t, `SELECT COUNT(*) FROM audit_reads`), 3)
}

// listings: whoever reads a whole list, page by page, makes one entry a day; of
// who asks for what was shown already, or jumps, none is lost.
func listings(t *testing.T, db Database) {
	s, other := db.open(t), db.open(t)
	key := audit.Key(id.NewKeyID(noon))
	var u []id.UserID
	for i := range 10 {
		u = append(u, id.NewUserID(noon.Add(time.Duration(i)*time.Second)))
	}
	page := func(at time.Time, after, first, last id.UserID, count int) audit.Listing {
		return audit.Listing{At: at, Actor: key, After: after, First: first, Last: last, Count: count}
	}
	for _, l := range []audit.Listing{
		page(noon, "", u[0], u[2], 3), page(noon, u[2], u[3], u[5], 3), // two pages
		page(noon, u[2], u[3], u[5], 3), page(noon, u[0], u[1], u[2], 2), // again, and a part
		page(noon, u[5], u[6], u[6], 1), // a third
		page(noon, u[7], u[8], u[9], 2), // a jump
		page(noon.Add(day), "", u[0], u[5], 6),
	} {
		listed(t, s, l)
		s, other = other, s
	}
	of := audit.Listing{At: noon, Actor: audit.Key(id.NewKeyID(noon)), After: u[6], First: u[7], Last: u[8], Count: 2, Apps: []id.AppID{appA, appB}}
	listed(t, s, of)
	entry := func(at time.Time, actor audit.Actor, d audit.Details) audit.Entry {
		return audit.Entry{At: at, Actor: actor, Action: audit.UsersListed, Details: d}
	}
	whole := entry(noon, key, audit.Details{Count: 7, From: u[0], To: u[6]})
	next := entry(noon.Add(day), key, audit.Details{Count: 6, From: u[0], To: u[5]})
	jump := entry(noon, key, audit.Details{Count: 2, From: u[8], To: u[9]})
	foreign := entry(noon, of.Actor, audit.Details{Count: 2, From: u[7], To: u[8], Apps: of.Apps})
	sameTime := func(list []audit.Entry) []audit.Entry { // ids of one moment come in any order
		slices.SortFunc(list, func(a, b audit.Entry) int {
			return b.At.Compare(a.At)*10 + slices.Compare([]id.UserID{a.Details.From}, []id.UserID{b.Details.From})
		})
		return list
	}
	for name, c := range map[string]struct {
		filter audit.Filter
		want   []audit.Entry
	}{
		"All":    {audit.Filter{Action: audit.UsersListed}, []audit.Entry{next, whole, foreign, jump}},
		"First":  {audit.Filter{UserID: u[0]}, []audit.Entry{next, whole}},
		"Middle": {audit.Filter{UserID: u[4]}, []audit.Entry{next, whole}},
		"Last":   {audit.Filter{UserID: u[6]}, []audit.Entry{whole}},
		"Erased": {audit.Filter{UserID: u[8], Action: audit.UsersListed}, []audit.Entry{foreign, jump}}, // of whatever app they were
		"Key":    {audit.Filter{UserID: u[8], Actor: key}, []audit.Entry{jump}},
		"Nobody": {audit.Filter{UserID: id.NewUserID(noon.Add(day))}, nil},
		"Unsaid": {audit.Filter{}, nil},
	} {
		equal(t, name, sameTime(told(t, other, c.filter)), c.want)
	}
}

// listingsOfApps: a list of some apps is about who is in one of them, or was.
func listingsOfApps(t *testing.T, db Database) {
	s := db.open(t)
	a := record(t, s, login(appA, "a1", noon)).Person.User.ID
	b := record(t, s, login(appB, "b1", noon.Add(time.Second))).Person.User.ID
	leaving := union(login(appA, "a2", noon.Add(2*time.Second)), "u2")
	left := record(t, s, leaving).Person.User.ID
	record(t, s, union(login(appB, "b2", noon.Add(3*time.Second)), "u2"))
	erase(t, s, identity.Erasure{
		SessionID: leaving.SessionID, Scope: identity.EraseApp, At: noon.Add(time.Minute), Until: noon.Add(time.Hour), Reason: identity.AskedByPerson,
	})
	merged := id.NewUserID(noon.Add(time.Second))
	db.exec(t, `INSERT INTO users (id, created_at, merged_into, merged_at) VALUES ($1, 1, $2, 1)`, string(merged), string(b))
	listed(t, s, audit.Listing{At: noon, Actor: audit.Key(id.NewKeyID(noon)), First: a, Last: left, Count: 2, Apps: []id.AppID{appA}})
	if n := len(told(t, s, audit.Filter{UserID: merged})); n != 1 { // whoever they were
		t.Errorf("%d entries of a merged user", n)
	}
	db.exec(t, `DELETE FROM users WHERE id = $1`, string(merged))
	for user, want := range map[id.UserID]int{a: 1, b: 0, left: 1} {
		list := told(t, s, audit.Filter{UserID: user, Action: audit.UsersListed})
		held, err := s.HeldOf(t.Context(), user, 100)
		if err != nil {
			t.Fatal(err)
		}
		exported := slices.DeleteFunc(held.Audit, func(e audit.Entry) bool { return e.Action != audit.UsersListed })
		equal(t, "entries, and exported", []int{len(list), len(exported)}, []int{want, want})
	}
}

// prunesReads: by the time of each, and not what the audit has besides.
func prunesReads(t *testing.T, db Database) {
	s := db.open(t)
	key, user := audit.Key(id.NewKeyID(noon)), id.NewUserID(noon)
	for i := range 4 {
		at := noon.Add(time.Duration(i) * day)
		shown(t, s, audit.Read{At: at, Actor: key, Users: []id.UserID{user}})
		listed(t, s, audit.Listing{At: at, Actor: key, First: user, Last: user, Count: 1})
		if err := s.AppendAudit(t.Context(), audit.New(at, key, audit.UserChanged)); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		before      time.Time
		limit, want int
		left        []int
	}{
		{noon, 100, 0, []int{4, 4}},
		{noon.Add(2 * day), 1, 2, []int{3, 3}},
		{noon.Add(2 * day), 100, 2, []int{2, 2}},
		{noon.Add(9 * day), 100, 4, []int{0, 0}},
	} {
		n, err := s.PruneReads(t.Context(), step.before, step.limit)
		if err != nil || n != step.want {
			t.Errorf("before %v: %d, %v, want %d", step.before, n, err, step.want)
		}
		equal(t, "left", []int{db.count(t, `SELECT COUNT(*) FROM audit_reads`), db.count(t, `SELECT COUNT(*) FROM audit_listings`)}, step.left)
	}
	if n, err := s.PruneAudit(t.Context(), noon, 100); err != nil || n != 0 {
		t.Errorf("%d, %v", n, err)
	}
	equal(t, "the rest", db.count(t, `SELECT COUNT(*) FROM audit`), 4)
}
