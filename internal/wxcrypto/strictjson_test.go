package wxcrypto_test

import (
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// nested is an object with levels levels.
func nested(levels int) string {
	return `{"a":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + `}`
}

func TestOpen_StrictJSON(t *testing.T) {
	t.Parallel()
	const (
		utf8, json, object = wxcrypto.ReasonUTF8, wxcrypto.ReasonJSON, wxcrypto.ReasonNotObject
		twice, deep, half  = wxcrypto.ReasonDuplicateKey, wxcrypto.ReasonDepth, wxcrypto.ReasonSurrogate
	)
	for name, tt := range map[string]struct {
		text   string
		reason wxcrypto.Reason // "": it opens
	}{
		"EmptyObject":            {`{}`, ""},
		"SpaceAround":            {" \t\r\n{} \t\r\n", ""},
		"Chinese":                {`{"nickName":"虎符🐯"}`, ""},
		"Escaped":                {`{"a":"\"\\\/\b\f\n\r\t\u864e"}`, ""},
		"SurrogatePair":          {`{"a":"\ud83d\udc2f"}`, ""},
		"SurrogatePairUpperCase": {`{"a":"\uD83D\uDC2F\u0041"}`, ""},
		"EscapedBackslash":       {`{"a":"\\ud83d"}`, ""},
		"NumberNoFloatHolds":     {`{"a":1e999}`, ""},
		"LongInteger":            {`{"a":123456789012345678901234567890}`, ""},
		"SameNameElsewhere":      {`{"a":{"a":[{"a":1},{"a":2}]}}`, ""},
		"NamesDifferByCase":      {`{"a":1,"A":2}`, ""},
		"SixteenLevels":          {nested(16), ""},
		"WideNotDeep":            {`{"a":[` + strings.Repeat("[],", 100) + `[]]}`, ""},

		"SeventeenLevels":         {nested(17), deep},
		"SeventeenObjects":        {strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17), deep},
		"TwentyThousandLevels":    {nested(20_000), json},
		"NameTwice":               {`{"a":1,"b":2,"a":1}`, twice},
		"NameTwiceEscaped":        {`{"openId":1,"\u006fpenId":1}`, twice},
		"NameTwiceWithin":         {`{"a":[0,{"b":{"c":1,"c":2}}]}`, twice},
		"NameTwiceInList":         {`{"a":[{"b":1,"b":1}]}`, twice},
		"EmptyNameTwice":          {`{"":1,"":2}`, twice},
		"NotUTF8InText":           {"{\"a\":\"\xc3\"}", utf8},
		"NotUTF8InName":           {"{\"\xff\":1}", utf8},
		"Overlong":                {"{\"a\":\"\xc0\xaf\"}", utf8},
		"SurrogateInUTF8":         {"{\"a\":\"\xed\xa0\x80\"}", utf8},
		"UTF16":                   {"{\x00}\x00", json},
		"ByteOrderMark":           {"\ufeff{}", json},
		"HighSurrogateAlone":      {`{"a":"\ud83d"}`, half},
		"HighSurrogateThenLetter": {`{"a":"\ud83dx"}`, half},
		"HighSurrogateThenEscape": {`{"a":"\ud83d\n"}`, half},
		"HighSurrogateTwice":      {`{"a":"\ud83d\ud83d\udc2f"}`, half},
		"LowSurrogateAlone":       {`{"a":"\udc2f"}`, half},
		"LowSurrogateFirst":       {`{"a":"\udc2f\ud83d"}`, half},
		"SurrogateInName":         {`{"\udc2f":1}`, half},
		"SurrogateAfterBackslash": {`{"a":"\\\ud83d"}`, half},
		"List":                    {`[{}]`, object},
		"Text":                    {`"openId"`, object},
		"Number":                  {` 1`, object},
		"Null":                    {`null`, object},
		"True":                    {`true`, object},
		"Empty":                   {``, json},
		"OnlySpace":               {` `, json},
		"TwoObjects":              {`{}{}`, json},
		"Trailing":                {`{} x`, json},
		"TrailingNUL":             {"{}\x00", json},
		"Cut":                     {`{"a":1`, json},
		"TrailingComma":           {`{"a":1,}`, json},
		"SingleQuotes":            {`{'a':1}`, json},
		"Comment":                 {`{/**/}`, json},
		"ControlInText":           {"{\"a\":\"\n\"}", json},
		"NUL":                     {"{\"a\":\"\x00\"}", json},
		"HexNumber":               {`{"a":0x1}`, json},
		"LeadingZero":             {`{"a":01}`, json},
		"NaN":                     {`{"a":NaN}`, json},
		"NameWithoutQuotes":       {`{a:1}`, json},
		"BadEscape":               {`{"a":"\x41"}`, json},
		"NonBreakingSpace":        {"\u00a0{}", json},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parseKey(t, sample.SessionKey).Open(seal(t, tt.text))
			if tt.reason == "" {
				if err != nil {
					t.Errorf("refused: %s", wxcrypto.ReasonOf(err))
				}
				return
			}
			refusal(t, err, wxcrypto.ErrDecrypt, tt.reason)
		})
	}
}
