package importing

import (
	"strconv"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// The fields of a row.
const (
	openIDField = iota
	unionIDField
	phoneField
	nicknameField
	externalIDField
	createdAtField
	fieldCount
)

// fieldNames are what the fields are called in a file.
func fieldNames() [fieldCount]string {
	return [...]string{"openid", "unionid", "phone", "nickname", "external_id", "created_at"}
}

// fieldNamed finds a field by its name, upper or lower case: openId is WeChat's
// own spelling.
func fieldNamed(name string) (field int, ok bool) {
	for i, each := range fieldNames() {
		if strings.EqualFold(name, each) {
			return i, true
		}
	}
	return 0, false
}

// FieldList names the fields, for people.
func FieldList() string {
	names := fieldNames()
	return strings.Join(names[:], ", ")
}

// Entry is a row that was found good by itself.
type Entry struct {
	OpenID     id.OpenID
	UnionID    id.UnionID      // empty: not told
	Phone      *identity.Phone // nil: not told
	Nickname   string          // empty: not told
	ExternalID string          // empty: not told
	CreatedAt  time.Time       // zero: not told
}

// mysqlNull is how MySQL writes NULL into a text file.
const mysqlNull = `\N`

// judge makes an entry of the values of a row.
type judge struct {
	zone *time.Location
	now  func() time.Time
}

func (j *judge) entry(values *[fieldCount]string) (Entry, *Reject) {
	for i, value := range values {
		if value = strings.Trim(value, " \t"); value == mysqlNull {
			value = ""
		}
		values[i] = value
	}
	e := Entry{OpenID: id.OpenID(values[openIDField]), UnionID: id.UnionID(values[unionIDField]), ExternalID: values[externalIDField]}
	if !id.LooksLikeWeChat(string(e.OpenID)) {
		return e, reject(InvalidOpenID, "this is no openid: letters, digits, - and _, at most 128")
	}
	if e.UnionID != "" && !id.LooksLikeWeChat(string(e.UnionID)) {
		return e, reject(InvalidUnionID, "this is no unionid: letters, digits, - and _, at most 128")
	}
	if !identity.IsExternalID(e.ExternalID) {
		return e, reject(InvalidExternalID, "an external_id has at most 128 characters, and no control characters")
	}
	if text := values[phoneField]; text != "" {
		phone, bad := parsePhone(text)
		if bad != nil {
			return e, bad
		}
		e.Phone = &phone
	}
	// What WeChat calls everybody is no name.
	if name := values[nicknameField]; name != "" && !(wxcrypto.Profile{NickName: name}).AnonymousNickName() {
		clean, err := identity.CleanNickname(name)
		if err != nil {
			return e, reject(InvalidNickname, problem.Of(err).Detail)
		}
		e.Nickname = clean
	}
	if text := values[createdAtField]; text != "" {
		at, bad := j.createdAt(text)
		if bad != nil {
			return e, bad
		}
		e.CreatedAt = at
	}
	return e, nil
}

// parsePhone reads a phone number as people and tables write it. Without a
// country code it must be a mobile number of mainland China: nobody else's could
// be told from a typing error.
func parsePhone(text string) (identity.Phone, *Reject) {
	if strings.ContainsAny(text, "eE") {
		return identity.Phone{}, reject(InvalidPhone, "this is no phone number: a spreadsheet has made a rounded number of it; make the column text and export anew")
	}
	if rest, ok := strings.CutPrefix(text, "00"); ok {
		text = "+" + rest
	}
	if strings.HasPrefix(text, "86") && isMainlandMobile(text[2:]) {
		text = "+" + text
	}
	phone, err := identity.ParsePhone(text)
	if err != nil {
		return phone, reject(InvalidPhone, "this is no phone number")
	}
	if pure, ok := strings.CutPrefix(phone.E164(), "+86"); ok && !isMainlandMobile(pure) {
		return phone, reject(InvalidPhone, "this is no mobile number of mainland China; numbers from elsewhere need their country code: +852…")
	}
	return phone, nil
}

func isMainlandMobile(text string) bool {
	text = strings.NewReplacer(" ", "", "-", "").Replace(text)
	_, err := strconv.ParseUint(text, 10, 64)
	return err == nil && len(text) == 11 && text[0] == '1' && text[1] >= '3'
}
