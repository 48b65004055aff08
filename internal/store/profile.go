package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

const (
	setNickname = `UPDATE users SET nickname = $2 WHERE id = $1 AND merged_into IS NULL`

	setAvatarURL = `UPDATE users SET avatar_url = $2 WHERE id = $1 AND merged_into IS NULL`

	forgetAvatars = `DELETE FROM avatars WHERE user_id = $1`

	insertAvatar = `INSERT INTO avatars (id, user_id, created_at, type, data) VALUES ($1, $2, $3, $4, $5)`

	findAvatar = `SELECT id, user_id, created_at, type, data FROM avatars WHERE id = $1`
)

// SetNickname implements identity.ProfileStore.
func (db *DB) SetNickname(ctx context.Context, user id.UserID, nickname string) error {
	return db.write(ctx, "SetNickname", func(ctx context.Context, tx queryer) error {
		user, err := live(ctx, tx, user)
		if err != nil {
			return err
		}
		return updateOne(ctx, tx, setNickname, user, nickname)
	})
}

// SetAvatarURL implements identity.ProfileStore.
func (db *DB) SetAvatarURL(ctx context.Context, user id.UserID, url string) error {
	return db.write(ctx, "SetAvatarURL", func(ctx context.Context, tx queryer) error {
		_, err := moveAvatar(ctx, tx, user, url)
		return err
	})
}

// PutAvatar implements identity.ProfileStore.
func (db *DB) PutAvatar(ctx context.Context, a identity.Avatar, url string) error {
	return db.write(ctx, "PutAvatar", func(ctx context.Context, tx queryer) error {
		user, err := moveAvatar(ctx, tx, a.UserID, url)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, insertAvatar, a.ID, user, millis(a.CreatedAt), a.Type, a.Data)
		return err
	})
}

// moveAvatar changes where a user's picture is, and tells who the user is by
// now. The row of the user comes first: its lock lets one upload after the other
// forget the picture before it.
func moveAvatar(ctx context.Context, tx queryer, user id.UserID, url string) (id.UserID, error) {
	user, err := live(ctx, tx, user)
	if err != nil {
		return "", err
	}
	if err := updateOne(ctx, tx, setAvatarURL, user, url); err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, forgetAvatars, user)
	return user, err
}

// FindAvatar implements identity.ProfileStore.
func (db *DB) FindAvatar(ctx context.Context, avatar string) (identity.Avatar, error) {
	ctx, r := db.backend.reader(ctx)
	var a identity.Avatar
	err := r.QueryRowContext(ctx, findAvatar, avatar).Scan(&a.ID, &a.UserID, stamp{&a.CreatedAt}, &a.Type, &a.Data)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return identity.Avatar{}, identity.ErrNotFound
	case err != nil:
		return identity.Avatar{}, fmt.Errorf("find avatar: %w", err)
	}
	return a, nil
}
