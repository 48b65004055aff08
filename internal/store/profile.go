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
	setNickname = `UPDATE users SET nickname = $2 WHERE id = $1`

	setAvatarURL = `UPDATE users SET avatar_url = $2 WHERE id = $1`

	forgetAvatars = `DELETE FROM avatars WHERE user_id = $1`

	insertAvatar = `INSERT INTO avatars (id, user_id, created_at, type, data) VALUES ($1, $2, $3, $4, $5)`

	findAvatar = `SELECT id, user_id, created_at, type, data FROM avatars WHERE id = $1`
)

// SetNickname implements identity.ProfileStore.
func (db *DB) SetNickname(ctx context.Context, user id.UserID, nickname string) error {
	return db.write(ctx, "SetNickname", func(ctx context.Context, tx queryer) error {
		return updateUser(ctx, tx, setNickname, user, nickname)
	})
}

// SetAvatarURL implements identity.ProfileStore.
func (db *DB) SetAvatarURL(ctx context.Context, user id.UserID, url string) error {
	return db.write(ctx, "SetAvatarURL", func(ctx context.Context, tx queryer) error {
		return moveAvatar(ctx, tx, user, url)
	})
}

// PutAvatar implements identity.ProfileStore.
func (db *DB) PutAvatar(ctx context.Context, a identity.Avatar, url string) error {
	return db.write(ctx, "PutAvatar", func(ctx context.Context, tx queryer) error {
		if err := moveAvatar(ctx, tx, a.UserID, url); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, insertAvatar, a.ID, a.UserID, millis(a.CreatedAt), a.Type, a.Data)
		return err
	})
}

// moveAvatar changes where a user's picture is. The row of the user comes first:
// its lock lets one upload after the other forget the picture before it.
func moveAvatar(ctx context.Context, tx queryer, user id.UserID, url string) error {
	if err := updateUser(ctx, tx, setAvatarURL, user, url); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, forgetAvatars, user)
	return err
}

// updateUser changes the row of one user, or tells that there is none.
func updateUser(ctx context.Context, tx execer, query string, user id.UserID, value any) error {
	err := updateOne(ctx, tx, query, user, value)
	if errors.Is(err, errRace) {
		err = identity.ErrNotFound
	}
	return err
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
