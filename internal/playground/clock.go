package playground

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
)

// maxAdvance bounds the sum of all advances: far past any life that can be
// configured, far below what a time can hold.
const maxAdvance = 10 * 365 * 24 * time.Hour

// Clock is real time plus an offset that only grows and is kept in a file, so
// that what was stored does not come from the future after a restart. Open it
// with OpenClock. It is safe for concurrent use.
type Clock struct {
	path   string
	mu     sync.Mutex // one advance at a time
	offset atomic.Int64
}

// clockFile is the file's content.
type clockFile struct {
	// OffsetSeconds is how far the clock runs ahead.
	OffsetSeconds int64 `json:"offset_seconds"`
}

// OpenClock reads the offset from the file at path; without a file it is 0.
func OpenClock(path string) (*Clock, error) {
	c := &Clock{path: path}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	} else if err != nil {
		return nil, fmt.Errorf("clock: %w", err)
	}
	var kept clockFile
	if err := json.Unmarshal(raw, &kept); err != nil || kept.OffsetSeconds < 0 || kept.OffsetSeconds > int64(maxAdvance/time.Second) {
		return nil, fmt.Errorf("clock: %s is damaged: it is {\"offset_seconds\": a number}; what was stored while the clock ran ahead is from the future without it, so start with another data folder, or mend it", path)
	}
	c.offset.Store(int64(time.Duration(kept.OffsetSeconds) * time.Second))
	return c, nil
}

// Now is the time.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Offset()) }

// Offset is how far the clock runs ahead.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// Advance moves the clock forward by whole seconds, once that is in the file.
// Errors are problems.
func (c *Clock) Advance(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.Offset() + d
	if d < 0 || d%time.Second != 0 || d > maxAdvance || next > maxAdvance {
		return problem.InField("advance", "the clock runs forward only, by whole seconds, and ten years in all")
	}
	if err := c.save(next); err != nil {
		return problem.Wrap(problem.Internal, err, "the clock could not be kept")
	}
	c.offset.Store(int64(next))
	return nil
}

// save replaces the file as a whole: a crash leaves the old one or the new.
func (c *Clock) save(offset time.Duration) error {
	temp, err := os.CreateTemp(filepath.Dir(c.path), ".clock-*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone already, if it went well
	_, err = temp.Write(append(mustJSON(clockFile{int64(offset / time.Second)}), '\n'))
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), c.path)
}
