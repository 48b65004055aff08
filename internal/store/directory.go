package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	accountColumns = userColumns + `, COALESCE(u.external_id, ''), u.phone_sealed, COALESCE(m.id, ''),
		COALESCE(i.appid, ''), COALESCE(i.openid, ''), COALESCE(i.unionid, ''), i.created_at, i.last_login_at`

	// What hangs on a user: the ids merged into it, and its identities.
	accountJoins = ` u LEFT JOIN users m ON m.merged_into = u.id LEFT JOIN identities i ON i.user_id = u.id`

	accountWhere = `SELECT ` + accountColumns + ` FROM users` + accountJoins + ` WHERE `

	// Only a user who is not merged has identities and claims.
	accountByID = accountWhere + `u.id = (SELECT COALESCE(o.merged_into, o.id) FROM users o WHERE o.id = $1)`

	accountByOpenID = accountWhere + `u.id = (SELECT o.user_id FROM identities o WHERE o.appid = $1 AND o.openid = $2)`

	accountByUnionID = accountWhere + `u.id = (SELECT n.user_id FROM unions n WHERE n.open_account = $1 AND n.unionid = $2)`

	accountByExternalID = accountWhere + `u.id = (SELECT COALESCE(o.merged_into, o.id) FROM users o WHERE o.external_id = $1)`

	accountsByPhone = accountWhere + `u.id IN (SELECT COALESCE(o.merged_into, o.id) FROM users o WHERE o.phone_hash = $1)`

	accountsAfter = `SELECT ` + accountColumns + `
		FROM (SELECT * FROM users WHERE id > $1 AND merged_into IS NULL ORDER BY id LIMIT $2)` + accountJoins

	liveUser = `SELECT COALESCE(u.merged_into, u.id) FROM users u WHERE u.id = $1`

	externalIDTaken = `SELECT 1 FROM users WHERE external_id = $1 AND COALESCE(merged_into, id) <> $2`

	// A name that stayed with a user who was merged into this one may be given
	// to it.
	freeExternalID = `UPDATE users SET external_id = NULL WHERE external_id = $2 AND merged_into = $1`

	setExternalID = `UPDATE users SET external_id = $2 WHERE id = $1 AND merged_into IS NULL`

	disableUser = `UPDATE users SET disabled_at = COALESCE(disabled_at, $2) WHERE id = $1 AND merged_into IS NULL`

	enableUser = `UPDATE users SET disabled_at = NULL WHERE id = $1 AND merged_into IS NULL`

	// So high a count keeps a plain login out, which may have looked at the user
	// before it waited for the identity's lock; the next one counts anew, since
	// every session may have expired by now as far as it says.
	fullIdentities = `UPDATE identities SET open_sessions = 1000000000, sessions_until = 0 WHERE user_id = $1`

	openSessionsOfUser = `SELECT s.id FROM identities i
		JOIN sessions s ON s.openid = i.openid AND s.appid = i.appid AND s.ended_at IS NULL AND s.expires_at > $2
		WHERE i.user_id = $1`
)

// accounts reads and closes rows of accountColumns, and orders them.
func accounts(rows *sql.Rows, err error) ([]identity.Account, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []identity.Account
	at := map[id.UserID]int{}
	for rows.Next() {
		var a identity.Account
		var i identity.Identity
		var from id.UserID
		fields := append(userFields(&a.User), &a.ExternalID, &a.PhoneSealed, &from, &i.AppID, &i.OpenID, &i.UnionID, stamp{&i.CreatedAt}, stamp{&i.LastLoginAt})
		if err := rows.Scan(fields...); err != nil {
			return nil, err
		}
		place, ok := at[a.User.ID]
		if !ok {
			place = len(list)
			at[a.User.ID], list = place, append(list, a)
		}
		// Each of the identities comes with each of the ids merged.
		known := &list[place]
		if i.UserID = a.User.ID; i.AppID != "" && !slices.Contains(known.Identities, i) {
			known.Identities = append(known.Identities, i)
		}
		if from != "" && !slices.Contains(known.MergedFrom, from) {
			known.MergedFrom = append(known.MergedFrom, from)
		}
	}
	slices.SortFunc(list, func(a, b identity.Account) int { return cmp.Compare(a.User.ID, b.User.ID) })
	for _, a := range list {
		slices.Sort(a.MergedFrom)
		slices.SortFunc(a.Identities, func(a, b identity.Identity) int {
			return cmp.Or(cmp.Compare(a.AppID, b.AppID), cmp.Compare(a.OpenID, b.OpenID))
		})
	}
	return list, rows.Err()
}

// account finds one.
func (db *DB) account(ctx context.Context, query string, args ...any) (identity.Account, error) {
	ctx, r := db.backend.reader(ctx)
	list, err := accounts(r.QueryContext(ctx, query, args...))
	if err != nil {
		return identity.Account{}, fmt.Errorf("find user: %w", err)
	}
	if len(list) == 0 {
		return identity.Account{}, identity.ErrNotFound
	}
	return list[0], nil
}

// AccountByID implements identity.DirectoryStore.
func (db *DB) AccountByID(ctx context.Context, user id.UserID) (identity.Account, error) {
	return db.account(ctx, accountByID, string(user))
}

// AccountByOpenID implements identity.DirectoryStore.
func (db *DB) AccountByOpenID(ctx context.Context, appid id.AppID, openid id.OpenID) (identity.Account, error) {
	return db.account(ctx, accountByOpenID, string(appid), string(openid))
}

