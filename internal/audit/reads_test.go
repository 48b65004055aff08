package audit_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hufu-id/hufu/internal/audit"
	"github.com/hufu-id/hufu/internal/id"
)

// readStore remembers what it was told; it fails while broken.
type readStore struct {
	mu       sync.Mutex
	broken   error
	reads    []audit.Read
	listings []audit.Listing
}

func (s *readStore) RecordReads(_ context.Context, reads []audit.Read) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.reads = append(s.reads, reads...)
	}
	return s.broken
}

func (s *readStore) RecordListing(_ context.Context, l audit.Listing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken == nil {
		s.listings = append(s.listings, l)
	}
	return s.broken
}

func (*readStore) PruneReads(context.Context, time.Time, int) (int, error) { return 0, nil }

func newReads(s *readStore, now *time.Time) *audit.Reads {
	return audit.NewReads(s, func() time.Time { return *now }, slog.New(slog.DiscardHandler))
}

// users records, and writes at once.
func users(t *testing.T, r *audit.Reads, actor audit.Actor, apps []id.AppID, users ...id.UserID) {
	t.Helper()
	must(t, errors.Join(r.Users(t.Context(), actor, apps, users...), r.Flush(t.Context())))
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestReads(t *testing.T) {
	t.Parallel()
	s, now := &readStore{}, noon.In(time.FixedZone("", 8*3600))
	r := newReads(s, &now)
	key, another := audit.Key(id.NewKeyID(noon)), audit.Key(id.NewKeyID(noon))
	a, b, c := id.NewUserID(noon), id.NewUserID(noon), id.NewUserID(noon)
	for i, step := range []struct {
		actor audit.Actor
		apps  []id.AppID
		later time.Duration
		users []id.UserID
		want  []id.UserID // told to the store
	}{
		{key, nil, 0, []id.UserID{a}, []id.UserID{a}},
		{key, nil, 0, []id.UserID{a}, nil},
		{key, nil, time.Hour, []id.UserID{b, a, c, b}, []id.UserID{b, c}},
		{another, []id.AppID{"wx1"}, 0, []id.UserID{a}, []id.UserID{a}},
		{another, []id.AppID{"wx1", "wx2"}, 0, []id.UserID{b}, []id.UserID{b}},
		{key, nil, 0, nil, nil},
		{key, nil, 11*time.Hour - time.Millisecond, []id.UserID{a, b, c}, nil},
		{key, nil, time.Millisecond, []id.UserID{a}, []id.UserID{a}}, // the next day by UTC
	} {
		s.reads, now = nil, now.Add(step.later)
		users(t, r, step.actor, step.apps, step.users...)
		if len(step.want) == 0 {
			if len(s.reads) > 0 {
				t.Errorf("step %d: the store was asked", i)
			}
			continue
		}
		if len(s.reads) != 1 || !slices.Equal(s.reads[0].Users, step.want) || s.reads[0].Actor != step.actor || !s.reads[0].At.Equal(now) ||
			s.reads[0].At.Location() != time.UTC || (s.reads[0].AppID == "wx1") != (len(step.apps) == 1) {
			t.Errorf("step %d: %+v, want %v", i, s.reads, step.want)
		}
	}
	if err := (*audit.Reads)(nil).Users(t.Context(), key, nil, a); err != nil {
		t.Error(err)
	}
	if err := (*audit.Reads)(nil).Page(t.Context(), audit.Listing{Count: 1}); err != nil {
		t.Error(err)
	}
}

func TestReads_Page(t *testing.T) {
	t.Parallel()
	s, now := &readStore{}, noon
	r := newReads(s, &now)
	a, b := id.NewUserID(noon), id.NewUserID(noon)
	page := audit.Listing{Actor: audit.Key(id.NewKeyID(noon)), First: a, Last: b, Count: 2}
	longer := page
	longer.Last = id.NewUserID(noon)
	for _, step := range []struct {
		later time.Duration
		page  audit.Listing
		want  int
	}{
		{0, page, 1}, {time.Hour, page, 1}, {0, audit.Listing{}, 1}, {0, longer, 2}, {12 * time.Hour, page, 3},
	} {
		now = now.Add(step.later)
		if err := r.Page(t.Context(), step.page); err != nil || len(s.listings) != step.want {
			t.Fatalf("%d told, want %d; %v", len(s.listings), step.want, err)
		}
	}
	if !s.listings[2].At.Equal(now) {
		t.Errorf("told at %v", s.listings[2].At)
	}
	// One user alone is another thing than a page of one.
	if users(t, r, page.Actor, nil, a); len(s.reads) != 1 {
		t.Errorf("%d reads", len(s.reads))
	}
}

// TestReads_Broken: once it is known that nothing can be written, nobody new is
// shown; what waits then is written when it can be.
func TestReads_Broken(t *testing.T) {
	t.Parallel()
	broken := errors.New("no disk")
	s := &readStore{broken: broken}
	r := newReads(s, &noon)
	key, known, user := audit.Key(id.NewKeyID(noon)), id.NewUserID(noon), id.NewUserID(noon)
	page := audit.Listing{Actor: key, First: user, Last: user, Count: 1}
	must(t, r.Users(t.Context(), key, nil, known)) // nobody knows yet
	if err := r.Flush(t.Context()); !errors.Is(err, broken) {
		t.Error(err)
	}
	for range 2 {
		must(t, r.Users(t.Context(), key, nil, known))
		if err := r.Users(t.Context(), key, nil, user); !errors.Is(err, broken) {
			t.Error(err)
		}
		if err := r.Page(t.Context(), page); !errors.Is(err, broken) {
			t.Error(err)
		}
	}
	s.broken = nil
	must(t, r.Page(t.Context(), page))
	users(t, r, key, nil, user)
	if len(s.reads) != 2 || s.reads[0].Users[0] != known || s.reads[1].Users[0] != user || len(s.listings) != 1 {
		t.Errorf("%+v %+v", s.reads, s.listings)
	}
}

// slowly fails, after a while.
type slowly struct {
	readStore
	attempts atomic.Int64
}

func (s *slowly) RecordReads(ctx context.Context, reads []audit.Read) error {
	s.attempts.Add(1)
	time.Sleep(15 * time.Second) //nolint:forbidigo // of the bubble's clock
	return s.readStore.RecordReads(ctx, reads)
}

// TestReads_BrokenSlowly: while it takes long to learn that nothing can be
// written, nobody waits for the attempts of all who came before.
func TestReads_BrokenSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("another process writes")
		s := &slowly{readStore: readStore{broken: broken}}
		r := audit.NewReads(s, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
		key := audit.Key(id.NewKeyID(noon))
		must(t, r.Users(t.Context(), key, nil, manyUser(0)))
		if err := r.Flush(t.Context()); !errors.Is(err, broken) {
			t.Error(err)
		}
		s.attempts.Store(0)
		begun := time.Now()
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				if err := r.Users(t.Context(), key, nil, manyUser(1+i)); !errors.Is(err, broken) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(begun); took > 30*time.Second || s.attempts.Load() > 2 {
			t.Errorf("refused after %s and %d attempts", took, s.attempts.Load())
		}
		s.breakIt(nil)
		must(t, r.Users(t.Context(), key, nil, manyUser(1)))
		must(t, r.Flush(t.Context()))
		if s.told() != 2 {
			t.Errorf("%d told, want 2", s.told())
		}
	})
}

