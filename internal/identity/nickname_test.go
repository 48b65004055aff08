package identity_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/problem"
)

func TestCleanNickname(t *testing.T) {
	t.Parallel()
	family := "👩\u200d👩\u200d👧\u200d👦"
	tests := map[string]struct{ in, want string }{
		"Plain":             {"Alice", "Alice"},
		"Chinese":           {"老虎符", "老虎符"},
		"Trimmed":           {" \u3000\u00a0Alice \u2003", "Alice"},
		"SpacesBecomeOne":   {"a \u00a0  b", "a b"},
		"IdeographicSpace":  {"虎\u3000符", "虎\u3000符"},
		"NFC":               {"e\u0301", "é"},
		"Hangul":            {"\u1112\u1161\u11ab", "한"},
		"RightToLeft":       {"a\u202eb\u2066c\u200fd\u061ce", "abcde"},
		"ZeroWidth":         {"\u200ba\u200bb\u2060c\ufeffd\u00ade", "abcde"},
		"Fillers":           {"a\u3164b\u115fc\uffa0d\u2800e\u034ff", "abcdef"},
		"TagsAlone":         {"a\U000E0041\U000E007Fb", "ab"},
		"PrivateUse":        {"a\ue415b\U000F0000", "ab"},
		"JoinerAlone":       {"a\u200db\u200c\u200d", "ab"},
		"StyleAlone":        {"a\ufe0fb", "ab"},
		"Family":            {family, family},
		"Heart":             {"❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"},
		"SkinAndJob":        {"👩🏽\u200d🚀", "👩🏽\u200d🚀"},
		"Keycap":            {"1\ufe0f\u20e3", "1\ufe0f\u20e3"},
		"Flag":              {"🇨🇳", "🇨🇳"},
		"England":           {"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"},
		"FlagOfManyTags":    {"🏴" + strings.Repeat("\U000E0067", 20) + "\U000E007F", "🏴"},
		"Persian":           {"می\u200cخواهم", "می\u200cخواهم"},
		"Hindi":             {"क्\u200dष", "क्\u200dष"},
		"32":                {strings.Repeat("虎", 32), strings.Repeat("虎", 32)},
		"32Families":        {strings.Repeat(family, 18), strings.Repeat(family, 18)},
		"32Flags":           {strings.Repeat("🇨🇳", 32), strings.Repeat("🇨🇳", 32)},
		"32AfterCleaning":   {" " + strings.Repeat("a\u200b", 32) + " ", strings.Repeat("a", 32)},
		"Vietnamese":        {"Nguyễn Văn", "Nguyễn Văn"},
		"UnicodeOfTomorrow": {"\U0001FAE9", "\U0001FAE9"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := identity.CleanNickname(tt.in)
			if err != nil || got != tt.want {
				t.Errorf("%+q, %v, want %+q", got, err, tt.want)
			}
		})
	}
	for name, in := range map[string]string{
		"Empty": "", "Spaces": " \u3000 ", "Invisible": "\u200b\u202e\u3164", "NUL": "a\x00b", "LineBreak": "a\nb", "Tab": "a\tb",
		"Escape": "\x1b[31mred", "C1": "a\u0085b", "LineSeparator": "a\u2028b", "NonCharacter": "a\ufffeb", "Replacement": "a\ufffdb",
		"InvalidUTF8": "a\xffb", "Surrogate": "a\xed\xa0\x80b", "Overlong": "a\xc0\x80", "CutOff": "虎"[:2],
		"33": strings.Repeat("虎", 33), "33Flags": strings.Repeat("🇨🇳", 33), "Zalgo": "a" + strings.Repeat("\u0315", 5),
		"ManyCodePoints": strings.Repeat("👩\u200d👩\u200d👧\u200d👦", 19), "Megabyte": strings.Repeat("\u200b", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := identity.CleanNickname(in)
			if p := problem.Of(err); err == nil || got != "" || p.Code != problem.InvalidRequest || p.Field != "nickname" {
				t.Errorf("%+q, %v", got, err)
			}
		})
	}
}

// FuzzCleanNickname: what comes out is clean already, and safe to show.
func FuzzCleanNickname(f *testing.F) {
	for _, seed := range []string{"Alice", "\u200d👩\u200d👩", "e\u0301\u202e", "🇨🇳🇨", "🏴\U000E0067\U000E007F", "می\u200cخ", "1\ufe0f\u20e3", "\u1100\u200b\u1161"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out, err := identity.CleanNickname(in)
		if err != nil {
			return
		}
		if again, err := identity.CleanNickname(out); err != nil || again != out {
			t.Fatalf("%+q is not clean: %+q, %v", out, again, err)
		}
		if !utf8.ValidString(out) || !norm.NFC.IsNormalString(out) || out == "" || utf8.RuneCountInString(out) > 128 ||
			strings.ContainsAny(out, "\x00\n\r\u2028\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff") {
			t.Fatalf("%+q", out)
		}
	})
}
