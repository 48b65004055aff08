package accesstoken

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

// renewBefore is how long before its end a token is replaced: WeChat renews it
// five minutes early, and the old one stays good that long.
const renewBefore = 4 * time.Minute

// Source asks WeChat for a token.
type Source interface {
	StableToken(ctx context.Context, app wechat.App) (wechat.AccessToken, error)
}

// Holder holds one token per app. It is safe for concurrent use; make it with
// all fields set.
type Holder struct {
	Source Source
	Now    func() time.Time

	mu   sync.Mutex
	held map[id.AppID]*entry
}

// entry is one app's token. Its lock is held while WeChat is asked, so that one
// call asks and the others wait.
type entry struct {
	sem   chan struct{}
	token secret.String
	until time.Time
}

// Token returns a token that is good for some minutes, asking WeChat if the one
// held is not. refused names a token that WeChat just refused: it is given no
// more. Errors are those of wechat.Client.StableToken, or of ctx.
func (h *Holder) Token(ctx context.Context, app wechat.App, refused secret.String) (secret.String, error) {
	e := h.entry(app.ID)
	select {
	case e.sem <- struct{}{}:
		defer func() { <-e.sem }()
	case <-ctx.Done():
		return secret.String{}, ctx.Err()
	}
	if !e.token.Empty() && h.Now().Before(e.until) && !e.token.Equal(refused) {
		return e.token, nil
	}
	got, err := h.Source.StableToken(ctx, app)
	if err != nil {
		return secret.String{}, err
	}
	e.token, e.until = got.Value, h.Now().Add(max(got.ExpiresIn-renewBefore, 0))
	return e.token, nil
}

func (h *Holder) entry(appid id.AppID) *entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = map[id.AppID]*entry{}
	}
	e := h.held[appid]
	if e == nil {
		e = &entry{sem: make(chan struct{}, 1)}
		h.held[appid] = e
	}
	return e
}

// Do makes a call with the app's token. If WeChat refuses the token, the call
// is made once more with another; never again after that.
func (h *Holder) Do(ctx context.Context, app wechat.App, call func(token secret.String) error) error {
	token, err := h.Token(ctx, app, secret.String{})
	if err != nil {
		return err
	}
	err = call(token)
	if refusal, ok := errors.AsType[*wechat.Error](err); !ok || !refusal.TokenRefused() {
		return err
	}
	next, err := h.Token(ctx, app, token)
	if err != nil {
		return err
	}
	return call(next)
}
