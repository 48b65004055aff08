package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/identity/importing"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/token"
)

// importCache is how much an import keeps of the tables: openids and unionids
// come in no order, so that each row touches pages of its own.
const importCache = 64 << 20

// Import imports a file of people into the store of a configuration, also while
// servers use it. c lacks what the configuration tells: the store, the open
// account and the keys. Errors are those of importing.Run.
func Import(ctx context.Context, cfg *config.Config, c importing.Config) (_ importing.Progress, err error) {
	a, ok := app.NewRegistry(cfg.Apps).Find(c.AppID)
	if !ok {
		return importing.Progress{}, fmt.Errorf("no app %q is configured", c.AppID)
	}
	c.OpenAccount = a.OpenAccount
	// A dry run changes nothing, the schema included.
	db, err := store.Open(ctx, cfg.Store.Reveal(), store.Options{NoMigrate: c.DryRun, WriteCache: importCache})
	if err != nil {
		return importing.Progress{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	c.Store = db
	if !c.DryRun {
		if err := importKeys(ctx, cfg, db, &c); err != nil {
			return importing.Progress{}, err
		}
	}
	return importing.Run(ctx, c)
}

// importKeys makes what seals phone numbers, with the keys that a server uses;
// the first server makes them, and so does an import before it.
func importKeys(ctx context.Context, cfg *config.Config, db *store.DB, c *importing.Config) error {
	sealer, err := seal.New(cfg.MasterKey)
	if err != nil {
		return err
	}
	keyring, err := token.OpenKeyring(ctx, token.KeyringConfig{
		Store: db, Sealer: sealer, MaxAge: cfg.KeyMaxAge, Life: cfg.TokenLife, RefreshLife: cfg.SessionAbsoluteLife,
		Later: unusedAlgs(cfg.Apps), Now: time.Now,
	})
	if err != nil {
		return err
	}
	c.Phones, err = newPhoneBook(keyring, sealer)
	return err
}
