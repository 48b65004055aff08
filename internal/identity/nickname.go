package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/hufu-id/hufu/internal/problem"
)

// MaxNickname is the longest nickname in characters as people count them: an
// emoji of several code points is one, and so is a letter with its accents.
const MaxNickname = 32

const (
	// maxNicknameRunes bounds the code points, however few characters they make.
	maxNicknameRunes = 128
	// maxMarks is how many combining marks may follow one another. Written
	// languages need three; more of them paint over the lines around.
	maxMarks = 4
	// maxNicknameBytes bounds what is looked at.
	maxNicknameBytes = 4096
)

// CleanNickname returns the name as it is stored and shown, or an
// invalid_request that blames the field nickname.
//
// The result is in NFC. Space around it is dropped, and runs of spaces become
// one; an ideographic space stays what it is. What nobody can see is dropped:
// bidirectional controls, zero-width and filler characters, private use; but a
// joiner stays where it joins an emoji, or letters of a script that needs it.
// Refused are invalid UTF-8, control characters and line breaks, heaps of
// combining marks, and what is then empty or longer than MaxNickname.
func CleanNickname(name string) (string, error) {
	const field = "nickname"
	if len(name) > maxNicknameBytes {
		return "", problem.InField(field, "the nickname must have 1 to 32 characters")
	}
	if !utf8.ValidString(name) || strings.ContainsRune(name, utf8.RuneError) {
		return "", problem.InField(field, "the nickname must be valid UTF-8")
	}
	if strings.ContainsFunc(name, breaksText) {
		return "", problem.InField(field, "the nickname must not hold control characters or line breaks")
	}
	runes := []rune(norm.NFC.String(string(dropInvisible([]rune(name)))))
	runes = tidySpaces(runes)
	switch count, marks := countCharacters(runes); {
	case count == 0:
		return "", problem.InField(field, "the nickname is empty: nothing of it can be seen")
	case marks > maxMarks:
		return "", problem.InField(field, "the nickname heaps combining marks on one character")
	case count > MaxNickname || len(runes) > maxNicknameRunes:
		return "", problem.InField(field, "the nickname must have 1 to 32 characters")
	}
	return string(runes), nil
}

// breaksText tells characters that would break a line, a log or a C string.
func breaksText(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r&0xFFFE == 0xFFFE || r >= 0xFDD0 && r <= 0xFDEF
}

const (
	joiner      = '\u200D'
	nonJoiner   = '\u200C'
	textStyle   = '\uFE0E'
	emojiStyle  = '\uFE0F'
	keycap      = '\u20E3'
	blackFlag   = '\U0001F3F4'
	tagCancel   = '\U000E007F'
	braille     = '\u2800'                   // the pattern without dots
	hangulFills = "\u115F\u1160\u3164\uFFA0" // letters by category, and blank
)

// invisible tells what nobody sees. The joiners and styles among them are kept
// by keeps, where they mean something.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Co, unicode.Variation_Selector) || r == braille || r == '\u034F' ||
		r == '\u17B4' || r == '\u17B5' || strings.ContainsRune(hangulFills, r)
}

func isTag(r rune) bool { return r >= 0xE0020 && r <= tagCancel }

// dropInvisible drops what can't be seen, unless it belongs to something that
// can.
func dropInvisible(in []rune) []rune {
	out := make([]rune, 0, len(in))
	for i := 0; i < len(in); i++ {
		r := in[i]
		switch {
		case r == blackFlag: // the flags of England, Scotland, Wales are spelled in tags
			end := i + 1
			for end < len(in) && isTag(in[end]) && in[end] != tagCancel {
				end++
			}
			out = append(out, r)
			if end > i+1 && end-i <= 8 && end < len(in) && in[end] == tagCancel {
				out = append(out, in[i+1:end+1]...)
				i = end
			}
		case !invisible(r) || keeps(out, r, in[i+1:]):
			out = append(out, r)
		}
	}
	return out
}

// keeps reports whether an invisible character means something between what was
// kept before and what follows.
func keeps(before []rune, r rune, after []rune) bool {
	if len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	switch r {
	case emojiStyle, textStyle:
		return pictorial(last) || strings.ContainsRune("0123456789#*", last) && len(after) > 0 && after[0] == keycap
	case joiner:
		return len(after) > 0 && (inEmoji(last) && pictorial(after[0]) || joins(last) && joins(after[0]))
	case nonJoiner:
		return len(after) > 0 && joins(last) && joins(after[0])
	}
	return false
}

// pictorial tells symbols that can be emoji. The table of emoji is not in the
// standard library; symbols that are none do no harm.
func pictorial(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sm) || r >= 0x1F000 && r <= 0x1FAFF
}

// inEmoji tells what an emoji may end with.
func inEmoji(r rune) bool { return pictorial(r) || isModifier(r) || r == emojiStyle }

func isModifier(r rune) bool { return r >= 0x1F3FB && r <= 0x1F3FF }

func isRegional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// joins tells letters whose shape depends on their neighbours.
func joins(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
		unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
		unicode.Khmer, unicode.Myanmar)
}

// tidySpaces drops spaces around the text, and makes one of several.
func tidySpaces(in []rune) []rune {
	const ideographic = '\u3000'
	out := in[:0]
	for _, r := range in {
		if unicode.Is(unicode.Zs, r) {
			if len(out) == 0 || out[len(out)-1] == ' ' || out[len(out)-1] == ideographic {
				continue
			}
			if r != ideographic {
				r = ' '
			}
		}
		out = append(out, r)
	}
	for len(out) > 0 && (out[len(out)-1] == ' ' || out[len(out)-1] == ideographic) {
		out = out[:len(out)-1]
	}
	return out
}

// countCharacters counts what a person would, and the longest row of combining
// marks.
func countCharacters(runes []rune) (count, marks int) {
	row, joined, halfFlag := 0, false, false
	for _, r := range runes {
		mark := unicode.Is(unicode.M, r) && !unicode.Is(unicode.Variation_Selector, r)
		row++
		if !mark {
			row = 0
		}
		marks = max(marks, row)
		secondHalf := halfFlag && isRegional(r)
		halfFlag = isRegional(r) && !secondHalf
		extends := mark || joined || secondHalf || isModifier(r) || isTag(r) || r == joiner || r == nonJoiner ||
			unicode.Is(unicode.Variation_Selector, r)
		joined = r == joiner
		if !extends || count == 0 {
			count++
		}
	}
	return count, marks
}
