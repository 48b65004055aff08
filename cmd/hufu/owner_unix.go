//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner, group and mode of the one it will replace; the
// world gets nothing.
func keepOwner(path string, was fs.FileInfo) error {
	if s, ok := was.Sys().(*syscall.Stat_t); ok && (int(s.Uid) != os.Getuid() || int(s.Gid) != os.Getgid()) {
		if err := os.Chown(path, int(s.Uid), int(s.Gid)); err != nil {
			return err
		}
	}
	return os.Chmod(path, was.Mode().Perm()&0o640)
}
