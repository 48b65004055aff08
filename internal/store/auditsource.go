package store

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
)

// auditSource is a table with entries of the audit.
type auditSource struct {
	table, columns string
	concerns       string // is said of the user $1
	scan           func(scanner, *audit.Entry) error
	// manyActions says that the table has a column for the action.
	manyActions bool
}

// sourcesOf are the tables with what is asked for.
func sourcesOf(f audit.Filter) []auditSource {
	steps := auditSource{table: "audit", columns: auditColumns, concerns: concernsUser, scan: scanAudit, manyActions: true}
	reads := auditSource{table: "audit_reads", columns: readColumns, concerns: readUser, scan: scanRead}
	listings := auditSource{table: "audit_listings", columns: listingColumns, concerns: listedUser, scan: scanListing}
	switch {
	case f.Action == audit.UserRead:
		return []auditSource{reads}
	case f.Action == audit.UsersListed:
		return []auditSource{listings}
	case f.Action == "" && f.UserID != "":
		return []auditSource{steps, reads, listings}
	}
	return []auditSource{steps}
}

// query asks for the newest entries before one, at most limit.
func (s *auditSource) query(f audit.Filter, before id.AuditID, limit int) (query string, args []any) {
	var conditions []string
	where := func(value, condition string) {
		if value != "" {
			args = append(args, value)
			conditions = append(conditions, condition+strconv.Itoa(len(args)))
		}
	}
	if f.UserID != "" {
		args, conditions = append(args, string(f.UserID)), append(conditions, s.concerns)
	}
	where(string(before), `id < $`)
	where(string(f.Actor), `actor = $`)
	if s.manyActions {
		where(string(f.Action), `action = $`)
	}
	query = `SELECT ` + s.columns + ` FROM ` + s.table
	if len(conditions) > 0 {
		query += ` WHERE ` + strings.Join(conditions, ` AND `)
	}
	args = append(args, limit)
	return query + ` ORDER BY id DESC LIMIT $` + strconv.Itoa(len(args)), args
}

// count asks how many entries concern the user $1.
func (s *auditSource) count() string {
	return `SELECT COUNT(*) FROM ` + s.table + ` WHERE ` + s.concerns
}

// newest puts entries in order, the newest first, each once, at most limit.
func newest(list []audit.Entry, limit int) []audit.Entry {
	slices.SortFunc(list, func(a, b audit.Entry) int { return cmp.Compare(b.ID, a.ID) })
	list = slices.CompactFunc(list, func(a, b audit.Entry) bool { return a.ID == b.ID })
	return list[:min(len(list), limit)]
}
