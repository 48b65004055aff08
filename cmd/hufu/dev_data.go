package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
