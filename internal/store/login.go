package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/session"
)

// codeWindow is the width of the windows by which codes are kept: in PostgreSQL
// as sessions.code_window, part of the schema, for SQLite in codeFilter. It must
// not be narrower than session.ReplayWindow, so that a window of replay touches
// two of them.
const codeWindow = 5 * time.Minute

const _ = uint(codeWindow - session.ReplayWindow)

// codeWindowOf numbers the window in which t lies.
func codeWindowOf(t time.Time) int64 { return t.UnixMilli() / codeWindow.Milliseconds() }

// statements are those whose text depends on the dialect.
type statements struct {
	codeSeen         string
	identityForLogin string
	unionForLogin    string
	lockUnion        string
	lockClaims       string // of a user on a unionid
	lockIdentity     string
	// lockIdentitiesOfUser is in the order in which groups of logins lock.
	lockIdentitiesOfUser string
	lockUnionsOfUser     string
	lockUser             string
	insertSession        string
	// lockPair is the pending pair of two users, lockPairsOf those of one that
	// are not merged.
	lockPair, lockPairsOf string
	// shareCarriers are the identities of a user that carry a unionid by WeChat's
	// word; shareLiveUser is a user who is not merged.
	shareCarriers, shareLiveUser string
	shareIdentityOfSession       string
}

// codeSeen tells whether a session was made of a code: in this window, or those
// before and after it, since the clocks of replicas differ. Its parameters,
// counted from first, are the three windows, the hash and the earliest time.
func codeSeen(first int) string {
	return fmt.Sprintf(`EXISTS (SELECT 1 FROM sessions c
		WHERE c.code_window IN ($%d, $%d, $%d) AND c.code_hash = $%d AND c.created_at >= $%d)`,
		first, first+1, first+2, first+3, first+4)
}

func newStatements(d *dialect) statements {
	seen, columns, values := `, `+codeSeen(3), `, code_window`, `, $12`
	if !d.indexesCodes {
		seen, columns, values = ``, ``, ``
	}
	return statements{
		insertSession: `INSERT INTO sessions (id, appid, openid, created_at, last_used_at, expires_at, ends_at, generation, salt,
				code_hash, key_hash, body_hash, device` + columns + `)
			VALUES ($1, $2, $3, $4, $4, $5, $6, 1, $7, $8, $9, $10, $11` + values + `)`,
		codeSeen: `SELECT ` + codeSeen(1),
		identityForLogin: `SELECT ` + userColumns + `, i.unionid, i.created_at, i.open_account, i.session_keys, i.open_sessions, i.sessions_until` + seen + `
			FROM identities i JOIN users u ON u.id = i.user_id
			WHERE i.appid = $1 AND i.openid = $2` + d.forUpdate("i") + d.forShare("u"),
		unionForLogin: `SELECT ` + userColumns + `
			FROM unions n JOIN users u ON u.id = n.user_id
			WHERE n.open_account = $1 AND n.unionid = $2` + d.forUpdate("n") + d.forShare("u"), // of two first logins in one app, the second sees the first
		lockClaims:           `SELECT n.open_account FROM unions n WHERE n.user_id = $1 AND n.unionid = $2 ORDER BY n.open_account` + d.forUpdate("n"),
		lockUnion:            `SELECT n.user_id FROM unions n WHERE n.open_account = $1 AND n.unionid = $2` + d.forUpdate("n"),
		lockIdentitiesOfUser: `SELECT i.appid, i.openid FROM identities i WHERE i.user_id = $1 ORDER BY i.appid, i.openid` + d.forUpdate("i"),
		lockUnionsOfUser:     `SELECT 1 FROM unions n WHERE n.user_id = $1 ORDER BY n.open_account, n.unionid` + d.forUpdate("n"),
		lockUser:             `SELECT 1 FROM users u WHERE u.id = $1` + d.forUpdate("u"),
		lockIdentity:         `SELECT i.open_sessions FROM identities i WHERE i.appid = $1 AND i.openid = $2` + d.forUpdate("i"),
		lockPair:             `SELECT m.id FROM merges m WHERE m.first_user = $1 AND m.second_user = $2 AND m.state = 'pending'` + d.forUpdate("m"),
		shareIdentityOfSession: `SELECT 1 FROM sessions s JOIN identities i ON i.appid = s.appid AND i.openid = s.openid
			WHERE s.id = $1` + d.forShare("i"),
		shareCarriers: `SELECT 1 FROM identities i WHERE i.user_id = $1 AND i.open_account = $2 AND i.unionid = $3
			ORDER BY i.appid, i.openid` + d.forShare("i"),
		shareLiveUser: `SELECT 1 FROM users u WHERE u.id = $1 AND u.merged_into IS NULL` + d.forShare("u"),
		lockPairsOf: `SELECT m.id, m.state, m.first_user, m.second_user FROM merges m
			WHERE (m.first_user = $1 OR m.second_user = $1) AND m.state <> 'merged' ORDER BY m.id` + d.forUpdate("m"),
	}
}

