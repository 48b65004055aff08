package identity

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/problem"
)

// ErrNotFound says that there is no such user or avatar.
var ErrNotFound = errors.New("user or avatar not found")

// Avatar is a picture that hufu keeps.
type Avatar struct {
	// ID can't be guessed; each upload has a new one.
	ID        string
	UserID    id.UserID
	CreatedAt time.Time
	Type      string // the media type of Data
	Data      []byte
}

// ProfileStore keeps what people show of themselves. Each method is one atomic
// step, durable when it returns nil. Of a user that there is not they tell
// ErrNotFound, and change nothing; one who was merged into another is the other.
type ProfileStore interface {
	// SetNickname keeps a nickname; empty: none.
	SetNickname(ctx context.Context, user id.UserID, nickname string) error
	// SetAvatarURL keeps the address of a picture that is elsewhere, and
	// forgets the user's own; empty: none at all.
	SetAvatarURL(ctx context.Context, user id.UserID, url string) error
	// PutAvatar keeps a picture, and its address, in place of all there were.
	PutAvatar(ctx context.Context, a Avatar, url string) error
	// FindAvatar finds a picture.
	FindAvatar(ctx context.Context, avatar string) (Avatar, error)
}

// Profiles owns the rules of what people show of themselves.
type Profiles struct {
	Store ProfileStore
	// PublicURL begins the addresses of avatars; only uploads need it.
	PublicURL string
	Now       func() time.Time // default: time.Now
}

// SetNickname changes a nickname to what CleanNickname makes of it; empty: none.
// Errors are problems: invalid_request that blames the field nickname; NotFound
// if there is no such user.
func (p *Profiles) SetNickname(ctx context.Context, user id.UserID, nickname string) error {
	if nickname != "" {
		var err error
		if nickname, err = CleanNickname(nickname); err != nil {
			return err
		}
	}
	return profileProblem(p.Store.SetNickname(ctx, user, nickname))
}

// SetAvatarURL takes over the avatar that WeChat shows of a person, in place of
// any that was uploaded. An address that is not https at WeChat's pictures
// (qlogo.cn) is ignored without an error: who may choose it could learn who
// looks at it. Errors are problems: NotFound if there is no such user.
func (p *Profiles) SetAvatarURL(ctx context.Context, user id.UserID, address string) error {
	if !weChatPicture(address) {
		return nil
	}
	return profileProblem(p.Store.SetAvatarURL(ctx, user, address))
}

// maxAvatarURL is the longest address that is kept; WeChat's have some 150
// bytes.
const maxAvatarURL = 512

// weChatPicture reports whether an address is one of WeChat's own pictures.
func weChatPicture(address string) bool {
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c > '~' || c == '\\' || c == '"' || c == '<' || c == '>' {
			return false
		}
	}
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAvatarURL || u.Scheme != "https" || u.User != nil || u.Port() != "" || u.Opaque != "" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return u.Host == u.Hostname() && (host == "qlogo.cn" || strings.HasSuffix(host, ".qlogo.cn"))
}

func profileProblem(err error) error {
	if errors.Is(err, ErrNotFound) {
		return problem.New(problem.NotFound, "there is no such user")
	}
	return err
}
