package store

import (
	"context"
	"errors"
	"strings"
	"time"
)

// PlansOfLogins returns how PostgreSQL records groups of logins, by statement,
// a line each. db is on PostgreSQL.
func (db *DB) PlansOfLogins(ctx context.Context) (_ map[string][]string, err error) {
	conn, err := db.backend.(*postgresDB).logins.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	plans := map[string][]string{}
	for name, query := range map[string]string{"login_returning": recordReturning, "login_first": recordFirst, "login_full": recordFull} {
		if _, err := conn.ExecContext(ctx, `PREPARE `+name+` AS `+query); err != nil {
			return nil, err
		}
		nulls := strings.TrimSuffix(strings.Repeat("NULL, ", 19), ", ")
		lines, err := scanIDs(conn.QueryContext(ctx, `EXPLAIN EXECUTE `+name+` (`+nulls+`)`))
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			plans[name] = append(plans[name], string(line))
		}
	}
	return plans, nil
}

// RestartVacuumer does what a start does, with another pause before a pass.
func (db *DB) RestartVacuumer(pause time.Duration) {
	p := db.backend.(*postgresDB)
	p.vacuum.close()
	p.vacuum = startVacuumer(p.vacuum.config, p.pool, pause, p.vacuum.logger)
}

// VacuumDue reports whether a start would ask for a pass.
func (db *DB) VacuumDue(ctx context.Context) (bool, error) {
	return db.backend.(*postgresDB).vacuum.due(ctx)
}

// VacuumLock is what a pass of the vacuumer locks.
const VacuumLock = vacuumLock
