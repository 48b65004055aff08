package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

// recordReturning records logins of people who have been here before and of whom
// nothing else is to be said: not disabled, unionid as it was, room for one more
// session, a code not seen before. It returns those it recorded; the others
// remain for recordLogin. One round trip and one commit for the whole group.
//
// The order of the input is that in which the rows are locked. Two logins of one
// identity may not be in it, since UPDATE takes only one of them.
const recordReturning = `WITH input AS (
	SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[],
		$8::bigint[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bytea[], $14::text[], $15::text[], $16::bigint[], $17::bigint[])
	AS n (session_id, appid, openid, made_at, expires_at, ends_at, salt,
		code_window, code_hash, key_hash, body_hash, device, session_key, unionid, open_account, max_sessions, seen_since)
), written AS (
	UPDATE identities i
	SET last_login_at = n.made_at, session_keys = ` + pushKeySQL + `, open_sessions = i.open_sessions + 1,
		sessions_until = CASE i.open_sessions WHEN 0 THEN n.expires_at ELSE LEAST(i.sessions_until, n.expires_at) END
	FROM input n, users u
	WHERE i.appid = n.appid AND i.openid = n.openid AND u.id = i.user_id AND u.disabled_at IS NULL
		AND i.open_sessions < n.max_sessions
		AND (n.unionid = '' OR (n.unionid = i.unionid AND n.open_account = i.open_account))
		AND NOT EXISTS (SELECT 1 FROM sessions c
			WHERE c.code_window IN (n.code_window - 1, n.code_window, n.code_window + 1)
				AND c.code_hash = n.code_hash AND c.created_at >= n.seen_since)
	RETURNING n.session_id, ` + personColumns + `
), made AS (
	INSERT INTO sessions (id, appid, openid, created_at, last_used_at, expires_at, ends_at, generation, salt,
		code_window, code_hash, key_hash, body_hash, device)
	SELECT n.session_id, n.appid, n.openid, n.made_at, n.made_at, n.expires_at, n.ends_at, 1, n.salt,
		n.code_window, n.code_hash, n.key_hash, n.body_hash, n.device
	FROM input n JOIN written w ON w.session_id = n.session_id
)
SELECT * FROM written`

// pushKeySQL is session.PushKey as an expression: records of 81 bytes, the first
// 16 of which tell whether two are the same.
const pushKeySQL = `CASE substring(n.session_key FROM 1 FOR 16)
	WHEN substring(i.session_keys FROM 1 FOR 16) THEN i.session_keys
	WHEN substring(i.session_keys FROM 82 FOR 16) THEN
		substring(i.session_keys FROM 82 FOR 81) || substring(i.session_keys FROM 1 FOR 81) || substring(i.session_keys FROM 163)
	WHEN substring(i.session_keys FROM 163 FOR 16) THEN
		substring(i.session_keys FROM 163 FOR 81) || substring(i.session_keys FROM 1 FOR 162)
	ELSE substring(n.session_key || i.session_keys FROM 1 FOR 243) END`

// The numbers in pushKeySQL.
const (
	_ = uint(session.KeyRecordSize-81) + uint(81-session.KeyRecordSize)
	_ = uint(session.KeysKept-3) + uint(3-session.KeysKept)
)

// loginJob is a login that waits for the flusher.
type loginJob struct {
	login    *session.Login
	recorded session.Recorded
	recordIt bool // by a step of its own
	err      error
	done     chan struct{}
}

// loginFlusher is the one goroutine that records the logins of returning people,
// as many as wait by one statement. More than one flusher was measured to be
// slower: their groups are smaller.
type loginFlusher struct {
	db      *sql.DB
	queue   *queue[*loginJob]
	held    []*loginJob // second logins of an identity in a group
	onFlush func(Flush)
	idle    sync.Pool
}

func newLoginFlusher(config *pgx.ConnConfig, o Options) *loginFlusher {
	config = config.Copy()
	for name, value := range map[string]string{
		// Nobody else's lock may hold up all logins for long.
		"lock_timeout": "500ms",
		// The statement has one good plan, also while the tables are empty:
		// look-ups by index, in the order of the input.
		"plan_cache_mode": "force_generic_plan", "enable_hashjoin": "off", "enable_mergejoin": "off", "enable_seqscan": "off",
		"enable_bitmapscan": "off", "jit": "off",
	} {
		config.RuntimeParams[name] = value
	}
	f := &loginFlusher{
		db: stdlib.OpenDB(*config), queue: newQueue[*loginJob](o.QueueTimeout), onFlush: o.OnFlush,
		idle: sync.Pool{New: func() any { return &loginJob{done: make(chan struct{}, 1)} }},
	}
	f.db.SetMaxOpenConns(1)
	go f.queue.run(f.commit)
	return f
}

