package archtest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// modernc.org/libc has to be the very version that modernc.org/sqlite names:
// the two are made of one another, and only tested together. The go command
// does not know that, and takes a newer one as soon as any module asks for it.
func TestLibcIsTheOneThatSQLiteWants(t *testing.T) {
	t.Parallel()
	own, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "list", "-m", "-json", "modernc.org/sqlite")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var sqlite struct{ GoMod string }
	if err := json.Unmarshal(out, &sqlite); err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(sqlite.GoMod)
	if err != nil {
		t.Fatal(err)
	}
	libc := regexp.MustCompile(`(?m)^\s*(?:require )?modernc\.org/libc (v\S+)`)
	want, got := libc.FindSubmatch(theirs), libc.FindSubmatch(own)
	if want == nil || got == nil {
		t.Fatal("modernc.org/libc is not required where it was")
	}
	if string(got[1]) != string(want[1]) {
		t.Errorf("modernc.org/libc is %s, and modernc.org/sqlite wants exactly %s", got[1], want[1])
	}
}
