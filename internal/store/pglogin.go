package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
)

// loginJob is a login that waits for the flusher.
type loginJob struct {
	login    *session.Login
	recorded session.Recorded
	known    bool // whether the identity exists
	recordIt bool // by a step of its own
	err      error
	done     chan struct{}
}

// loginFlusher is the one goroutine that records logins, as many as wait by one
// statement. More than one flusher was measured to be slower: their groups are
// smaller.
type loginFlusher struct {
	db      *sql.DB
	queue   *queue[*loginJob]
	held    []*loginJob // second logins of an identity in a group
	onFlush func(Flush)
	logger  *slog.Logger
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
		db: stdlib.OpenDB(*config), queue: newQueue[*loginJob](o.QueueTimeout), onFlush: o.OnFlush, logger: o.Logger,
		idle: sync.Pool{New: func() any { return &loginJob{done: make(chan struct{}, 1)} }},
	}
	f.db.SetMaxOpenConns(1)
	go f.queue.run(f.commit)
	return f
}

// record implements recordLogin of a backend.
func (f *loginFlusher) record(l *session.Login) (session.Recorded, bool, error) {
	j := f.idle.Get().(*loginJob)
	*j = loginJob{login: l, done: j.done}
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

// flush records logins of different identities, and sets their answers: first
// those that are plain, then first logins, then those of people who have as many
// sessions as they may. What remains then is left to steps of their own.
func (f *loginFlusher) flush(group []*loginJob) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	for _, j := range group {
		j.recordIt = true
	}
	err := f.try(ctx, group, f.returning)
	first, full := split(group)
	return errors.Join(err, f.try(ctx, first, f.first), f.try(ctx, full, f.full))
}

// split returns the logins that remain, by whether the identity is there.
func split(group []*loginJob) (unknown, known []*loginJob) {
	for _, j := range group {
		switch {
		case !j.recordIt || j.err != nil:
		case j.known:
			known = append(known, j)
		default:
			unknown = append(unknown, j)
		}
	}
	return unknown, known
}

// try records what a statement can record of the group.
func (f *loginFlusher) try(ctx context.Context, group []*loginJob, record func(context.Context, map[id.SessionID]*loginJob, []any) error) error {
	if len(group) == 0 {
		return nil
	}
	jobs := make(map[id.SessionID]*loginJob, len(group))
	for _, j := range group {
		jobs[j.login.SessionID] = j
	}
	err := record(ctx, jobs, columnsOf(group))
	if err == nil {
		return nil
	}
	// An answer of the server's that says no means that it did nothing. Without
	// one, or when the server is going down, nobody knows.
	refusal, answered := errors.AsType[*pgconn.PgError](err)
	undone := (answered && refusal.SeverityUnlocalized == "ERROR") || pgconn.SafeToRetry(err)
	if undone && !lostRace(err) && !(answered && (refusal.Code == "23505" || refusal.Code == "55P03")) { // unique_violation, lock_not_available
		f.logger.LogAttrs(ctx, slog.LevelWarn, "a group of logins is recorded one by one", slog.Any("error", err))
	}
	for _, j := range group {
		// Whoever was told by rows before the error is told the error, too.
		j.recordIt = true
		if !undone {
			j.err = fmt.Errorf("record logins: %w", err)
		}
	}
	return err
}

// columnsOf turns logins into the parameters of loginInput.
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
		texts(func(l *session.Login) string { return string(l.NewUserID) }),
		numbers(func(l *session.Login) int64 { return l.RevokedUntil.UnixMilli() }),
	}
}
