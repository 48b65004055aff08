package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/masterkey"
)

var _ masterkey.Store = (*DB)(nil)

const (
	sweepColumns = `m.sweep_from, m.sweep_after, m.sweep_seen, m.sweep_total, m.sweep_found, m.sweep_failed, m.sweep_done_at`

	masterKeys = `SELECT m.key_id, m.canary, m.primary_at, m.sealing_at, m.retired_at, ` + sweepColumns + `
		FROM master_keys m ORDER BY m.primary_at, m.key_id`

	masterKeyRetired = `SELECT m.retired_at FROM master_keys m WHERE m.key_id = $1`

	newestMasterKey = `SELECT COALESCE(MAX(m.primary_at), 0) FROM master_keys m`

	insertMasterKey = `INSERT INTO master_keys (key_id, canary, primary_at, sealing_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`

	touchMasterKey = `UPDATE master_keys SET sealing_at = $2 WHERE key_id = $1 AND sealing_at < $2`

	retireMasterKey = `UPDATE master_keys SET retired_at = $2 WHERE key_id = $1 AND retired_at IS NULL`

	claimSweep = `UPDATE master_keys SET worker = $2, worker_until = $4
		WHERE key_id = $1 AND (worker = $2 OR worker_until <= $3)`

	readSweep = `SELECT ` + sweepColumns + ` FROM master_keys m WHERE m.key_id = $1`

	saveSweep = `UPDATE master_keys SET worker_until = $3, sweep_from = $4, sweep_after = $5, sweep_seen = $6, sweep_total = $7,
			sweep_found = $8, sweep_failed = $9, sweep_done_at = $10
		WHERE key_id = $1 AND worker = $2`

	// The worker is told off too, who would save where it is.
	restartSweep = `UPDATE master_keys SET sweep_from = NULL, sweep_after = '', sweep_seen = 0, sweep_done_at = NULL, worker = ''
		WHERE key_id = $1`
)

func sweepFields(s *masterkey.Sweep) []any {
	return []any{stamp{&s.From}, &s.After, &s.Seen, &s.Total, &s.Found, &s.Failed, stamp{&s.DoneAt}}
}

// MasterKeys implements masterkey.Store.
func (db *DB) MasterKeys(ctx context.Context) ([]masterkey.Record, error) {
	ctx, r := db.backend.reader(ctx)
	rows, err := r.QueryContext(ctx, masterKeys)
	if err != nil {
		return nil, fmt.Errorf("read master keys: %w", err)
	}
	defer rows.Close()
	var list []masterkey.Record
	for rows.Next() {
		var m masterkey.Record
		fields := append([]any{&m.ID, &m.Canary, stamp{&m.PrimaryAt}, stamp{&m.SealingAt}, stamp{&m.RetiredAt}}, sweepFields(&m.Sweep)...)
		if err := rows.Scan(fields...); err != nil {
			return nil, fmt.Errorf("read master keys: %w", err)
		}
		list = append(list, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read master keys: %w", err)
	}
	return list, nil
}

// NoteMasterKey implements masterkey.Store.
func (db *DB) NoteMasterKey(ctx context.Context, m masterkey.Record) error {
	return db.write(ctx, "NoteMasterKey", func(ctx context.Context, tx queryer) error {
		var retired time.Time
		err := tx.QueryRowContext(ctx, masterKeyRetired, int64(m.ID)).Scan(stamp{&retired})
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return db.addMasterKey(ctx, tx, m)
		case err != nil:
			return err
		case !retired.IsZero():
			return masterkey.ErrRetired
		}
		_, err = tx.ExecContext(ctx, touchMasterKey, int64(m.ID), millis(m.SealingAt))
		return err
	})
}

// addMasterKey adds a key, after all others whatever the clocks say; one that
// follows another is a rotation.
func (db *DB) addMasterKey(ctx context.Context, tx queryer, m masterkey.Record) error {
	var newest int64
	if err := tx.QueryRowContext(ctx, newestMasterKey).Scan(&newest); err != nil {
		return err
	}
	at := max(m.PrimaryAt.UnixMilli(), newest+1)
	// The next look finds one that another server has added.
	if err := updateOne(ctx, tx, insertMasterKey, int64(m.ID), m.Canary, at, millis(m.SealingAt)); err != nil || newest == 0 {
		return err
	}
	entry := audit.New(m.PrimaryAt, audit.System, audit.MasterKeyRotated)
	entry.Details.Reason = "activated"
	return appendAudit(ctx, tx, entry)
}

// RetireMasterKeys implements masterkey.Store.
func (db *DB) RetireMasterKeys(ctx context.Context, keys []masterkey.KeyID, at time.Time) error {
	return db.write(ctx, "RetireMasterKeys", func(ctx context.Context, tx queryer) error {
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, retireMasterKey, int64(key), millis(at)); err != nil {
				return err
			}
		}
		entry := audit.New(at, audit.CLI, audit.MasterKeyRotated)
		entry.Details.Reason = "retired"
		return appendAudit(ctx, tx, entry)
	})
}

// ClaimSweep implements masterkey.Store.
func (db *DB) ClaimSweep(ctx context.Context, key masterkey.KeyID, worker string, now, until time.Time) (s masterkey.Sweep, ok bool, err error) {
	err = db.write(ctx, "ClaimSweep", func(ctx context.Context, tx queryer) error {
		err := updateOne(ctx, tx, claimSweep, int64(key), worker, millis(now), millis(until))
		if ok = err == nil; errors.Is(err, errRace) {
			return nil // somebody else's
		}
		if err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, readSweep, int64(key)).Scan(sweepFields(&s)...)
	})
	return s, ok && err == nil, err
}

// SaveSweep implements masterkey.Store.
func (db *DB) SaveSweep(ctx context.Context, key masterkey.KeyID, worker string, until time.Time, s masterkey.Sweep) (ok bool, err error) {
	err = db.write(ctx, "SaveSweep", func(ctx context.Context, tx queryer) error {
		err := updateOne(ctx, tx, saveSweep, int64(key), worker, millis(until), millis(s.From), string(s.After), s.Seen, s.Total,
			s.Found, s.Failed, millis(s.DoneAt))
		if ok = err == nil; errors.Is(err, errRace) {
			return nil
		}
		return err
	})
	return ok && err == nil, err
}

// RestartSweep implements masterkey.Store.
func (db *DB) RestartSweep(ctx context.Context, key masterkey.KeyID) error {
	return db.write(ctx, "RestartSweep", func(ctx context.Context, tx queryer) error {
		_, err := tx.ExecContext(ctx, restartSweep, int64(key))
		return err
	})
}
