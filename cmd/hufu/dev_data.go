package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
)

const masterKeyName = "master.key"

// prepareData makes the folder and what it needs; it returns what it made.
func prepareData(dir string) (made []string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	ignore := filepath.Join(dir, ".gitignore")
	if _, err := os.Stat(ignore); errors.Is(err, os.ErrNotExist) {
		if err := os.WriteFile(ignore, []byte("# Keys and data of this machine alone.\n*\n"), 0o600); err != nil {
			return nil, fmt.Errorf("--data: %w", err)
		}
	}
	master := filepath.Join(dir, masterKeyName)
	if _, err := os.Stat(master); errors.Is(err, os.ErrNotExist) {
		if err := writeMasterKey(master); err != nil {
			return nil, err
		}
		made = append(made, master)
	}
	database := filepath.Join(dir, "hufu.db")
	if _, err := os.Stat(database); errors.Is(err, os.ErrNotExist) {
		made = append(made, database)
	}
	return made, nil
}

// devConfig is the configuration with which hufu dev uses a folder, for commands
// that need no server. An app that is none of the simulator's is one that --appid
// told hufu dev.
func devConfig(dir string, appid id.AppID) (*config.Config, error) {
	file := (&devCommand{}).file("127.0.0.1:8080")
	file.Simulated, file.WeChat.BaseURL = true, "http://127.0.0.1:8081" // which nobody calls
	file.Apps = demoApps()
	if !slices.ContainsFunc(file.Apps, func(a config.AppFile) bool { return a.AppID == string(appid) }) {
		file.Apps = append(file.Apps, config.AppFile{AppID: string(appid), Secret: secret.New("unused")})
	}
	return file.Resolve(dir)
}
