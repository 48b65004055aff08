package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

// boundedExport: of who has too much, the newest is told, and how much there is.
func boundedExport(t *testing.T, db Database) {
	s := db.open(t)
	var newest []id.SessionID
	var user id.UserID
	for i := range 6 { // in two apps, by turns
		l := union(login(appA, "a1", noon.Add(time.Duration(i)*time.Minute)), "u1")
		if i%2 == 1 {
			l.AppID, l.OpenID = appB, "b1"
		}
		user = record(t, s, l).Person.User.ID
		newest = append([]id.SessionID{l.SessionID}, newest...)
		e := audit.New(l.At, audit.System, audit.PhoneShown)
		e.UserID = user
		if err := s.AppendAudit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	record(t, s, login(appA, "a2", noon))
	for limit, want := range map[int]int{3: 3, 6: 6, 100: 6} {
		held, err := s.HeldOf(t.Context(), user, limit)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "in all", []int{held.SessionsInAll, held.AuditInAll, len(held.Audit), len(held.Identities), len(held.Parts)}, []int{6, 6, want, 2, 2})
		var told []id.SessionID
		for _, each := range held.Sessions {
			told = append(told, each.ID)
		}
		equal(t, "sessions", told, newest[:want])
	}
	if _, err := s.HeldOf(t.Context(), id.NewUserID(noon), 100); !errors.Is(err, identity.ErrNotFound) {
		t.Errorf("of nobody: %v, want not found", err)
	}
}
