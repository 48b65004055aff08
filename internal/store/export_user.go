package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	heldUsers = `SELECT ` + userColumns + `, COALESCE(u.external_id, ''), u.phone_sealed, COALESCE(u.phone_appid, ''), u.phone_at, u.merged_at
		FROM users u WHERE u.id = $1 OR u.merged_into = $1 ORDER BY u.merged_into IS NOT NULL, u.id`

	heldIdentities = `SELECT appid, openid, unionid, user_id, created_at, last_login_at FROM identities WHERE user_id = $1 ORDER BY appid, openid`

	heldMerges = `SELECT id, state, reason, open_account, first_user, second_user, COALESCE(survivor, ''), created_at, decided_at, COALESCE(decided_by, '')
		FROM merges WHERE first_user = $1 OR second_user = $1`

	heldPart = `SELECT open_account, session_keys, session_key_stale_at FROM identities WHERE appid = $1 AND openid = $2`

	heldConsents = `SELECT policy_version, agreed_at, recorded_at FROM consents WHERE appid = $1 AND openid = $2 ORDER BY recorded_at, policy_version`

	heldUnions = `SELECT open_account, unionid FROM unions WHERE user_id = $1 ORDER BY open_account, unionid`

	countHeldSessions = `SELECT COUNT(*) FROM sessions WHERE openid = $1 AND appid = $2`

	// A session is revoked in the moment in which it ends.
	heldSessions = `SELECT s.id, s.appid, s.openid, s.created_at, s.last_used_at, s.rotated_at, s.expires_at, s.ends_at, s.ended_at,
			COALESCE(s.end_reason, ''), s.generation, s.device, r.revoked_until, COALESCE(f.failures, 0), f.since
		FROM sessions s
		LEFT JOIN revocations r ON r.revoked_at = s.ended_at AND r.session_id = s.id
		LEFT JOIN open_data_failures f ON f.session_id = s.id
		WHERE s.openid = $1 AND s.appid = $2 ORDER BY s.id DESC LIMIT $3`

	heldPhoneCodes = `SELECT appid, openid, used_at FROM phone_codes WHERE appid = $1 AND openid = $2 ORDER BY used_at`

	heldAvatars = `SELECT id, user_id, created_at, type, data FROM avatars WHERE user_id = $1 ORDER BY created_at, id`
)

// HeldOf implements identity.ExportStore.
func (db *DB) HeldOf(ctx context.Context, user id.UserID, limit int) (held identity.Held, err error) {
	ctx, tx, err := db.backend.snapshot(ctx)
	if err == nil {
		defer func() { _ = tx.Rollback() }() // it wrote nothing
		held, err = heldOf(ctx, tx, user, limit)
	}
	if err != nil && !errors.Is(err, identity.ErrNotFound) {
		err = fmt.Errorf("export user: %w", err)
	}
	return held, err
}

func heldOf(ctx context.Context, tx queryer, user id.UserID, limit int) (h identity.Held, err error) {
	if user, err = live(ctx, tx, user); err != nil {
		return h, err
	}
	h.Users, err = readAll(ctx, tx, scanHeldUser, heldUsers, string(user))
	if err != nil {
		return h, err
	}
	h.Identities, err = readAll(ctx, tx, func(row scanner, i *identity.Identity) error {
		return row.Scan(&i.AppID, &i.OpenID, &i.UnionID, &i.UserID, stamp{&i.CreatedAt}, stamp{&i.LastLoginAt})
	}, heldIdentities, string(user))
	if err != nil {
		return h, err
	}
	for _, i := range h.Identities {
		if err := holdPart(ctx, tx, &h, i, limit); err != nil {
			return h, err
		}
	}
	h.Unions, err = readAll(ctx, tx, func(row scanner, u *identity.HeldUnion) error {
		return row.Scan(&u.OpenAccount, &u.UnionID)
	}, heldUnions, string(user))
	if err != nil {
		return h, err
	}
	for _, each := range h.Users {
		if err := holdUser(ctx, tx, &h, each.User.ID, limit); err != nil {
			return h, err
		}
	}
	inOrder(&h, limit)
	return h, nil
}

func scanHeldUser(row scanner, u *identity.HeldUser) error {
	return row.Scan(append(userFields(&u.User), &u.ExternalID, &u.PhoneSealed, &u.PhoneAppID, stamp{&u.PhoneAt}, stamp{&u.MergedAt})...)
}

