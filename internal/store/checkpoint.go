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
	pageSize = 4096
)

// checkpointer moves SQLite's log into the database, on a connection of its own:
// done by the writer, it would make logins wait for milliseconds.
type checkpointer struct {
	db           *sql.DB
	dirty        atomic.Bool
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
		if !c.dirty.CompareAndSwap(true, false) {
			continue
		}
		err := c.round()
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

func (c *checkpointer) run(mode string) (Checkpoint, error) {
	var point Checkpoint
	var busy bool
	start := time.Now()
	err := c.db.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &point.Pages, &point.Moved)
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
