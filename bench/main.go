package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

// options are what the command line asks for.
type options struct {
	quick, growth, union bool
	only                 *regexp.Regexp
	dir                  string
	postgres             string // a DSN, "auto" or "off"
	profile              string // a directory; empty: none
	against              string // another checkout of the module; empty: none
	people               uint64

	warmUp, slice time.Duration
	rounds        int
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{people: 10_000}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.quick, "quick", false, "fewer and shorter slices: about a minute, for a first look")
	flags.BoolVar(&o.growth, "growth", false, "also compare 10 thousand and 1 million identities: some minutes and 2 GB of disk")
	flags.BoolVar(&o.union, "unionid", false, "let WeChat tell a unionid with each login")
	only := flags.String("only", "", "run only the scenarios whose names match this `regexp`: disk, start, login-64, login-16, login-16-new, login-64-slow, session-seen, session-unseen, refresh, growth, growth-lookup")
	flags.StringVar(&o.dir, "dir", os.TempDir(), "keep databases in a new folder of this `directory`, whose disk is measured")
	flags.StringVar(&o.postgres, "postgres", "auto", "`DSN` of a PostgreSQL to make a database on; auto: TEST_POSTGRES_DSN, or one started by "+postgresScript+"; off: none")
	flags.StringVar(&o.profile, "profile", "", "measure nothing, but write profiles of the server under the load of the scenarios into this `directory`")
	flags.StringVar(&o.against, "against", "", "also measure the server of another checkout, in this `directory`, in the same run")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("no argument %q is known", flags.Arg(0))
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, fmt.Errorf("-only: %w", err)
	}
	o.warmUp, o.slice, o.rounds = 150*time.Millisecond, 500*time.Millisecond, 9
	if o.quick {
		o.warmUp, o.slice, o.rounds = 100*time.Millisecond, 300*time.Millisecond, 4
	}
	return o, nil
}

// wants reports whether a scenario is to run.
func (o *options) wants(name string) bool { return o.only.MatchString(name) }

func main() {
	if len(os.Args) > 1 && os.Args[1] == "role" {
		os.Exit(runRole(os.Args[2:]))
	}
	o, err := parseOptions(os.Args[1:], os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
	keepToSharedCores()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, o, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
