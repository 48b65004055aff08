package identity

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/hufu-id/hufu/internal/id"
)

// View is a person as the API shows them to their own phone, in one app.
type View struct {
	ID id.UserID `json:"id" doc:"The user, the same in every app of one open account." example:"usr_01kah5qnqfefgrpyy7v6fmxa3s"`
	// OpenID and UnionID are left out where the app does not expose them; a
	// unionid that is not known yet is null.
	OpenID      *id.OpenID   `json:"openid,omitzero" doc:"The openid in the token's app; left out where the app does not expose it."`
	UnionID     **id.UnionID `json:"unionid,omitzero" doc:"Null until WeChat tells it; left out where the app does not expose it."`
	Nickname    *string      `json:"nickname"`
	AvatarURL   *string      `json:"avatar_url"`
	PhoneNumber *string      `json:"phone_number" doc:"Masked." example:"138****0000"`
	CreatedAt   time.Time    `json:"created_at"`
	LastLoginAt time.Time    `json:"last_login_at" doc:"The last login in this app."`
}

// NewView shows a person; openid and unionid only if expose is set.
func NewView(p *Person, expose bool) View {
	v := View{
		ID:          p.User.ID,
		CreatedAt:   p.User.CreatedAt,
		LastLoginAt: p.Identity.LastLoginAt,
	}
	if p.User.Nickname != "" {
		v.Nickname = &p.User.Nickname
	}
	if p.User.AvatarURL != "" {
		v.AvatarURL = &p.User.AvatarURL
	}
	if p.User.PhoneMasked != "" {
		v.PhoneNumber = &p.User.PhoneMasked
	}
	if expose {
		v.OpenID = &p.Identity.OpenID
		var union *id.UnionID
		if p.Identity.UnionID != "" {
			union = &p.Identity.UnionID
		}
		v.UnionID = &union
	}
	return v
}

// AppendJSON implements web.Appender: each login shows a View. A test holds it
// against the encoder.
func (v View) AppendJSON(b []byte) []byte {
	b = appendText(b, `{"id":`, string(v.ID))
	if v.OpenID != nil {
		b = appendText(b, `,"openid":`, string(*v.OpenID))
	}
	if v.UnionID != nil {
		b = appendNullable(b, `,"unionid":`, *v.UnionID)
	}
	b = appendNullable(b, `,"nickname":`, v.Nickname)
	b = appendNullable(b, `,"avatar_url":`, v.AvatarURL)
	b = appendNullable(b, `,"phone_number":`, v.PhoneNumber)
	b = v.CreatedAt.AppendFormat(append(b, `,"created_at":"`...), time.RFC3339Nano)
	b = v.LastLoginAt.AppendFormat(append(b, `","last_login_at":"`...), time.RFC3339Nano)
	return append(b, `"}`...)
}

func appendNullable[T ~string](b []byte, name string, text *T) []byte {
	if text == nil {
		return append(append(b, name...), "null"...)
	}
	return appendText(b, name, string(*text))
}

func appendText(b []byte, name, text string) []byte {
	b, _ = jsontext.AppendQuote(append(b, name...), text) // its error only tells of bytes replaced
	return b
}
