package e2e_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// lookAtSources looks at every file that the binary is made of. `go test` keeps
// results until a file changes that the test looked at, and what a command of
// the test reads it can't know: without this, a test would be green by a binary
// of yesterday. It must happen in a test: what TestMain looks at is not noted.
var lookAtSources = sync.OnceValue(func() error {
	for _, root := range []string{"../cmd", "../internal", "../simulator", "../go.mod", "testdata/naive"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err == nil {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
})
