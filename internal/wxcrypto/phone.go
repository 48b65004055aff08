package wxcrypto

import "strings"

// Phone is what the button getPhoneNumber seals for clients before 2.21.2.
type Phone struct {
	PhoneNumber     string // with the area code where it is foreign
	PurePhoneNumber string // without any
	CountryCode     string // "86"
}

// maxPhoneLen bounds each text of a phone number; E.164 has 15 digits.
const maxPhoneLen = 32

// Phone reads the data as a phone number. The error is ErrDecrypt where one of
// its three texts is missing, or is none of a phone number.
//
// A number read so may be forged by the person it is of. It must not be kept
// unless checkencryptedmsg vouches for it: see Sealed.MessageHash.
func (d OpenData) Phone() (Phone, error) {
	var p Phone
	data := d.content.open()
	for name, to := range map[string]*string{
		"phoneNumber": &p.PhoneNumber, "purePhoneNumber": &p.PurePhoneNumber, "countryCode": &p.CountryCode,
	} {
		if !data.field(name, to) || !dialable(*to) {
			return Phone{}, undecrypted(ReasonShape)
		}
	}
	return p, nil
}

// dialable reports whether text looks like (a part of) a phone number. How
// WeChat writes foreign ones is not documented, so signs between digits pass.
func dialable(text string) bool {
	return len(text) <= maxPhoneLen &&
		strings.ContainsAny(text, "0123456789") && strings.Trim(text, "0123456789+- ") == ""
}