const (
	updateIdentity = `UPDATE identities SET session_keys = $3, open_sessions = $4, sessions_until = $5,
		last_login_at = $6, unionid = $7, open_account = $8
		WHERE appid = $1 AND openid = $2`

	insertIdentity = `INSERT INTO identities (appid, openid, user_id, open_account, unionid, created_at, last_login_at, session_keys,
			open_sessions, sessions_until)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7, 1, $8) ON CONFLICT DO NOTHING`

	insertUser = `INSERT INTO users (id, created_at) VALUES ($1, $2)`

	insertUnion = `INSERT INTO unions (open_account, unionid, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`

	oldestOpen = `SELECT id, expires_at FROM sessions
		WHERE openid = $1 AND appid = $2 AND ended_at IS NULL AND expires_at > $3
		ORDER BY id LIMIT $4`
)

// RecordLogin implements session.Store.
func (db *DB) RecordLogin(ctx context.Context, l session.Login) (session.Recorded, error) {
	var recorded session.Recorded
	err := db.do("RecordLogin", func() (err error) {
		var done bool
		if !l.Asserted {
			if recorded, done, err = db.backend.recordLogin(&l); done || err != nil {
				return err
			}
		}
		err = db.backend.write(ctx, db.loginStep(&l, &recorded, false))
		if errors.Is(err, errMeeting) {
			err = db.backend.write(ctx, db.loginStep(&l, &recorded, true))
		}
		return err
	})
	if err != nil {
		return session.Recorded{}, err
	}
	return recorded, nil
}

// loginStep records a login as a step; meeting says that two users met in it,
// and have to be locked first.
func (db *DB) loginStep(l *session.Login, recorded *session.Recorded, meeting bool) step {
	return func(ctx context.Context, tx queryer) (err error) {
		var locked couple
		if meeting {
			if locked, err = db.lockMeeting(ctx, tx, l); err != nil {
				return err
			}
		}
		*recorded, err = db.recordLogin(ctx, tx, l, locked)
		if isCodeSeen(db.d, err) || (meeting && errors.Is(err, errMeeting)) {
			return errRace // the next look finds the code, or who meets by now
		}
		if err != nil || !l.Asserted || recorded.Person.User.Disabled() {
			return err
		}
		entry := entryOf(l.At, l.Actor, audit.SessionAsserted, recorded.Person.User.ID)
		entry.AppID, entry.SessionID = l.AppID, l.SessionID
		return appendIfTold(ctx, tx, entry)
	}
}

// isCodeSeen reports whether an insert failed since another transaction made a
// session of the same code meanwhile.
func isCodeSeen(d *dialect, err error) bool { return err != nil && d.uniqueOf(err) == "sessions_code" }

// held is an identity as a login finds it.
type held struct {
	person      identity.Person
	openAccount id.OpenAccount
	keys        []byte
	open        int       // how many sessions are counted as open
	until       time.Time // none of those expires before
	codeSeen    bool
}

