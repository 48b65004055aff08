package problem_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
)

type busy struct{}

func (busy) Error() string             { return "busy" }
func (busy) RetryAfter() time.Duration { return 3 * time.Second }

func TestOf(t *testing.T) {
	t.Parallel()
	known := problem.New(problem.Conflict, "known")
	for name, tc := range map[string]struct {
		err    error
		code   problem.Code
		status int
		retry  time.Duration
	}{
		"Known":       {fmt.Errorf("wrapped: %w", known), problem.Conflict, 0, 0},
		"KnownOfBusy": {problem.Wrap(problem.Conflict, busy{}, "known"), problem.Conflict, 0, 0},
		"Unknown":     {errors.New("what nobody may read"), problem.Internal, 0, 0},
		"Passing":     {fmt.Errorf("%w: %w", busy{}, errors.New("lost every race")), problem.Internal, http.StatusServiceUnavailable, 3 * time.Second},
	} {
		p := problem.Of(tc.err)
		if p.Code != tc.code || p.Status != tc.status || p.RetryAfter != tc.retry {
			t.Errorf("%s: %+v", name, p)
		}
		if tc.code == problem.Internal && !errors.Is(p, tc.err) {
			t.Errorf("%s: the cause is lost", name)
		}
	}
}