// AccountByUnionID implements identity.DirectoryStore.
func (db *DB) AccountByUnionID(ctx context.Context, account id.OpenAccount, union id.UnionID) (identity.Account, error) {
	return db.account(ctx, accountByUnionID, string(account), string(union))
}

// AccountByExternalID implements identity.DirectoryStore.
func (db *DB) AccountByExternalID(ctx context.Context, external string) (identity.Account, error) {
	return db.account(ctx, accountByExternalID, external)
}

// AccountsByPhone implements identity.DirectoryStore.
func (db *DB) AccountsByPhone(ctx context.Context, hash []byte) ([]identity.Account, error) {
	ctx, r := db.backend.reader(ctx)
	list, err := accounts(r.QueryContext(ctx, accountsByPhone, hash))
	if err != nil {
		return nil, fmt.Errorf("find users by phone number: %w", err)
	}
	return list, nil
}

// Accounts implements identity.DirectoryStore.
func (db *DB) Accounts(ctx context.Context, after id.UserID, limit int) ([]identity.Account, error) {
	ctx, r := db.backend.reader(ctx)
	list, err := accounts(r.QueryContext(ctx, accountsAfter, string(after), limit))
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return list, nil
}

// exists reports whether a query has a row.
func exists(ctx context.Context, tx queryer, query string, args ...any) (bool, error) {
	var one int
	err := tx.QueryRowContext(ctx, query, args...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// live finds who an id stands for by now: the user, or the one that it was
// merged into. Since that may change until the row is locked, whoever writes it
// asks once more for merged_into, and takes a row that is not there for a race.
func live(ctx context.Context, tx queryer, user id.UserID) (found id.UserID, err error) {
	err = tx.QueryRowContext(ctx, liveUser, string(user)).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) {
		err = identity.ErrNotFound
	}
	return found, err
}

// ChangeAccount implements identity.DirectoryStore.
func (db *DB) ChangeAccount(ctx context.Context, user id.UserID, c identity.AccountChange) error {
	return db.write(ctx, "ChangeAccount", func(ctx context.Context, tx queryer) error {
		user, err := live(ctx, tx, user)
		if err != nil {
			return err
		}
		if c.ExternalID != nil {
			if err := db.changeExternalID(ctx, tx, user, *c.ExternalID); err != nil {
				return err
			}
		}
		if c.Nickname != nil {
			if err := updateOne(ctx, tx, setNickname, string(user), *c.Nickname); err != nil {
				return err
			}
		}
		return appendIfTold(ctx, tx, c.Entry(user))
	})
}

// changeExternalID changes the external id of a user who is not merged; empty:
// none.
func (db *DB) changeExternalID(ctx context.Context, tx queryer, user id.UserID, external string) error {
	if taken, err := exists(ctx, tx, externalIDTaken, orNull(external), string(user)); err != nil || taken {
		return cmp.Or(err, identity.ErrExternalIDTaken)
	}
	_, err := tx.ExecContext(ctx, freeExternalID, string(user), orNull(external))
	if err == nil {
		err = updateOne(ctx, tx, setExternalID, string(user), orNull(external))
	}
	if err != nil && db.d.uniqueOf(err) != "" {
		return errRace // the next look finds who has it
	}
	return err
}

// DisableUser implements identity.DirectoryStore. It locks the identities before
// the user, as a login does.
func (db *DB) DisableUser(ctx context.Context, d identity.Disabling) error {
	return db.write(ctx, "DisableUser", func(ctx context.Context, tx queryer) error {
		user, err := live(ctx, tx, d.UserID)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, db.stmts.lockIdentitiesOfUser, string(user)); err != nil {
			return err
		}
		if err := updateOne(ctx, tx, disableUser, string(user), millis(d.At)); err != nil {
			return err
		}
		if err := shutOut(ctx, tx, identity.Disabling{UserID: user, At: d.At, Until: d.Until}); err != nil {
			return err
		}
		return appendIfTold(ctx, tx, entryOf(d.At, d.Actor, audit.UserDisabled, user))
	})
}

// shutOut ends all sessions of a user who is disabled, whose identities are
// locked, also those of logins that are under way.
func shutOut(ctx context.Context, tx queryer, d identity.Disabling) error {
	if _, err := tx.ExecContext(ctx, fullIdentities, string(d.UserID)); err != nil {
		return err
	}
	open, err := scanIDs(tx.QueryContext(ctx, openSessionsOfUser, string(d.UserID), millis(d.At)))
	if err != nil {
		return err
	}
	for _, each := range open {
		if err := endSession(ctx, tx, session.Ending{SessionID: each, At: d.At, Reason: session.EndDisabled, Until: d.Until}); err != nil {
			return err
		}
	}
	return nil
}

// entryOf is what the audit is told of a step that concerns one user.
func entryOf(at time.Time, actor audit.Actor, action audit.Action, user id.UserID) audit.Entry {
	e := audit.New(at, actor, action)
	e.UserID = user
	return e
}

// EnableUser implements identity.DirectoryStore.
func (db *DB) EnableUser(ctx context.Context, e identity.Enabling) error {
	return db.write(ctx, "EnableUser", func(ctx context.Context, tx queryer) error {
		user, err := live(ctx, tx, e.UserID)
		if err != nil {
			return err
		}
		if err := updateOne(ctx, tx, enableUser, string(user)); err != nil {
			return err
		}
		return appendIfTold(ctx, tx, entryOf(e.At, e.Actor, audit.UserEnabled, user))
	})
}
