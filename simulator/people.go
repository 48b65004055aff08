package simulator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AppType is the kind of an app.
type AppType string

// The kinds of app an open account can hold.
const (
	TypeMiniProgram     AppType = "miniprogram"
	TypeOfficialAccount AppType = "official_account"
	TypeMobile          AppType = "mobile"
	TypeWebsite         AppType = "website"
)

// App is a registered app.
type App struct {
	AppID       string  // 1 to 64 of [0-9A-Za-z_-]; real ones are wx and 16 hex digits
	Secret      string  // 1 to 128 printable ASCII characters
	Type        AppType // "" means TypeMiniProgram
	OpenAccount string  // apps of one open account share unionids; "": no unionid
	Push        *Push   // where message pushes go; kept, not used yet
}

// Push is the message push configuration of an app.
type Push struct {
	URL            string `json:"url"`
	Token          string `json:"token"`
	EncodingAESKey string `json:"encoding_aes_key"`
	Mode           string `json:"mode"`
	Format         string `json:"format"`
}

// User is a person who uses WeChat.
type User struct {
	ID          string `json:"id"`   // derived from the seed and the name
	Name        string `json:"name"` // unique; 1 to 64 characters
	Nickname    string `json:"nickname"`
	AvatarURL   string `json:"avatar_url"`
	PhoneNumber string `json:"phone_number"` // derived, unless it was set
	Blocked     bool   `json:"blocked"`      // high-risk: a login is answered with 40226
}

// Bounds on what a caller can make the simulator keep.
const (
	maxApps   = 10_000
	maxPeople = 5_000_000
	maxText   = 2048
)

var appIDShape = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// AddApp registers an app or, if the appid is known, replaces its settings.
// Codes, keys and tokens of a known app live on. The error is ErrInvalid.
func (s *Server) AddApp(a App) error {
	s.init()
	_, _, err := s.world.putApp(a.AppID, func(old *App) { *old = a })
	return err
}

// AddUser registers a person or, if the name is known, replaces what is told
// of them. An empty phone number means the derived one, an empty nickname the
// name. The ID of u is ignored. It returns the person; the error is
// ErrInvalid.
func (s *Server) AddUser(u User) (User, error) {
	s.init()
	got, _, err := s.world.putUser(u.Name, func(old *User) {
		old.Blocked, old.AvatarURL = u.Blocked, u.AvatarURL
		old.Nickname, old.PhoneNumber = u.Nickname, u.PhoneNumber
	})
	return got, err
}

// Apps lists the apps in the order in which they came.
func (s *Server) Apps() []App {
	s.init()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]App, len(w.appList))
	for i, a := range w.appList {
		out[i] = a.clone()
	}
	return out
}

// Users lists the people in the order in which they came.
func (s *Server) Users() []User {
	s.init()
	users, _ := s.world.usersFrom(0, maxPeople)
	return users
}

// OpenID is the openid of a person in an app, before any login too.
func (s *Server) OpenID(appID, user string) (string, error) {
	s.init()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	a, p, err := w.find(appID, user)
	if err != nil {
		return "", fmt.Errorf("openid: %w", err)
	}
	return w.member(a, p).openID, nil
}

// UnionID is the unionid a login of the person would bring now: "" where the
// app has no open account.
func (s *Server) UnionID(appID, user string) (string, error) {
	s.init()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	a, p, err := w.find(appID, user)
	if err != nil {
		return "", fmt.Errorf("unionid: %w", err)
	}
	return w.unionOf(w.member(a, p)), nil
}

func (a App) clone() App {
	if a.Push != nil {
		push := *a.Push
		a.Push = &push
	}
	return a
}

// putApp makes or changes an app; change gets what is known of it.
func (w *world) putApp(appID string, change func(*App)) (App, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.apps[appID]
	next := App{Type: TypeMiniProgram}
	if a != nil {
		next = a.clone()
	}
	change(&next)
	next = next.clone()
	next.AppID = appID
	if next.Type == "" {
		next.Type = TypeMiniProgram
	}
	if err := next.validate(); err != nil {
		return App{}, false, fmt.Errorf("app %q: %w", clip(appID), err)
	}
	if a != nil {
		a.App = next
		return next.clone(), false, nil
	}
	if len(w.appList) >= maxApps {
		return App{}, false, fmt.Errorf("app: %w: there are %d already", ErrInvalid, maxApps)
	}
	w.addApp(next)
	return next.clone(), true, nil
}

