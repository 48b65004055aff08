package identity

import "strings"

// twoDigits are the country codes of two digits (ITU-T E.164, list of 2016 and
// its later bulletins). 1 and 7 stand alone, and all others have three, so that
// no code begins another.
const twoDigits = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
	"60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

// callingCode is how many digits of a number in full are its country code. The
// number may be shorter.
func callingCode(digits string) int {
	switch {
	case digits == "" || digits[0] == '1' || digits[0] == '7':
		return 1
	case len(digits) >= 2 && strings.Contains(twoDigits, " "+digits[:2]+" "):
		return 2
	}
	return 3
}
