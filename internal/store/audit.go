package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
)

const (
	auditColumns = `id, at, actor, action, appid, user_id, other_user_id, session_id, merge_id, key_id, details`

	// The id bounds the looks: there is no index by time, since ids begin with it.
	oldAudit = `SELECT id FROM audit WHERE id < $1 AND at < $2 ORDER BY id LIMIT $3`

	deleteAudit = `DELETE FROM audit WHERE id = $1`

	// A pair that was rejected stays as long as its users, or they would be
	// proposed again.
	oldMerges = `SELECT id FROM merges WHERE state = 'merged' AND id < $1 AND decided_at < $2 ORDER BY id LIMIT $3`

	deleteMerge = `DELETE FROM merges WHERE id = $1`

	// concernsUser is said of the user $1. Entries about many users at once, or
	// about none, lie side by side in the index by user.
	concernsUser = `(user_id = $1 OR other_user_id = $1 OR (user_id IS NULL AND details LIKE '%' || $1 || '%'))`

	insertAudit = `INSERT INTO audit (` + auditColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
)

// appendAudit appends entries in a transaction: an entry is written with its
// cause, or not at all.
func appendAudit(ctx context.Context, tx execer, entries ...audit.Entry) error {
	for i := range entries {
		e := &entries[i]
		if err := e.Check(); err != nil {
			return err
		}
		details, err := json.Marshal(e.Details)
		if err != nil {
			return fmt.Errorf("audit %s: %w", e.Action, err)
		}
		_, err = tx.ExecContext(ctx, insertAudit, string(e.ID), millis(e.At), string(e.Actor), string(e.Action),
			orNull(e.AppID), orNull(e.UserID), orNull(e.OtherUserID), orNull(e.SessionID), orNull(e.MergeID), orNull(e.KeyID), string(details))
		if err != nil {
			return fmt.Errorf("audit %s: %w", e.Action, err)
		}
	}
	return nil
}

// appendIfTold appends an entry if it has an actor: what nobody did for somebody
// else is not told.
func appendIfTold(ctx context.Context, tx execer, e audit.Entry) error {
	if e.Actor == "" {
		return nil
	}
	return appendAudit(ctx, tx, e)
}

// orNull is a text as it is stored where none is NULL.
func orNull[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// word scans a text that may be NULL.
type word[T ~string] struct{ to *T }

// Scan implements sql.Scanner.
func (w word[T]) Scan(src any) error {
	var s sql.NullString
	err := s.Scan(src)
	*w.to = T(s.String)
	return err
}

// AppendAudit implements audit.Store.
func (db *DB) AppendAudit(ctx context.Context, entries ...audit.Entry) error {
	return db.write(ctx, "AppendAudit", func(ctx context.Context, tx queryer) error {
		return appendAudit(ctx, tx, entries...)
	})
}

// PruneAudit implements audit.Store.
func (db *DB) PruneAudit(ctx context.Context, before time.Time, limit int) (int, error) {
	rctx, r := db.backend.reader(ctx)
	rows, err := scanPruned(rctx, r, oldAudit, deleteAudit, string(id.EarliestAuditID(before)), millis(before), limit)
	if err != nil {
		return 0, fmt.Errorf("look for old entries of the audit: %w", err)
	}
	merges, err := scanPruned(rctx, r, oldMerges, deleteMerge, string(id.EarliestMergeID(before)), millis(before), limit)
	if err != nil {
		return 0, fmt.Errorf("look for old merges: %w", err)
	}
	return db.deleteInBatches(ctx, append(rows, merges...))
}

// Audit implements audit.Store.
func (db *DB) Audit(ctx context.Context, f audit.Filter, before id.AuditID, limit int) ([]audit.Entry, error) {
	ctx, r := db.backend.reader(ctx)
	var list []audit.Entry
	for _, from := range sourcesOf(f) {
		query, args := from.query(f, before, limit)
		entries, err := readAll(ctx, r, from.scan, query, args...)
		if err != nil {
			return nil, fmt.Errorf("read audit: %w", err)
		}
		list = append(list, entries...)
	}
	return newest(list, limit), nil
}

// scanAudit scans auditColumns.
func scanAudit(row scanner, e *audit.Entry) error {
	var details string
	err := row.Scan(&e.ID, stamp{&e.At}, &e.Actor, &e.Action, word[id.AppID]{&e.AppID}, word[id.UserID]{&e.UserID},
		word[id.UserID]{&e.OtherUserID}, word[id.SessionID]{&e.SessionID}, word[id.MergeID]{&e.MergeID}, word[id.KeyID]{&e.KeyID}, &details)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(details), &e.Details)
}
