package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

const (
	found = `SELECT ` + sessionColumns + `, ` + personColumns + `, ` + replayColumns + `
		FROM sessions s
		JOIN identities i ON i.appid = s.appid AND i.openid = s.openid
		JOIN users u ON u.id = i.user_id`

	findSession = found + ` WHERE s.id = $1`

	findReplay = found + `
		WHERE s.code_window IN ($1, $2, $3) AND s.code_hash = $4 AND s.created_at >= $5
		ORDER BY s.created_at DESC LIMIT 1`

	listSessions = `SELECT ` + sessionColumns + ` FROM sessions s
		WHERE s.openid = $1 AND s.appid = $2 AND s.ended_at IS NULL AND s.expires_at > $3
		ORDER BY s.id DESC`

	rotateSession = `UPDATE sessions
		SET generation = generation + 1, rotated_at = $3, last_used_at = $3, expires_at = $4, rotation_key = $5
		WHERE id = $1 AND generation = $2 AND ended_at IS NULL AND expires_at <= $4`

	rotationTarget = `SELECT appid, openid, generation, ended_at FROM sessions WHERE id = $1`

	lowerBound = `UPDATE identities SET sessions_until = $3 WHERE appid = $1 AND openid = $2 AND sessions_until > $3`

	shortenSession = `UPDATE sessions SET expires_at = $3 WHERE id = $1 AND generation = $2 AND ended_at IS NULL`

	ownerOfSession = `SELECT appid, openid, expires_at FROM sessions WHERE id = $1 AND ended_at IS NULL`

	userOfIdentity = `SELECT user_id FROM identities WHERE appid = $1 AND openid = $2`

	markEnded = `UPDATE sessions SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL`

	insertRevocation = `INSERT INTO revocations (session_id, revoked_at, revoked_until) VALUES ($1, $2, $3)`

	oneSessionLess = `UPDATE identities SET open_sessions = open_sessions - 1
		WHERE appid = $1 AND openid = $2 AND open_sessions > 0`

	revocationsSince = `SELECT session_id, revoked_at, revoked_until FROM revocations WHERE revoked_at >= $1`

	keysOf = `SELECT session_keys FROM identities WHERE appid = $1 AND openid = $2`
)

// FindReplay implements session.Store.
func (db *DB) FindReplay(ctx context.Context, codeHash [16]byte, since, now time.Time) (session.Found, error) {
	if !db.d.indexesCodes {
		f, err := db.findReplayByTime(ctx, codeHash[:], since)
		if err != nil && !errors.Is(err, session.ErrNotFound) {
			err = fmt.Errorf("find the session of a code: %w", err)
		}
		return f, err
	}
	ctx, r := db.backend.reader(ctx)
	// One window later than now: another replica's clock may be ahead.
	for last, first := codeWindowOf(now)+1, codeWindowOf(since); last >= first; last -= 3 {
		f, err := scanFound(r.QueryRowContext(ctx, findReplay, last, last-1, last-2, codeHash[:], millis(since)))
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, session.ErrNotFound) {
			return session.Found{}, fmt.Errorf("find the session of a code: %w", err)
		}
	}
	return session.Found{}, session.ErrNotFound
}

// Load implements session.Store.
func (db *DB) Load(ctx context.Context, sid id.SessionID) (session.Found, error) {
	ctx, r := db.backend.reader(ctx)
	f, err := scanFound(r.QueryRowContext(ctx, findSession, sid))
	if err != nil {
		return session.Found{}, fmt.Errorf("load session: %w", err)
	}
	return f, nil
}

// Rotate implements session.Store.
func (db *DB) Rotate(ctx context.Context, sid id.SessionID, decide func(*session.Found) *session.Rotation) error {
	return db.do("Rotate", func() error {
		if done, err := db.backend.rotate(ctx, sid, decide); done || err != nil {
			return err
		}
		return db.backend.write(ctx, rotateStep(sid, decide))
	})
}

// rotateStep is Rotate as a step.
func rotateStep(sid id.SessionID, decide func(*session.Found) *session.Rotation) step {
	return func(ctx context.Context, tx queryer) error {
		f, err := scanFound(tx.QueryRowContext(ctx, findSession, sid))
		if err != nil {
			return err
		}
		r := decide(&f)
		if r == nil {
			return nil
		}
		return rotate(ctx, tx, sid, r)
	}
}

// rotate rotates a session in a transaction.
func rotate(ctx context.Context, tx queryer, sid id.SessionID, r *session.Rotation) error {
	if err := updateOne(ctx, tx, rotateSession, rotationArgs(sid, r)...); !errors.Is(err, errRace) {
		return err
	}
	return rotateUnusually(ctx, tx, sid, r)
}

// rotationArgs are the parameters of rotateSession.
func rotationArgs(sid id.SessionID, r *session.Rotation) []any {
	return []any{sid, r.From, millis(r.At), millis(r.ExpiresAt), r.RotationKey}
}

