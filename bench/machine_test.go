package main

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseMachineTime(t *testing.T) {
	t.Parallel()
	const text = `cpu  60 6 6 600 60 6 6 6 0 0
cpu0 10 1 2 100 10 3 4 5 9 9
cpu1 20 0 0 200 0 0 0 7 0 0
cpu10 1 1 1 1 1 1 1 1 0 0
intr 12345 0 0
ctxt 99
`
	got, err := parseMachineTime(text, []int{0, 1})
	want := machineTime{busy: 40 * kernelTick, stolen: 12 * kernelTick, all: 362 * kernelTick}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if _, err := parseMachineTime(text, []int{0, 2}); err == nil {
		t.Error("a core that is missing was not missed")
	}
	if _, err := parseMachineTime("cpu0 1 2 x 4 5 6 7 8\n", []int{0}); err == nil {
		t.Error("nonsense was read")
	}
}

func TestParseCoreList(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]int{"0": {0}, "0-1": {0, 1}, "1,4-6": {1, 4, 5, 6}} {
		got, err := parseCoreList(text)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("parseCoreList(%q): %v\n%s", text, err, diff)
		}
	}
	for _, text := range []string{"", "a", "1-", "1-x"} {
		if got, err := parseCoreList(text); err == nil {
			t.Errorf("parseCoreList(%q) = %v", text, got)
		}
	}
}

func TestClocksOfThisProcess(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the benchmark reads Linux's /proc")
	}
	before, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	after := before
	for begin := time.Now(); after <= before && err == nil && time.Since(begin) < time.Minute; {
		_ = mix(uint64(begin.UnixNano()))
		after, err = cpuTime(os.Getpid())
	}
	if err != nil || after <= before {
		t.Errorf("the CPU clock went from %s to %s, %v", before, after, err)
	}
	m, err := readMemory(os.Getpid())
	if err != nil || m.resident < 1<<20 || m.peak < m.resident || m.anonymous > m.resident {
		t.Errorf("memory %+v, %v", m, err)
	}
	cores, err := allowedCores()
	if err != nil {
		t.Fatal(err)
	}
	if spent, err := readMachineTime(cores); err != nil || spent.busy <= 0 || spent.all < spent.busy {
		t.Errorf("machine time %+v, %v", spent, err)
	}
	if _, err := cpuTime(1<<22 + 1); err == nil {
		t.Error("a process that can't be has a CPU clock")
	}
}
