package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

// assertedMet: two users met by a unionid that was only asserted of one of them.
// When WeChat tells it of that one too, the setting decides as if it had done so
// before; what somebody has decided meanwhile stays.
func assertedMet(t *testing.T, db Database) {
	s := db.open(t)
	for i, c := range []struct {
		what   string
		met    app.Merge // the setting when they met
		policy app.Merge // and when WeChat told it of both
		decide func(id.MergeID) error
		old    id.UnionID // that WeChat had told of the other before
		want   identity.MergeState
	}{
		{what: "safe", want: identity.MergeMerged},
		{what: "auto", policy: app.MergeAuto, want: identity.MergeMerged},
		{what: "manual", policy: app.MergeManual, want: identity.MergePending},
		{what: "manual before", met: app.MergeManual, want: identity.MergeMerged},
		{what: "rejected", policy: app.MergeAuto, want: identity.MergeRejected, decide: func(pair id.MergeID) error {
			return s.RejectMerge(t.Context(), decision(pair))
		}},
		{what: "changed", policy: app.MergeAuto, old: "before", want: identity.MergePending},
	} {
		n, at := fmt.Sprint(i), noon.Add(time.Duration(i)*time.Hour)
		claimed := asserted(union(login(appB, id.OpenID("b"+n), at), id.UnionID("u"+n)))
		record(t, s, claimed)
		other := login(appA, id.OpenID("a"+n), at.Add(time.Second))
		if c.old != "" {
			other = union(other, c.old)
		}
		record(t, s, other)
		meets := union(login(appA, other.OpenID, at.Add(time.Minute)), claimed.UnionID)
		meets.Merge = c.met
		record(t, s, meets)
		if m, err := s.MergeByID(t.Context(), meets.SessionID.MergeID()); err != nil || m.State != identity.MergePending {
			t.Fatalf("%s: met as %+v, %v", c.what, m, err)
		}
		if c.decide != nil {
			if err := c.decide(meets.SessionID.MergeID()); err != nil {
				t.Fatal(err)
			}
		}
		told := union(login(appB, claimed.OpenID, at.Add(2*time.Minute)), claimed.UnionID)
		told.Merge = c.policy
		r := record(t, s, told)
		if m, err := s.MergeByID(t.Context(), meets.SessionID.MergeID()); err != nil || m.State != c.want {
			t.Errorf("%s: is %+v, %v", c.what, m, err)
		}
		merged := byID(t, s, other.NewUserID).User.ID == claimed.NewUserID
		if r.Person.User.ID != claimed.NewUserID || r.IsNewUser || merged != (c.want == identity.MergeMerged) {
			t.Errorf("%s: recorded %+v, merged %t", c.what, r, merged)
		}
		load(t, s, told.SessionID)
	}
	// Who was told before by another identity is not decided about again.
	owner := union(login(appB, "again", noon), "again")
	record(t, s, owner)
	record(t, s, asserted(union(login(appC, "again", noon), "again")))
	record(t, s, login(appA, "again", noon.Add(time.Second)))
	waits := union(login(appA, "again", noon.Add(time.Minute)), "again")
	waits.Merge = app.MergeManual
	record(t, s, waits)
	record(t, s, union(login(appC, "again", noon.Add(time.Hour)), "again"))
	if m, err := s.MergeByID(t.Context(), waits.SessionID.MergeID()); err != nil || m.State != identity.MergePending {
		t.Errorf("decided again: %+v, %v", m, err)
	}
}
