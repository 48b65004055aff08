package session

import (
	"context"
	"sync"
)

// flightKey tells which logins are one: code, key and body are equal. A login
// without a key is never the same as another.
type flightKey struct {
	code, key, body [16]byte
}

// flight is a login under way.
type flight struct {
	done chan struct{}
	out  Found
	err  error
}

// flights lets the same login, sent twice at once, be done once. The zero
// value is ready.
type flights struct {
	mu    sync.Mutex
	under map[flightKey]*flight
}

// do runs login, unless the same one is under way: then it waits for that one's
// result, or for ctx. shared tells which it was.
func (f *flights) do(ctx context.Context, key flightKey, login func() (Found, error)) (out Found, shared bool, err error) {
	f.mu.Lock()
	if other, ok := f.under[key]; ok {
		f.mu.Unlock()
		select {
		case <-other.done:
			return other.out, true, other.err
		case <-ctx.Done():
			return Found{}, true, ctx.Err()
		}
	}
	if f.under == nil {
		f.under = map[flightKey]*flight{}
	}
	own := &flight{done: make(chan struct{}), err: errLoginPanicked}
	f.under[key] = own
	f.mu.Unlock()

	// Deferred, so that a panic leaves nobody waiting.
	defer func() {
		f.mu.Lock()
		delete(f.under, key)
		f.mu.Unlock()
		close(own.done)
	}()
	own.out, own.err = login()
	return own.out, false, own.err
}
