//go:build unix

package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestImport_Stops ends while it waits for the other end of a pipe.
func TestImport_Stops(t *testing.T) {
	t.Parallel()
	for name, written := range map[string]string{"BeforeTheHeader": "", "BetweenRows": "openid\no1\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, newWeChat(t), "sqlite:hufu.db")
			s.configure()
			fifo := filepath.Join(s.dir, "fifo")
			if err := syscall.Mkfifo(fifo, 0o600); err != nil {
				t.Fatal(err)
			}
			p := start(t, s.dir, nil, "import", "--config", "hufu.yaml", "--app", app1, "fifo")
			end, err := os.OpenFile(fifo, os.O_WRONLY, 0) // returns once hufu reads
			if err != nil {
				t.Fatal(err)
			}
			defer end.Close()
			if _, err := end.WriteString(written); err != nil {
				t.Fatal(err)
			}
			p.signal(syscall.SIGTERM)
			p.wait(patience)
			if p.code != 1 || !strings.Contains(p.stderr.String(), "stopped") {
				t.Errorf("exit code %d\n%s", p.code, p.stderr.String())
			}
		})
	}
}