// record implements recordLogin of a backend.
func (f *loginFlusher) record(l *session.Login) (session.Recorded, bool, error) {
	j := f.idle.Get().(*loginJob)
	j.login, j.recorded, j.recordIt, j.err = l, session.Recorded{}, false, nil
	err := f.queue.put(j)
	if err == nil {
		<-j.done
		err = j.err
	}
	recorded, done := j.recorded, !j.recordIt
	j.login = nil
	f.idle.Put(j)
	return recorded, done, err
}

func (f *loginFlusher) close() error {
	f.queue.close()
	return f.db.Close()
}

// commit records a group: those who come twice, in a statement after the first.
func (f *loginFlusher) commit(group []*loginJob) {
	for len(group) > 0 {
		slices.SortStableFunc(group, func(a, b *loginJob) int {
			return cmp.Or(cmp.Compare(a.login.AppID, b.login.AppID), cmp.Compare(a.login.OpenID, b.login.OpenID))
		})
		once := group[:0:0]
		f.held = f.held[:0]
		for i, j := range group {
			if i > 0 && j.login.OpenID == group[i-1].login.OpenID && j.login.AppID == group[i-1].login.AppID {
				f.held = append(f.held, j)
			} else {
				once = append(once, j)
			}
		}
		start := time.Now()
		err := f.flush(once)
		f.onFlush(Flush{Steps: len(once), Took: time.Since(start), Err: err})
		for _, j := range once {
			j.done <- struct{}{}
		}
		group = slices.Clone(f.held)
	}
}

// flush records logins of different identities, and sets their answers.
func (f *loginFlusher) flush(group []*loginJob) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	recorded, err := f.statement(ctx, group)
	// An answer of the server's that says no means that it did nothing. Without
	// one, or when the server is going down, nobody knows.
	refusal, answered := errors.AsType[*pgconn.PgError](err)
	answered = answered && refusal.SeverityUnlocalized == "ERROR"
	for _, j := range group {
		switch found, ok := recorded[j.login.SessionID]; {
		case err != nil && !answered && !pgconn.SafeToRetry(err):
			j.err = fmt.Errorf("record logins: %w", err)
		case err != nil, !ok:
			j.recordIt = true
		default:
			j.recorded = found
		}
	}
	return err
}

func (f *loginFlusher) statement(ctx context.Context, group []*loginJob) (map[id.SessionID]session.Recorded, error) {
	rows, err := f.db.QueryContext(ctx, recordReturning, columnsOf(group)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	recorded := make(map[id.SessionID]session.Recorded, len(group))
	for rows.Next() {
		var sid id.SessionID
		var r session.Recorded
		if err := rows.Scan(append([]any{&sid}, personFields(&r.Person)...)...); err != nil {
			return nil, err
		}
		r.Person.Identity.UserID = r.Person.User.ID
		recorded[sid] = r
	}
	return recorded, rows.Err()
}

// columnsOf turns logins into the parameters of recordReturning.
func columnsOf(group []*loginJob) []any {
	texts := func(field func(*session.Login) string) []string {
		column := make([]string, len(group))
		for i, j := range group {
			column[i] = field(j.login)
		}
		return column
	}
	numbers := func(field func(*session.Login) int64) []int64 {
		column := make([]int64, len(group))
		for i, j := range group {
			column[i] = field(j.login)
		}
		return column
	}
	blobs := func(field func(*session.Login) []byte) [][]byte {
		column := make([][]byte, len(group))
		for i, j := range group {
			column[i] = field(j.login)
		}
		return column
	}
	windows := make([]*int64, len(group)) // nil: NULL
	for i, j := range group {
		if window, code := replayCode(j.login); code != nil {
			windows[i] = &window
		}
	}
	return []any{
		texts(func(l *session.Login) string { return string(l.SessionID) }),
		texts(func(l *session.Login) string { return string(l.AppID) }),
		texts(func(l *session.Login) string { return string(l.OpenID) }),
		numbers(func(l *session.Login) int64 { return l.At.UnixMilli() }),
		numbers(func(l *session.Login) int64 { return l.ExpiresAt.UnixMilli() }),
		numbers(func(l *session.Login) int64 { return l.EndsAt.UnixMilli() }),
		blobs(func(l *session.Login) []byte { return l.Salt[:] }),
		windows,
		blobs(func(l *session.Login) []byte { _, code := replayCode(l); return code }),
		blobs(func(l *session.Login) []byte { return l.Replay.KeyHash }),
		blobs(func(l *session.Login) []byte { return l.Replay.BodyHash }),
		blobs(func(l *session.Login) []byte { return l.Device }),
		blobs(func(l *session.Login) []byte { return l.Key[:] }),
		texts(func(l *session.Login) string { return string(l.UnionID) }),
		texts(func(l *session.Login) string { return string(l.OpenAccount) }),
		numbers(func(l *session.Login) int64 { return int64(l.MaxSessions) }),
		numbers(func(l *session.Login) int64 { return l.At.Add(-session.ReplayWindow).UnixMilli() }),
	}
}
