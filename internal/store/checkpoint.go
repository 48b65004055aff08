package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	checkpointEvery = 150 * time.Millisecond
	// walLimit is how long the log may grow, in bytes, before a checkpoint makes
	// everybody wait, so that it begins anew.
	walLimit = 64 << 20
	// scrubTries is how often the log can't be emptied, since somebody reads an
	// old state of it, before that is told.
	scrubTries = 20
	pageSize   = 4096
)

// checkpointer moves SQLite's log into the database, on a connection of its own:
// done by the writer, it would make logins wait for milliseconds.
type checkpointer struct {
	db           *sql.DB
	dirty        atomic.Bool
	scrub        atomic.Bool // the log shall be emptied
	busy         int         // how often it could not be
	onCheckpoint func(Checkpoint)
	logger       *slog.Logger
	cancel       context.CancelFunc
	stopped      chan struct{}
}

func newCheckpointer(db *sql.DB, o Options) *checkpointer {
	return &checkpointer{db: db, onCheckpoint: o.OnCheckpoint, logger: o.Logger}
}

// wrote tells that there is something to move.
func (c *checkpointer) wrote() {
	if !c.dirty.Load() {
		c.dirty.Store(true)
	}
}

func (c *checkpointer) start() {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel, c.stopped = cancel, make(chan struct{})
	go c.loop(ctx)
}

func (c *checkpointer) loop(ctx context.Context) {
	defer close(c.stopped)
	ticker := time.NewTicker(checkpointEvery)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		scrub := c.scrub.Swap(false)
		if !c.dirty.CompareAndSwap(true, false) && !scrub {
			continue
		}
		err := c.round()
		if scrub && err == nil {
			err = c.empty()
		}
		if err != nil && !failing {
			c.logger.LogAttrs(ctx, slog.LevelError, "SQLite's log can't be moved into the database", slog.Any("error", err))
		}
		failing = err != nil
	}
}

// round is one checkpoint.
func (c *checkpointer) round() error {
	point, err := c.run("PASSIVE")
	if err != nil {
		return err
	}
	if point.Pages*pageSize > walLimit {
		// Fails as busy, after 100 ms, while somebody reads an old state.
		_, err = c.run("RESTART")
	}
	return err
}

// empty cuts the log to nothing: it holds what was deleted as it was before. As
// long as somebody reads an old state that has to wait for the next round.
func (c *checkpointer) empty() error {
	point, err := c.run("TRUNCATE")
	if err == nil && !point.Busy {
		c.busy = 0
		return nil
	}
	c.scrub.Store(true)
	if c.busy++; err == nil && c.busy >= scrubTries {
		err = errors.New("somebody keeps reading an old state")
	}
	return err
}

func (c *checkpointer) run(mode string) (Checkpoint, error) {
	var point Checkpoint
	start := time.Now()
	err := c.db.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+mode+")").Scan(&point.Busy, &point.Pages, &point.Moved)
	point.Took = time.Since(start)
	if err != nil {
		return point, fmt.Errorf("checkpoint: %w", err)
	}
	c.onCheckpoint(point)
	return point, nil
}

// close moves what is left, once nobody writes any more.
func (c *checkpointer) close() error {
	c.cancel()
	<-c.stopped
	_, err := c.run("TRUNCATE")
	return errors.Join(err, c.db.Close())
}
