package identity

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// readTimeout bounds a look into the store.
const readTimeout = 5 * time.Second

func (a *API) postAvatar(ctx context.Context, r *web.Request, upload *web.Upload) (View, error) {
	p, err := a.Person(ctx, r.Principal().SessionID)
	if err != nil {
		return View{}, err
	}
	if ok, wait := a.Uploads.AllowKey(string(p.User.ID)); !ok {
		e := problem.New(problem.RateLimited, "too many avatars were uploaded")
		e.RetryAfter = wait
		return View{}, e
	}
	if err := a.takeUpload(ctx, &p, upload); err != nil {
		return View{}, a.orGone(ctx, r, err)
	}
	return a.getMe(ctx, r, nil)
}

// takeUpload holds the image in memory while it has a turn for that, and decodes
// it when it has a turn for that too.
func (a *API) takeUpload(ctx context.Context, p *Person, upload *web.Upload) error {
	release, err := a.bodies.take(ctx)
	if err != nil {
		return err
	}
	defer release()
	image, err := upload.Read()
	if err != nil {
		return err
	}
	data, err := a.decode(ctx, image)
	if err != nil {
		return err
	}
	return a.Profiles.setAvatar(ctx, p.User.ID, data)
}

func (a *API) decode(ctx context.Context, image []byte) ([]byte, error) {
	release, err := a.decoders.take(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	return makeAvatar(image)
}

// getAvatar serves a picture to anybody who knows its address. It never changes,
// but it goes when its owner wants it gone: a day is how long copies may stay.
func (a *API) getAvatar(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	avatar, err := a.Profiles.Store.FindAvatar(ctx, r.PathValue("id"))
	if errors.Is(err, ErrNotFound) {
		err = problem.New(problem.NotFound, "there is no such avatar")
	}
	if err != nil {
		web.Fail(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", avatar.Type)
	h.Set("Cache-Control", "public, max-age=86400, immutable")
	h.Set("Etag", `"`+avatar.ID+`"`)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	// Pages of any site may show it, as the phone may.
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Content-Disposition", "inline")
	http.ServeContent(w, r, "", avatar.CreatedAt, bytes.NewReader(avatar.Data))
}
