package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity/importing"
)

const (
	importColumns = `id, appid, file_size, file_offset, file_line, file_hash, rejects_size, made, linked, filled, unchanged, rejected,
		started_at, updated_at`

	// A pipe can't be read again.
	unfinishedImport = `SELECT ` + importColumns + ` FROM imports
		WHERE appid = $1 AND finished_at IS NULL AND file_size >= 0 ORDER BY id DESC LIMIT 1`

	forgetImports = `DELETE FROM imports WHERE appid = $1 AND finished_at IS NULL`

	insertImport = `INSERT INTO imports (` + importColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

	whereImport = `SELECT m.file_offset FROM imports m WHERE m.id = $1 AND m.finished_at IS NULL`

	moveImport = `UPDATE imports SET file_offset = $2, file_line = $3, file_hash = $4, rejects_size = $5, made = $6, linked = $7,
			filled = $8, unchanged = $9, rejected = $10, updated_at = $11
		WHERE id = $1`

	finishImport = `UPDATE imports SET finished_at = $2, updated_at = $2 WHERE id = $1 AND file_offset = $3 AND finished_at IS NULL`
)

// UnfinishedImport implements importing.Store.
func (db *DB) UnfinishedImport(ctx context.Context, appid id.AppID) (importing.RunState, error) {
	ctx, r := db.backend.reader(ctx)
	var s importing.RunState
	c := &s.Counts
	err := r.QueryRowContext(ctx, unfinishedImport, string(appid)).Scan(&s.ID, &s.AppID, &s.FileSize, &s.At.Offset, &s.At.Line,
		hash{s.At.Hash[:]}, &s.RejectsSize, &c.Made, &c.Linked, &c.Filled, &c.Unchanged, &c.Rejected, stamp{&s.StartedAt}, stamp{&s.UpdatedAt})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return importing.RunState{}, importing.ErrNoRun
	case err != nil:
		return importing.RunState{}, fmt.Errorf("find import: %w", err)
	}
	return s, nil
}

// BeginImport implements importing.Store.
func (db *DB) BeginImport(ctx context.Context, s importing.RunState) error {
	return db.write(ctx, "BeginImport", func(ctx context.Context, tx queryer) error {
		if _, err := tx.ExecContext(ctx, forgetImports, string(s.AppID)); err != nil {
			return err
		}
		c := s.Counts
		_, err := tx.ExecContext(ctx, insertImport, string(s.ID), string(s.AppID), s.FileSize, s.At.Offset, s.At.Line, s.At.Hash[:],
			s.RejectsSize, c.Made, c.Linked, c.Filled, c.Unchanged, c.Rejected, millis(s.StartedAt), millis(s.UpdatedAt))
		return err
	})
}

// FinishImport implements importing.Store.
func (db *DB) FinishImport(ctx context.Context, s importing.RunState, entry audit.Entry) error {
	return db.write(ctx, "FinishImport", func(ctx context.Context, tx queryer) error {
		err := updateOne(ctx, tx, finishImport, string(s.ID), millis(s.UpdatedAt), s.At.Offset)
		if errors.Is(err, errRace) {
			return importing.ErrOvertaken
		}
		if err != nil {
			return err
		}
		return appendAudit(ctx, tx, entry)
	})
}

// holdRun makes sure that a run is where it was, and holds it there: of two
// processes that go on with it, one must not touch anything, its rejects included.
func (db *DB) holdRun(ctx context.Context, tx queryer, was importing.RunState) error {
	var offset int64
	err := tx.QueryRowContext(ctx, whereImport+db.d.forUpdate("m"), string(was.ID)).Scan(&offset)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && offset != was.At.Offset) {
		return importing.ErrOvertaken
	}
	return err
}

// moveRun keeps how far a run is that is held.
func moveRun(ctx context.Context, tx execer, s *importing.RunState) error {
	c := s.Counts
	return updateOne(ctx, tx, moveImport, string(s.ID), s.At.Offset, s.At.Line, s.At.Hash[:], s.RejectsSize,
		c.Made, c.Linked, c.Filled, c.Unchanged, c.Rejected, millis(s.UpdatedAt))
}
