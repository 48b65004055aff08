package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/store"
)

// keyPlace says whose API keys are meant: those of a server, or of hufu dev.
type keyPlace struct {
	Config string `placeholder:"FILE" type:"existingfile" help:"The server's configuration."`
	Data   string `placeholder:"DIR" type:"existingdir" help:"The folder of hufu dev, in place of a configuration."`
}

// open opens the store; apps are those that are configured, nil where no file
// tells.
func (k *keyPlace) open(p *program) (db *store.DB, apps []app.App, err error) {
	switch {
	case (k.Config == "") == (k.Data == ""):
		return nil, nil, errors.New("name one of --config FILE and --data DIR")
	case k.Data != "":
		path := filepath.Join(k.Data, "hufu.db")
		if _, err := os.Stat(path); err != nil {
			return nil, nil, fmt.Errorf("--data: hufu dev has made no database there: %w", err)
		}
		db, err = store.Open(p.ctx, "sqlite:"+path, store.Options{})
		return db, nil, err
	}
	cfg, err := config.Load(k.Config, p.environ)
	if err != nil {
		return nil, nil, err
	}
	db, err = store.Open(p.ctx, cfg.Store.Reveal(), store.Options{})
	return db, cfg.Apps, err
}

type keyCreateCommand struct {
	keyPlace `embed:""`
	Name     string     `required:"" placeholder:"NAME" help:"What the key is for, for people."`
	Scope    []string   `required:"" placeholder:"SCOPE" help:"What the key may do; repeatable, or with commas: ${scopes}."`
	AppID    []id.AppID `name:"appid" placeholder:"wx…" help:"An app that the key is for; repeatable. Without it, the key is for all apps."`
}

func (c *keyCreateCommand) Run(p *program) error {
	record, key, err := app.NewKey(app.KeyOrder{Name: c.Name, Scopes: c.Scope, AppIDs: c.AppID}, time.Now())
	if err != nil {
		return err
	}
	db, apps, err := c.open(p)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, appid := range record.AppIDs {
		if apps != nil && !slices.ContainsFunc(apps, func(a app.App) bool { return a.ID == appid }) {
			return fmt.Errorf("--appid: no app %q is configured", appid)
		}
	}
	if err := db.MakeAPIKey(p.ctx, record); err != nil {
		return err
	}
	showKey(p, &record, key)
	return nil
}

// showKey prints a new key, the only time.
func showKey(p *program, record *app.KeyRecord, key secret.String) {
	fmt.Fprintf(p.stdout, "id      %s\nkey     %s\nscopes  %s\napps    %s\n", record.ID, key.Reveal(),
		strings.Join(record.Scopes, ", "), appNames(record.AppIDs))
	fmt.Fprintln(p.stderr, "The key is shown this once: only a hash of it is kept.")
}

func appNames(appids []id.AppID) string {
	if len(appids) == 0 {
		return "all"
	}
	names := make([]string, len(appids))
	for i, appid := range appids {
		names[i] = string(appid)
	}
	return strings.Join(names, ", ")
}

type keyListCommand struct {
	keyPlace `embed:""`
}

func (c *keyListCommand) Run(p *program) error {
	db, _, err := c.open(p)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	list, err := db.APIKeys(p.ctx)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		fmt.Fprintln(p.stdout, "There are no API keys.")
	}
	for _, r := range list {
		state := "never used"
		switch {
		case !r.RevokedAt.IsZero():
			state = "revoked " + localTime(r.RevokedAt)
		case !r.Good(time.Now()):
			state = "expired " + localTime(r.ExpiresAt)
		case !r.ExpiresAt.IsZero():
			state = "replaced, good until " + localTime(r.ExpiresAt)
		case !r.LastUsedAt.IsZero():
			state = "last used " + localTime(r.LastUsedAt)
		}
		fmt.Fprintf(p.stdout, "%s  made %s  %s  %q  scopes: %s  apps: %s\n",
			r.ID, localTime(r.CreatedAt), state, r.Name, strings.Join(r.Scopes, ", "), appNames(r.AppIDs))
	}
	return nil
}

func localTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// parseKeyID reads an id. The error does not repeat it: somebody may have pasted
// the key itself.
func parseKeyID(text string) (id.KeyID, error) {
	keyID, ok := id.ParseKeyID(text)
	if !ok {
		return "", errors.New("this is no id of an API key: hufu key list tells them")
	}
	return keyID, nil
}

type keyRevokeCommand struct {
	ID       string `arg:"" placeholder:"ID" help:"The key's id: key_…"`
	keyPlace `embed:""`
}

func (c *keyRevokeCommand) Run(p *program) error {
	keyID, err := parseKeyID(c.ID)
	if err != nil {
		return err
	}
	db, _, err := c.open(p)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	revoked, err := db.RevokeAPIKey(p.ctx, keyID, time.Now().UTC().Truncate(time.Millisecond))
	switch {
	case errors.Is(err, app.ErrKeyNotFound):
		return errors.New("there is no API key of this id")
	case err != nil:
		return err
	case !revoked:
		fmt.Fprintf(p.stdout, "%s was revoked before.\n", keyID)
	default:
		fmt.Fprintf(p.stdout, "Revoked %s: every server refuses it within a second.\n", keyID)
	}
	return nil
}
