package importing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// csvSource reads comma-separated values.
type csvSource struct {
	s             *scanner
	ignoreUnknown bool

	marked  bool
	header  []string
	columns []int // the field of each column; -1: none
}

func (c *csvSource) begin() (err error) {
	if c.marked, err = skipMark(c.s); err != nil {
		return err
	}
	text, bad := c.text()
	if bad != nil || !utf8.ValidString(text) {
		if err := c.s.failed(); err != nil {
			return err
		}
		if bad == nil {
			return errNotUTF8
		}
		return fmt.Errorf("the first row, which must name the columns: %s", bad.Text)
	}
	c.header = splitCSV(text)
	return c.readHeader()
}

func (c *csvSource) readHeader() error {
	var unknown, known []string
	seen := map[int]bool{}
	c.columns = make([]int, len(c.header))
	for i, name := range c.header {
		name = strings.TrimSpace(name)
		c.header[i] = name
		field, ok := fieldNamed(name)
		switch {
		case ok && seen[field]:
			return fmt.Errorf("two columns are called %s", fieldNames()[field])
		case ok:
			seen[field], c.columns[i] = true, field
			known = append(known, name)
			continue
		case !isRejectColumn(name):
			unknown = append(unknown, fmt.Sprintf("%q", name))
		}
		c.columns[i] = -1
	}
	switch {
	case len(known) == 0:
		// Not quoted: without a header, the first row is a person.
		return fmt.Errorf("the first row must name the columns, with commas between: %s", FieldList())
	case len(unknown) > 0 && !c.ignoreUnknown:
		return fmt.Errorf("unknown columns: %s; there are %s, and --ignore-unknown passes over others", strings.Join(unknown, ", "), FieldList())
	case !seen[openIDField]:
		return errors.New("there is no column openid: it says who each row is about")
	}
	return nil
}

func isRejectColumn(name string) bool { return strings.HasPrefix(strings.ToLower(name), rejectPrefix) }

// text takes the text of a row. A quote that is not closed costs its line and no
// more.
func (c *csvSource) text() (string, *Reject) {
	if n, ok := csvEnd(c.s); ok {
		return string(c.s.take(n)), nil
	}
	line, whole := c.s.line()
	if !whole {
		return string(line), tooLong()
	}
	return string(line), reject(Malformed, "a quote is not closed, or is followed by something else than a comma")
}

// csvEnd finds where the row at the beginning of the window ends; false: its
// quotes are wrong, or it is too long.
func csvEnd(s *scanner) (n int, ok bool) {
	const (
		start = iota // of a field
		plain
		quoted
		closed
	)
	state, i := start, 0
	for {
		w := s.window()
		for ; i < len(w) && i < maxRecord; i++ {
			switch b := w[i]; {
			case state == quoted:
				if b == '"' {
					state = closed
				}
			case b == '\n':
				return i + 1, true
			case b == ',':
				state = start
			case b == '"' && state != plain: // of closed: a quote doubled
				state = quoted
			case state == closed && b != '\r':
				return 0, false
			case state == start:
				state = plain
			}
		}
		if i >= maxRecord {
			return 0, false
		}
		if !s.more() {
			return i, state != quoted
		}
	}
}

// splitCSV splits the text of a row. A quote inside a field that does not begin
// with one is a character like any other.
func splitCSV(text string) []string {
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	var cells []string
	for {
		if !strings.HasPrefix(text, `"`) {
			cell, rest, more := strings.Cut(text, ",")
			cells = append(cells, cell)
			if !more {
				return cells
			}
			text = rest
			continue
		}
		i := 1
		for i < len(text) && (text[i] != '"' || strings.HasPrefix(text[i:], `""`)) {
			if text[i] == '"' {
				i++
			}
			i++
		}
		cells = append(cells, strings.ReplaceAll(text[1:min(i, len(text))], `""`, `"`))
		_, rest, more := strings.Cut(text[min(i, len(text)):], ",")
		if !more {
			return cells
		}
		text = rest
	}
}

func (c *csvSource) next() (record, bool) {
	for {
		r := record{line: c.s.lines + 1}
		text, bad := c.text()
		if text == "" {
			return r, false
		}
		if bad == nil && !utf8.ValidString(text) {
			bad = invalidUTF8()
		}
		if bad != nil {
			r.bad, r.raw = bad, []byte(text)
			return r, true
		}
		r.cells = splitCSV(text)
		// Spreadsheets write rows of commas after the last.
		if !slices.ContainsFunc(r.cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			continue
		}
		if len(r.cells) != len(c.columns) {
			r.bad = reject(WrongColumns, fmt.Sprintf("the row has %d columns, and the first row names %d", len(r.cells), len(c.columns)))
			r.raw, r.cells = []byte(text), nil
			return r, true
		}
		for i, field := range c.columns {
			if field >= 0 {
				r.values[field] = r.cells[i]
			}
		}
		return r, true
	}
}
