package session_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSessionKeysStayInside: what opens or reads a session_key is in three
// functions, of which one gives back a key that can be used and not read. What
// WeChat tells goes into sealKey, and is revealed nowhere else.
func TestSessionKeysStayInside(t *testing.T) {
	t.Parallel()
	var opens, reveals []string
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.Ident:
					if n.Name == "sessionKeyPurpose" {
						opens = append(opens, fn.Name.Name)
					}
				case *ast.SelectorExpr:
					if inner, ok := n.X.(*ast.SelectorExpr); ok && inner.Sel.Name == "SessionKey" {
						reveals = append(reveals, fn.Name.Name+" "+n.Sel.Name)
					}
				}
				return true
			})
			if fn.Name.Name == "parseKey" && file.Name.Name == "session" && !returnsSessionKey(fn) {
				t.Error("parseKey gives back something else than a wxcrypto.SessionKey")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(opens)
	if got := strings.Join(slices.Compact(opens), " "); got != "ResealKeys parseKey sealKey" {
		t.Errorf("session keys are sealed or opened by %s", got)
	}
	if len(reveals) > 0 {
		t.Errorf("a session_key is looked into: %v", reveals)
	}
}

func returnsSessionKey(fn *ast.FuncDecl) bool {
	results := fn.Type.Results.List
	key, ok := results[0].Type.(*ast.SelectorExpr)
	if !ok || len(results) != 2 {
		return false
	}
	pkg, ok := key.X.(*ast.Ident)
	return ok && pkg.Name == "wxcrypto" && key.Sel.Name == "SessionKey"
}
