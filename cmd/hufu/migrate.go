package main

import (
	"fmt"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/store"
)

type migrateCommand struct {
	Config string `required:"" placeholder:"FILE" type:"existingfile" help:"The server's configuration."`
}

// Run needs to open the store only: that migrates it.
func (c *migrateCommand) Run(p *program) error {
	cfg, err := config.Load(c.Config, p.environ)
	if err != nil {
		return err
	}
	db, err := store.Open(p.ctx, cfg.Store.Reveal(), store.Options{})
	if err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, "The schema is up to date.")
	return db.Close()
}
