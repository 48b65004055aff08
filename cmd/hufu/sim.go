package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/simulator"
)

type simCommand struct {
	Addr   string `default:"127.0.0.1:8081" help:"Where to listen."`
	Seed   uint64 `help:"Makes other people, and reproduces the dice of a run with faults."`
	Expose bool   `help:"Allow an address that others can reach. Whoever reaches the simulator controls it."`
}

func (c *simCommand) Run(p *program) error {
	if err := checkExposure("addr", c.Addr, c.Expose); err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(p.ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("addr: %w", err)
	}
	sim := newSimulator(c.Seed, c.Expose)
	fmt.Fprintf(p.stdout, "The simulator of WeChat listens on http://%s. It is not WeChat, and nothing in it is real.\n", l.Addr())
	for _, app := range simulator.DemoApps() {
		fmt.Fprintf(p.stdout, "  app %s  secret %s\n", app.AppID, app.Secret)
	}
	fmt.Fprintf(p.stdout, "  people %v\n", simulator.DemoUsers())
	return serveSimulator(p.ctx, l, sim)
}

func newSimulator(seed uint64, expose bool) *simulator.Server {
	sim := &simulator.Server{Seed: seed}
	if expose {
		sim.AllowedHosts = []string{"*"}
	}
	return sim
}

// serveSimulator serves until ctx is done.
func serveSimulator(ctx context.Context, l net.Listener, sim *simulator.Server) error {
	server := &http.Server{Handler: sim.Handler(), ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		_ = sim.Close() // ends the event streams, which would never end by themselves
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	})
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("simulator: %w", err)
	}
	return <-stopped
}

// checkExposure refuses an address that others can reach, unless that is said
// aloud.
func checkExposure(flag, addr string, expose bool) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--%s: write host:port, for example 127.0.0.1:8080", flag)
	}
	if !expose && !config.Loopback(host) {
		return fmt.Errorf("--%s %s can be reached by others, who could log in as anybody: use a loopback address, or say --expose", flag, addr)
	}
	return nil
}
