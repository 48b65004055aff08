package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
)

// identityTraces returns what deletes a person's traces in one app: $1 is the
// appid, $2 the openid. Whatever hangs on an identity or on its sessions has a
// statement here; the identity itself comes last.
func identityTraces() []string {
	return []string{
		`DELETE FROM open_data_failures WHERE session_id IN (SELECT s.id FROM sessions s WHERE s.openid = $2 AND s.appid = $1)`,
		`DELETE FROM sessions WHERE openid = $2 AND appid = $1`,
		`DELETE FROM phone_codes WHERE openid = $2 AND appid = $1`,
		`DELETE FROM consents WHERE appid = $1 AND openid = $2`,
		`DELETE FROM identities WHERE appid = $1 AND openid = $2`,
	}
}

// userTraces returns what deletes a user without identities, $1, and all who were
// merged into them. What refers to users with ON DELETE CASCADE goes along:
// avatars, merges.
func userTraces() []string {
	return []string{
		`DELETE FROM users WHERE merged_into = $1`,
		`DELETE FROM users WHERE id = $1`,
	}
}

const (
	userOfOpenSession = `SELECT i.user_id, i.appid FROM sessions s JOIN identities i ON i.appid = s.appid AND i.openid = s.openid
		WHERE s.id = $1 AND s.ended_at IS NULL`

	userToErase = `SELECT COALESCE(merged_into, id), '' FROM users WHERE id = $1`

	// Those whose tokens may live: open, or ended since $3.
	recentSessions = `SELECT id, ended_at FROM sessions WHERE openid = $2 AND appid = $1 AND (ended_at IS NULL OR ended_at >= $3)`

	insertAppRevocation = `INSERT INTO revocations (session_id, revoked_at, revoked_until, appid) VALUES ($1, $2, $3, $4)`

	keepAppOfRevocation = `UPDATE revocations SET appid = $3 WHERE revoked_at = $1 AND session_id = $2`

	forgetPhoneOfApp = `UPDATE users SET phone_masked = '', phone_sealed = NULL, phone_hash = NULL, phone_appid = NULL, phone_at = NULL
		WHERE (id = $1 OR merged_into = $1) AND phone_appid = $2`

	mergedIDs = `SELECT id FROM users WHERE merged_into = $1 ORDER BY id`

	insertErased = `INSERT INTO erased_users (user_id, erased_at, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
)

// Erase implements identity.ErasureStore.
func (db *DB) Erase(ctx context.Context, e identity.Erasure) (identity.Erased, error) {
	var out identity.Erased
	err := db.write(ctx, "Erase", func(ctx context.Context, tx queryer) (err error) {
		out, err = db.erase(ctx, tx, &e)
		return err
	})
	if err != nil {
		return identity.Erased{}, err
	}
	db.backend.scrub()
	return out, nil
}

// place is an identity's key.
type place struct {
	appid  id.AppID
	openid id.OpenID
}

func (db *DB) erase(ctx context.Context, tx queryer, e *identity.Erasure) (identity.Erased, error) {
	user, appid, err := findErased(ctx, tx, e)
	if err != nil {
		return identity.Erased{}, err
	}
	all, err := db.lockPerson(ctx, tx, user)
	if err != nil {
		return identity.Erased{}, err
	}
	// Whom the locks have waited for may have ended the session, or merged the user.
	if again, _, err := findErased(ctx, tx, e); err != nil || again != user {
		return identity.Erased{}, cmp.Or(err, errRace)
	}
	if e.May != nil && slices.ContainsFunc(all, func(p place) bool { return !e.May(p.appid) }) {
		return identity.Erased{}, identity.ErrElsewhere
	}
	out := identity.Erased{UserID: user, Gone: true}
	for _, p := range all {
		if e.Scope == identity.EraseApp && p.appid != appid {
			out.Gone = false
			continue
		}
		ended, err := eraseIdentity(ctx, tx, p, e)
		if err != nil {
			return out, err
		}
		out.Ended = append(out.Ended, ended...)
	}
	if err := db.passLoose(ctx, tx, loss{user: user, at: e.At}); err != nil {
		return out, err
	}
	entry := audit.New(e.At, cmp.Or(e.Actor, audit.User(user)), audit.UserErased)
	entry.UserID, entry.AppID = user, appid
	entry.Details = audit.Details{Scope: string(identity.EraseUser), Reason: string(e.Reason)}
	if out.Gone {
		entry.Details.Users, err = eraseUser(ctx, tx, user, e)
	} else {
		entry.Details.Scope, err = string(identity.EraseApp), leaveApp(ctx, tx, user, appid)
	}
	if err != nil {
		return out, err
	}
	if db.d.erased != "" {
		if _, err := tx.ExecContext(ctx, db.d.erased); err != nil {
			return out, err
		}
	}
	return out, appendAudit(ctx, tx, entry)
}

// findErased finds who is to be erased, and the app of the session that asks.
func findErased(ctx context.Context, tx queryer, e *identity.Erasure) (user id.UserID, appid id.AppID, err error) {
	query, arg := userToErase, string(e.UserID)
	if e.SessionID != "" {
		query, arg = userOfOpenSession, string(e.SessionID)
	}
	err = tx.QueryRowContext(ctx, query, arg).Scan(&user, &appid)
	if errors.Is(err, sql.ErrNoRows) {
		err = identity.ErrNotFound
	}
	return user, appid, err
}

// lockPerson locks all that a person is made of, in the order of logins, and
// returns their identities. An identity that was linked before the user was
// locked, and after the identities were, is a lost race; none can be linked
// after.
func (db *DB) lockPerson(ctx context.Context, tx queryer, user id.UserID) ([]place, error) {
	before, err := scanPlaces(tx.QueryContext(ctx, db.stmts.lockIdentitiesOfUser, string(user)))
	if err != nil {
		return nil, err
	}
	for _, lock := range []string{db.stmts.lockUnionsOfUser, db.stmts.lockUser} {
		if _, err := tx.ExecContext(ctx, lock, string(user)); err != nil {
			return nil, err
		}
	}
	after, err := scanPlaces(tx.QueryContext(ctx, db.stmts.lockIdentitiesOfUser, string(user)))
	if err == nil && !slices.Equal(before, after) {
		err = errRace
	}
	return after, err
}

func scanPlaces(rows *sql.Rows, err error) ([]place, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []place
	for rows.Next() {
		var p place
		if err := rows.Scan(&p.appid, &p.openid); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// eraseIdentity deletes an identity and all that hangs on it. What stays for as
// long as a token may live are the revocations, each with its app, since there
// is no session any more to tell it.
func eraseIdentity(ctx context.Context, tx queryer, p place, e *identity.Erasure) (ended []id.SessionID, err error) {
	recent, err := scanEnded(tx.QueryContext(ctx, recentSessions, string(p.appid), string(p.openid), millis(e.At.Add(-e.Until.Sub(e.At)))))
	if err != nil {
		return nil, err
	}
	for _, s := range recent {
		if s.endedAt.IsZero() {
			ended = append(ended, s.id)
			_, err = tx.ExecContext(ctx, insertAppRevocation, string(s.id), millis(e.At), millis(e.Until), string(p.appid))
		} else {
			_, err = tx.ExecContext(ctx, keepAppOfRevocation, millis(s.endedAt), string(s.id), string(p.appid))
		}
		if err != nil {
			return nil, err
		}
	}
	for _, trace := range identityTraces() {
		if _, err := tx.ExecContext(ctx, trace, string(p.appid), string(p.openid)); err != nil {
			return nil, err
		}
	}
	return ended, nil
}

type endedSession struct {
	id      id.SessionID
	endedAt time.Time // zero: open
}

func scanEnded(rows *sql.Rows, err error) ([]endedSession, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []endedSession
	for rows.Next() {
		var s endedSession
		if err := rows.Scan(&s.id, stamp{&s.endedAt}); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// leaveApp takes from a user who stays what came by an app that they left.
func leaveApp(ctx context.Context, tx queryer, user id.UserID, appid id.AppID) error {
	_, err := tx.ExecContext(ctx, forgetPhoneOfApp, string(user), string(appid))
	return err
}

// eraseUser deletes a user who has no identity any more, keeps the ids, and
// returns those that were merged into this one.
func eraseUser(ctx context.Context, tx queryer, user id.UserID, e *identity.Erasure) ([]id.UserID, error) {
	merged, err := scanWords[id.UserID](tx.QueryContext(ctx, mergedIDs, string(user)))
	if err != nil {
		return nil, err
	}
	for _, each := range append([]id.UserID{user}, merged...) {
		if _, err := tx.ExecContext(ctx, insertErased, string(each), millis(e.At), string(e.Reason)); err != nil {
			return nil, err
		}
	}
	for _, trace := range userTraces() {
		if _, err := tx.ExecContext(ctx, trace, string(user)); err != nil {
			return nil, err
		}
	}
	return merged, nil
}
