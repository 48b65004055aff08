package main

import (
	"fmt"
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
	Master masterCommand    `cmd:"" help:"Make a master key, replace its key, or list its keys."`
	Rotate rotateCommand    `cmd:"" help:"Make new keys for tokens; the old ones stay until the last token they signed has expired."`
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