// recordLogin records a login in a transaction; locked are the users whom
// lockMeeting has locked, if it went before.
func (db *DB) recordLogin(ctx context.Context, tx queryer, l *session.Login, locked couple) (session.Recorded, error) {
	var h held
	who := &h.person.Identity
	fields := append(userFields(&h.person.User), &who.UnionID, stamp{&who.CreatedAt},
		&h.openAccount, &h.keys, &h.open, stamp{&h.until})
	look := []any{string(l.AppID), string(l.OpenID)}
	if db.d.indexesCodes {
		look, fields = append(look, codeArgs(l)...), append(fields, &h.codeSeen)
	} else if seen, err := db.recordedBefore(ctx, tx, l); err != nil || seen {
		return session.Recorded{}, cmp.Or(err, session.ErrCodeSeen)
	}
	err := tx.QueryRowContext(ctx, db.stmts.identityForLogin, look...).Scan(fields...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if db.d.indexesCodes {
			err = tx.QueryRowContext(ctx, db.stmts.codeSeen, look[2:]...).Scan(&h.codeSeen)
		} else {
			err = nil
		}
		if err != nil || h.codeSeen {
			return session.Recorded{}, cmp.Or(err, session.ErrCodeSeen)
		}
		return db.firstLogin(ctx, tx, l)
	case err != nil:
		return session.Recorded{}, err
	case h.codeSeen:
		return session.Recorded{}, session.ErrCodeSeen
	}
	who.AppID, who.OpenID, who.UserID = l.AppID, l.OpenID, h.person.User.ID
	return db.returningLogin(ctx, tx, l, &h, locked)
}

// returningLogin records the login of a person who has been in the app before.
// Of one who is shut out only the unionid counts: who they are does not depend on
// whether they may come in.
func (db *DB) returningLogin(ctx context.Context, tx queryer, l *session.Login, h *held, locked couple) (session.Recorded, error) {
	if l.UnionID != "" && !l.Asserted && (l.UnionID != h.person.Identity.UnionID || l.OpenAccount != h.openAccount) {
		if err := db.relabel(ctx, tx, l, h, locked); err != nil {
			return session.Recorded{}, err
		}
	}
	if h.person.User.Disabled() {
		return session.Recorded{Person: h.person}, nil
	}
	out := session.Recorded{Person: h.person, IsNewUser: h.person.User.ID == l.NewUserID}
	who := &out.Person.Identity
	if h.open >= l.MaxSessions {
		var err error
		if out.Ended, err = makeRoom(ctx, tx, l, h); err != nil {
			return out, err
		}
	}
	until := h.until
	if h.open == 0 || l.ExpiresAt.Before(until) {
		until = l.ExpiresAt
	}
	who.LastLoginAt = l.At
	_, err := tx.ExecContext(ctx, updateIdentity, string(l.AppID), string(l.OpenID), keysAfter(h.keys, l), int64(h.open+1), millis(until),
		millis(l.At), string(h.person.Identity.UnionID), string(h.openAccount))
	if err != nil {
		return out, err
	}
	return out, db.addSession(ctx, tx, l)
}

// keysAfter are the session keys of an identity after a login; held may be nil.
func keysAfter(held []byte, l *session.Login) []byte {
	if l.Asserted { // WeChat told none
		return append([]byte{}, held...)
	}
	return session.PushKey(held, l.Key)
}

// firstLogin records the login of a person who was not in the app before: links
// it by the unionid, or makes a user.
func (db *DB) firstLogin(ctx context.Context, tx queryer, l *session.Login) (session.Recorded, error) {
	out := session.Recorded{Person: newPerson(l)}
	user := &out.Person.User
	var rival id.UserID
	var err error
	if l.UnionID != "" && l.OpenAccount != "" {
		out.IsNewUser, rival, err = db.ownerOrNew(ctx, tx, l, user)
	} else {
		out.IsNewUser, err = true, makeUser(ctx, tx, l, false)
	}
	if err != nil {
		return session.Recorded{}, err
	}
	out.Person.Identity.UserID = user.ID
	if user.Disabled() {
		return out, nil
	}
	first := keysAfter(nil, l)
	account := l.OpenAccount
	if l.UnionID == "" || l.Asserted {
		// It says in which open account WeChat itself told the unionid: one that
		// was asserted links, and merges nobody (see vouched).
		account = ""
	}
	err = updateOne(ctx, tx, insertIdentity, l.AppID, l.OpenID, user.ID, account, l.UnionID, millis(l.At), first, millis(l.ExpiresAt))
	if err != nil {
		return out, err
	}
	if rival != "" && !l.Asserted {
		if _, err := db.listPair(ctx, tx, l, coupleOf(user.ID, rival), identity.MergeOneApp); err != nil {
			return out, err
		}
	}
	return out, db.addSession(ctx, tx, l)
}

