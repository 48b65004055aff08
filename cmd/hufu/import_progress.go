package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/hufu-id/hufu/internal/identity/importing"
)

// exampleRejects is how many rejects are shown where no file takes them.
const exampleRejects = 20

// importProgress tells people how far an import is.
type importProgress struct {
	out      io.Writer
	terminal bool
	rejects  bool // show the first of them
	dryRun   bool

	started, told time.Time
	line          bool // a line stands on the terminal that is written over
	shown         int
	codes         map[importing.Code]int64
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (t *importProgress) begun(p importing.Progress) {
	t.started, t.codes = time.Now(), map[importing.Code]int64{}
	t.told = t.started
	if p.Resumed {
		fmt.Fprintf(t.out, "Going on at line %d: an import of this file began at %s, and %d rows of it are done.\n",
			p.At.Line+1, localTime(p.StartedAt), p.RowsBefore)
	}
}

func (t *importProgress) rejected(r importing.Reject) {
	t.codes[r.Code]++
	if !t.rejects || t.shown > exampleRejects {
		return
	}
	t.clear()
	if t.shown++; t.shown > exampleRejects {
		fmt.Fprintln(t.out, "More rows are not taken: --rejects FILE writes all of them, with the reason.")
		return
	}
	fmt.Fprintf(t.out, "line %d: %s: %s\n", r.Line, r.Code, r.Text)
}

// observe tells the progress each second on a terminal, which writes over it,
// and else each ten seconds.
func (t *importProgress) observe(p importing.Progress) {
	every := 10 * time.Second
	if t.terminal {
		every = time.Second
	}
	now := time.Now()
	if now.Sub(t.told) < every {
		return
	}
	t.told = now
	rate := float64(p.Counts.Rows()-p.RowsBefore) / now.Sub(t.started).Seconds()
	text := fmt.Sprintf("%d rows, %d not taken, %.0f rows/s", p.Counts.Rows(), p.Counts.Rejected, rate)
	if p.FileSize > 0 && rate > 0 && p.At.Offset > 0 {
		rest := float64(p.Counts.Rows()) * float64(p.FileSize-p.At.Offset) / float64(p.At.Offset) / rate
		text += fmt.Sprintf(", %d %%, %s to go", 100*p.At.Offset/p.FileSize, (time.Duration(rest) * time.Second).String())
	}
	if t.terminal {
		fmt.Fprintf(t.out, "\r\x1b[K%s", text)
		t.line = true
		return
	}
	fmt.Fprintln(t.out, text)
}

// clear takes away the line that is written over.
func (t *importProgress) clear() {
	if t.line {
		fmt.Fprint(t.out, "\r\x1b[K")
		t.line = false
	}
}

// summary tells what became of the rows.
func (t *importProgress) summary(out io.Writer, p importing.Progress) {
	c := p.Counts
	if t.dryRun {
		fmt.Fprintln(out, "A dry run: the store was not changed.")
	}
	fmt.Fprintf(out, "rows       %d\nmade       %d\nlinked     %d\nfilled     %d\nunchanged  %d\nrejected   %d\n",
		c.Rows(), c.Made, c.Linked, c.Filled, c.Unchanged, c.Rejected)
	for _, code := range slices.Sorted(maps.Keys(t.codes)) {
		fmt.Fprintf(out, "           %d %s\n", t.codes[code], code)
	}
}