func (w *world) addApp(a App) {
	made := &app{App: a, byOpenID: make(map[string]*member)}
	w.apps[a.AppID] = made
	w.appList = append(w.appList, made)
}

func (a App) validate() error {
	types := []AppType{TypeMiniProgram, TypeOfficialAccount, TypeMobile, TypeWebsite}
	switch {
	case !appIDShape.MatchString(a.AppID):
		return fmt.Errorf("%w: appid must be 1 to 64 of [0-9A-Za-z_-]", ErrInvalid)
	case !printableASCII(a.Secret) || len(a.Secret) > 128:
		return fmt.Errorf("%w: secret must be 1 to 128 printable ASCII characters", ErrInvalid)
	case !slices.Contains(types, a.Type):
		return fmt.Errorf("%w: type must be miniprogram, official_account, mobile or website", ErrInvalid)
	case !plainText(a.OpenAccount, 64):
		return fmt.Errorf("%w: open_account must be at most 64 characters of plain text", ErrInvalid)
	case a.Push != nil && (len(a.Push.URL) > maxText || len(a.Push.Token) > 64 || len(a.Push.EncodingAESKey) > 64 ||
		len(a.Push.Mode) > 32 || len(a.Push.Format) > 32):
		return fmt.Errorf("%w: push has a field that is too long", ErrInvalid)
	}
	return nil
}

// putUser makes or changes a person; change gets what is known of them.
func (w *world) putUser(name string, change func(*User)) (User, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.byName[name]
	next := w.newUser(name)
	if p != nil {
		next = p.User
	}
	change(&next)
	known := w.newUser(name)
	next.ID, next.Name = known.ID, known.Name
	if next.Nickname == "" {
		next.Nickname = known.Nickname
	}
	if next.PhoneNumber == "" {
		next.PhoneNumber = known.PhoneNumber
	}
	if err := next.validate(); err != nil {
		return User{}, false, fmt.Errorf("user %q: %w", clip(name), err)
	}
	if p != nil {
		p.User = next
		return next, false, nil
	}
	if len(w.people) >= maxPeople {
		return User{}, false, fmt.Errorf("user: %w: there are %d already", ErrInvalid, maxPeople)
	}
	w.addPerson(next)
	return next, true, nil
}

func (w *world) newUser(name string) User {
	return User{ID: userID(w.seed, name), Name: name, Nickname: name, PhoneNumber: phoneNumber(w.seed, name)}
}

func (w *world) addPerson(u User) {
	p := &person{User: u}
	w.byName[u.Name] = p
	w.byID[u.ID] = p
	w.people = append(w.people, p)
}

func (u User) validate() error {
	switch {
	case u.Name == "" || !plainText(u.Name, 64):
		return fmt.Errorf("%w: name must be 1 to 64 characters of plain text", ErrInvalid)
	case strings.HasPrefix(u.Name, userIDPrefix):
		return fmt.Errorf("%w: name must not look like an id", ErrInvalid)
	case !plainText(u.Nickname, 256):
		return fmt.Errorf("%w: nickname must be at most 256 characters of plain text", ErrInvalid)
	case len(u.AvatarURL) > maxText || !plainText(u.AvatarURL, maxText):
		return fmt.Errorf("%w: avatar_url is too long or not plain text", ErrInvalid)
	case !printableASCII(u.PhoneNumber) || len(u.PhoneNumber) > 20:
		return fmt.Errorf("%w: phone_number must be at most 20 ASCII characters", ErrInvalid)
	}
	return nil
}

// usersFrom lists at most limit people from index from on, and the index of
// the next, or -1.
func (w *world) usersFrom(from, limit int) ([]User, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	from = min(from, len(w.people))
	end := min(from+limit, len(w.people))
	out := make([]User, 0, end-from)
	for _, p := range w.people[from:end] {
		out = append(out, p.User)
	}
	if end == len(w.people) {
		return out, -1
	}
	return out, end
}

func printableASCII(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func plainText(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && strings.IndexFunc(s, unicode.IsControl) < 0
}
