package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	openDataFailures = `SELECT failures, since FROM open_data_failures WHERE session_id = $1`

	countFailure = `INSERT INTO open_data_failures (session_id, since, failures) VALUES ($1, $2, 1)
		ON CONFLICT (session_id) DO UPDATE SET
			failures = CASE WHEN open_data_failures.since <= $3 THEN 1 ELSE open_data_failures.failures + 1 END,
			since = CASE WHEN open_data_failures.since <= $3 THEN excluded.since ELSE open_data_failures.since END`

	// Sealing anew changes neither fingerprint nor time.
	markKeyStale = `UPDATE identities SET session_key_stale_at = $4
		WHERE appid = $1 AND openid = $2 AND substr(session_keys, 1, 24) = $3`

	keyStale = `SELECT COUNT(*) FROM identities WHERE appid = $1 AND openid = $2 AND session_key_stale_at >= last_login_at`

	findPhoneCode = `SELECT appid, openid FROM phone_codes WHERE code_hash = $1 AND used_at >= $2`

	phoneCodeSeen = `SELECT COUNT(*) FROM phone_codes WHERE code_hash = $1`

	insertPhoneCode = `INSERT INTO phone_codes (code_hash, appid, openid, used_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`

	setPhone = `UPDATE users SET phone_sealed = $3, phone_hash = $4, phone_masked = $5, phone_appid = $6, phone_at = $7
		WHERE id = (SELECT i.user_id FROM identities i WHERE i.appid = $1 AND i.openid = $2) AND merged_into IS NULL`

	identityExists = `SELECT 1 FROM identities WHERE appid = $1 AND openid = $2`

	oldPhoneCodes = `SELECT code_hash FROM phone_codes WHERE used_at < $1 ORDER BY used_at LIMIT $2`

	deletePhoneCode = `DELETE FROM phone_codes WHERE code_hash = $1`

	oldFailures = `SELECT session_id FROM open_data_failures WHERE since < $1 ORDER BY since LIMIT $2`

	deleteFailures = `DELETE FROM open_data_failures WHERE session_id = $1`
)

// keepOpenData is how long what is counted and remembered of open data stays; it
// must not be shorter than the windows of package session.
const keepOpenData = 2 * time.Hour

const _ = uint(keepOpenData - session.PhoneReplayWindow)

// OpenDataFailures implements session.DataStore.
func (db *DB) OpenDataFailures(ctx context.Context, sid id.SessionID) (session.Failures, error) {
	ctx, r := db.backend.reader(ctx)
	var f session.Failures
	err := r.QueryRowContext(ctx, openDataFailures, sid).Scan(&f.Count, stamp{&f.Since})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return session.Failures{}, fmt.Errorf("read failures of open data: %w", err)
	}
	return f, nil
}

// CountOpenDataFailure implements session.DataStore.
func (db *DB) CountOpenDataFailure(ctx context.Context, sid id.SessionID, at, stale time.Time) error {
	return db.write(ctx, "CountOpenDataFailure", func(ctx context.Context, tx queryer) error {
		// The lock tells who is being erased: what is counted after that would stay.
		there, err := exists(ctx, tx, db.stmts.shareIdentityOfSession, string(sid))
		if err == nil && !there {
			return session.ErrNotFound
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, countFailure, sid, millis(at), millis(stale))
		}
		return err
	})
}

// MarkKeyStale implements session.DataStore.
func (db *DB) MarkKeyStale(ctx context.Context, app id.AppID, openid id.OpenID, newest []byte, asked time.Time) error {
	return db.write(ctx, "MarkKeyStale", func(ctx context.Context, tx queryer) error {
		_, err := tx.ExecContext(ctx, markKeyStale, string(app), string(openid), session.KeyName(newest), millis(asked))
		return err
	})
}

// KeyStale implements session.DataStore.
func (db *DB) KeyStale(ctx context.Context, app id.AppID, openid id.OpenID) (bool, error) {
	ctx, r := db.backend.reader(ctx)
	var n int
	if err := r.QueryRowContext(ctx, keyStale, string(app), string(openid)).Scan(&n); err != nil {
		return false, fmt.Errorf("look for a stale session key: %w", err)
	}
	return n > 0, nil
}

// FindPhoneCode implements session.DataStore.
func (db *DB) FindPhoneCode(ctx context.Context, codeHash []byte, since time.Time) (session.PhoneCode, error) {
	ctx, r := db.backend.reader(ctx)
	var c session.PhoneCode
	err := r.QueryRowContext(ctx, findPhoneCode, codeHash, millis(since)).Scan(&c.AppID, &c.OpenID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return session.PhoneCode{}, session.ErrNotFound
	case err != nil:
		return session.PhoneCode{}, fmt.Errorf("find phone code: %w", err)
	}
	return c, nil
}

// RecordPhone implements session.DataStore.
func (db *DB) RecordPhone(ctx context.Context, p session.PhoneRecord) error {
	return db.write(ctx, "RecordPhone", func(ctx context.Context, tx queryer) error {
		// What refuses comes before what writes.
		var seen int
		err := tx.QueryRowContext(ctx, phoneCodeSeen, p.CodeHash).Scan(&seen)
		if err != nil || seen > 0 {
			return cmp.Or(err, session.ErrCodeSeen)
		}
		// The lock tells who is being erased in this app: the user may stay, and
		// must not keep a number that came by it.
		var open int
		err = tx.QueryRowContext(ctx, db.stmts.lockIdentity, string(p.AppID), string(p.OpenID)).Scan(&open)
		if errors.Is(err, sql.ErrNoRows) {
			return session.ErrNotFound
		}
		if err != nil {
			return err
		}
		err = updateOne(ctx, tx, setPhone, p.AppID, p.OpenID, p.Phone.Sealed, p.Phone.Hash, p.Phone.Masked, p.AppID, millis(p.At))
		if errors.Is(err, errRace) {
			// Nobody, or one who was merged while this waited for the row.
			there, err := exists(ctx, tx, identityExists, p.AppID, p.OpenID)
			if err == nil && !there {
				err = session.ErrNotFound
			}
			return cmp.Or(err, errRace)
		}
		if err != nil || p.CodeHash == nil {
			return err
		}
		return updateOne(ctx, tx, insertPhoneCode, p.CodeHash, p.AppID, p.OpenID, millis(p.At))
	})
}

// pastOpenData looks for what open data has left and nobody needs any more.
func pastOpenData(ctx context.Context, r queryer, now time.Time, limit int) ([]pruned, error) {
	var list []pruned
	for _, each := range []struct{ look, drop string }{{oldPhoneCodes, deletePhoneCode}, {oldFailures, deleteFailures}} {
		found, err := scanPruned(ctx, r, each.look, each.drop, millis(now.Add(-keepOpenData)), limit)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// scanPruned makes of each key that look finds a row to drop.
func scanPruned(ctx context.Context, r queryer, look, drop string, args ...any) (list []pruned, err error) {
	rows, err := r.QueryContext(ctx, look, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var key any
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		list = append(list, pruned{drop, []any{key}})
	}
	return list, rows.Err()
}
