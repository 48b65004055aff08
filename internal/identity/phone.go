package identity

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/seal"
)

// ErrPhone says that a text is no phone number.
var ErrPhone = errors.New("not a phone number")

// mainland is the country code of numbers that WeChat writes without one.
const mainland = "86"

// Phone is a phone number, "+" and 7 to 15 digits (E.164), with its country
// code apart. The zero value is none.
type Phone struct{ country, pure string }

// NewPhone makes a phone number of what WeChat tells: countryCode and
// purePhoneNumber, of which full, its phoneNumber, must be made. The error is
// ErrPhone.
func NewPhone(country, pure, full string) (Phone, error) {
	p := Phone{digits(country), digits(pure)}
	if p.country == "" {
		p.country = mainland
	}
	whole := digits(full)
	if whole != p.pure && whole != p.country+p.pure {
		return Phone{}, ErrPhone
	}
	return p, p.check()
}

// ParsePhone reads a number as people write it: +852 5123 4567; without a
// country code it is one of mainland China. The error is ErrPhone.
func ParsePhone(text string) (Phone, error) {
	text = strings.TrimSpace(text)
	if len(text) > 32 || strings.Trim(text, "+0123456789 -") != "" || strings.LastIndexByte(text, '+') > 0 {
		return Phone{}, ErrPhone
	}
	p := Phone{mainland, digits(text)}
	if strings.HasPrefix(text, "+") {
		n := min(callingCode(p.pure), len(p.pure))
		p.country, p.pure = p.pure[:n], p.pure[n:]
	}
	return p, p.check()
}

func (p Phone) check() error {
	n := len(p.country) + len(p.pure)
	if p.country == "" || len(p.country) > 4 || p.country[0] == '0' || len(p.pure) < 4 || n < 7 || n > 15 {
		return ErrPhone
	}
	return nil
}

// E164 is the number in full: +8613800138000. It is for who may see it.
func (p Phone) E164() string { return "+" + p.country + p.pure }

// String keeps the number out of what is printed.
func (p Phone) String() string { return p.Masked() }

// GoString keeps the number out of %#v.
func (p Phone) GoString() string { return p.Masked() }

// Masked is the number as it may be shown: 138****0000, or +852 51****67. At most
// the first three digits and the last four are shown, and fewer of a number so
// short that less than four would be hidden; of four digits, none.
func (p Phone) Masked() string {
	head, tail := 3, 4
	for len(p.pure)-head-tail < 4 && head+tail > 0 {
		if tail >= head {
			tail--
		} else {
			head--
		}
	}
	text := p.pure[:head] + "****" + p.pure[len(p.pure)-tail:]
	if p.country != mainland {
		text = "+" + p.country + " " + text
	}
	return text
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// PhoneBook seals phone numbers and hashes them to be looked up. The hash has a
// key of its own: there are so few numbers that a plain one would be none.
type PhoneBook struct {
	sealer *seal.Sealer
	key    []byte
}

// NewPhoneBook makes a PhoneBook; key is for nothing else, and never changes.
func NewPhoneBook(sealer *seal.Sealer, key []byte) *PhoneBook {
	return &PhoneBook{sealer: sealer, key: key}
}

// HeldPhone is a phone number as it is stored.
type HeldPhone struct {
	// Sealed begins with the id of the user it was sealed for, so that it still
	// opens after that user was merged into another.
	Sealed []byte
	Hash   []byte
	Masked string
}

const phonePurpose = "phone_number"

// Seal makes of a number what is stored of it in the row of its user.
func (b *PhoneBook) Seal(user id.UserID, p Phone) (HeldPhone, error) {
	sealed, err := b.sealer.Seal([]byte(p.country+" "+p.pure), phonePurpose, string(user))
	if err != nil {
		return HeldPhone{}, err
	}
	return HeldPhone{Sealed: append([]byte(user+"\x00"), sealed...), Hash: b.Hash(p), Masked: p.Masked()}, nil
}

// Open opens HeldPhone.Sealed of a user; mergedFrom are the ids of users that
// were merged into this one. The error is seal.ErrOpen where it was sealed for
// somebody else.
func (b *PhoneBook) Open(sealed []byte, user id.UserID, mergedFrom ...id.UserID) (Phone, error) {
	owner, box, _ := strings.Cut(string(sealed), "\x00")
	for _, each := range append(mergedFrom, user) {
		if string(each) != owner {
			continue
		}
		plain, err := b.sealer.Open([]byte(box), phonePurpose, owner)
		if err != nil {
			return Phone{}, err
		}
		country, pure, _ := strings.Cut(string(plain), " ")
		return Phone{country, pure}, nil
	}
	return Phone{}, seal.ErrOpen
}

// ResealPhone seals a HeldPhone.Sealed anew under the primary master key, for the
// user it was sealed for; changed says whether that had to be done. The error is
// seal.ErrOpen.
func ResealPhone(sealer *seal.Sealer, sealed []byte) (out []byte, changed bool, err error) {
	owner, box, _ := bytes.Cut(sealed, []byte{0})
	fresh, changed, err := sealer.Reseal(box, phonePurpose, string(owner))
	if err != nil || !changed {
		return sealed, false, err
	}
	return slices.Concat(owner, []byte{0}, fresh), true, nil
}

// PhoneSealedUnder tells which master key sealed a HeldPhone.Sealed; ok is false
// if that is no ciphertext.
func PhoneSealedUnder(sealed []byte) (key seal.KeyID, ok bool) {
	_, box, _ := bytes.Cut(sealed, []byte{0})
	return seal.KeyOf(box)
}

// Hash is by what a number is looked up.
func (b *PhoneBook) Hash(p Phone) []byte {
	mac := hmac.New(sha256.New, b.key)
	mac.Write([]byte(p.E164()))
	return mac.Sum(nil)[:16]
}
