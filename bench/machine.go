package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sharedCores is how many cores everything shares.
const sharedCores = 2

// kernelTick is the unit of /proc/stat: USER_HZ is 100 on every Linux that Go
// runs on.
const kernelTick = 10 * time.Millisecond

// machineTime is how some cores spent their time since boot.
type machineTime struct{ busy, stolen, all time.Duration }

func (t machineTime) since(before machineTime) machineTime {
	return machineTime{busy: t.busy - before.busy, stolen: t.stolen - before.stolen, all: t.all - before.all}
}

// readMachineTime sums up the cores given.
func readMachineTime(cores []int) (machineTime, error) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return machineTime{}, err
	}
	return parseMachineTime(string(raw), cores)
}

// parseMachineTime reads the text of /proc/stat, see proc_stat(5): for a core
// user, nice, system, idle, iowait, irq, softirq, steal.
func parseMachineTime(text string, cores []int) (machineTime, error) {
	var sum machineTime
	found := 0
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 9 || !strings.HasPrefix(fields[0], "cpu") {
			continue
		}
		core, err := strconv.Atoi(fields[0][len("cpu"):])
		if err != nil || !slices.Contains(cores, core) {
			continue
		}
		found++
		for i, field := range fields[1:9] {
			ticks, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return machineTime{}, fmt.Errorf("/proc/stat: %w", err)
			}
			spent := time.Duration(ticks) * kernelTick
			sum.all += spent
			switch i {
			case 3, 4: // idle, waiting for the disk
			case 7:
				sum.stolen += spent
			default:
				sum.busy += spent
			}
		}
	}
	if found != len(cores) {
		return machineTime{}, fmt.Errorf("/proc/stat tells of %d of the cores %v", found, cores)
	}
	return sum, nil
}

// allowedCores are those that this process may run on.
func allowedCores() ([]int, error) {
	list, err := procField("/proc/self/status", "Cpus_allowed_list")
	if err != nil {
		return nil, err
	}
	return parseCoreList(list)
}

// parseCoreList reads a list such as "0-3,8".
func parseCoreList(list string) ([]int, error) {
	var cores []int
	for part := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err := errors.Join(err, err2); err != nil {
			return nil, fmt.Errorf("list of cores: %w", err)
		}
		for core := first; core <= last; core++ {
			cores = append(cores, core)
		}
	}
	return cores, nil
}

// procField reads a "Name:  value" line of a file under /proc.
func procField(path, name string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(raw)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("%s has no %s", path, name)
}

// memory is what a process holds, in bytes. Resident includes the pages of
// mapped files (the database), which the system may take back at any time.
type memory struct{ resident, peak, anonymous int64 }

func readMemory(pid int) (memory, error) {
	path := fmt.Sprintf("/proc/%d/status", pid)
	var m memory
	for name, into := range map[string]*int64{"VmRSS": &m.resident, "VmHWM": &m.peak, "RssAnon": &m.anonymous} {
		value, err := procField(path, name)
		if err != nil {
			return memory{}, err
		}
		kib, err := strconv.ParseInt(strings.TrimSuffix(value, " kB"), 10, 64)
		if err != nil {
			return memory{}, fmt.Errorf("%s: %w", path, err)
		}
		*into = kib << 10
	}
	return m, nil
}

// machineLine describes the machine.
func machineLine(cores []int) string {
	model, err := procField("/proc/cpuinfo", "model name")
	if err != nil {
		model = "unknown processor"
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		kernel = []byte("?")
	}
	return fmt.Sprintf("%d cores (%v) of %s, Linux %s, %s %s/%s",
		len(cores), cores, model, strings.TrimSpace(string(kernel)), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
