package store_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// TestLibcVersion makes sure that modernc.org/libc is the version that
// modernc.org/sqlite was made and tested with: its documentation asks for that,
// and another module that wants a newer one lifts it without a word.
func TestLibcVersion(t *testing.T) {
	t.Parallel()
	type module struct{ Path, Version, GoMod string }
	find := func(path string) (m module) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-json", path).Output()
		if err != nil {
			t.Fatalf("go list -m %s: %v", path, err)
		}
		if err := json.Unmarshal(out, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	sqlite, libc := find("modernc.org/sqlite"), find("modernc.org/libc")
	if _, err := os.Stat(sqlite.GoMod); err != nil {
		t.Fatalf("the go.mod of %s: %v", sqlite.Path, err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", sqlite.GoMod).Output()
	if err != nil {
		t.Fatalf("read %s: %v", sqlite.GoMod, err)
	}
	var wants struct{ Require []module }
	if err := json.Unmarshal(out, &wants); err != nil {
		t.Fatal(err)
	}
	for _, each := range wants.Require {
		if each.Path == libc.Path {
			if each.Version != libc.Version {
				t.Errorf("go.mod has libc %s, but sqlite %s wants exactly %s", libc.Version, sqlite.Version, each.Version)
			}
			return
		}
	}
	t.Errorf("sqlite %s does not require libc any more: this test can go", sqlite.Version)
}
