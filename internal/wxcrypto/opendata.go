package wxcrypto

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// Opened is open data that decrypted. Nothing can be done with it but Verify:
// it may be another app's, another person's, or of long ago.
type Opened struct{ content hidden }

// Expected is what the caller knows, against which open data is held. The zero
// value expects nothing, and so nothing passes.
type Expected struct {
	AppID string // of the app whose session asks
	IDs   IDs    // that are held of the person, from direct answers of WeChat

	Now      time.Time
	MaxAge   time.Duration // since WeChat sealed the data; more than 0
	MaxAhead time.Duration // by which WeChat's clock may be ahead of ours; 0 is none
}

// IDs names a person as WeChat does. "" is an id that is not there.
type IDs struct {
	OpenID  string
	UnionID string
}

// Verify holds the data against what is expected: its watermark must name the
// app (compared in constant time) and a moment within MaxAge before and MaxAhead
// after Now; and an openId or unionId at its top level must equal the one held,
// so that an id inside where none is held is refused too. Data without ids, as
// wx.getUserProfile seals it, passes. The only error is ErrWatermark, or, for
// the zero Opened, ErrDecrypt.
//
// The ids are compared because the iv is not authenticated: a changed bit of it
// is the same changed bit of the first 16 bytes, where openId stands. For the
// same reason their absence proves nothing: {"openId" becomes {"openJd" as easily.
func (o Opened) Verify(want Expected) (OpenData, error) {
	data := o.content.open()
	if data == nil {
		return OpenData{}, undecrypted(ReasonShape)
	}
	if reason := data.checkWatermark(want); reason != "" {
		return OpenData{}, foreign(reason)
	}
	ids, reason := data.ids()
	if reason != "" {
		return OpenData{}, foreign(reason)
	}
	if ids.OpenID != "" && !equal(ids.OpenID, want.IDs.OpenID) {
		return OpenData{}, foreign(ReasonOpenID)
	}
	if ids.UnionID != "" && !equal(ids.UnionID, want.IDs.UnionID) {
		return OpenData{}, foreign(ReasonUnionID)
	}
	return OpenData(o), nil
}

// Format keeps personal data out of what is printed.
func (Opened) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[open data]") }

// OpenData is open data of the expected app, person and time. Its fields can
// still be forged by the person it is of (see the package): take from it what
// the person may declare freely, a nickname, and no identity.
type OpenData struct{ content hidden }

// IDs returns the ids found at the top level; they equal those held.
func (d OpenData) IDs() IDs {
	data := d.content.open()
	if data == nil {
		return IDs{}
	}
	ids, _ := data.ids() // Verify has seen the reason: there is none
	return ids
}

// HoldsPhone reports whether it is a phone number, told by the names of its
// fields in whatever case. A forger of the first 16 bytes can rename one of the
// two that a number comes with, not both.
func (d OpenData) HoldsPhone() bool {
	data := d.content.open()
	if data == nil {
		return false
	}
	for name := range data.fields {
		switch strings.ToLower(name) {
		case "phonenumber", "purephonenumber":
			return true
		}
	}
	return false
}

// JSON returns the object as WeChat wrote it, watermark and all: valid UTF-8,
// no name twice. It is the caller's to keep. Of the zero value it is nil.
func (d OpenData) JSON() json.RawMessage {
	if data := d.content.open(); data != nil {
		return bytes.Clone(data.text)
	}
	return nil
}

// Format keeps personal data out of what is printed.
func (OpenData) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[open data]") }

// content is the object and its fields.
type content struct {
	text   []byte
	fields map[string]json.RawMessage
}

// hidden holds content where fmt cannot print it. It does not ask methods of
// unexported fields of a struct, but stops at a func.
type hidden func() *content

// open returns the content, nil of the zero value.
func (h hidden) open() *content {
	if h == nil {
		return nil
	}
	return h()
}

// maxUnix is the last second of the year 9999, which time.Time still counts
// without overflow.
const maxUnix = 253402300799

// checkWatermark returns why the watermark is not the expected one.
func (c *content) checkWatermark(want Expected) Reason {
	if want.AppID == "" || want.Now.IsZero() || want.MaxAge <= 0 || want.MaxAhead < 0 {
		return ReasonExpected
	}
	var mark map[string]json.RawMessage // not a struct: names count exactly
	var appID string
	var seconds int64
	if json.Unmarshal(c.fields["watermark"], &mark) != nil ||
		json.Unmarshal(mark["appid"], &appID) != nil ||
		json.Unmarshal(mark["timestamp"], &seconds) != nil {
		return ReasonNoWatermark
	}
	if !equal(appID, want.AppID) {
		return ReasonAppID
	}
	if seconds < 0 {
		return ReasonTooOld
	}
	if seconds > maxUnix {
		return ReasonFuture
	}
	age := want.Now.Sub(time.Unix(seconds, 0))
	switch {
	case age > want.MaxAge:
		return ReasonTooOld
	case age < -want.MaxAhead:
		return ReasonFuture
	}
	return ""
}

// ids returns the ids at the top level. They are found without regard to case,
// and there must be one of each at most: a reader less strict than we, as
// encoding/json is, would take openid for openId. Only a text is an id; "" and
// null are none.
func (c *content) ids() (IDs, Reason) {
	var ids IDs
	var openIDs, unionIDs int
	for name, value := range c.fields {
		switch strings.ToLower(name) {
		case "openid":
			openIDs++
			if err := json.Unmarshal(value, &ids.OpenID); err != nil || openIDs > 1 {
				return IDs{}, ReasonOpenID
			}
		case "unionid":
			unionIDs++
			if err := json.Unmarshal(value, &ids.UnionID); err != nil || unionIDs > 1 {
				return IDs{}, ReasonUnionID
			}
		}
	}
	return ids, ""
}

// field reads a field of exactly this name into to, which stays as it is where
// the field is null. It is false where the field is absent, or of another type.
func (c *content) field(name string, to any) bool {
	return c != nil && json.Unmarshal(c.fields[name], to) == nil
}

// equal compares in a time that does not tell how much is equal.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
