package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"
	"unsafe"
)

// cpuTime is the CPU time of a process, all its threads together, by its own
// clock: clock_getcpuclockid(3) makes the clock's id of the process's.
func cpuTime(pid int) (time.Duration, error) {
	const allThreadsByScheduler = 2 // CPUCLOCK_SCHED, of the process
	clock := int32(^pid)<<3 | allThreadsByScheduler
	var t syscall.Timespec
	_, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&t)), 0)
	if errno != 0 {
		return 0, fmt.Errorf("CPU clock of process %d: %w", pid, errno)
	}
	return time.Duration(t.Nano()), nil
}

// syncData is fdatasync(2).
func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// inMemory reports whether a directory lies in memory, where syncing costs
// nothing and measures nothing.
func inMemory(dir string) bool {
	const tmpfs = 0x01021994 // statfs(2)
	var fs syscall.Statfs_t
	return syscall.Statfs(dir, &fs) == nil && fs.Type == tmpfs
}

// keepToSharedCores begins this program anew on as many cores as everything is
// to share, when there are more. It returns if that can't be done, or need not.
func keepToSharedCores() {
	cores, err := allowedCores()
	if err != nil || len(cores) <= sharedCores || runtime.NumCPU() <= sharedCores {
		return
	}
	taskset, err := exec.LookPath("taskset")
	if err != nil {
		return
	}
	self, err := os.Executable()
	if err != nil {
		return
	}
	args := slices.Concat([]string{taskset, "-c", fmt.Sprintf("%d,%d", cores[0], cores[1]), self}, os.Args[1:])
	_ = syscall.Exec(taskset, args, os.Environ())
}
