package storetest

import (
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
)

// prunesAudit: entries and merges that are made go, those that may be wanted stay.
func prunesAudit(t *testing.T, db Database) {
	s := db.open(t)
	one := record(t, s, login(appA, "a1", noon)).Person.User.ID
	two := record(t, s, login(appA, "a2", noon)).Person.User.ID
	three := record(t, s, login(appA, "a3", noon)).Person.User.ID
	for i := range 5 {
		e := audit.New(noon.Add(time.Duration(i)*day), audit.CLI, audit.UserMerged)
		e.UserID = one
		if err := s.AppendAudit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	early := string(id.EarliestMergeID(noon))
	for name, state := range map[string]string{"1": "merged", "2": "rejected", "3": "pending"} {
		decided, other := any(noon.Add(2*day).UnixMilli()), two
		if state == "pending" {
			decided, other = nil, three
		}
		db.exec(t, `INSERT INTO merges (id, state, reason, open_account, first_user, second_user, created_at, decided_at)
			VALUES ($1, $2, 'late_unionid', 'acme', $3, $4, $5, $6)`, early+name, state, string(min(one, other)), string(max(one, other)), noon.UnixMilli(), decided)
	}
	left := func() []int {
		return []int{db.count(t, `SELECT COUNT(*) FROM audit`), db.count(t, `SELECT COUNT(*) FROM merges`)}
	}
	for _, step := range []struct {
		before      time.Time
		limit, want int
		left        []int
	}{
		{noon, 100, 0, []int{5, 3}},
		{noon.Add(2 * day), 1, 1, []int{4, 3}},
		{noon.Add(2 * day), 100, 1, []int{3, 3}}, // not the pair decided then
		{noon.Add(2*day + time.Millisecond), 100, 2, []int{2, 2}},
		{noon.Add(9 * day), 100, 2, []int{0, 2}},
	} {
		n, err := s.PruneAudit(t.Context(), step.before, step.limit)
		if err != nil || n != step.want {
			t.Errorf("before %v: %d, %v, want %d", step.before, n, err, step.want)
		}
		equal(t, "entries and pairs left", left(), step.left)
	}
	equal(t, "rejected or pending", db.count(t, `SELECT COUNT(*) FROM merges WHERE state <> 'merged'`), 2)
}
