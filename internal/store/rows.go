package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

// The columns in the order in which they are scanned. The aliases are s for
// sessions, i for identities, u for users.
const (
	sessionColumns = `s.id, s.appid, s.openid, s.created_at, s.last_used_at, s.expires_at, s.ends_at, s.ended_at,
		s.generation, s.salt, s.rotated_at, s.rotation_key, s.device`
	replayColumns = `s.code_hash, s.key_hash, s.body_hash`
	userColumns   = `u.id, u.created_at, u.disabled_at, u.nickname, u.avatar_url, u.phone_masked`
	personColumns = userColumns + `, i.appid, i.openid, i.unionid, i.created_at, i.last_login_at`
)

// millis is a time as it is stored; the zero time is NULL.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// stamp scans a time that may be NULL.
type stamp struct{ to *time.Time }

// Scan implements sql.Scanner.
func (s stamp) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*s.to = time.Time{}
	case int64:
		*s.to = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("a time is stored as %T", src)
	}
	return nil
}

// hash scans bytes of a fixed length; NULL is all zeros.
type hash struct{ to []byte }

// Scan implements sql.Scanner.
func (h hash) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		clear(h.to)
	case []byte:
		if copy(h.to, v) != len(h.to) || len(v) != len(h.to) {
			return fmt.Errorf("%d bytes are stored where %d belong", len(v), len(h.to))
		}
	default:
		return fmt.Errorf("bytes are stored as %T", src)
	}
	return nil
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

func sessionFields(s *session.Session) []any {
	return []any{
		&s.ID, &s.AppID, &s.OpenID, stamp{&s.CreatedAt}, stamp{&s.LastUsedAt}, stamp{&s.ExpiresAt}, stamp{&s.EndsAt},
		stamp{&s.EndedAt}, &s.Generation, hash{s.Salt[:]}, stamp{&s.RotatedAt}, &s.RotationKey, &s.Device,
	}
}

func userFields(u *identity.User) []any {
	return []any{&u.ID, stamp{&u.CreatedAt}, stamp{&u.DisabledAt}, &u.Nickname, &u.AvatarURL, &u.PhoneMasked}
}

func personFields(p *identity.Person) []any {
	i := &p.Identity
	return append(userFields(&p.User), &i.AppID, &i.OpenID, &i.UnionID, stamp{&i.CreatedAt}, stamp{&i.LastLoginAt})
}

// scanFound scans sessionColumns, personColumns and replayColumns.
func scanFound(row scanner) (session.Found, error) {
	var f session.Found
	fields := append(sessionFields(&f.Session), personFields(&f.Person)...)
	fields = append(fields, hash{f.Replay.CodeHash[:]}, &f.Replay.KeyHash, &f.Replay.BodyHash)
	err := row.Scan(fields...)
	f.Person.Identity.UserID = f.Person.User.ID
	if errors.Is(err, sql.ErrNoRows) {
		err = session.ErrNotFound
	}
	return f, err
}

// scanIDs reads and closes rows of one session id each.
func scanIDs(rows *sql.Rows, err error) ([]id.SessionID, error) {
	return scanWords[id.SessionID](rows, err)
}

// scanWords reads and closes rows of one text each.
func scanWords[T ~string](rows *sql.Rows, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		var each T
		if err := rows.Scan(&each); err != nil {
			return nil, err
		}
		list = append(list, each)
	}
	return list, rows.Err()
}
