package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/playground"
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

	MiniProgram string   `name:"miniprogram" type:"existingdir" placeholder:"DIR" help:"Run this mini program in the playground instead of the example. Needs Node.js 20."`
	AllowDomain []string `sep:"none" placeholder:"URL" help:"A further domain that the playground's mini program may call, for example https://api.example.com. Repeatable."`
}

// Run serves until the program is told to stop.
func (c *devCommand) Run(p *program) (err error) {
	tuneGC()
	if err := c.check(); err != nil {
		return err
	}
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
	d := &devRun{command: c, out: out, listener: listener}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.prepare(p); err != nil {
		return err
	}
	c.announce(p, d.server, d.simListener, made)
	err = d.serve(p.ctx)
	if p.ctx.Err() != nil && err == nil {
		fmt.Fprintln(p.stdout, "\nStopped. Everything is kept in "+c.Data+" for the next start.")
	}
	return err
}

// devRun is what a run of dev is made of.
type devRun struct {
	command     *devCommand
	out         io.Writer
	listener    net.Listener
	simListener net.Listener
	sim         *simulator.Server // nil where WeChat is real
	compiler    *playground.Compiler
	playground  *playground.Playground
	server      *server.Server
}

// prepare makes everything, up to what answers.
func (d *devRun) prepare(p *program) error {
	c := d.command
	file, extra, err := d.configure(p.ctx)
	if err != nil {
		return err
	}
	cfg, err := file.Resolve(c.Data)
	if err != nil {
		return err
	}
	clock, err := playground.OpenClock(filepath.Join(c.Data, clockName))
	if err != nil {
		return err
	}
	if d.compiler, err = c.startCompiler(p); err != nil {
		return err
	}
	play := c.playgroundConfig(cfg, clock, d.sim, func() *server.Server { return d.server })
	play.Program = d.compiler
	if d.playground, err = playground.New(play); err != nil {
		return err
	}
	maps.Copy(extra, d.playground.Routes())
	d.server, err = server.New(p.ctx, cfg, server.Options{
		Version: version(), Logger: newLogger(d.out, true, slog.LevelInfo), Listener: d.listener,
		OneAddress: true, Extra: extra, Now: clock.Now, WrapTransport: d.playground.WrapWeChat,
	})
	if err != nil {
		return err
	}
	return d.server.Listen(p.ctx)
}

// configure makes the configuration, with a simulator or without, and the routes
// of the simulator.
func (d *devRun) configure(ctx context.Context) (config.File, map[string]http.Handler, error) {
	c, extra := d.command, map[string]http.Handler{}
	file := c.file(d.listener.Addr().String())
	if c.AppID != "" {
		file.Apps = []config.AppFile{{AppID: c.AppID, SecretFile: c.absSecretFile()}}
		return file, extra, nil
	}
	var err error
	if d.simListener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", c.SimAddr); err != nil {
		return file, nil, fmt.Errorf("--sim-addr: %w", err)
	}
	d.sim = newSimulator(0, c.Expose)
	simulate(&file, d.simListener.Addr(), d.sim, extra)
	return file, extra, nil
}

// close ends what prepare made, in part or whole.
func (d *devRun) close() error {
	var errs []error
	if d.playground != nil {
		d.playground.Close()
	}
	if d.compiler != nil {
		errs = append(errs, d.compiler.Close())
	}
	if d.server != nil {
		errs = append(errs, d.server.Close())
	}
	if d.simListener != nil {
		_ = d.simListener.Close() // once more, if it was served
	}
	return errors.Join(errs...)
}

// serve serves until ctx is done or one of the servers fails.
func (d *devRun) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The simulator goes last: logins in flight still ask it.
	simCtx, stopSim := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSim()
	var group errgroup.Group
	// Event streams never end by themselves, and the server waits for them.
	defer context.AfterFunc(ctx, d.playground.Close)()
	if d.sim != nil {
		defer context.AfterFunc(ctx, func() { _ = d.sim.Close() })()
		group.Go(func() error { defer cancel(); return serveSimulator(simCtx, d.simListener, d.sim) })
	}
	group.Go(func() error { defer cancel(); defer stopSim(); return d.server.Serve(ctx) })
	return group.Wait()
}

// check refuses flags that can't be meant.
func (c *devCommand) check() error {
	if (c.AppID != "") != (c.SecretFile != "") {
		return errors.New("--appid and --secret-file go together: the real WeChat wants both")
	}
	for _, domain := range c.AllowDomain {
		if _, err := playground.ParseDomain(domain); err != nil {
			return fmt.Errorf("--allow-domain: %w", err)
		}
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

// demoApps are the simulator's apps.
func demoApps() (apps []config.AppFile) {
	for _, app := range simulator.DemoApps() {
		apps = append(apps, config.AppFile{AppID: app.AppID, Secret: secret.New(app.Secret), OpenAccount: app.OpenAccount})
	}
	return apps
}

// simulate points the configuration at the simulator, and puts the simulator
// under the server's address too: a page of ours needs no cross-origin call.
func simulate(file *config.File, addr net.Addr, sim *simulator.Server, extra map[string]http.Handler) {
	file.Simulated = true
	file.WeChat.BaseURL = "http://" + browsable(addr.String())
	file.Apps = append(file.Apps, demoApps()...)
	for _, prefix := range []string{"/sim/", "/sns/", "/cgi-bin/", "/wxa/"} {
		extra[prefix] = sim.Handler()
	}
}
