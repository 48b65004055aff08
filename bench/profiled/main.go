// Command profiled is `hufu serve` with Go's profiler on an address of its own,
// for `go run ./bench -profile DIR`. It is never released: whoever reaches that
// address reads the server's memory.
//
//	profiled CONFIG PPROF-ADDRESS
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/server"
	"github.com/hufu-id/hufu/internal/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "profiled:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) (err error) {
	if len(args) != 2 {
		return errors.New("usage: profiled CONFIG PPROF-ADDRESS")
	}
	// As cmd/hufu: its collector, its silence of the standard log, its buffer
	// in front of the log (slog's handler writes one line at a time).
	debug.SetGCPercent(200)
	log.SetOutput(io.Discard)
	cfg, err := config.Load(args[0], os.Environ())
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(os.Stderr, 64<<10)
	s, err := server.New(ctx, cfg, server.Options{Version: "profiled", Logger: web.NewLogger(out, cfg.LogLevel)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(), out.Flush()) }()
	if err := s.Listen(ctx); err != nil {
		return err
	}
	profiler := &http.Server{Addr: args[1], Handler: routes(), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = profiler.ListenAndServe() }()
	defer profiler.Close()
	return s.Serve(ctx)
}

func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.Handle("/debug/pprof/allocs", pprof.Handler("allocs"))
	mux.Handle("/debug/pprof/heap", pprof.Handler("heap"))
	return mux
}
