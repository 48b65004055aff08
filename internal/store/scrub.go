package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	// scrubReads pages are looked at between two pauses; scrubWrites of them at
	// most are written by one step, so that a login waits for little.
	scrubReads  = 256
	scrubWrites = 64
	// scrubRests is how often as long as it has worked a pass rests, and the
	// scrubber between two passes.
	scrubRests = 4
	// maxScrubPages bounds the number of pages, and with it the first byte of
	// pages that hold no rows (it is that of a page's number): so high a one might
	// be taken for the type of a page with rows. That is 128 GiB.
	maxScrubPages = 0x02000000
)

// PRAGMA user_version tells what a restart must go on with; no migration uses it.
const (
	scrubState = `PRAGMA user_version`
	scrubDone  = `PRAGMA user_version = 0`
	scrubAsked = `PRAGMA user_version = 1`
	scrubBegun = `PRAGMA user_version = 2`

	countPages = `PRAGMA page_count`
	readPage   = `SELECT data FROM sqlite_dbpage WHERE pgno = $1`
	writePage  = `UPDATE sqlite_dbpage SET data = $2 WHERE pgno = $1`
)

// scrubber overwrites what SQLite has left in the unused part of its pages.
// secure_delete overwrites rows where they are deleted, but not the copies that
// stay behind when SQLite moves rows from page to page.
type scrubber struct {
	write   func(step) error
	read    queryer
	emptied func() // asks that the log, which holds the pages as they were, is emptied
	logger  *slog.Logger
	asked   chan struct{}
	stop    chan struct{}
	stopped sync.WaitGroup
}

func newScrubber(s *sqliteDB, logger *slog.Logger) *scrubber {
	return &scrubber{
		write: s.writer.do, read: s.readers, emptied: func() { s.keeper.scrub.Store(true) }, logger: logger,
		asked: make(chan struct{}, 1), stop: make(chan struct{}),
	}
}

// start goes on with what was asked for before a restart.
func (s *scrubber) start(ctx context.Context) error {
	var state int
	if err := s.read.QueryRowContext(ctx, scrubState).Scan(&state); err != nil {
		return fmt.Errorf("read user_version: %w", err)
	}
	if state != 0 {
		s.ask()
	}
	s.stopped.Go(s.loop)
	return nil
}

// ask asks for a pass; it does not wait. A step has to have run scrubAsked.
func (s *scrubber) ask() {
	select {
	case s.asked <- struct{}{}:
	default:
	}
}

// close ends the pass under way; it is begun anew at the next start.
func (s *scrubber) close() {
	close(s.stop)
	s.stopped.Wait()
}

func (s *scrubber) loop() {
	for {
		select {
		case <-s.stop:
			return
		case <-s.asked:
		}
		begun := time.Now()
		again, err := s.pass(context.Background())
		worked := max(time.Since(begun), 50*time.Millisecond)
		if err != nil {
			s.logger.LogAttrs(context.Background(), slog.LevelError, "what was erased may still be in the unused part of SQLite's pages", slog.Any("error", err))
			worked = max(worked, time.Minute/scrubRests) // it is told again
		}
		if again {
			s.ask()
		}
		if !s.rest(worked) {
			return
		}
	}
}

// rest pauses in proportion to the work done; it reports whether to go on.
func (s *scrubber) rest(worked time.Duration) bool {
	select {
	case <-s.stop:
		return false
	case <-time.After(scrubRests * worked):
		return true
	}
}

// pass goes through all pages. again is true if somebody was erased meanwhile,
// or the pass could not be finished.
func (s *scrubber) pass(ctx context.Context) (again bool, err error) {
	if err := s.write(func(ctx context.Context, tx queryer) error {
		_, err := tx.ExecContext(ctx, scrubBegun)
		return err
	}); err != nil {
		return true, err
	}
	var pages int64
	if err := s.read.QueryRowContext(ctx, countPages).Scan(&pages); err != nil {
		return true, fmt.Errorf("count pages: %w", err)
	}
	if pages >= maxScrubPages {
		return false, errors.New("the file is too large to be looked through: run VACUUM")
	}
	for from := int64(1); from <= pages; from += scrubReads {
		begun := time.Now()
		if err := s.scrub(ctx, from, min(from+scrubReads-1, pages)); err != nil {
			return true, err
		}
		if from+scrubReads <= pages && !s.rest(time.Since(begun)) {
			return true, nil
		}
	}
	err = s.write(func(ctx context.Context, tx queryer) error {
		var state int
		err := tx.QueryRowContext(ctx, scrubState).Scan(&state)
		if again = state == 1; err != nil || again {
			return err
		}
		_, err = tx.ExecContext(ctx, scrubDone)
		return err
	})
	s.emptied()
	return again || err != nil, err
}

// scrub overwrites what is unused in some pages, and writes those alone that
// hold something there.
func (s *scrubber) scrub(ctx context.Context, from, to int64) error {
	var unclean []int64
	for n := from; n <= to; n++ {
		page, err := pageOf(ctx, s.read, n)
		if err != nil {
			return err
		}
		if clean(page, n) {
			unclean = append(unclean, n)
		}
	}
	for len(unclean) > 0 {
		some := unclean[:min(scrubWrites, len(unclean))]
		unclean = unclean[len(some):]
		err := s.write(func(ctx context.Context, tx queryer) error { return cleanPages(ctx, tx, some) })
		if err != nil {
			return err
		}
	}
	return nil
}

// cleanPages looks once more: the pages may have changed.
func cleanPages(ctx context.Context, tx queryer, numbers []int64) error {
	for _, n := range numbers {
		page, err := pageOf(ctx, tx, n)
		if err != nil {
			return err
		}
		if !clean(page, n) {
			continue
		}
		if _, err := tx.ExecContext(ctx, writePage, n, page); err != nil {
			return fmt.Errorf("write page %d: %w", n, err)
		}
	}
	return nil
}

// pageOf reads a page; nil if there is none any more.
func pageOf(ctx context.Context, r queryer, number int64) ([]byte, error) {
	var page []byte
	err := r.QueryRowContext(ctx, readPage, number).Scan(&page)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read page %d: %w", number, err)
	}
	return page, nil
}

// clean puts zeros where a page with rows holds none of them: between the list of
// its cells and the first of them, and in the blocks that are free in between. It
// reports whether that changed anything. A page of another kind, or one that is
// not as SQLite's documentation of the file format says (§1.6), it leaves alone.
func clean(page []byte, number int64) (changed bool) {
	head := 0
	if number == 1 {
		head = 100 // the file's own header
	}
	if len(page) < head+12 {
		return false
	}
	cells := head + 8
	switch page[head] {
	case 2, 5: // inner page of an index, of a table: one page number more
		cells += 4
	case 10, 13: // leaf
	default:
		return false
	}
	at := func(i int) int { return int(binary.BigEndian.Uint16(page[i:])) }
	begin, end := cells+2*at(head+3), at(head+5)
	if end == 0 {
		end = 1 << 16
	}
	if begin > end || end > len(page) {
		return false
	}
	changed = wipe(page[begin:end])
	for free, last := at(head+1), end; free != 0; {
		if free < last || free+4 > len(page) {
			return changed
		}
		next, size := at(free), at(free+2)
		if size < 4 || free+size > len(page) {
			return changed
		}
		changed = wipe(page[free+4:free+size]) || changed
		free, last = next, free+size
	}
	return changed
}

// wipe puts zeros, and reports whether there was anything else.
func wipe(b []byte) bool {
	if len(bytes.Trim(b, "\x00")) == 0 {
		return false
	}
	clear(b)
	return true
}
