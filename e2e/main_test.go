package e2e_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// binary is the program under test; TestMain sets it before any test runs.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	// Most tests wait most of the time: for a process, a time-out, a signal.
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = parallel.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0))) // a number always fits
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "hufu-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "hufu")
	if err := build(binary, raceDetector); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(path string, race bool) error {
	args := []string{"build", "-o", path}
	if race {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "../cmd/hufu")...).CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// plainBinary is the program without the race detector, whose memory and speed
// are not ours.
func plainBinary(t testing.TB) string {
	t.Helper()
	if !raceDetector {
		return binary
	}
	path := filepath.Join(t.TempDir(), "hufu-plain")
	if err := build(path, false); err != nil {
		t.Fatal(err)
	}
	return path
}
