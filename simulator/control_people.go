package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// appView is an app as the controls show it.
type appView struct {
	AppID       string  `json:"appid"`
	Secret      string  `json:"secret"`
	Type        AppType `json:"type"`
	OpenAccount *string `json:"open_account"`
	Push        *Push   `json:"push,omitempty"`
}

func viewApp(a App) appView {
	v := appView{AppID: a.AppID, Secret: a.Secret, Type: a.Type, Push: a.Push}
	if a.OpenAccount != "" {
		v.OpenAccount = &a.OpenAccount
	}
	return v
}

func (s *Server) listApps(w http.ResponseWriter, r *http.Request) {
	from, limit, err := page(r)
	if err != nil {
		controlFailure(w, err)
		return
	}
	apps := s.Apps()
	from = min(from, len(apps))
	end, next := min(from+limit, len(apps)), -1
	if end < len(apps) {
		next = end
	}
	out := list[appView]{Data: []appView{}, Next: cursor(next)}
	for _, a := range apps[from:end] {
		out.Data = append(out.Data, viewApp(a))
	}
	controlJSON(w, http.StatusOK, out)
}

// appPatch tells what was given from what was not: a null open_account takes
// the app out of its account, none leaves it.
type appPatch struct {
	AppID       string          `json:"appid"`
	Secret      *string         `json:"secret"`
	Type        *AppType        `json:"type"`
	OpenAccount json.RawMessage `json:"open_account"`
	Push        json.RawMessage `json:"push"`
}

func (p appPatch) apply(a *App) error {
	if p.Secret != nil {
		a.Secret = *p.Secret
	}
	if p.Type != nil {
		a.Type = *p.Type
	}
	if p.OpenAccount != nil {
		a.OpenAccount = ""
		if err := json.Unmarshal(p.OpenAccount, &a.OpenAccount); err != nil {
			return fmt.Errorf("%w: open_account must be text or null", ErrInvalid)
		}
	}
	if p.Push != nil {
		a.Push = nil
		if bytes.Equal(p.Push, []byte("null")) {
			return nil
		}
		a.Push = new(Push)
		if err := decodeStrict(p.Push, a.Push); err != nil {
			return fmt.Errorf("%w: push: %w", ErrInvalid, err)
		}
	}
	return nil
}

func (s *Server) postApp(w http.ResponseWriter, r *http.Request) {
	var in appPatch
	if !decode(w, r, &in) {
		return
	}
	if err := in.apply(&App{}); err != nil {
		controlFailure(w, err)
		return
	}
	a, created, err := s.world.putApp(in.AppID, func(a *App) {
		_ = in.apply(a) // it was good a moment ago, and does not look at a
	})
	if err != nil {
		controlFailure(w, err)
		return
	}
	controlJSON(w, createdOr(created), viewApp(a))
}

func createdOr(created bool) int {
	if created {
		return http.StatusCreated
	}
	return http.StatusOK
}

func (s *Server) listUsers(w http.ResponseWriter, r *http.Request) {
	from, limit, err := page(r)
	if err != nil {
		controlFailure(w, err)
		return
	}
	users, next := s.world.usersFrom(from, limit)
	controlJSON(w, http.StatusOK, list[User]{Data: users, Next: cursor(next)})
}

func (s *Server) postUser(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Name        string  `json:"name"`
		Nickname    *string `json:"nickname"`
		AvatarURL   *string `json:"avatar_url"`
		PhoneNumber *string `json:"phone_number"`
		Blocked     *bool   `json:"blocked"`
	}
	if !decode(w, r, &in) {
		return
	}
	u, created, err := s.world.putUser(in.Name, func(u *User) {
		give(&u.Nickname, in.Nickname)
		give(&u.AvatarURL, in.AvatarURL)
		give(&u.PhoneNumber, in.PhoneNumber)
		give(&u.Blocked, in.Blocked)
	})
	if err != nil {
		controlFailure(w, err)
		return
	}
	controlJSON(w, createdOr(created), struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}{u.ID, u.Name})
}

// give sets what was given.
func give[T any](field, given *T) {
	if given != nil {
		*field = *given
	}
}