// newPerson is who a first login makes.
func newPerson(l *session.Login) identity.Person {
	return identity.Person{
		User: identity.User{ID: l.NewUserID, CreatedAt: l.At},
		Identity: identity.Identity{
			AppID: l.AppID, OpenID: l.OpenID, UnionID: l.UnionID, UserID: l.NewUserID, CreatedAt: l.At, LastLoginAt: l.At,
		},
	}
}

func makeUser(ctx context.Context, tx queryer, l *session.Login, linked bool) error {
	if _, err := tx.ExecContext(ctx, insertUser, l.NewUserID, millis(l.At)); err != nil {
		return err
	}
	if !linked {
		return nil
	}
	return updateOne(ctx, tx, insertUnion, l.OpenAccount, l.UnionID, l.NewUserID)
}

// replayCode is how the code of a login is stored; nil if there is none.
func replayCode(l *session.Login) (window int64, code []byte) {
	if l.Replay.CodeHash == [16]byte{} {
		return 0, nil
	}
	return codeWindowOf(l.At), l.Replay.CodeHash[:]
}

// codeArgs are the parameters of codeSeen.
func codeArgs(l *session.Login) []any {
	since := millis(l.At.Add(-session.ReplayWindow))
	window, code := replayCode(l)
	if code == nil {
		return []any{nil, nil, nil, nil, since}
	}
	return []any{window, window - 1, window + 1, code, since}
}

func (db *DB) addSession(ctx context.Context, tx queryer, l *session.Login) error {
	window, code := replayCode(l)
	args := []any{
		string(l.SessionID), string(l.AppID), string(l.OpenID), millis(l.At), millis(l.ExpiresAt), millis(l.EndsAt), l.Salt[:],
		code, l.Replay.KeyHash, l.Replay.BodyHash, l.Device,
	}
	if db.d.indexesCodes {
		args = append(args, sql.NullInt64{Int64: window, Valid: code != nil})
	}
	_, err := tx.ExecContext(ctx, db.stmts.insertSession, args...)
	if err == nil && code != nil && db.codes != nil {
		db.codes.add(code, l.At)
	}
	return err
}

// makeRoom ends the oldest sessions, so that one more keeps to the limit, and
// brings the count of h up to date.
func makeRoom(ctx context.Context, tx queryer, l *session.Login, h *held) (ended []id.SessionID, err error) {
	keep := max(l.MaxSessions-1, 0)
	// Who is at the limit stays there: the common case is to end one session and
	// to look at no other. Only if some may have expired must all be looked at.
	exact, limit := l.At.Before(h.until), h.open
	if exact {
		limit = h.open - keep
	}
	oldest, err := openSessions(ctx, tx, l, limit)
	if err != nil {
		return nil, err
	}
	if !exact {
		h.open, h.until = len(oldest), l.ExpiresAt
		for _, each := range oldest[max(len(oldest)-keep, 0):] {
			if each.expiresAt.Before(h.until) {
				h.until = each.expiresAt
			}
		}
	}
	for _, each := range oldest[:min(max(h.open-keep, 0), len(oldest))] {
		if err := endSession(ctx, tx, session.Ending{SessionID: each.id, At: l.At, Reason: session.EndLimit, Until: l.RevokedUntil}); err != nil {
			return nil, err
		}
		ended = append(ended, each.id)
	}
	h.open -= len(ended)
	return ended, nil
}

type openSession struct {
	id        id.SessionID
	expiresAt time.Time
}

// openSessions are the open sessions of the identity that logs in, the oldest
// first.
func openSessions(ctx context.Context, tx queryer, l *session.Login, limit int) ([]openSession, error) {
	rows, err := tx.QueryContext(ctx, oldestOpen, l.OpenID, l.AppID, millis(l.At), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []openSession
	for rows.Next() {
		var each openSession
		if err := rows.Scan(&each.id, stamp{&each.expiresAt}); err != nil {
			return nil, err
		}
		list = append(list, each)
	}
	return list, rows.Err()
}
