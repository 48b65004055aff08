package simulator_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The simulator is judged by WeChat's vectors, not by the server it tests:
// were they to share code, a mistake in it would cancel out. And it is public,
// for tests that want no further module.
func TestImportsStandardLibraryOnly(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(path, "/")
			std := !strings.Contains(first, ".")
			test := strings.HasSuffix(name, "_test.go") && (path == "github.com/hufu-id/hufu/simulator" || path == "github.com/google/go-cmp/cmp")
			if !std && !test {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
