package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
)

// Merges owns what a business may see and decide of pairs of users who may be
// one person. An API key that is for some apps alone sees and decides pairs who
// are in no other app.
type Merges struct {
	Store MergeStore
	Now   func() time.Time
	// AccessLife is how long an access token lives.
	AccessLife time.Duration
}

func noMerge() error { return problem.New(problem.NotFound, "there is no such merge") }

// List lists pairs after one, the oldest first, at most limit; last is where to
// go on, empty at the end. An empty state is any.
func (m *Merges) List(ctx context.Context, state MergeState, after id.MergeID, limit int, may Apps) (list []Merge, last id.MergeID, _ error) {
	const turns, least = 20, 100 // a key for some apps passes many over
	for range turns {
		size := max(limit, least)
		page, err := m.Store.Merges(ctx, state, after, size)
		if err != nil {
			return nil, "", err
		}
		for i := range page {
			after = page[i].ID
			if !page[i].IsElsewhere(may) {
				list = append(list, page[i])
			}
			if len(list) == limit {
				if i == len(page)-1 && len(page) < size {
					after = ""
				}
				return list, after, nil
			}
		}
		if len(page) < size {
			return list, "", nil
		}
	}
	return list, after, nil
}

// IsElsewhere reports whether one of the two is also in an app that the caller
// may not know of.
func (m *Merge) IsElsewhere(may Apps) bool {
	return may != nil && slices.ContainsFunc(m.Apps, func(appid id.AppID) bool { return !may(appid) })
}

// find finds a pair that the caller may decide.
func (m *Merges) find(ctx context.Context, pair id.MergeID, may Apps) (Merge, error) {
	found, err := m.Store.MergeByID(ctx, pair)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && !slices.ContainsFunc(found.Apps, may):
		return Merge{}, noMerge()
	case err != nil:
		return Merge{}, err
	case found.IsElsewhere(may):
		return Merge{}, pairElsewhere()
	}
	return found, nil
}

func pairElsewhere() error {
	return problem.New(problem.InsufficientScope, "these users are also in apps that this API key is not for")
}

// Accept makes one user of a pair, whatever the apps' settings are. To do so
// again changes nothing. Errors are problems.
func (m *Merges) Accept(ctx context.Context, pair id.MergeID, by id.KeyID, may Apps) (Merge, error) {
	return m.decide(ctx, pair, by, may, m.Store.AcceptMerge)
}

// Reject leaves a pair two users; no later login lists it again. To do so again
// changes nothing. Errors are problems.
func (m *Merges) Reject(ctx context.Context, pair id.MergeID, by id.KeyID, may Apps) (Merge, error) {
	return m.decide(ctx, pair, by, may, m.Store.RejectMerge)
}

func (m *Merges) decide(ctx context.Context, pair id.MergeID, by id.KeyID, may Apps, step func(context.Context, MergeDecision) error) (Merge, error) {
	if _, err := m.find(ctx, pair, may); err != nil {
		return Merge{}, err
	}
	now := m.Now().UTC().Truncate(time.Millisecond)
	err := step(ctx, MergeDecision{ID: pair, By: by, May: may, At: now, Until: now.Add(m.AccessLife)})
	switch {
	case errors.Is(err, ErrNotFound):
		return Merge{}, noMerge()
	case errors.Is(err, ErrElsewhere): // since it was looked at
		return Merge{}, pairElsewhere()
	case errors.Is(err, ErrMergeDecided):
		return Merge{}, problem.New(problem.Conflict, "this merge was decided otherwise before")
	case err != nil:
		return Merge{}, err
	}
	return m.find(ctx, pair, may)
}
