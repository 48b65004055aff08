package wxcrypto_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// TestComparisonsTakeConstantTime: a clock in a test proves nothing about time,
// so this reads the source. What compares secrets, ids or padding does so by
// crypto/subtle, and by nothing that stops at the first difference.
func TestComparisonsTakeConstantTime(t *testing.T) {
	t.Parallel()
	wanted := map[string]string{
		"VerifyRawData": "subtle.ConstantTimeCompare", "Equal": "subtle.ConstantTimeCompare", "equal": "subtle.ConstantTimeCompare",
		"unpad": "subtle.ConstantTimeByteEq", "checkWatermark": "equal", "Verify": "equal",
	}
	forbidden := []string{"bytes.Equal", "bytes.Compare", "strings.EqualFold", "strings.Compare", "strings.HasPrefix", "bytes.HasSuffix"}
	for name, calls := range callsByFunc(t) {
		if want := wanted[name]; want != "" && !calls[want] {
			t.Errorf("%s does not call %s", name, want)
		}
		delete(wanted, name)
		for _, call := range forbidden {
			if calls[call] {
				t.Errorf("%s calls %s", name, call)
			}
		}
	}
	for name := range wanted {
		t.Errorf("%s is gone", name)
	}
}

// callsByFunc tells for each function of this package what it calls.
func callsByFunc(tb testing.TB) map[string]map[string]bool {
	tb.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		tb.Fatal(err)
	}
	funcs := map[string]map[string]bool{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		if err != nil {
			tb.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			calls := map[string]bool{}
			ast.Inspect(fn, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					calls[calledName(call.Fun)] = true
				}
				return true
			})
			funcs[fn.Name.Name] = calls
		}
	}
	return funcs
}

func calledName(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if pkg, ok := f.X.(*ast.Ident); ok {
			return pkg.Name + "." + f.Sel.Name
		}
	}
	return ""
}
