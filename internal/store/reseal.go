package store

import (
	"context"
	"fmt"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/masterkey"
)

// What is sealed, by who it belongs to: the place in it is the id of a user, which
// may stay when the user is erased; an openid may not.
const (
	sealedUsers = `SELECT u.id, u.phone_sealed, COALESCE(i.appid, ''), COALESCE(i.openid, ''), i.session_keys
		FROM (SELECT id, phone_sealed FROM users WHERE id > $1 ORDER BY id LIMIT $2) u
		LEFT JOIN identities i ON i.user_id = u.id`

	countUsers = `SELECT COUNT(*) FROM users`

	resealSigningKey = `UPDATE signing_keys SET sealed = $4 WHERE key_use = $1 AND seq = $2 AND sealed = $3`

	resealPhone = `UPDATE users SET phone_sealed = $3 WHERE id = $1 AND phone_sealed = $2`

	resealSessionKeys = `UPDATE identities SET session_keys = $4 WHERE appid = $1 AND openid = $2 AND session_keys = $3`
)

// SealedKeys implements masterkey.Store.
func (db *DB) SealedKeys(ctx context.Context) ([]masterkey.Sealed, error) {
	keys, err := db.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]masterkey.Sealed, len(keys))
	for i, k := range keys {
		list[i] = masterkey.Sealed{Kind: masterkey.SigningKey, Use: k.Use, Seq: k.Seq, Data: k.Sealed}
	}
	return list, nil
}

// SealedUsers implements masterkey.Store.
func (db *DB) SealedUsers(ctx context.Context, after id.UserID, limit int) (masterkey.Page, error) {
	ctx, r := db.backend.reader(ctx)
	rows, err := r.QueryContext(ctx, sealedUsers, string(after), limit)
	if err != nil {
		return masterkey.Page{}, fmt.Errorf("read what is sealed: %w", err)
	}
	defer rows.Close()
	var page masterkey.Page
	seen := map[id.UserID]bool{}
	for rows.Next() {
		var user id.UserID
		var phone, keys []byte
		one := masterkey.Sealed{Kind: masterkey.SessionKeys}
		if err := rows.Scan(&user, &phone, &one.AppID, &one.OpenID, &keys); err != nil {
			return masterkey.Page{}, fmt.Errorf("read what is sealed: %w", err)
		}
		if !seen[user] && phone != nil {
			page.Sealed = append(page.Sealed, masterkey.Sealed{Kind: masterkey.Phone, UserID: user, Data: phone})
		}
		seen[user], page.Last = true, max(page.Last, user)
		if one.UserID, one.Data = user, keys; len(keys) > 0 {
			page.Sealed = append(page.Sealed, one)
		}
	}
	page.Users = len(seen)
	if err := rows.Err(); err != nil {
		return masterkey.Page{}, fmt.Errorf("read what is sealed: %w", err)
	}
	return page, nil
}

// CountUsers implements masterkey.Store.
func (db *DB) CountUsers(ctx context.Context) (n int, err error) {
	ctx, r := db.backend.reader(ctx)
	if err := r.QueryRowContext(ctx, countUsers).Scan(&n); err != nil {
		return 0, fmt.Errorf("count users: %w", err)
	}
	return n, nil
}

// Reseal implements masterkey.Store. Where writers wait for each other's rows, it
// holds one at a time, so that it can be in nobody's way in another order.
func (db *DB) Reseal(ctx context.Context, changes []masterkey.Change) error {
	return db.do("Reseal", func() error {
		if !db.d.locksRows {
			return db.backend.write(ctx, func(ctx context.Context, tx queryer) error {
				for i := range changes {
					query, args := resealing(&changes[i])
					if _, err := tx.ExecContext(ctx, query, args...); err != nil {
						return err
					}
				}
				return nil
			})
		}
		for i := range changes {
			query, args := resealing(&changes[i])
			if _, err := db.backend.update(ctx, query, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// resealing is the statement that takes a change, unless the value has changed.
func resealing(c *masterkey.Change) (query string, args []any) {
	switch c.Kind {
	case masterkey.SigningKey:
		return resealSigningKey, []any{string(c.Use), c.Seq, c.Data, c.Fresh}
	case masterkey.Phone:
		return resealPhone, []any{string(c.UserID), c.Data, c.Fresh}
	default:
		return resealSessionKeys, []any{string(c.AppID), string(c.OpenID), c.Data, c.Fresh}
	}
}
