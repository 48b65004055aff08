// Command hufu is the identity server for WeChat Mini Programs.
//
//	hufu dev      server, simulator and playground, ready to try
//	hufu serve    the server, for production
//	hufu sim      the simulator of WeChat alone
//	hufu login    plays the phone once
//	hufu key      makes and replaces keys, and makes and revokes API keys
//	hufu import   takes over the people a team knew before
//	hufu migrate  brings the store's schema up to date
//	hufu doctor   checks a configuration and what it names
//	hufu version  tells the version
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/identity/importing"
	"github.com/hufu-id/hufu/internal/web"
)

// program is what the commands share.
type program struct {
	ctx            context.Context
	stdout, stderr io.Writer
	environ        []string
}

type commands struct {
	Dev     devCommand     `cmd:"" help:"Run server, simulator and playground together: the way to try hufu and to develop against it."`
	Serve   serveCommand   `cmd:"" help:"Run the server."`
	Sim     simCommand     `cmd:"" help:"Run the simulator of WeChat alone."`
	Login   loginCommand   `cmd:"" help:"Play the phone once: ask the simulator for a code, log in, print what came back."`
	Key     keyCommands    `cmd:"" help:"Make and replace keys."`
	Import  importCommand  `cmd:"" help:"Import the people you knew before hufu, from CSV or JSON Lines. Exits with 3 if rows were not taken."`
	Migrate migrateCommand `cmd:"" help:"Bring the store's schema up to date."`
	Doctor  doctorCommand  `cmd:"" help:"Check a configuration and everything it names."`
	Version versionCommand `cmd:"" help:"Tell the version."`
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		// A second signal ends the program at once. Not after cancel: one that came
		// while the program is seen to end already would be lost.
		signal.Stop(signals)
		cancel()
	}()
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	cancel()
	os.Exit(code)
}

// run is main without the process: 0 is success, 1 a failure, 2 a wrong call; a
// command may have more (exitWith).
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("hufu"),
		kong.Description("The identity server for WeChat Mini Programs."),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.Vars{"version": version(), "scopes": strings.Join(app.Scopes(), ", "), "importfields": importing.FieldList()},
	)
	if err != nil {
		fmt.Fprintln(stderr, "hufu:", err)
		return 1
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "hufu: %v\nhufu --help tells the commands.\n", err)
		return 2
	}
	// net/http's client quotes what a broken upstream sent in the standard log,
	// and that could be a session_key. Nothing of ours writes there.
	log.SetOutput(io.Discard)
	p := &program{ctx: ctx, stdout: stdout, stderr: stderr, environ: environ}
	if err := command.Run(p); err != nil {
		fmt.Fprintln(stderr, "hufu:", err)
		if exit, ok := errors.AsType[exitWith](err); ok {
			return exit.code
		}
		return 1
	}
	return 0
}

// exitWith is an error with an exit code of its own.
type exitWith struct {
	code int
	err  error
}

func (e exitWith) Error() string { return e.err.Error() }

func (e exitWith) Unwrap() error { return e.err }

// newLogger writes to w; text is for people, otherwise it is JSON.
func newLogger(w io.Writer, text bool, level slog.Level) *slog.Logger {
	if text {
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: web.RedactAttr}))
	}
	return web.NewLogger(w, level)
}

// tuneGC trades some memory for a few percent of CPU, unless the operator has
// said how the collector is to behave.
func tuneGC() {
	const percent = 200
	_, gogc := os.LookupEnv("GOGC")
	_, limit := os.LookupEnv("GOMEMLIMIT")
	if !gogc && !limit {
		debug.SetGCPercent(percent)
	}
}
