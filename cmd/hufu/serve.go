package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/server"
)

type serveCommand struct {
	Config string `required:"" placeholder:"FILE" type:"existingfile" help:"The configuration; docs/operations.md explains every key."`
}

func (c *serveCommand) Run(p *program) error {
	tuneGC()
	cfg, err := config.Load(c.Config, p.environ)
	if err != nil {
		return err
	}
	out := newBufferedLog(p.stderr)
	defer out.Close()
	logger := newLogger(out, cfg.LogText, cfg.LogLevel)
	// Before all that takes time: it would end the process.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	s, err := server.New(p.ctx, cfg, server.Options{Version: version(), Logger: logger})
	if err != nil {
		return err
	}
	if err := s.Listen(p.ctx); err != nil {
		_ = s.Close()
		return err
	}
	stop := c.reloadOn(hangup, p, s, logger)
	defer stop()
	err = s.Serve(p.ctx)
	if closeErr := s.Close(); err == nil {
		err = closeErr
	}
	return err
}

// reloadOn reads apps and master key again on SIGHUP. A configuration with
// faults, or a master key that does not belong to the database, changes nothing;
// other keys want a restart.
func (c *serveCommand) reloadOn(hangup <-chan os.Signal, p *program, s *server.Server, logger *slog.Logger) (stop func()) {
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-hangup:
			}
			cfg, err := config.Load(c.Config, p.environ)
			if err != nil {
				logger.LogAttrs(context.Background(), slog.LevelError, "configuration not reloaded", slog.Any("error", err))
				continue
			}
			replaced, err := s.ReplaceMasterKey(p.ctx, cfg.MasterKey)
			if err != nil {
				logger.LogAttrs(context.Background(), slog.LevelError, "configuration not reloaded", slog.Any("error", err))
				continue
			}
			if replaced {
				logger.LogAttrs(context.Background(), slog.LevelInfo, "master key reloaded")
			}
			s.ReplaceApps(cfg.Apps)
			logger.LogAttrs(context.Background(), slog.LevelInfo, "apps reloaded", slog.Int("apps", len(cfg.Apps)))
		}
	}()
	return func() { close(done) }
}
