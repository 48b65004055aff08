package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hufu-id/hufu/internal/session"
)

const (
	pruneEvery = time.Minute
	// pruneBatch is how much is looked for at once; the store deletes it in
	// smaller steps, so that logins wait little.
	pruneBatch = 500
)

// prune forgets what has been kept long enough.
func (s *Server) prune(ctx context.Context) {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.Prune(ctx); err != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "old records could not be forgotten", slog.Any("error", err))
		}
	}
}

// Prune forgets what has been kept as long as the Config says. Serve does so
// every minute.
func (s *Server) Prune(ctx context.Context) error {
	now := s.opts.Now()
	logins := cmp.Or(s.cfg.LoginRecordsKept, max(session.RecordsKept, s.cfg.SessionAbsoluteLife+24*time.Hour))
	clocks := []func() (int, error){
		func() (int, error) { return s.db.Prune(ctx, now.Add(-logins), now, pruneBatch) },
	}
	if s.cfg.AuditKept > 0 { // a Config that nobody resolved keeps it
		clocks = append(clocks, func() (int, error) { return s.db.PruneAudit(ctx, now.Add(-s.cfg.AuditKept), pruneBatch) })
	}
	// What is recorded no more is not kept either.
	if s.cfg.ReadsKept > 0 || s.cfg.NoReadRecords {
		clocks = append(clocks, func() (int, error) { return s.db.PruneReads(ctx, now.Add(-s.cfg.ReadsKept), pruneBatch) })
	}
	var errs []error
	for _, forget := range clocks {
		for {
			n, err := forget()
			errs = append(errs, err)
			if err != nil || n < pruneBatch {
				break
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	return nil
}
