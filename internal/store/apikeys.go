package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
)

const (
	apiKeyColumns = `k.id, k.name, k.secret_hash, k.scopes, k.appids, k.created_at, k.last_used_at, k.revoked_at, k.expires_at`

	findAPIKey = `SELECT ` + apiKeyColumns + ` FROM api_keys k WHERE k.id = $1`

	listAPIKeys = `SELECT ` + apiKeyColumns + ` FROM api_keys k ORDER BY k.id`

	insertAPIKey = `INSERT INTO api_keys (id, name, secret_hash, scopes, appids, created_at) VALUES ($1, $2, $3, $4, $5, $6)`

	revokeAPIKey = `UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`

	// One that has expired keeps that time.
	expireAPIKey = `UPDATE api_keys SET expires_at = $2 WHERE id = $1 AND (expires_at IS NULL OR expires_at > $2)`

	touchAPIKey = `UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)`
)

func scanAPIKey(row scanner) (app.KeyRecord, error) {
	var r app.KeyRecord
	var scopes, appids string
	err := row.Scan(&r.ID, &r.Name, hash{r.Hash[:]}, &scopes, &appids, stamp{&r.CreatedAt}, stamp{&r.LastUsedAt}, stamp{&r.RevokedAt}, stamp{&r.ExpiresAt})
	if err != nil {
		return app.KeyRecord{}, err
	}
	r.Scopes = strings.Fields(scopes)
	for _, appid := range strings.Fields(appids) {
		r.AppIDs = append(r.AppIDs, id.AppID(appid))
	}
	return r, nil
}

// joinApps writes appids as they are stored, with spaces between them.
func joinApps(appids []id.AppID) string {
	texts := make([]string, len(appids))
	for i, appid := range appids {
		texts[i] = string(appid)
	}
	return strings.Join(texts, " ")
}

// MakeAPIKey implements app.KeyStore.
func (db *DB) MakeAPIKey(ctx context.Context, r app.KeyRecord) error {
	return db.write(ctx, "MakeAPIKey", func(ctx context.Context, tx queryer) error {
		return makeAPIKey(ctx, tx, &r)
	})
}

func makeAPIKey(ctx context.Context, tx queryer, r *app.KeyRecord) error {
	_, err := tx.ExecContext(ctx, insertAPIKey, string(r.ID), r.Name, r.Hash[:],
		strings.Join(r.Scopes, " "), joinApps(r.AppIDs), millis(r.CreatedAt))
	if err != nil {
		return err
	}
	entry := audit.New(r.CreatedAt, audit.CLI, audit.KeyCreated)
	entry.KeyID, entry.Details.Scopes, entry.Details.Apps = r.ID, r.Scopes, r.AppIDs
	return appendAudit(ctx, tx, entry)
}

// ReplaceAPIKey implements app.KeyStore.
func (db *DB) ReplaceAPIKey(ctx context.Context, key id.KeyID, successor app.KeyRecord, expires, at time.Time) error {
	return db.write(ctx, "ReplaceAPIKey", func(ctx context.Context, tx queryer) error {
		old, err := scanAPIKey(tx.QueryRowContext(ctx, findAPIKey, string(key)))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return app.ErrKeyNotFound
		case err != nil:
			return err
		case !old.Good(at):
			return app.ErrKeyGone
		}
		if expires.After(at) {
			_, err = tx.ExecContext(ctx, expireAPIKey, string(key), millis(expires))
		} else {
			err = updateOne(ctx, tx, revokeAPIKey, string(key), millis(at))
		}
		if err != nil {
			return err
		}
		if err := makeAPIKey(ctx, tx, &successor); err != nil {
			return err
		}
		entry := audit.New(at, audit.CLI, audit.KeyRevoked)
		entry.KeyID, entry.Details.Reason = key, "replaced"
		return appendAudit(ctx, tx, entry)
	})
}

// APIKey implements app.KeyStore.
func (db *DB) APIKey(ctx context.Context, key id.KeyID) (app.KeyRecord, error) {
	ctx, r := db.backend.reader(ctx)
	record, err := scanAPIKey(r.QueryRowContext(ctx, findAPIKey, string(key)))
	if errors.Is(err, sql.ErrNoRows) {
		return app.KeyRecord{}, app.ErrKeyNotFound
	}
	if err != nil {
		return app.KeyRecord{}, fmt.Errorf("find API key: %w", err)
	}
	return record, nil
}

// APIKeys implements app.KeyStore.
func (db *DB) APIKeys(ctx context.Context) ([]app.KeyRecord, error) {
	ctx, r := db.backend.reader(ctx)
	rows, err := r.QueryContext(ctx, listAPIKeys)
	if err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	defer rows.Close()
	var list []app.KeyRecord
	for rows.Next() {
		record, err := scanAPIKey(rows)
		if err != nil {
			return nil, fmt.Errorf("list API keys: %w", err)
		}
		list = append(list, record)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list API keys: %w", err)
	}
	return list, nil
}

// RevokeAPIKey implements app.KeyStore.
func (db *DB) RevokeAPIKey(ctx context.Context, key id.KeyID, at time.Time) (revoked bool, err error) {
	err = db.write(ctx, "RevokeAPIKey", func(ctx context.Context, tx queryer) error {
		err := updateOne(ctx, tx, revokeAPIKey, string(key), millis(at))
		if revoked = err == nil; revoked {
			entry := audit.New(at, audit.CLI, audit.KeyRevoked)
			entry.KeyID = key
			return appendAudit(ctx, tx, entry)
		}
		if !errors.Is(err, errRace) {
			return err
		}
		_, err = scanAPIKey(tx.QueryRowContext(ctx, findAPIKey, string(key)))
		if errors.Is(err, sql.ErrNoRows) {
			return app.ErrKeyNotFound
		}
		return err
	})
	return revoked && err == nil, err
}

// TouchAPIKey implements app.KeyStore.
func (db *DB) TouchAPIKey(ctx context.Context, key id.KeyID, at time.Time) error {
	return db.write(ctx, "TouchAPIKey", func(ctx context.Context, tx queryer) error {
		_, err := tx.ExecContext(ctx, touchAPIKey, string(key), millis(at))
		return err
	})
}
