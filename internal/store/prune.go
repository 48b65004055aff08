package store

import (
	"context"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/id"
)

const (
	// The id bounds the look: there is no index by time, since ids begin with
	// it.
	oldSessions = `SELECT id FROM sessions WHERE id < $1 AND created_at < $2 ORDER BY id LIMIT $3`

	deleteSession = `DELETE FROM sessions WHERE id = $1`

	// A revocation is never over before it began.
	oldRevocations = `SELECT revoked_at, session_id FROM revocations
		WHERE revoked_at < $1 AND revoked_until < $1 ORDER BY revoked_at LIMIT $2`

	deleteRevocation = `DELETE FROM revocations WHERE revoked_at = $1 AND session_id = $2`
)

// pruneBatch is how many rows go in one transaction, so that logins wait little.
const pruneBatch = 100

// Prune implements session.Store. It looks by a reader, so that nobody waits
// while it does, and deletes in small steps.
func (db *DB) Prune(ctx context.Context, sessionsBefore, now time.Time, limit int) (int, error) {
	rctx, r := db.backend.reader(ctx)
	sessions, err := scanIDs(r.QueryContext(rctx, oldSessions, id.EarliestSessionID(sessionsBefore), millis(sessionsBefore), limit))
	if err != nil {
		return 0, fmt.Errorf("look for old sessions: %w", err)
	}
	revocations, err := pastRevocations(rctx, r, now, limit)
	if err != nil {
		return 0, fmt.Errorf("look for past revocations: %w", err)
	}
	rest, err := pastOpenData(rctx, r, now, limit)
	if err != nil {
		return 0, fmt.Errorf("look for past open data: %w", err)
	}
	rows := make([]pruned, 0, len(sessions)+len(revocations)+len(rest))
	for _, each := range sessions {
		rows = append(rows, pruned{deleteSession, []any{each}})
	}
	rows = append(append(rows, revocations...), rest...)
	return db.deleteInBatches(ctx, rows)
}

// deleteInBatches deletes rows in small steps; it returns how many went.
func (db *DB) deleteInBatches(ctx context.Context, rows []pruned) (total int, _ error) {
	for len(rows) > 0 && ctx.Err() == nil {
		batch := rows[:min(len(rows), pruneBatch)]
		rows = rows[len(batch):]
		n, err := db.deleteAll(ctx, batch)
		if err != nil {
			return total, err
		}
		total += n
	}
	return total, ctx.Err()
}

// pruned is a row to be deleted.
type pruned struct {
	query string
	args  []any
}

func (db *DB) deleteAll(ctx context.Context, batch []pruned) (int, error) {
	var n int
	err := db.write(ctx, "Prune", func(ctx context.Context, tx queryer) error {
		n = 0
		for _, row := range batch {
			result, err := tx.ExecContext(ctx, row.query, row.args...)
			if err != nil {
				return err
			}
			affected, err := result.RowsAffected()
			if err != nil {
				return err
			}
			n += int(affected)
		}
		return nil
	})
	return n, err
}

func pastRevocations(ctx context.Context, r queryer, now time.Time, limit int) ([]pruned, error) {
	rows, err := r.QueryContext(ctx, oldRevocations, millis(now), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []pruned
	for rows.Next() {
		var at int64
		var sid id.SessionID
		if err := rows.Scan(&at, &sid); err != nil {
			return nil, err
		}
		list = append(list, pruned{deleteRevocation, []any{at, sid}})
	}
	return list, rows.Err()
}
