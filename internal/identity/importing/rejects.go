package importing

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// RejectsFile takes the rows that were not taken: an *os.File. They are people's
// data: it must be readable for its owner alone.
type RejectsFile interface {
	io.ReadWriteSeeker
	Truncate(size int64) error
	Sync() error
}

var (
	// ErrRejectsExist says that the file of rejects holds something of another
	// run, which must not be lost.
	ErrRejectsExist = errors.New("the file of rejects is not empty: name another, or remove it")
	// ErrRejectsGone says that the file of rejects is not the one of the run.
	ErrRejectsGone = errors.New("the file of rejects that this import began is missing, or is not as it was")
)

// rejectFormat writes rejects as the file that was imported is written.
type rejectFormat interface {
	head() ([]byte, error)
	row(r *record, why *Reject) ([]byte, error)
}

// rejectLog is the file of rejects at the place where a batch begins.
type rejectLog struct {
	file   RejectsFile // nil: nobody wants it
	format rejectFormat
}

// open makes sure that the file is the one of the run: at least as long as the
// run knows, and empty if it is new.
func (l *rejectLog) open(size int64) error {
	if l.file == nil {
		if size > 0 {
			return fmt.Errorf("%w: name it by --rejects", ErrRejectsGone)
		}
		return nil
	}
	held, err := l.file.Seek(0, io.SeekEnd)
	switch {
	case err != nil:
		return fmt.Errorf("file of rejects: %w", err)
	case size == 0 && held > 0:
		return ErrRejectsExist
	case held < size, size > 0 && !l.holdsRejects(size):
		return ErrRejectsGone
	}
	return nil
}

// holdsRejects tells whether rejects may stand in the first size bytes: what
// follows them is cut off, and a file that was named by mistake must not lose
// anything. The first line of either format names the column with the reason.
func (l *rejectLog) holdsRejects(size int64) bool {
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return false
	}
	begin, err := io.ReadAll(io.LimitReader(l.file, min(size, 4*maxRecord)))
	first, _, _ := bytes.Cut(begin, []byte{'\n'})
	return err == nil && bytes.Contains(first, []byte(rejectPrefix+"code"))
}

// write puts rows after the first size bytes, in place of all that stands there,
// and returns the new size. It is on the disk before the batch is: a row that
// the store counts as rejected can be read.
func (l *rejectLog) write(size int64, rows []row) (int64, error) {
	if l.file == nil || len(rows) == 0 {
		return size, nil
	}
	var buf bytes.Buffer
	if size == 0 {
		head, err := l.format.head()
		if err != nil {
			return size, err
		}
		buf.Write(head)
	}
	for i := range rows {
		text, err := l.format.row(&rows[i].record, rows[i].bad)
		if err != nil {
			return size, err
		}
		buf.Write(text)
	}
	err := l.file.Truncate(size)
	if err == nil {
		_, err = l.file.Seek(size, io.SeekStart)
	}
	if err == nil {
		_, err = l.file.Write(buf.Bytes())
	}
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		return size, fmt.Errorf("write file of rejects: %w", err)
	}
	return size + int64(buf.Len()), nil
}

func (c *csvSource) rejects() rejectFormat { return c }

func (c *csvSource) head() ([]byte, error) {
	var names []string
	for _, name := range c.header {
		if !isRejectColumn(name) {
			names = append(names, name)
		}
	}
	text, err := csvLine(append(names, rejectPrefix+"line", rejectPrefix+"code", rejectPrefix+"text", rejectPrefix+"raw"))
	if c.marked { // whoever wrote it reads it by it
		text = append([]byte(byteOrderMark), text...)
	}
	return text, err
}

func (c *csvSource) row(r *record, why *Reject) ([]byte, error) {
	var cells []string
	for i, name := range c.header {
		switch {
		case isRejectColumn(name):
		case r.cells == nil:
			cells = append(cells, "")
		default:
			cells = append(cells, r.cells[i])
		}
	}
	raw := bytes.TrimRight(bytes.ToValidUTF8(r.raw, []byte("\uFFFD")), "\r\n")
	return csvLine(append(cells, strconv.FormatInt(why.Line, 10), string(why.Code), why.Text, string(raw)))
}

func csvLine(cells []string) ([]byte, error) {
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	err := w.Write(cells)
	w.Flush()
	return buf.Bytes(), errors.Join(err, w.Error())
}

func (j *jsonSource) rejects() rejectFormat { return j }

func (j *jsonSource) head() ([]byte, error) { return nil, nil }

func (j *jsonSource) row(r *record, why *Reject) ([]byte, error) { return rejectedJSON(r, why) }
