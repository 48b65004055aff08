package store

import (
	"context"
	"fmt"

	"github.com/hufu-id/hufu/internal/token"
)

const (
	signingKeys = `SELECT key_use, seq, created_at, active_from, sealed FROM signing_keys ORDER BY key_use, seq`

	insertSigningKey = `INSERT INTO signing_keys (key_use, seq, created_at, active_from, sealed)
		VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`

	deleteSigningKey = `DELETE FROM signing_keys WHERE key_use = $1 AND seq = $2`
)

// SigningKeys implements token.Store.
func (db *DB) SigningKeys(ctx context.Context) ([]token.StoredKey, error) {
	ctx, r := db.backend.reader(ctx)
	rows, err := r.QueryContext(ctx, signingKeys)
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	defer rows.Close()
	var keys []token.StoredKey
	for rows.Next() {
		var k token.StoredKey
		if err := rows.Scan(&k.Use, &k.Seq, stamp{&k.CreatedAt}, stamp{&k.ActiveFrom}, &k.Sealed); err != nil {
			return nil, fmt.Errorf("read signing keys: %w", err)
		}
		keys = append(keys, k)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	return keys, nil
}

// InsertSigningKey implements token.Store.
func (db *DB) InsertSigningKey(ctx context.Context, k token.StoredKey) error {
	return db.write(ctx, "InsertSigningKey", func(ctx context.Context, tx queryer) error {
		result, err := tx.ExecContext(ctx, insertSigningKey, k.Use, k.Seq, millis(k.CreatedAt), millis(k.ActiveFrom), k.Sealed)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return token.ErrConflict
	})
}

// DeleteSigningKey implements token.Store.
func (db *DB) DeleteSigningKey(ctx context.Context, use token.Use, seq int64) error {
	return db.write(ctx, "DeleteSigningKey", func(ctx context.Context, tx queryer) error {
		_, err := tx.ExecContext(ctx, deleteSigningKey, use, seq)
		return err
	})
}
