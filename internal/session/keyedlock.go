package session

import (
	"context"
	"sync"
)

// keyedLock lets one caller at a time in for each key. The zero value is ready,
// and holds nothing of keys that nobody uses.
type keyedLock[K comparable] struct {
	mu    sync.Mutex
	byKey map[K]*turnstile
}

type turnstile struct {
	inside chan struct{}
	users  int // inside or waiting
}

// lock waits until it is the caller's turn, or ctx is done. The caller calls
// unlock if err is nil.
func (l *keyedLock[K]) lock(ctx context.Context, key K) (unlock func(), err error) {
	l.mu.Lock()
	if l.byKey == nil {
		l.byKey = map[K]*turnstile{}
	}
	t := l.byKey[key]
	if t == nil {
		t = &turnstile{inside: make(chan struct{}, 1)}
		l.byKey[key] = t
	}
	t.users++
	l.mu.Unlock()
	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(l.byKey, key)
		}
	}
	select {
	case t.inside <- struct{}{}:
		return func() { <-t.inside; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
