package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/identity/importing"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/server"
	"github.com/hufu-id/hufu/internal/store"
)

type importCommand struct {
	Config string   `placeholder:"FILE" type:"existingfile" help:"The server's configuration."`
	Data   string   `placeholder:"DIR" type:"existingdir" help:"The folder of hufu dev, in place of a configuration."`
	App    id.AppID `required:"" placeholder:"wx…" help:"The app whose openids these are."`
	File   string   `arg:"" placeholder:"FILE" help:"CSV with a row of names, or JSON Lines: ${importfields}; all but openid may be missing. - reads standard input, and can't go on after it was stopped."`

	Format        string `enum:"csv,jsonl," default:"" placeholder:"csv|jsonl" help:"How the file is written. Default: by its name; else csv."`
	Timezone      string `default:"Asia/Shanghai" placeholder:"ZONE" help:"The zone of times that name none."`
	IgnoreUnknown bool   `help:"Pass over columns that hufu does not know."`
	DryRun        bool   `help:"Decide everything, and change nothing in the store."`
	Rejects       string `placeholder:"FILE" help:"Where to write the rows that are not taken, with the reason. They are people's data."`
	MaxRejects    int64  `default:"1000" placeholder:"N" help:"Stop after more rejects than this; 0: never."`
	Restart       bool   `help:"Begin at the first row, though an import was stopped in the middle."`
}

// Run imports, and tells what became of the rows.
func (c *importCommand) Run(p *program) error {
	cfg, err := c.configure(p)
	if err != nil {
		return err
	}
	zone, err := importing.Zone(c.Timezone)
	if err != nil {
		return fmt.Errorf("--timezone: %w", err)
	}
	in, size, err := c.open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	tell := &importProgress{out: p.stderr, terminal: isTerminal(p.stderr), rejects: c.Rejects == "", dryRun: c.DryRun}
	order := importing.Config{
		AppID: c.App, Input: in, Size: size, Format: c.format(), Zone: zone, IgnoreUnknown: c.IgnoreUnknown,
		MaxRejects: c.MaxRejects, DryRun: c.DryRun, Restart: c.Restart,
		Begun: tell.begun, Observe: tell.observe, Rejected: tell.rejected, Now: time.Now,
	}
	if c.Rejects != "" {
		f, err := openRejects(c.Rejects, in)
		if err != nil {
			return fmt.Errorf("--rejects: %w", err)
		}
		defer func() { _ = f.Close() }()
		order.Rejects = f
	}
	end, err := server.Import(p.ctx, cfg, order)
	tell.clear()
	if end.StartedAt.IsZero() { // nothing was begun
		if errors.Is(err, store.ErrNotMigrated) {
			return fmt.Errorf("%w: hufu migrate does that, and so does an import that is no dry run", err)
		}
		return c.explain(err, end)
	}
	tell.summary(p.stdout, end)
	if err != nil {
		return c.explain(err, end)
	}
	if end.Counts.Rejected > 0 {
		return exitWith{3, fmt.Errorf("%d rows were not taken", end.Counts.Rejected)}
	}
	return nil
}

func (c *importCommand) configure(p *program) (*config.Config, error) {
	switch {
	case (c.Config == "") == (c.Data == ""):
		return nil, errors.New("name one of --config FILE and --data DIR")
	case c.Config != "":
		return config.Load(c.Config, p.environ)
	}
	if _, err := os.Stat(filepath.Join(c.Data, "hufu.db")); err != nil {
		return nil, fmt.Errorf("--data: hufu dev has made no database there: %w", err)
	}
	return devConfig(c.Data, c.App)
}

// openRejects opens the file of rejects, for its owner alone; in is the file that
// is imported, which it must not be.
func openRejects(name string, in *os.File) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		imported, statErr := in.Stat()
		switch {
		case !info.Mode().IsRegular():
			err = fmt.Errorf("%s is no file that can be written anew", name)
		case statErr == nil && os.SameFile(info, imported):
			err = errors.New("this is the file that is to be imported")
		case info.Mode().Perm()&0o077 != 0:
			err = f.Chmod(0o600)
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// open opens the file; its size is less than zero if it is a pipe.
func (c *importCommand) open() (*os.File, int64, error) {
	if c.File == "-" {
		return os.Stdin, -1, nil
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a directory", c.File)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	if !info.Mode().IsRegular() {
		return f, -1, nil
	}
	return f, info.Size(), nil
}

func (c *importCommand) format() importing.Format {
	byName := importing.CSV
	switch strings.ToLower(filepath.Ext(c.File)) {
	case ".jsonl", ".ndjson":
		byName = importing.JSONL
	}
	return cmp.Or(importing.Format(c.Format), byName)
}

// explain tells what to do about a run that did not come to its end.
func (c *importCommand) explain(err error, end importing.Progress) error {
	goesOn := fmt.Sprintf("; %d rows are done, and the same command goes on there", end.Counts.Rows())
	if c.DryRun || end.FileSize < 0 || end.StartedAt.IsZero() {
		goesOn = ""
	}
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("stopped" + goesOn)
	case errors.Is(err, masterkey.ErrRetired):
		return fmt.Errorf("%w: the master key was replaced while the import ran, give it the new one%s", err, goesOn)
	case errors.Is(err, importing.ErrChanged):
		return fmt.Errorf("%w: --restart begins at its first row, which does no harm to those that were imported", err)
	case errors.Is(err, importing.ErrTooManyRejects):
		return fmt.Errorf("%w: %d, and --max-rejects is %d%s", err, end.Counts.Rejected, c.MaxRejects, goesOn)
	}
	return fmt.Errorf("%w%s", err, goesOn)
}
