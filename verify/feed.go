package verify

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	defaultFeedInterval = 2 * time.Second
	minFeedInterval     = time.Second
	defaultStaleAfter   = time.Minute
	// maxFeedBackoff bounds the wait after failures.
	maxFeedBackoff = 30 * time.Second
	// maxPages bounds the pages of one poll; what is left comes with the next.
	maxPages = 1000
	// maxRevoked bounds the ended sessions that are held: some 150 MiB. More
	// than that within a token's life is no longer news that can be followed.
	maxRevoked = 1 << 20
)

type feedSettings struct {
	Feed
	// authorization is a func, so that printing a Verifier prints no API key.
	authorization func() string
}

// feed follows the issuer's list of ended sessions.
type feed struct {
	feedSettings
	address string
	fetch   *fetcher
	life    *lifetime
	log     *slog.Logger
	leeway  time.Duration

	start sync.Once
	tried chan struct{} // closed when the first poll ends

	mu      sync.RWMutex
	revoked map[SessionID]time.Time // until when it matters
	synced  time.Time               // when the last complete poll began
	lastErr error

	cursor string // of the poller alone
}

func newFeed(s feedSettings, issuer string, fetch *fetcher, life *lifetime) *feed {
	return &feed{
		feedSettings: s, address: issuer + "/v1/server/revocations", fetch: fetch, life: life,
		tried: make(chan struct{}), revoked: map[SessionID]time.Time{},
	}
}

// begin starts the poller, once.
func (f *feed) begin() {
	f.start.Do(func() { f.life.run(f.follow) })
}

// check refuses an ended session. Before the first poll has ended it waits for
// that, since nothing is known until then.
func (f *feed) check(ctx context.Context, session SessionID) error {
	if err := f.awaitFirst(ctx); err != nil {
		return err
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	if _, ended := f.revoked[session]; ended {
		return ErrRevoked
	}
	if f.refuses(time.Now()) {
		return unavailable(f.lastFault())
	}
	return nil
}

func (f *feed) awaitFirst(ctx context.Context) error {
	select {
	case <-f.tried:
		return nil
	default:
	}
	select {
	case <-f.tried:
		return nil
	case <-ctx.Done():
		return unavailable(ctx.Err())
	case <-f.life.ctx.Done():
		return unavailable(errClosed)
	}
}

// ready waits for the first poll, and fails if none ever succeeded, as with a
// wrong API key, or if check would refuse for want of news.
func (f *feed) ready(ctx context.Context) error {
	f.begin()
	if err := f.awaitFirst(ctx); err != nil {
		return err
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.synced.IsZero() || f.refuses(time.Now()) {
		return unavailable(f.lastFault())
	}
	return nil
}

// refuses reports whether there is too little news to judge. It wants f.mu.
func (f *feed) refuses(now time.Time) bool {
	return f.WhenStale == RefuseWhenStale && f.stale(now)
}

// stale wants f.mu.
func (f *feed) stale(now time.Time) bool {
	return f.synced.IsZero() || now.Sub(f.synced) > f.StaleAfter
}

func (f *feed) lastFault() error {
	if f.lastErr != nil {
		return f.lastErr
	}
	return errors.New("no news of ended sessions")
}

// follow polls until ctx is done.
func (f *feed) follow(ctx context.Context) {
	failures := 0
	for {
		began := time.Now()
		err := f.poll(ctx)
		if ctx.Err() != nil {
			return
		}
		f.settle(began, err)
		f.report(ctx, failures, err)
		wait := f.Interval
		if err == nil {
			failures = 0
		} else {
			failures++
			wait = backoff(failures, f.Interval, max(maxFeedBackoff, f.Interval))
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// settle takes the result of a poll in, and forgets what matters no more: a
// session whose last token has expired, leeway counted.
func (f *feed) settle(began time.Time, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lastErr = err
	if err == nil {
		f.synced = began
	}
	for session, until := range f.revoked {
		if began.After(until.Add(f.leeway)) {
			delete(f.revoked, session)
		}
	}
	select {
	case <-f.tried:
	default:
		close(f.tried)
	}
}

// report tells of a change, not of each poll.
func (f *feed) report(ctx context.Context, failures int, err error) {
	switch {
	case err != nil && failures == 0:
		f.log.LogAttrs(ctx, slog.LevelWarn, "ended sessions cannot be followed", slog.Any("error", err))
	case err == nil && failures > 0:
		f.log.LogAttrs(ctx, slog.LevelInfo, "ended sessions are followed again", slog.Int("failures", failures))
	}
}

// poll reads from where the last poll ended to the end of the list.
func (f *feed) poll(ctx context.Context) error {
	for range maxPages {
		more, err := f.page(ctx)
		if err != nil || !more {
			return err
		}
	}
	return errors.New("the list of ended sessions has no end")
}

func (f *feed) page(ctx context.Context) (more bool, err error) {
	address := f.address
	if f.cursor != "" {
		address += "?since=" + url.QueryEscape(f.cursor)
	}
	body, _, err := f.fetch.get(ctx, address, f.authorization())
	if err != nil {
		var status statusError
		if errors.As(err, &status) && (status == http.StatusBadRequest || status == http.StatusGone) {
			f.cursor = "" // not known any more, as after a restored backup: read all anew
		}
		return false, err
	}
	var page struct {
		Data []struct {
			SessionID SessionID `json:"sid"`
			Until     time.Time `json:"until"`
		} `json:"data"`
		Next *string `json:"next_cursor"`
	}
	if err := json.Unmarshal(body, &page); err != nil || page.Data == nil {
		return false, errors.New("the list of ended sessions is not what was expected")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, each := range page.Data {
		if each.SessionID == "" || len(each.SessionID) > maxClaim || each.Until.IsZero() {
			return false, errors.New("the list of ended sessions has an entry that names none")
		}
		if len(f.revoked) >= maxRevoked {
			return false, errors.New("more sessions were ended than can be held")
		}
		f.revoked[each.SessionID] = each.Until
	}
	if page.Next == nil || *page.Next == "" || *page.Next == f.cursor {
		return false, nil
	}
	f.cursor = *page.Next
	return len(page.Data) > 0, nil
}
