package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"runtime"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/picture"
	"github.com/hufu-id/hufu/internal/problem"
)

// MaxAvatar is the largest image in bytes that is taken for an avatar.
const MaxAvatar = 2 << 20

const (
	// bodiesAtOnce is how many uploads are held in memory at once, MaxAvatar
	// each.
	bodiesAtOnce = 32
	// slotWait is how long an upload waits for its turn, at each of its steps.
	slotWait = 5 * time.Second
	// avatarPath is below the public URL.
	avatarPath = "/avatars/"
)

// slots bounds how many do something at once.
type slots chan struct{}

// take waits for a turn; release gives it back. Errors are problems.
func (s slots) take(ctx context.Context) (release func(), _ error) {
	timeout := time.NewTimer(slotWait)
	defer timeout.Stop()
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-timeout.C:
		e := problem.New(problem.RateLimited, "too many avatars are uploaded at once")
		e.RetryAfter = slotWait
		return nil, e
	}
}

// decodersAtOnce leaves processors to the logins, and bounds the memory: a
// decoder takes 170 MiB at worst.
func decodersAtOnce() int { return min(max(runtime.GOMAXPROCS(0)/2, 1), 2) }

// makeAvatar makes an avatar of an image. Errors are problems: invalid_request
// that blames the field file, with status 413 for an image of too many pixels.
func makeAvatar(image []byte) ([]byte, error) {
	data, err := picture.Square(image)
	if err != nil {
		return nil, imageProblem(err)
	}
	return data, nil
}

// setAvatar keeps a picture that makeAvatar made, in place of any other, under an
// address that is new. Errors are problems: NotFound if there is no such user.
func (p *Profiles) setAvatar(ctx context.Context, user id.UserID, data []byte) error {
	now := time.Now
	if p.Now != nil {
		now = p.Now
	}
	a := Avatar{
		ID: rand.Text(), UserID: user, CreatedAt: now().UTC().Truncate(time.Millisecond),
		Type: picture.Type, Data: data,
	}
	return profileProblem(p.Store.PutAvatar(ctx, a, p.PublicURL+avatarPath+a.ID))
}

// imageProblem says what is wrong with an image. What a decoder says goes into
// the log alone.
func imageProblem(err error) error {
	const field = "file"
	var e *problem.Error
	switch {
	case errors.Is(err, picture.ErrFormat):
		e = problem.New(problem.InvalidRequest, "the image must be a JPEG, PNG, WebP or GIF")
	case errors.Is(err, picture.ErrTooLarge):
		e = problem.New(problem.InvalidRequest, "the image has too many pixels, or would take too much to decode")
		e.Status = http.StatusRequestEntityTooLarge
	case errors.Is(err, picture.ErrBroken):
		e = problem.Wrap(problem.InvalidRequest, err, "the image is broken or incomplete, or of a kind that is not read")
	default:
		return err
	}
	e.Field = field
	return e
}
