package session

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// ProfileWriter keeps what a person shows of themself. Its errors are problems:
// invalid_request for a nickname that can't be kept.
type ProfileWriter interface {
	SetNickname(ctx context.Context, user id.UserID, nickname string) error
	SetAvatarURL(ctx context.Context, user id.UserID, address string) error
}

// UserInfo is what wx.getUserInfo or wx.getUserProfile gave the page.
type UserInfo struct {
	RawData, Signature string
	Sealed             wxcrypto.Sealed
}

// TakeUserInfo takes nickname and avatar over from WeChat's, and returns the
// person as they are then. What WeChat hands out in place of a real profile is
// not taken, nor is a nickname that hufu would not let anybody have. Errors are
// problems.
func (m *Manager) TakeUserInfo(ctx context.Context, session id.SessionID, in UserInfo) (identity.Person, error) {
	var profile wxcrypto.Profile
	got, err := m.openData(ctx, session, in.Sealed, func(key wxcrypto.SessionKey, data wxcrypto.OpenData) (err error) {
		if !key.VerifyRawData(in.RawData, in.Signature) {
			return &refused{problem.SignatureMismatch, "raw_data"}
		}
		if profile, err = data.Profile(); err != nil {
			return &refused{problem.DecryptFailed, string(wxcrypto.ReasonOf(err))}
		}
		return nil
	})
	if err != nil {
		return identity.Person{}, err
	}
	if err := m.takeProfile(ctx, &got.person, &profile); err != nil {
		if problem.CodeOf(err) != problem.NotFound {
			return identity.Person{}, err
		}
		// Erased meanwhile: then the session is over, too.
		_, gone := m.Person(ctx, session)
		return identity.Person{}, cmp.Or(gone, err)
	}
	return m.Person(ctx, session)
}

// takeProfile keeps what is real of a profile. Errors are problems.
func (m *Manager) takeProfile(ctx context.Context, p *identity.Person, profile *wxcrypto.Profile) error {
	if !profile.AnonymousNickName() {
		if err := m.takeNickname(ctx, p, profile.NickName); err != nil && problem.CodeOf(err) != problem.InvalidRequest {
			return err
		}
	}
	if profile.AnonymousAvatar() {
		return nil
	}
	// Old answers say http, of addresses that https serves as well.
	address := profile.AvatarURL
	if rest, ok := strings.CutPrefix(address, "http://"); ok {
		address = "https://" + rest
	}
	return m.cfg.Profiles.SetAvatarURL(ctx, p.User.ID, address)
}

// takeNickname keeps a nickname if the person may have it. Errors are problems:
// invalid_request if not.
func (m *Manager) takeNickname(ctx context.Context, p *identity.Person, nickname string) error {
	clean, err := identity.CleanNickname(nickname)
	if err != nil || clean == p.User.Nickname {
		return err
	}
	if m.cfg.CheckNickname != nil {
		if err := m.cfg.CheckNickname(ctx, p.Identity.AppID, p.Identity.OpenID, clean); err != nil {
			return err
		}
	}
	return m.cfg.Profiles.SetNickname(ctx, p.User.ID, clean)
}

// Decrypt opens other open data of the person, and changes nothing that is held.
// A phone number is refused: a phone is told its own masked alone. Where the app does not expose openid and unionid, they are taken out. Errors
// are problems.
func (m *Manager) Decrypt(ctx context.Context, session id.SessionID, sealed wxcrypto.Sealed) ([]byte, error) {
	got, err := m.openData(ctx, session, sealed, func(_ wxcrypto.SessionKey, data wxcrypto.OpenData) error {
		if data.HoldsPhone() {
			return problem.InField("encrypted_data", "this is a phone number: send it to POST /v1/me/phone")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if got.app.ExposeOpenID {
		return got.data.JSON(), nil
	}
	bare, err := withoutIDs(got.data.JSON())
	if err != nil {
		return nil, problem.Of(err)
	}
	return bare, nil
}

// withoutIDs drops openId and unionId, in whatever case they are written, from
// the top level of an object.
func withoutIDs(object []byte) ([]byte, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(object))
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out)
	for depth := 0; ; {
		if depth == 1 && dec.PeekKind() == '"' {
			name, err := dec.ReadToken()
			if err != nil {
				return nil, fmt.Errorf("read open data: %w", err)
			}
			text := name.String()
			value, err := dec.ReadValue()
			if err != nil {
				return nil, fmt.Errorf("read open data: %w", err)
			}
			switch strings.ToLower(text) {
			case "openid", "unionid":
				continue
			}
			if err := enc.WriteToken(jsontext.String(text)); err != nil {
				return nil, fmt.Errorf("write open data: %w", err)
			}
			if err := enc.WriteValue(value); err != nil {
				return nil, fmt.Errorf("write open data: %w", err)
			}
			continue
		}
		brace, err := dec.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("read open data: %w", err)
		}
		if err := enc.WriteToken(brace); err != nil {
			return nil, fmt.Errorf("write open data: %w", err)
		}
		if depth++; depth == 2 { // the closing one
			return bytes.TrimSpace(out.Bytes()), nil
		}
	}
}
