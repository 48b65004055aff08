package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/store"
)

type masterCommand struct {
	File     string `arg:"" placeholder:"FILE" help:"The file of the master key. Without a flag it is made; one that exists is left alone."`
	Show     bool   `xor:"what" help:"List its keys by id, without the keys themselves."`
	Rotate   bool   `xor:"what" help:"Add a new key and seal under it: for a single server."`
	Stage    bool   `xor:"what" help:"Add a new key that opens and does not seal yet: for several servers, step 1."`
	Activate bool   `xor:"what" help:"Seal under the staged key, once every server has it: step 2."`
	Retire   bool   `xor:"what" help:"Remove the keys that nothing is sealed under any more. Wants --config."`
	Config   string `placeholder:"FILE" type:"existingfile" help:"The server's configuration, whose database --retire asks."`
}

// Run makes a master key, or changes one.
func (c *masterCommand) Run(p *program) error {
	if (c.Config != "") != c.Retire {
		return errors.New("--retire and --config go together")
	}
	switch {
	case c.Show:
		return c.show(p)
	case c.Rotate:
		return c.change(p, func(master secret.String) (secret.String, error) {
			staged, err := seal.Stage(master)
			if err != nil {
				return secret.String{}, err
			}
			return seal.Activate(staged)
		}, "Give the file to the server and send it SIGHUP, or restart it. It seals everything anew in the background;\nwhen its log says that everything is sealed, --retire removes the old key.")
	case c.Stage:
		return c.change(p, seal.Stage, "Give the file to every server and send each SIGHUP, or restart it. When all have it, go on with --activate.")
	case c.Activate:
		return c.change(p, seal.Activate, "Give the file to every server and send each SIGHUP, or restart it. They seal everything anew in the background;\nwhen a log says that everything is sealed, --retire removes the old key.")
	case c.Retire:
		return c.retire(p)
	}
	if err := writeMasterKey(c.File); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Wrote a master key to %s.\nKeep a copy elsewhere: without it, nothing that was sealed opens again.\n", c.File)
	return nil
}

func (c *masterCommand) show(p *program) error {
	master, err := readMasterKey(c.File)
	if err != nil {
		return err
	}
	keys, err := seal.List(master)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	says := map[seal.State]string{
		seal.Primary: "primary  seals, and opens what it sealed",
		seal.Staged:  "staged   opens; seals once it is activated",
		seal.Old:     "old      opens what it sealed",
	}
	for _, key := range keys {
		fmt.Fprintf(p.stdout, "%s  %s\n", key.ID, says[key.State])
	}
	return nil
}

// change writes what becomes of the master key, shows it, and tells what comes
// next.
func (c *masterCommand) change(p *program, change func(secret.String) (secret.String, error), next string) error {
	master, err := readMasterKey(c.File)
	if err != nil {
		return err
	}
	changed, err := change(master)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if err := replaceMasterKey(c.File, master, changed); err != nil {
		return err
	}
	if err := c.show(p); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "\nKeep a copy of %s elsewhere. %s\n", c.File, next)
	return nil
}

func (c *masterCommand) retire(p *program) error {
	master, err := readMasterKey(c.File)
	if err != nil {
		return err
	}
	cfg, err := config.Load(c.Config, p.environ)
	if err != nil {
		return err
	}
	db, err := store.Open(p.ctx, cfg.Store.Reveal(), store.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	changed, dropped, err := masterkey.Retire(p.ctx, db, master, c.File, time.Now())
	if err != nil {
		return err
	}
	if err := replaceMasterKey(c.File, master, changed); err != nil {
		return err
	}
	for _, key := range dropped {
		fmt.Fprintf(p.stdout, "%s  removed\n", key)
	}
	if err := c.show(p); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, "\nGive the file to every server; none has to be told. Backups of the database made before still need the file as it was.")
	return nil
}

func readMasterKey(path string) (secret.String, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return secret.String{}, fmt.Errorf("read master key: %w", err)
	}
	defer clear(raw)
	return secret.New(string(bytes.TrimSpace(raw))), nil
}

// writeMasterKey makes a file that its owner alone can read, and never touches
// one that exists: a lost master key is lost data.
func writeMasterKey(path string) error {
	master, err := seal.NewMasterKey()
	if err != nil {
		return err
	}
	temp, err := newMasterKeyFile(path, master)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp) }()
	err = os.Link(temp, path)
	if _, taken := os.Lstat(path); err != nil && errors.Is(taken, fs.ErrNotExist) {
		err = os.Rename(temp, path) // a file system without hard links
	}
	if err != nil {
		return fmt.Errorf("make master key: %w", err)
	}
	return syncFolder(path)
}

// replaceMasterKey puts a changed master key in the place of the one it was made
// of, with the same owner, who may not be whoever runs the command. No copy of the
// old one stays: it would hold what --retire removes.
func replaceMasterKey(path string, was, master secret.String) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("replace master key: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("replace master key: %w", err)
	}
	temp, err := newMasterKeyFile(path, master)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp) }() // in vain once it was renamed
	if err := keepOwner(temp, info); err != nil {
		return fmt.Errorf("replace master key: %w", err)
	}
	// Two changes at once must not lose a key.
	if now, err := readMasterKey(path); err != nil || !now.Equal(was) {
		return errors.Join(errors.New("the master key was changed meanwhile: nothing was written"), err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("replace master key: %w", err)
	}
	return syncFolder(path)
}

// newMasterKeyFile writes a file beside path, to be moved there: half a key would
// be in the way of every later start.
func newMasterKeyFile(path string, master secret.String) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".master-key-*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("write master key: %w", err)
	}
	_, err = f.WriteString(master.Reveal() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", fmt.Errorf("write master key: %w", err)
	}
	return f.Name(), nil
}

// syncFolder makes the name of a file last.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("write master key: %w", err)
	}
	_ = folder.Sync() // some systems sync no folders
	return folder.Close()
}