// holdPart adds what is held of a person for one app.
func holdPart(ctx context.Context, tx queryer, h *identity.Held, i identity.Identity, limit int) error {
	var part identity.HeldPart
	var keys []byte
	who := []any{string(i.AppID), string(i.OpenID)}
	err := tx.QueryRowContext(ctx, heldPart, who...).Scan(&part.OpenAccount, &keys, stamp{&part.KeyStaleAt})
	if err != nil {
		return err
	}
	part.KeysReceived = session.KeysReceived(keys)
	part.Consents, err = readAll(ctx, tx, func(row scanner, c *identity.HeldConsent) error {
		return row.Scan(&c.PolicyVersion, stamp{&c.AgreedAt}, stamp{&c.RecordedAt})
	}, heldConsents, who...)
	if err != nil {
		return err
	}
	h.Parts = append(h.Parts, part)

	codes, err := readAll(ctx, tx, func(row scanner, c *identity.HeldPhoneCode) error {
		return row.Scan(&c.AppID, &c.OpenID, stamp{&c.UsedAt})
	}, heldPhoneCodes, who...)
	if err != nil {
		return err
	}
	h.PhoneCodes = append(h.PhoneCodes, codes...)

	who = []any{string(i.OpenID), string(i.AppID)}
	var inAll int
	if err := tx.QueryRowContext(ctx, countHeldSessions, who...).Scan(&inAll); err != nil {
		return err
	}
	h.SessionsInAll += inAll
	sessions, err := readAll(ctx, tx, scanHeldSession, heldSessions, append(who, limit)...)
	h.Sessions = append(h.Sessions, sessions...)
	return err
}

func scanHeldSession(row scanner, s *identity.HeldSession) error {
	return row.Scan(&s.ID, &s.AppID, &s.OpenID, stamp{&s.CreatedAt}, stamp{&s.LastUsedAt}, stamp{&s.RotatedAt}, stamp{&s.ExpiresAt},
		stamp{&s.EndsAt}, stamp{&s.EndedAt}, &s.EndReason, &s.Generation, &s.Device, stamp{&s.RevokedUntil}, &s.Failures, stamp{&s.FailuresSince})
}

// holdUser adds what is held under one of the ids of a person.
func holdUser(ctx context.Context, tx queryer, h *identity.Held, user id.UserID, limit int) error {
	avatars, err := readAll(ctx, tx, func(row scanner, a *identity.Avatar) error {
		return row.Scan(&a.ID, &a.UserID, stamp{&a.CreatedAt}, &a.Type, &a.Data)
	}, heldAvatars, string(user))
	if err != nil {
		return err
	}
	h.Avatars = append(h.Avatars, avatars...)
	merges, err := readAll(ctx, tx, func(row scanner, m *identity.HeldMerge) error {
		return row.Scan(&m.ID, &m.State, &m.Reason, &m.OpenAccount, &m.First, &m.Second, &m.Survivor, stamp{&m.CreatedAt}, stamp{&m.DecidedAt}, &m.DecidedBy)
	}, heldMerges, string(user))
	if err != nil {
		return err
	}
	h.Merges = append(h.Merges, merges...)
	about := audit.Filter{UserID: user}
	for _, from := range sourcesOf(about) {
		var inAll int
		if err := tx.QueryRowContext(ctx, from.count(), string(user)).Scan(&inAll); err != nil {
			return err
		}
		h.AuditInAll += inAll
		query, args := from.query(about, "", limit)
		entries, err := readAll(ctx, tx, from.scan, query, args...)
		if err != nil {
			return err
		}
		h.Audit = append(h.Audit, entries...)
	}
	return nil
}

// inOrder puts what was found under several ids in order. A merge is told of
// both of its sides, and so found twice.
func inOrder(h *identity.Held, limit int) {
	slices.SortFunc(h.Sessions, func(a, b identity.HeldSession) int { return cmp.Compare(b.ID, a.ID) })
	h.Sessions = h.Sessions[:min(len(h.Sessions), limit)]
	slices.SortFunc(h.Merges, func(a, b identity.HeldMerge) int { return cmp.Compare(a.ID, b.ID) })
	h.Merges = slices.CompactFunc(h.Merges, func(a, b identity.HeldMerge) bool { return a.ID == b.ID })
	found := len(h.Audit)
	h.Audit = newest(h.Audit, found)
	h.AuditInAll -= found - len(h.Audit)
	h.Audit = h.Audit[:min(len(h.Audit), limit)]
}

// readAll reads all rows of a query.
func readAll[T any](ctx context.Context, r queryer, scan func(scanner, *T) error, query string, args ...any) (list []T, _ error) {
	rows, err := r.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var each T
		if err := scan(rows, &each); err != nil {
			return nil, err
		}
		list = append(list, each)
	}
	return list, rows.Err()
}
