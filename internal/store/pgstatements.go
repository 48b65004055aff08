package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

// loginInput is a group of logins as rows, in the order in which their identities
// are locked. Two logins of one identity may not be in it: UPDATE would take only
// one of them.
const loginInput = `input AS (
	SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[],
		$8::bigint[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[], $14::text[], $15::text[],
		$16::bigint[], $17::bigint[], $18::text[], $19::bigint[])
	AS n (session_id, appid, openid, made_at, expires_at, ends_at, salt,
		code_window, code_hash, key_hash, body_hash, device, session_key, unionid, open_account,
		max_sessions, seen_since, new_user_id, revoked_until)
)`

// codeIsNew looks the code up for each login, as identityIsNew does the identity.
// Neither is NOT EXISTS: of that PostgreSQL may make a join that reads the whole
// index for each row, if it plans while the tables are empty.
const (
	codeIsNew = `(SELECT 1 FROM sessions c
	WHERE c.code_window IN (n.code_window - 1, n.code_window, n.code_window + 1)
		AND c.code_hash = n.code_hash AND c.created_at >= n.seen_since LIMIT 1) IS NULL`
	identityIsNew = `(SELECT 1 FROM identities i WHERE i.appid = n.appid AND i.openid = n.openid LIMIT 1) IS NULL`
)

// plainLogin says that of the user u with the identity i nothing else is to be
// written than a login: not disabled, unionid as it was.
const plainLogin = `u.id = i.user_id AND u.disabled_at IS NULL
	AND (n.unionid = '' OR (n.unionid = i.unionid AND n.open_account = i.open_account))
	AND ` + codeIsNew

// makeSessions inserts the sessions of the logins in n.
const makeSessions = `INSERT INTO sessions (id, appid, openid, created_at, last_used_at, expires_at, ends_at, generation, salt,
		code_window, code_hash, key_hash, body_hash, device)
	SELECT n.session_id, n.appid, n.openid, n.made_at, n.made_at, n.expires_at, n.ends_at, 1, n.salt,
		n.code_window, n.code_hash, n.key_hash, n.body_hash, n.device
	FROM `

// pushKey is session.PushKey as an expression: records of 81 bytes, the first 16
// of which tell whether two are the same.
const pushKey = `CASE substring(n.session_key FROM 1 FOR 16)
	WHEN substring(i.session_keys FROM 1 FOR 16) THEN i.session_keys
	WHEN substring(i.session_keys FROM 82 FOR 16) THEN
		substring(i.session_keys FROM 82 FOR 81) || substring(i.session_keys FROM 1 FOR 81) || substring(i.session_keys FROM 163)
	WHEN substring(i.session_keys FROM 163 FOR 16) THEN
		substring(i.session_keys FROM 163 FOR 81) || substring(i.session_keys FROM 1 FOR 162)
	ELSE substring(n.session_key || i.session_keys FROM 1 FOR 243) END`

// The numbers in pushKey.
const (
	_ = uint(session.KeyRecordSize-81) + uint(81-session.KeyRecordSize)
	_ = uint(session.KeysKept-3) + uint(3-session.KeysKept)
)

// recordReturning records plain logins of people who have room for one more
// session. Of the others it tells whether their identity exists.
const recordReturning = `WITH ` + loginInput + `, written AS (
	UPDATE identities i
	SET last_login_at = n.made_at, session_keys = ` + pushKey + `, open_sessions = i.open_sessions + 1,
		sessions_until = CASE i.open_sessions WHEN 0 THEN n.expires_at ELSE LEAST(i.sessions_until, n.expires_at) END
	FROM input n, users u
	WHERE i.appid = n.appid AND i.openid = n.openid AND i.open_sessions < n.max_sessions AND ` + plainLogin + `
	RETURNING n.session_id, u.id AS user_id, u.created_at AS user_created_at, u.disabled_at, u.nickname, u.avatar_url, u.phone_masked,
		i.unionid, i.created_at, i.last_login_at
), made AS (` + makeSessions + ` input n JOIN written w ON w.session_id = n.session_id
)
SELECT n.session_id, w.session_id IS NOT NULL,
	CASE WHEN w.session_id IS NULL THEN NOT (` + identityIsNew + `) ELSE true END,
	COALESCE(w.user_id, ''), COALESCE(w.user_created_at, 0), w.disabled_at, COALESCE(w.nickname, ''), COALESCE(w.avatar_url, ''), COALESCE(w.phone_masked, ''),
	n.appid, n.openid, COALESCE(w.unionid, ''), COALESCE(w.created_at, 0), COALESCE(w.last_login_at, 0)
FROM input n LEFT JOIN written w ON w.session_id = n.session_id`

