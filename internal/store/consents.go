package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/hufu-id/hufu/internal/session"
)

const (
	hasConsent = `SELECT 1 FROM consents WHERE appid = $1 AND openid = $2 AND policy_version = $3`

	// The newest of those that are as many as may be.
	dropNewestConsent = `DELETE FROM consents WHERE appid = $1 AND openid = $2 AND policy_version = (
		SELECT c.policy_version FROM consents c WHERE c.appid = $1 AND c.openid = $2
		ORDER BY c.recorded_at, c.policy_version LIMIT 1 OFFSET $3)`

	insertConsent = `INSERT INTO consents (appid, openid, policy_version, agreed_at, recorded_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`
)

// RecordConsent implements session.ConsentStore. Apps send the same consent with
// each login, so that it looks before it writes.
func (db *DB) RecordConsent(ctx context.Context, r session.ConsentRecord) error {
	key := []any{string(r.AppID), string(r.OpenID), r.PolicyVersion}
	rctx, reader := db.backend.reader(ctx)
	known, err := exists(rctx, reader, hasConsent, key...)
	if err != nil {
		return fmt.Errorf("look for a consent: %w", err)
	}
	if known {
		return nil
	}
	return db.write(ctx, "RecordConsent", func(ctx context.Context, tx queryer) error {
		// Locked, so that who is being erased leaves no consent behind.
		var open int
		err := tx.QueryRowContext(ctx, db.stmts.lockIdentity, key[:2]...).Scan(&open)
		if errors.Is(err, sql.ErrNoRows) {
			return session.ErrNotFound
		}
		if err != nil {
			return err
		}
		if known, err := exists(ctx, tx, hasConsent, key...); err != nil || known {
			return err
		}
		if _, err := tx.ExecContext(ctx, dropNewestConsent, append(key[:2:2], session.MaxConsents-1)...); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, insertConsent, append(key, millis(r.AgreedAt), millis(r.RecordedAt))...)
		return err
	})
}
