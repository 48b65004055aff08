package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/identity/importing"
	"github.com/hufu-id/hufu/internal/masterkey"
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
	sealer, err := masterkey.Read(cfg.MasterKey, masterKeySource(cfg))
	if err != nil {
		return importing.Progress{}, err
	}
	if c.DryRun { // says what the import will, and notes nothing
		err = masterkey.CheckJoin(ctx, db, sealer, masterKeySource(cfg))
	} else {
		err = importKeys(ctx, cfg, db, sealer, &c)
	}
	if err != nil {
		return importing.Progress{}, err
	}
	return importing.Run(ctx, c)
}

// importKeys makes what seals phone numbers, with the keys that a server uses;
// the first server makes them, and so does an import before it.
func importKeys(ctx context.Context, cfg *config.Config, db *store.DB, sealer *seal.Sealer, c *importing.Config) error {
	keeper, err := masterkey.Join(ctx, masterkey.Config{Store: db, Sealer: sealer, Source: masterKeySource(cfg), Now: c.Now})
	if err != nil {
		return err
	}
	c.Store = sealingStore{db, keeper}
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

// sealingStore tells before each batch that the import seals under its master key:
// until it has ended, that key is not to be retired.
type sealingStore struct {
	importing.Store

	keeper *masterkey.Keeper
}

// ImportPeople implements importing.Store.
func (s sealingStore) ImportPeople(ctx context.Context, was importing.RunState, keys importing.Keys, decide importing.Decide) error {
	if err := s.keeper.Beat(ctx); err != nil {
		return err
	}
	return s.Store.ImportPeople(ctx, was, keys, decide)
}