// recordFirst records first logins that make a user. A unionid that somebody has
// is left to a step that links. Whoever makes the same identity or session at the
// same time makes the whole statement fail.
const recordFirst = `WITH ` + loginInput + `, fresh AS (
	SELECT * FROM input n
	WHERE ` + identityIsNew + ` AND ` + codeIsNew + `
), claimed AS (
	INSERT INTO unions (open_account, unionid, user_id)
	SELECT open_account, unionid, new_user_id FROM fresh WHERE unionid <> '' AND open_account <> ''
	ORDER BY open_account, unionid
	ON CONFLICT DO NOTHING RETURNING user_id
), n AS (
	SELECT * FROM fresh
	WHERE unionid = '' OR open_account = '' OR new_user_id IN (SELECT user_id FROM claimed)
), made_users AS (
	INSERT INTO users (id, created_at) SELECT new_user_id, made_at FROM n
), made_identities AS (
	INSERT INTO identities (appid, openid, user_id, open_account, unionid, created_at, last_login_at, session_keys, open_sessions, sessions_until)
	SELECT appid, openid, new_user_id, CASE unionid WHEN '' THEN '' ELSE open_account END, unionid, made_at, made_at, session_key, 1, expires_at FROM n
), made AS (` + makeSessions + ` n
)
SELECT session_id FROM n`

// lockIdentities is sent together with recordFull, and before it, so that what
// that one sees is the newest state.
const lockIdentities = `SELECT 1 FROM identities i
	JOIN unnest($1::text[], $2::text[]) AS n (appid, openid) ON i.appid = n.appid AND i.openid = n.openid
	ORDER BY i.appid, i.openid FOR UPDATE OF i`

// recordFull records plain logins of people who have as many sessions as they
// may, and ends their oldest, as makeRoom does.
const recordFull = `WITH ` + loginInput + `, ready AS MATERIALIZED (
	SELECT n.* FROM input n, identities i, users u
	WHERE i.appid = n.appid AND i.openid = n.openid AND i.open_sessions >= n.max_sessions AND ` + plainLogin + `
), open AS MATERIALIZED (
	SELECT n.session_id, s.id, s.expires_at,
		row_number() OVER (PARTITION BY n.session_id ORDER BY s.id DESC) < n.max_sessions AS stays
	FROM ready n JOIN sessions s ON s.openid = n.openid AND s.appid = n.appid AND s.ended_at IS NULL AND s.expires_at > n.made_at
), ended AS (
	UPDATE sessions s SET ended_at = n.made_at, end_reason = '` + string(session.EndLimit) + `'
	FROM open o, ready n
	WHERE s.id = o.id AND n.session_id = o.session_id AND NOT o.stays
	RETURNING s.id, n.session_id, n.made_at, n.revoked_until
), revoked AS (
	INSERT INTO revocations (revoked_at, session_id, revoked_until) SELECT made_at, id, revoked_until FROM ended
), written AS (
	UPDATE identities i
	SET last_login_at = n.made_at, session_keys = ` + pushKey + `,
		open_sessions = 1 + (SELECT COUNT(*) FROM open o WHERE o.session_id = n.session_id AND o.stays),
		sessions_until = LEAST(n.expires_at, (SELECT MIN(o.expires_at) FROM open o WHERE o.session_id = n.session_id AND o.stays))
	FROM ready n, users u
	WHERE i.appid = n.appid AND i.openid = n.openid AND u.id = i.user_id
	RETURNING n.session_id, u.id AS user_id, u.created_at AS user_created_at, u.disabled_at, u.nickname, u.avatar_url, u.phone_masked,
		i.appid, i.openid, i.unionid, i.created_at, i.last_login_at
), made AS (` + makeSessions + ` ready n
)
SELECT w.*, COALESCE(e.id, '') FROM written w LEFT JOIN ended e ON e.session_id = w.session_id`

// returning runs recordReturning.
func (f *loginFlusher) returning(ctx context.Context, jobs map[id.SessionID]*loginJob, columns []any) error {
	rows, err := f.db.QueryContext(ctx, recordReturning, columns...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var sid id.SessionID
		var written, known bool
		var person identity.Person
		if err := rows.Scan(append([]any{&sid, &written, &known}, personFields(&person)...)...); err != nil {
			return err
		}
		j := jobs[sid]
		j.known = known
		if written {
			person.Identity.UserID = person.User.ID
			j.recorded, j.recordIt = session.Recorded{Person: person}, false
		}
	}
	return rows.Err()
}

// first runs recordFirst.
func (f *loginFlusher) first(ctx context.Context, jobs map[id.SessionID]*loginJob, columns []any) error {
	made, err := scanIDs(f.db.QueryContext(ctx, recordFirst, columns...))
	if err != nil {
		return err
	}
	for _, sid := range made {
		j := jobs[sid]
		j.recorded, j.recordIt = session.Recorded{Person: newPerson(j.login), IsNewUser: true}, false
	}
	return nil
}

// full runs recordFull and, in the same round trip and transaction, what goes
// before it.
func (f *loginFlusher) full(ctx context.Context, jobs map[id.SessionID]*loginJob, columns []any) error {
	conn, err := f.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		var batch pgx.Batch
		batch.Queue(lockIdentities, columns[1], columns[2])
		batch.Queue(recordFull, columns...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var sid, ended id.SessionID
				var person identity.Person
				if err := rows.Scan(append(append([]any{&sid}, personFields(&person)...), &ended)...); err != nil {
					return err
				}
				j := jobs[sid]
				person.Identity.UserID = person.User.ID
				j.recorded.Person, j.recordIt = person, false
				if ended != "" {
					j.recorded.Ended = append(j.recorded.Ended, ended)
				}
			}
			return rows.Err()
		})
		return driver.(*stdlib.Conn).Conn().SendBatch(ctx, &batch).Close()
	})
}
