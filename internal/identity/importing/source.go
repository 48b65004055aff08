package importing

import (
	"bytes"
	"errors"
	"fmt"
)

// Format is how a file is written.
type Format string

// The formats.
const (
	CSV   Format = "csv"   // RFC 4180, a row of names first
	JSONL Format = "jsonl" // an object a line
)

// rejectPrefix begins the names of the columns that a file of rejects has more
// than the file that was imported. They are ignored, so that one can be mended
// and imported.
const rejectPrefix = "reject_"

// record is a row as it stands in the file.
type record struct {
	line   int64
	values [fieldCount]string
	bad    *Reject // why it is none
	// What a file of rejects repeats of it.
	cells []string
	raw   []byte // where it can't be split
	json  members
}

// source reads records.
type source interface {
	// begin reads what comes before the first row.
	begin() error
	// next reads a row; false: there is none any more, or reading failed.
	next() (record, bool)
	rejects() rejectFormat
}

func newSource(s *scanner, format Format, ignoreUnknown bool) source {
	if format == JSONL {
		return &jsonSource{s: s, ignoreUnknown: ignoreUnknown}
	}
	return &csvSource{s: s, ignoreUnknown: ignoreUnknown}
}

// byteOrderMark is what Windows puts before UTF-8.
const byteOrderMark = "\uFEFF"

// skipMark takes the byte order mark of UTF-8, and refuses those of UTF-16.
func skipMark(s *scanner) (found bool, err error) {
	enough := false
	for !enough {
		enough = len(s.window()) >= len(byteOrderMark) || !s.more()
	}
	w := s.window()
	if bytes.HasPrefix(w, []byte{0xff, 0xfe}) || bytes.HasPrefix(w, []byte{0xfe, 0xff}) {
		return false, errors.New("the file is UTF-16: save it as UTF-8 (in Excel: CSV UTF-8)")
	}
	if bytes.HasPrefix(w, []byte(byteOrderMark)) {
		s.take(len(byteOrderMark))
		return true, nil
	}
	return false, nil
}

var errNotUTF8 = errors.New("the file is not UTF-8: save it as UTF-8 (in Excel: CSV UTF-8, not CSV)")

func tooLong() *Reject {
	return reject(TooLong, fmt.Sprintf("the row has more than %d bytes", maxRecord))
}

func invalidUTF8() *Reject {
	return reject(InvalidUTF8, "the row is not UTF-8: save the file as UTF-8 (in Excel: CSV UTF-8, not CSV)")
}
