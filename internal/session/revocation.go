package session

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
)

const (
	// revocationsEvery is how soon a replica learns of a session ended by
	// another one; together with revocationsFresh it keeps the promise of 1 s.
	revocationsEvery = 250 * time.Millisecond
	// revocationsFresh is for how long what was learned is believed. After
	// that each request looks at its session's row.
	revocationsFresh = 900 * time.Millisecond
	// clockSkew is how far replicas' clocks may differ, and how long a
	// transaction may take from its time to its commit.
	clockSkew = time.Minute
	// lookBack is how far each question looks back, lookBackEvery when one looks
	// back by clockSkew.
	lookBack      = 5 * time.Second
	lookBackEvery = 5 * time.Second
	// readTimeout bounds a look at a row for a request.
	readTimeout = 3 * time.Second

	detailRevoked = "this session has been ended: log in again"
)

// revocations are the ended sessions whose access tokens have not expired. The
// zero value believes nothing.
type revocations struct {
	mu    sync.RWMutex
	until map[id.SessionID]time.Time
	heard time.Time // when the store was last asked with success
	swept time.Time
	// lookedBack is when a question last looked back by clockSkew.
	lookedBack time.Time
	behind     bool // the last question failed
}

func (r *revocations) add(session id.SessionID, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until[session] = until
}

// revoked tells whether a session was ended, and whether that is to be
// believed.
func (r *revocations) revoked(session id.SessionID, now time.Time) (revoked, fresh bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	_, revoked = r.until[session]
	return revoked, revoked || now.Sub(r.heard) < revocationsFresh
}

// unheard is from when on revocations may not be known. A first question asks
// for all, as they are kept for as long as they count. Each question looks back
// a little, and now and then further, for those whose clock is behind or whose
// commit took long.
func (r *revocations) unheard(now time.Time) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.heard.IsZero():
		return time.UnixMilli(0)
	case now.Sub(r.lookedBack) >= lookBackEvery:
		r.lookedBack = now
		return r.heard.Add(-clockSkew)
	}
	return r.heard.Add(-lookBack)
}

func (r *revocations) merge(list []Revocation, asked time.Time) {
	r.mu.RLock()
	list = slices.DeleteFunc(list, func(each Revocation) bool { _, known := r.until[each.SessionID]; return known })
	r.mu.RUnlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, each := range list {
		r.until[each.SessionID] = each.Until
	}
	r.heard, r.behind = asked, false
	if asked.Sub(r.swept) < time.Minute {
		return
	}
	r.swept = asked
	for session, until := range r.until {
		if asked.After(until.Add(clockSkew)) {
			delete(r.until, session)
		}
	}
}

// Run keeps the revocations in step with the store until ctx is done.
func (m *Manager) Run(ctx context.Context) {
	ticker := time.NewTicker(revocationsEvery)
	defer ticker.Stop()
	for {
		m.listen(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// listen asks the store once what was revoked.
func (m *Manager) listen(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, revocationsFresh)
	defer cancel()
	asked := m.cfg.Now() // before the question: what is learned is that old
	list, err := m.cfg.Store.Revocations(ctx, m.revoked.unheard(asked))
	if err == nil {
		m.revoked.merge(list, asked)
		return
	}
	m.revoked.mu.Lock()
	first := !m.revoked.behind
	m.revoked.behind = true
	m.revoked.mu.Unlock()
	if first && !errors.Is(ctx.Err(), context.Canceled) {
		m.cfg.Logger.LogAttrs(ctx, slog.LevelError, "revocations can't be read, each request looks for itself", slog.Any("error", err))
	}
}

// alive refuses the session if it was ended.
func (m *Manager) alive(ctx context.Context, session id.SessionID) error {
	revoked, fresh := m.revoked.revoked(session, m.cfg.Now())
	if !fresh {
		ctx, cancel := context.WithTimeout(ctx, readTimeout)
		defer cancel()
		found, err := m.cfg.Store.Load(ctx, session)
		switch {
		case errors.Is(err, ErrNotFound):
			revoked = true
		case err != nil:
			return problem.Of(err)
		default:
			revoked = !found.Session.EndedAt.IsZero()
		}
	}
	if revoked {
		return problem.New(problem.SessionRevoked, detailRevoked)
	}
	return nil
}

// end ends a session, here at once and everywhere within a second.
func (m *Manager) end(ctx context.Context, session id.SessionID, reason EndReason, now time.Time) error {
	return m.endBy(ctx, "", session, reason, now)
}

// endBy does so for somebody else than the person, whom the audit names.
func (m *Manager) endBy(ctx context.Context, by audit.Actor, session id.SessionID, reason EndReason, now time.Time) error {
	until := now.Add(m.cfg.AccessLife)
	_, err := m.cfg.Store.End(ctx, Ending{SessionID: session, At: now, Reason: reason, Until: until, Actor: by})
	if err != nil {
		return problem.Of(err)
	}
	m.revoked.add(session, until)
	return nil
}
