package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
)

func auditLists(t *testing.T, db Database) {
	s := db.open(t)
	key, one, two := id.NewKeyID(noon), id.NewUserID(noon), id.NewUserID(noon)
	full := audit.New(noon, audit.Key(key), audit.UserMerged)
	full.AppID, full.UserID, full.OtherUserID, full.MergeID = appA, one, two, "mrg_01kah5qnqfefgrpyy7v6fmxa3s"
	full.SessionID, full.KeyID = id.NewSessionID(noon), id.NewKeyID(noon)
	full.Details = audit.Details{
		Fields: []string{"external_id"}, Scope: "user", Reason: "asked", Count: 2, Users: []id.UserID{one, two},
		Scopes: []string{"users:read"}, Apps: []id.AppID{appA},
	}
	bare := audit.New(noon.Add(time.Second), audit.CLI, audit.KeyCreated)
	erased := audit.New(noon.Add(2*time.Second), audit.User(one), audit.UserErased)
	erased.UserID = one
	if err := s.AppendAudit(t.Context(), full, bare); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendAudit(t.Context(), erased); err != nil {
		t.Fatal(err)
	}
	page, three := audit.New(noon.Add(3*time.Second), audit.Key(key), audit.PhoneShown), id.NewUserID(noon)
	page.Details = audit.Details{Count: 2, Users: []id.UserID{three, one}}
	if err := s.AppendAudit(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	other := db.open(t) // another replica
	for name, c := range map[string]struct {
		filter audit.Filter
		before id.AuditID
		limit  int
		want   []audit.Entry
	}{
		"All":     {limit: 9, want: []audit.Entry{page, erased, bare, full}},
		"Limit":   {limit: 2, want: []audit.Entry{page, erased}},
		"Before":  {before: bare.ID, limit: 9, want: []audit.Entry{full}},
		"User":    {filter: audit.Filter{UserID: one}, limit: 9, want: []audit.Entry{page, erased, full}},
		"Page":    {filter: audit.Filter{UserID: three, Action: audit.PhoneShown}, limit: 9, want: []audit.Entry{page}},
		"Merged":  {filter: audit.Filter{UserID: two}, limit: 9, want: []audit.Entry{full}},
		"Actor":   {filter: audit.Filter{Actor: audit.CLI}, limit: 9, want: []audit.Entry{bare}},
		"Action":  {filter: audit.Filter{Action: audit.UserMerged}, limit: 9, want: []audit.Entry{full}},
		"Several": {filter: audit.Filter{UserID: one, Action: audit.UserErased, Actor: audit.User(one)}, before: id.NewAuditID(noon.Add(time.Hour)), limit: 9, want: []audit.Entry{erased}},
		"Nothing": {filter: audit.Filter{UserID: two, Actor: audit.CLI}, limit: 9},
	} {
		got, err := other.Audit(t.Context(), c.filter, c.before, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name, got, c.want)
	}
	if err := s.AppendAudit(t.Context(), bare); err == nil {
		t.Error("an entry was made twice")
	}
}

// auditChecks tries to have kept what must not be.
func auditChecks(t *testing.T, db Database) {
	s := db.open(t)
	good := audit.New(noon, audit.System, audit.UserChanged)
	for name, spoil := range map[string]func(e *audit.Entry){
		"ActorOfNoKind":  func(e *audit.Entry) { e.Actor = "alice" },
		"NoTime":         func(e *audit.Entry) { e.At = time.Time{} },
		"PhoneAsReason":  func(e *audit.Entry) { e.Details.Reason = "13800000000" },
		"OpenIDAsField":  func(e *audit.Entry) { e.Details.Fields = []string{"nickname", "oABC_1"} },
		"NameAsScope":    func(e *audit.Entry) { e.Details.Scope = "小明" },
		"TextAsKeyScope": func(e *audit.Entry) { e.Details.Scopes = []string{"two words"} },
	} {
		bad := good
		spoil(&bad)
		if err := s.AppendAudit(t.Context(), good, bad); err == nil {
			t.Errorf("%s: was kept", name)
		}
	}
	list, err := s.Audit(t.Context(), audit.Filter{}, "", 9)
	if err != nil || len(list) > 0 {
		t.Errorf("%d entries were kept of steps that failed, %v", len(list), err)
	}
	for _, action := range audit.Actions() {
		e := audit.New(noon, audit.System, action)
		if err := s.AppendAudit(t.Context(), e); (err != nil) != action.IsRead() {
			t.Errorf("%s: %v", action, err)
		}
	}
	if list, err = s.Audit(t.Context(), audit.Filter{}, "", 100); err != nil || len(list) != len(slices.Compact(audit.Actions()))-2 {
		t.Errorf("%d entries, %v", len(list), err)
	}
}
