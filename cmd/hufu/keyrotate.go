package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/token"
)

type rotateCommand struct {
	ID       string `arg:"" optional:"" placeholder:"ID" help:"An API key's id, key_…: a key that may do the same takes its place. Without it, new keys for tokens are made; the old ones stay until the last token they signed has expired."`
	keyPlace `embed:""`
	Overlap  time.Duration `default:"24h" placeholder:"DURATION" help:"How long the old API key stays good beside the new one; 0: not at all."`
	Now      bool          `help:"Sign tokens with the new keys in 30 seconds, when every replica knows them, not in 10 minutes, when every cached JWKS does."`
}

func (c *rotateCommand) Run(p *program) error {
	switch {
	case c.ID != "" && c.Now:
		return errors.New("--now is for the keys of tokens; an API key ends at once by --overlap 0")
	case c.ID != "":
		return c.rotateAPIKey(p)
	case c.Config == "" || c.Data != "":
		return errors.New("the keys of tokens want --config FILE")
	}
	return c.rotateSigningKeys(p)
}

func (c *rotateCommand) rotateAPIKey(p *program) error {
	keyID, err := parseKeyID(c.ID)
	if err != nil {
		return err
	}
	if c.Overlap < 0 {
		return errors.New("--overlap: a duration like 24h, or 0")
	}
	db, _, err := c.open(p)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	const gone = "this API key was revoked or has expired: make a new one with hufu key create"
	old, err := db.APIKey(p.ctx, keyID)
	if errors.Is(err, app.ErrKeyNotFound) {
		return errors.New("there is no API key of this id")
	}
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	record, key, err := old.Successor(now)
	if err != nil {
		return err
	}
	expires := now.Add(c.Overlap)
	err = db.ReplaceAPIKey(p.ctx, keyID, record, expires, now)
	if errors.Is(err, app.ErrKeyGone) {
		return errors.New(gone)
	}
	if err != nil {
		return err
	}
	showKey(p, &record, key)
	if c.Overlap == 0 {
		fmt.Fprintf(p.stdout, "The old key %s is refused within a second.\n", keyID)
		return nil
	}
	if !old.ExpiresAt.IsZero() && old.ExpiresAt.Before(expires) {
		expires = old.ExpiresAt
	}
	fmt.Fprintf(p.stdout, "The old key %s stays good until %s.\n", keyID, localTime(expires))
	return nil
}

func (c *rotateCommand) rotateSigningKeys(p *program) error {
	cfg, err := config.Load(c.Config, p.environ)
	if err != nil {
		return err
	}
	sealer, err := masterkey.Read(cfg.MasterKey, cfg.MasterKeySource)
	if err != nil {
		return err
	}
	db, err := store.Open(p.ctx, cfg.Store.Reveal(), store.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	// Noted like the key of a server: what is made here is sealed under it, and
	// they must be able to open it.
	if _, err := masterkey.Join(p.ctx, masterkey.Config{Store: db, Sealer: sealer, Source: cfg.MasterKeySource}); err != nil {
		return err
	}
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
