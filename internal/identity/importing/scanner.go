package importing

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
)

// maxRecord is the longest row in bytes, many times what any needs; what is
// longer is a file of another kind, or a quote that is never closed.
const maxRecord = 64 << 10

// Position is a place between two rows of a file, and what comes before it.
type Position struct {
	Offset int64
	Line   int64 // how many lines come before
	Hash   [sha256.Size]byte
}

// scanner reads a file by pieces that end where a row does. It holds a window of
// the file, whatever the file's length.
type scanner struct {
	r        io.Reader
	buf      []byte
	from, to int // the part of buf that is not taken yet
	err      error
	offset   int64
	lines    int64
	hash     hash.Hash
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, 4*maxRecord), hash: sha256.New()}
}

// window is what was read and not taken, valid until more is read.
func (s *scanner) window() []byte { return s.buf[s.from:s.to] }

// more reads more into the window; false: there is no more, or no room.
func (s *scanner) more() bool {
	if s.err != nil || s.to-s.from > maxRecord {
		return false
	}
	if s.from > 0 {
		s.to = copy(s.buf, s.window())
		s.from = 0
	}
	for range 100 { // as bufio does with a reader that reads nothing
		n, err := s.r.Read(s.buf[s.to:])
		s.to += n
		if err != nil {
			s.err = err
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// failed is why reading ended, nil at the end of the file.
func (s *scanner) failed() error {
	if errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

// take takes n bytes of the window, which stay valid until more is read.
func (s *scanner) take(n int) []byte {
	taken := s.buf[s.from : s.from+n]
	s.from += n
	s.offset += int64(n)
	s.lines += int64(bytes.Count(taken, []byte{'\n'}))
	s.hash.Write(taken)
	return taken
}

// line takes a line with its end; whole is false if it is too long, and only its
// beginning is returned. An empty one means the end of the file.
func (s *scanner) line() (line []byte, whole bool) {
	seen := 0
	for {
		if i := bytes.IndexByte(s.window()[seen:], '\n'); i >= 0 && seen+i < maxRecord {
			return s.take(seen + i + 1), true
		}
		seen = len(s.window())
		if !s.more() {
			break
		}
	}
	if seen <= maxRecord {
		return s.take(seen), true
	}
	begin := append([]byte(nil), s.window()[:1024]...)
	for {
		if i := bytes.IndexByte(s.window(), '\n'); i >= 0 {
			s.take(i + 1)
			return begin, false
		}
		s.take(len(s.window()))
		if !s.more() {
			return begin, false
		}
	}
}

// position is where the scanner is.
func (s *scanner) position() Position {
	p := Position{Offset: s.offset, Line: s.lines}
	s.hash.Sum(p.Hash[:0])
	return p
}
