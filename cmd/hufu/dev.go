package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/server"
	"github.com/hufu-id/hufu/simulator"
)

type devCommand struct {
	Addr    string `default:"127.0.0.1:8080" help:"Where the server listens."`
	SimAddr string `default:"127.0.0.1:8081" help:"Where the simulator listens."`
	Data    string `default:".hufu" placeholder:"DIR" help:"Where keys and database are kept between runs."`
	Expose  bool   `help:"Allow addresses that others can reach. With the simulator, they can log in as anybody."`

	AppID      string `name:"appid" placeholder:"wx…" help:"Ask the real WeChat about this app, without a simulator."`
	SecretFile string `type:"existingfile" placeholder:"FILE" help:"The file with its AppSecret."`
	Verbose    bool   `short:"v" help:"Write a line for each request."`
}

func (c *devCommand) Run(p *program) (err error) {
	tuneGC()
	if err := c.check(); err != nil {
		return err
	}
	real := c.AppID != ""
	// Opened first: the tokens' issuer holds the port, which --addr may leave open.
	listener, err := (&net.ListenConfig{}).Listen(p.ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	defer func() { _ = listener.Close() }() // once more, if it was served
	made, err := prepareData(c.Data)
	if err != nil {
		return err
	}

	out := newBufferedLog(p.stderr)
	defer out.Close()
	options := server.Options{
		Version: version(), Logger: newLogger(out, true, slog.LevelInfo), Listener: listener,
		OneAddress: true, Extra: map[string]http.Handler{"GET /{$}": devPage(real)},
	}
	file := c.file(listener.Addr().String())
	var sim *simulator.Server
	var simListener net.Listener
	if real {
		file.Apps = []config.AppFile{{AppID: c.AppID, SecretFile: c.absSecretFile()}}
	} else {
		if simListener, err = (&net.ListenConfig{}).Listen(p.ctx, "tcp", c.SimAddr); err != nil {
			return fmt.Errorf("--sim-addr: %w", err)
		}
		sim = newSimulator(0, c.Expose)
		simulate(&file, simListener.Addr(), sim, options.Extra)
	}
	cfg, err := file.Resolve(c.Data)
	if err != nil {
		return err
	}
	s, err := server.New(p.ctx, cfg, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Listen(p.ctx); err != nil {
		return err
	}
	c.announce(p, s, simListener, made)
	err = serveBoth(p.ctx, s, sim, simListener)
	if p.ctx.Err() != nil && err == nil {
		fmt.Fprintln(p.stdout, "\nStopped. Everything is kept in "+c.Data+" for the next start.")
	}
	return err
}

// serveBoth serves until ctx is done or one of the two fails. sim is nil where
// WeChat is real.
func serveBoth(ctx context.Context, s *server.Server, sim *simulator.Server, simListener net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The simulator goes last: logins in flight still ask it.
	simCtx, stopSim := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSim()
	var group errgroup.Group
	if sim != nil {
		// Event streams never end by themselves, and the server waits for them.
		defer context.AfterFunc(ctx, func() { _ = sim.Close() })()
		group.Go(func() error { defer cancel(); return serveSimulator(simCtx, simListener, sim) })
	}
	group.Go(func() error { defer cancel(); defer stopSim(); return s.Serve(ctx) })
	return group.Wait()
}

// check refuses flags that can't be meant.
func (c *devCommand) check() error {
	if (c.AppID != "") != (c.SecretFile != "") {
		return errors.New("--appid and --secret-file go together: the real WeChat wants both")
	}
	if err := checkExposure("addr", c.Addr, c.Expose); err != nil {
		return err
	}
	return checkExposure("sim-addr", c.SimAddr, c.Expose)
}

// file is the configuration that dev stands for; addr is where it listens.
func (c *devCommand) file(addr string) config.File {
	file := config.Default()
	file.Listen, file.AdminListen = addr, "off"
	file.PublicURL = "http://" + browsable(addr)
	file.MasterKeyFile = masterKeyName
	file.Log.Access = c.Verbose
	return file
}

func (c *devCommand) absSecretFile() string {
	if abs, err := filepath.Abs(c.SecretFile); err == nil {
		return abs
	}
	return c.SecretFile
}

// browsable turns a listening address into one that can be opened.
func browsable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// simulate points the configuration at the simulator, and puts the simulator
// under the server's address too: a page of ours needs no cross-origin call.
func simulate(file *config.File, addr net.Addr, sim *simulator.Server, extra map[string]http.Handler) {
	file.Simulated = true
	file.WeChat.BaseURL = "http://" + browsable(addr.String())
	for _, app := range simulator.DemoApps() {
		file.Apps = append(file.Apps, config.AppFile{
			AppID: app.AppID, Secret: secret.New(app.Secret), OpenAccount: app.OpenAccount,
		})
	}
	for _, prefix := range []string{"/sim/", "/sns/", "/cgi-bin/", "/wxa/"} {
		extra[prefix] = sim.Handler()
	}
}

const masterKeyName = "master.key"

// prepareData makes the folder and what it needs; it returns what it made.
func prepareData(dir string) (made []string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Stat(ignore); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(ignore, []byte("# Keys and data of this machine alone.\n*\n"), 0o600); err != nil {
			return nil, fmt.Errorf("--data: %w", err)
		}
	}
	master := filepath.Join(dir, masterKeyName)
	if _, err := os.Stat(master); errors.Is(err, os.ErrNotExist) {
		if err := writeMasterKey(master); err != nil {
			return nil, err
		}
		made = append(made, master)
	}
	database := filepath.Join(dir, "hufu.db")
	if _, err := os.Stat(database); errors.Is(err, os.ErrNotExist) {
		made = append(made, database)
	}
	return made, nil
}

// announce tells what there is and what to try.
func (c *devCommand) announce(p *program, s *server.Server, sim net.Listener, made []string) {
	base := "http://" + browsable(s.Addr())
	fmt.Fprintf(p.stdout, "hufu %s\n\n", version())
	if len(made) > 0 {
		fmt.Fprintf(p.stdout, "  made       %s\n", strings.Join(made, ", "))
	}
	fmt.Fprintf(p.stdout, "  server     %s\n", base)
	if sim == nil {
		fmt.Fprintf(p.stdout, "  WeChat     the real one, for %s\n  data       %s\n\nCtrl-C stops.\n", c.AppID, c.Data)
		return
	}
	simBase := "http://" + browsable(sim.Addr().String())
	fmt.Fprintf(p.stdout, "  simulator  %s  (it is not WeChat: anybody can log in as anybody)\n  data       %s\n", simBase, c.Data)
	fmt.Fprintf(p.stdout, "  apps       %s, %s\n  people     %s\n\nTry:\n", simulator.DemoApps()[0].AppID, simulator.DemoApps()[1].AppID, strings.Join(simulator.DemoUsers(), ", "))
	fmt.Fprintf(p.stdout, "  go run ./cmd/hufu login --server %s --sim %s --user alice\n", base, simBase)
	fmt.Fprintf(p.stdout, "  curl -s %s/sim/v1/wx/login -H 'Content-Type: application/json' -d '{\"appid\":\"wxdd00000000000001\",\"user\":\"bob\"}'\n", simBase)
	fmt.Fprintf(p.stdout, "  curl -s %s/v1/login -H 'Content-Type: application/json' -d '{\"appid\":\"wxdd00000000000001\",\"code\":\"<the code>\"}'\n", base)
	fmt.Fprintf(p.stdout, "\nThe API is explained at %s/docs. Ctrl-C stops.\n", base)
}
