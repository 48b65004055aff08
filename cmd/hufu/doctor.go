package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/store"
	"github.com/hufu-id/hufu/internal/token"
)

type doctorCommand struct {
	Config string `required:"" placeholder:"FILE" type:"existingfile" help:"The server's configuration."`
}

// Run checks what a server would trip over, in the order in which it would.
func (c *doctorCommand) Run(p *program) error {
	cfg, err := config.Load(c.Config, p.environ)
	if err != nil {
		return err
	}
	say := func(what string, err error) error {
		if err != nil {
			fmt.Fprintf(p.stdout, "wrong  %s: %v\n", what, err)
			return err
		}
		fmt.Fprintf(p.stdout, "ok     %s\n", what)
		return nil
	}
	_ = say(fmt.Sprintf("configuration with %d apps", len(cfg.Apps)), nil)
	for _, warning := range cfg.Warnings {
		fmt.Fprintf(p.stdout, "look   %s\n", warning)
	}
	failed := errors.Join(
		c.checkStore(p.ctx, cfg, say),
		say("WeChat reached at "+cfg.WeChatBaseURL, reach(p.ctx, cfg.WeChatBaseURL)),
	)
	if failed != nil {
		return errors.New("something is wrong, see above")
	}
	return nil
}

func (c *doctorCommand) checkStore(ctx context.Context, cfg *config.Config, say func(string, error) error) error {
	sealer, err := masterkey.Read(cfg.MasterKey, cfg.MasterKeySource)
	if say("master key", err) != nil {
		return err
	}
	db, err := store.Open(ctx, cfg.Store.Reveal(), store.Options{})
	if say("store", err) != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	err = masterkey.Check(ctx, db, sealer, cfg.MasterKeySource)
	if say("master key belongs to the database", err) != nil {
		return err
	}
	if what, err := resealStatus(ctx, db); say(what, err) != nil {
		return err
	}
	_, err = token.OpenKeyring(ctx, token.KeyringConfig{Store: db, Sealer: sealer})
	return say("keys open under the master key", err)
}

// resealStatus says how far everything is sealed under the newest master key.
func resealStatus(ctx context.Context, db *store.DB) (string, error) {
	progress, ok, err := masterkey.Status(ctx, db)
	switch {
	case err != nil:
		return "sealed data", err
	case !ok:
		return "nothing is sealed yet", nil
	case progress.Done:
		return fmt.Sprintf("everything is sealed under the master key %s", progress.Key), nil
	}
	return fmt.Sprintf("everything is being sealed anew under the master key %s by the server: %d of %d users looked at in this pass",
		progress.Key, progress.Seen, progress.Total), nil
}

// reach makes a connection and says nothing over it: an AppSecret is checked by
// the first login, and no login is ours to make.
func reach(ctx context.Context, base string) error {
	u, err := url.Parse(base)
	if err != nil {
		return err
	}
	addr := u.Host
	if u.Port() == "" {
		port := "443"
		if u.Scheme == "http" {
			port = "80"
		}
		addr = net.JoinHostPort(u.Hostname(), port)
	}
	conn, err := (&net.Dialer{Timeout: 3 * time.Second}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}
