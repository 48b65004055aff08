package archtest_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/hufu-id/hufu"

// source is a Go file with what it imports.
type source struct {
	pkg     string // its folder, below the module
	name    string
	test    bool
	imports []string
}

// readTree parses the imports of every Go file of the module.
func readTree(tb testing.TB) []source {
	tb.Helper()
	root := filepath.Join("..", "..")
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		tb.Fatalf("the module is not where it was: %v", err)
	}
	var list []source
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != root && (outside(entry.Name()) || ownModule(file)):
			return filepath.SkipDir
		case entry.IsDir(), !strings.HasSuffix(file, ".go"):
			return nil
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		src, err := readSource(file, filepath.ToSlash(relative))
		if err != nil {
			return err
		}
		list = append(list, src)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return list
}

// outside reports folders that the go command does not look into either.
func outside(folder string) bool {
	return strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_") || folder == "testdata" || folder == "node_modules"
}

// ownModule reports a folder that is a module of its own, as some examples are,
// so that what they import is none of ours.
func ownModule(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

func readSource(file, relative string) (source, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		return source{}, err
	}
	src := source{pkg: path.Dir(relative), name: relative, test: strings.HasSuffix(relative, "_test.go")}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, fmt.Errorf("%s: %w", relative, err)
		}
		src.imports = append(src.imports, imported)
	}
	return src, nil
}

// ours turns an import path into a folder of this module.
func ours(imported string) (folder string, ok bool) {
	if imported == modulePath {
		return ".", true
	}
	return strings.CutPrefix(imported, modulePath+"/")
}

// standard reports whether an import is of the standard library, whose paths
// have no dot in their first part.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// matches reports whether a folder is what a pattern of the rules means.
func matches(pattern, folder string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return within(base, folder)
	}
	return pattern == folder
}

// within reports whether p is base or below it.
func within(base, p string) bool { return p == base || strings.HasPrefix(p, base+"/") }