// TestReads_Run: what waits is written within a second, at the end of Run at the
// latest, and after a failure again.
func TestReads_Run(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &readStore{}
		r := newReads(s, &noon)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { r.Run(ctx); close(ended) }()
		key := audit.Key(id.NewKeyID(noon))
		must(t, r.Users(ctx, key, nil, manyUser(1)))
		must(t, r.Users(ctx, key, nil, manyUser(2)))
		synctest.Wait()
		if s.told() != 0 {
			t.Error("nothing waited for others")
		}
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble's clock
		if s.told() != 2 {
			t.Errorf("%d told within a second, want 2", s.told())
		}
		s.breakIt(errors.New("no disk"))
		must(t, r.Users(ctx, key, nil, manyUser(3)))
		time.Sleep(time.Minute) //nolint:forbidigo // of the bubble's clock
		s.breakIt(nil)
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble's clock
		if s.told() != 3 {
			t.Errorf("%d told once it was possible, want 3", s.told())
		}
		must(t, r.Users(ctx, key, nil, manyUser(4)))
		stop()
		<-ended
		if s.told() != 4 {
			t.Errorf("%d told at the end, want 4", s.told())
		}
	})
}

// TestReads_Full: so many wait that whoever comes next writes them.
func TestReads_Full(t *testing.T) {
	t.Parallel()
	s := &readStore{}
	r := newReads(s, &noon)
	key := audit.Key(id.NewKeyID(noon))
	const many = 10_000
	for i := range many {
		must(t, r.Users(t.Context(), key, nil, manyUser(i)))
	}
	if s.told() != 0 {
		t.Fatalf("%d told", s.told())
	}
	must(t, r.Users(t.Context(), key, nil, manyUser(many)))
	if s.told() != many {
		t.Errorf("%d told, want %d", s.told(), many)
	}
}

func (s *readStore) told() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.reads)
}

func (s *readStore) breakIt(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

// TestReads_Many: of far more reads than are remembered, the latest are, and what
// is asked for again and again.
func TestReads_Many(t *testing.T) {
	t.Parallel()
	s := &readStore{}
	r := newReads(s, &noon)
	key, often := audit.Key(id.NewKeyID(noon)), id.NewUserID(noon)
	const many = 200_000
	for i := range many {
		must(t, r.Users(t.Context(), key, nil, manyUser(i)))
		if i%1000 == 0 {
			must(t, r.Users(t.Context(), key, nil, often))
		}
	}
	must(t, r.Flush(t.Context()))
	told := len(s.reads)
	if told > many+1 {
		t.Errorf("%d were told: what is asked for often was forgotten", told)
	}
	users(t, r, key, nil, manyUser(many-1))
	if len(s.reads) != told {
		t.Error("the latest was forgotten")
	}
	users(t, r, key, nil, manyUser(0))
	if len(s.reads) == told {
		t.Error("the first of many is still remembered: there is no bound")
	}
}

func manyUser(i int) id.UserID { return id.UserID("usr_" + strconv.Itoa(i)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReads_AtOnce(t *testing.T) {
	t.Parallel()
	s := &readStore{}
	r := newReads(s, &noon)
	key := audit.Key(id.NewKeyID(noon))
	var fifty [50]id.UserID
	for i := range fifty {
		fifty[i] = id.NewUserID(noon)
	}
	var wg sync.WaitGroup
	var failed atomic.Int64
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				if r.Users(t.Context(), key, nil, fifty[i%50]) != nil {
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	must(t, r.Flush(t.Context()))
	told := map[id.UserID]bool{}
	for _, each := range s.reads {
		told[each.Users[0]] = true
	}
	if failed.Load() > 0 || len(told) != 50 || len(s.reads) > 8*50 {
		t.Errorf("%d failed, %d told of %d users", failed.Load(), len(s.reads), len(told))
	}
}
