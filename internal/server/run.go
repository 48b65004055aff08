package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/hufu-id/hufu/internal/web"
)

const (
	// shutdownGrace is how long requests in flight may take to finish: longer
	// than a login may wait for WeChat.
	shutdownGrace = 15 * time.Second
)

// Listen takes the addresses of the Config.
func (s *Server) Listen(ctx context.Context) error {
	add := func(name, addr string, h http.Handler) error {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.listeners = append(s.listeners, listener{Listener: l, handler: h, name: name})
		return nil
	}
	if s.opts.Listener != nil {
		s.listeners = append(s.listeners, listener{Listener: s.opts.Listener, handler: s.public, name: "listen"})
	} else if err := add("listen", s.cfg.Listen, s.public); err != nil {
		return err
	}
	if s.opts.OneAddress || s.cfg.AdminListen == "" {
		return nil
	}
	if err := add("admin_listen", s.cfg.AdminListen, s.admin); err != nil {
		_ = s.listeners[0].Close()
		return err
	}
	return nil
}

// Addr is the address of the public listener, once Listen took it.
func (s *Server) Addr() string { return s.listeners[0].Addr().String() }

// Serve answers requests until ctx is done; then it takes no more, lets those
// in flight finish, and returns. Listen comes before it, Close after.
func (s *Server) Serve(ctx context.Context) error {
	// What runs behind the requests goes on until the last of them is answered.
	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	var behind errgroup.Group
	for _, run := range []func(context.Context){s.sessions.Run, s.keyring.Run, s.keys.Run, s.master.Run, s.reads.Run, s.prune} {
		behind.Go(func() error { run(background); return nil })
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, l := range s.listeners {
		server := web.NewServer(l.handler, web.ServerOptions{Logger: s.log})
		group.Go(func() error {
			s.log.LogAttrs(ctx, slog.LevelInfo, "listening", slog.String("on", l.name), slog.String("addr", l.Addr().String()))
			if err := server.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("%s: %w", l.name, err)
			}
			return nil
		})
		group.Go(func() error {
			<-groupCtx.Done()
			grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
			defer cancel()
			if err := server.Shutdown(grace); err != nil {
				_ = server.Close()
				return fmt.Errorf("%s: requests were cut off: %w", l.name, err)
			}
			return nil
		})
	}
	err := group.Wait()
	stopBackground()
	_ = behind.Wait()
	return err
}
