package identity_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/seal"
)

func TestPhone(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ country, pure, full, e164, masked string }{
		"Mainland":       {"86", "13800138000", "13800138000", "+8613800138000", "138****8000"},
		"MainlandInFull": {"86", "13800138000", "+8613800138000", "+8613800138000", "138****8000"},
		"NoCountry":      {"", "13800138000", "13800138000", "+8613800138000", "138****8000"},
		"HongKong":       {"852", "51234567", "85251234567", "+85251234567", "+852 51****67"},
		"NorthAmerica":   {"1", "2025550123", "+12025550123", "+12025550123", "+1 202****123"},
		"Short":          {"290", "5123", "2905123", "+2905123", "+290 ****"},
		"Dashes":         {"+852", "5123-4567", "+852 5123-4567", "+85251234567", "+852 51****67"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := identity.NewPhone(tt.country, tt.pure, tt.full)
			if err != nil || p.E164() != tt.e164 || p.Masked() != tt.masked {
				t.Errorf("%q, %q, %v; want %q, %q", p.E164(), p.Masked(), err, tt.e164, tt.masked)
			}
			if printed := fmt.Sprintf("%v %+v %#v %s", p, p, p, p); strings.Contains(printed, tt.pure) {
				t.Errorf("printed as %s", printed)
			}
		})
	}
	for name, bad := range map[string][3]string{
		"Empty": {"86", "", ""}, "TooLong": {"86", strings.Repeat("1", 14), strings.Repeat("1", 14)}, "Differs": {"86", "13800138000", "13800138001"},
		"Tail": {"86", "13800138000", "8000"}, "ZeroCountry": {"0", "13800138000", "13800138000"}, "TooShort": {"86", "123", "123"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := identity.NewPhone(bad[0], bad[1], bad[2]); !errors.Is(err, identity.ErrPhone) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestPhoneBook(t *testing.T) {
	t.Parallel()
	master, err := seal.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(master)
	if err != nil {
		t.Fatal(err)
	}
	book := identity.NewPhoneBook(sealer, []byte("a key of 32 bytes for this alone"))
	p, err := identity.NewPhone("852", "51234567", "85251234567")
	if err != nil {
		t.Fatal(err)
	}
	held, err := book.Seal("usr_1", p)
	if err != nil || bytes.Contains(held.Sealed, []byte("51234567")) || held.Masked != "+852 51****67" {
		t.Fatalf("%q, %v", held, err)
	}
	if got, err := book.Open(held.Sealed, "usr_1"); err != nil || got.E164() != p.E164() || got.Masked() != p.Masked() {
		t.Errorf("opened %s, %v", got, err)
	}
	if got, err := book.Open(held.Sealed, "usr_2", "usr_0", "usr_1"); err != nil || got.E164() != p.E164() {
		t.Errorf("opened after a merge: %s, %v", got, err)
	}
	moved := append([]byte("usr_2\x00"), bytes.SplitN(held.Sealed, []byte{0}, 2)[1]...)
	for name, sealed := range map[string][]byte{"another user's": held.Sealed, "renamed": moved, "none": nil} {
		if _, err := book.Open(sealed, "usr_2"); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%s opened for usr_2: %v", name, err)
		}
	}
	for _, text := range []string{"+85251234567", "+852 5123 4567", " +852-5123-4567 "} {
		if q, err := identity.ParsePhone(text); err != nil || !bytes.Equal(book.Hash(q), held.Hash) {
			t.Errorf("%q has another hash, %v", text, err)
		}
	}
	here, err1 := identity.ParsePhone("13800138000")
	there, err2 := identity.ParsePhone("+86 138-0013-8000")
	if err1 != nil || err2 != nil || !bytes.Equal(book.Hash(here), book.Hash(there)) || here.Masked() != "138****8000" {
		t.Errorf("%s and %s differ, %v, %v", here, there, err1, err2)
	}
	for _, text := range []string{"", "+", "abc", "138001380001380013800", "1+38001380", "0", "+8"} {
		if _, err := identity.ParsePhone(text); !errors.Is(err, identity.ErrPhone) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