// rotateUnusually tells why a session was not rotated, or rotates one that will
// expire sooner than before, since the life of sessions was shortened: what the
// identity says of its sessions must stay true.
func rotateUnusually(ctx context.Context, tx queryer, sid id.SessionID, r *session.Rotation) error {
	var appid id.AppID
	var openid id.OpenID
	var generation uint32
	var ended time.Time
	err := tx.QueryRowContext(ctx, rotationTarget, sid).Scan(&appid, &openid, &generation, stamp{&ended})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return session.ErrNotFound
	case err != nil:
		return err
	case generation != r.From || !ended.IsZero():
		return session.ErrConflict
	}
	if _, err := tx.ExecContext(ctx, lowerBound, appid, openid, millis(r.ExpiresAt)); err != nil {
		return err
	}
	if err := updateOne(ctx, tx, shortenSession, sid, r.From, millis(r.ExpiresAt)); err != nil {
		return err
	}
	return updateOne(ctx, tx, rotateSession, rotationArgs(sid, r)...)
}

// updateOne changes one row, or returns errRace if there is none.
func updateOne(ctx context.Context, tx execer, query string, args ...any) error {
	result, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		err = errRace
	}
	return err
}

// End implements session.Store.
func (db *DB) End(ctx context.Context, e session.Ending) (bool, error) {
	var ended bool
	err := db.write(ctx, "End", func(ctx context.Context, tx queryer) error {
		ended = false
		var appid id.AppID
		var openid id.OpenID
		var expires time.Time
		err := tx.QueryRowContext(ctx, ownerOfSession, e.SessionID).Scan(&appid, &openid, stamp{&expires})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		// The identity first, as RecordLogin does: two orders would be a
		// deadlock.
		var open int
		err = tx.QueryRowContext(ctx, db.stmts.lockIdentity, appid, openid).Scan(&open)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // the person was erased meanwhile, and the session with them
		}
		if err != nil {
			return err
		}
		if err := endSession(ctx, tx, e); err != nil {
			return err
		}
		if err := auditEnding(ctx, tx, e, appid, openid); err != nil {
			return err
		}
		ended = true
		if !expires.After(e.At) {
			return nil // the count may be without it already, and must not be too low
		}
		_, err = tx.ExecContext(ctx, oneSessionLess, appid, openid)
		return err
	})
	return ended && err == nil, err
}

// auditEnding tells who ended somebody else's session.
func auditEnding(ctx context.Context, tx queryer, e session.Ending, appid id.AppID, openid id.OpenID) error {
	if e.Actor == "" {
		return nil
	}
	entry := audit.New(e.At, e.Actor, audit.SessionEnded)
	entry.AppID, entry.SessionID = appid, e.SessionID
	if err := tx.QueryRowContext(ctx, userOfIdentity, string(appid), string(openid)).Scan(&entry.UserID); err != nil {
		return err
	}
	return appendAudit(ctx, tx, entry)
}

// endSession ends a session that was open a moment ago; if another transaction
// was faster, it returns errRace.
func endSession(ctx context.Context, tx queryer, e session.Ending) error {
	if err := updateOne(ctx, tx, markEnded, e.SessionID, millis(e.At), e.Reason); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, insertRevocation, e.SessionID, millis(e.At), millis(e.Until))
	return err
}

// List implements session.Store.
func (db *DB) List(ctx context.Context, app id.AppID, openid id.OpenID, now time.Time) ([]session.Session, error) {
	ctx, r := db.backend.reader(ctx)
	rows, err := r.QueryContext(ctx, listSessions, openid, app, millis(now))
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer rows.Close()
	var list []session.Session
	for rows.Next() {
		var s session.Session
		if err := rows.Scan(sessionFields(&s)...); err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return list, nil
}

// Revocations implements session.Store.
func (db *DB) Revocations(ctx context.Context, since time.Time) ([]session.Revocation, error) {
	ctx, r := db.backend.reader(ctx)
	rows, err := r.QueryContext(ctx, revocationsSince, millis(since))
	if err != nil {
		return nil, fmt.Errorf("read revocations: %w", err)
	}
	defer rows.Close()
	var list []session.Revocation
	for rows.Next() {
		var v session.Revocation
		if err := rows.Scan(&v.SessionID, stamp{&v.At}, stamp{&v.Until}); err != nil {
			return nil, fmt.Errorf("read revocations: %w", err)
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read revocations: %w", err)
	}
	return list, nil
}

// Keys implements session.Store.
func (db *DB) Keys(ctx context.Context, app id.AppID, openid id.OpenID) ([]byte, error) {
	ctx, r := db.backend.reader(ctx)
	var keys []byte
	err := r.QueryRowContext(ctx, keysOf, app, openid).Scan(&keys)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, session.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read session keys: %w", err)
	}
	return keys, nil
}
