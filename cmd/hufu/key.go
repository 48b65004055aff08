package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/token"
)

type keyCommands struct {
	Create keyCreateCommand `cmd:"" help:"Make an API key for a service of yours."`
	List   keyListCommand   `cmd:"" help:"List the API keys, without the keys themselves."`
	Revoke keyRevokeCommand `cmd:"" help:"Revoke an API key."`
	Master masterCommand    `cmd:"" help:"Make a master key and write it to a new file."`
	Rotate rotateCommand    `cmd:"" help:"Make new keys for tokens; the old ones stay until the last token they signed has expired."`
}

type masterCommand struct {
	File string `arg:"" placeholder:"FILE" help:"The file to make; one that exists is left alone."`
}

func (c *masterCommand) Run(p *program) error {
	if err := writeMasterKey(c.File); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Wrote a master key to %s.\nKeep a copy elsewhere: without it, nothing that was sealed opens again.\n", c.File)
	return nil
}

// writeMasterKey makes a file that its owner alone can read, and never touches
// one that exists: a lost master key is lost data.
func writeMasterKey(path string) error {
	master, err := seal.NewMasterKey()
	if err != nil {
		return err
	}
	// Whole or not at all: half a key would be in the way of every later start.
	f, err := os.CreateTemp(filepath.Dir(path), ".master-key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("make master key: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(master.Reveal() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write master key: %w", err)
	}
	err = os.Link(f.Name(), path)
	if _, taken := os.Lstat(path); err != nil && errors.Is(taken, fs.ErrNotExist) {
		err = os.Rename(f.Name(), path) // a file system without hard links
	}
	if err != nil {
		return fmt.Errorf("make master key: %w", err)
	}
	return nil
}

type rotateCommand struct {
	Config string `required:"" placeholder:"FILE" type:"existingfile" help:"The server's configuration."`
	Now    bool   `help:"Sign with the new keys in 30 seconds, when every replica knows them, not in 10 minutes, when every cached JWKS does."`
}

func (c *rotateCommand) Run(p *program) error {
	cfg, err := config.Load(c.Config, p.environ)
	if err != nil {
		return err
	}
	sealer, err := seal.New(cfg.MasterKey)
	if err != nil {
		return err
	}
	db, err := store.Open(p.ctx, cfg.Store.Reveal(), store.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ring, err := token.OpenKeyring(p.ctx, token.KeyringConfig{
		Store: db, Sealer: sealer, Life: cfg.TokenLife, RefreshLife: cfg.SessionAbsoluteLife,
	})
	if err != nil {
		return err
	}
	if err := ring.RotateAll(p.ctx, c.Now); err != nil {
		return err
	}
	for _, key := range ring.List() {
		state := "kept for what it signed"
		switch {
		case key.Active:
			state = "signing"
		case time.Until(key.ActiveFrom) > 0:
			state = "signs from " + key.ActiveFrom.Local().Format("15:04:05")
		}
		fmt.Fprintf(p.stdout, "%-11s %3d  made %s  %s  %s\n", key.Use, key.Seq, key.CreatedAt.Local().Format("2006-01-02 15:04:05"), state, key.KeyID)
	}
	return nil
}
