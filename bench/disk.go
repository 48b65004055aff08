package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// diskTimes are percentiles of the time that 4 kB take to reach the disk.
type diskTimes struct{ p50, p99 time.Duration }

// measureDisk writes 4 kB again and again within a file of fixed size, as
// SQLite writes its log, each time followed by fdatasync.
func measureDisk(dir string, writes int) (_ diskTimes, err error) {
	const block, blocks = 4096, 256
	f, err := os.Create(filepath.Join(dir, "disk-test"))
	if err != nil {
		return diskTimes{}, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	defer func() { _ = f.Close() }()
	data := make([]byte, block)
	for i := range blocks {
		if _, err := f.WriteAt(data, int64(i*block)); err != nil {
			return diskTimes{}, err
		}
	}
	if err := f.Sync(); err != nil {
		return diskTimes{}, err
	}
	took := make([]uint32, 0, writes)
	for i := range writes {
		data[0]++
		start := time.Now()
		if _, err := f.WriteAt(data, int64(i%blocks*block)); err != nil {
			return diskTimes{}, err
		}
		if err := syncData(f); err != nil {
			return diskTimes{}, fmt.Errorf("fdatasync: %w", err)
		}
		took = append(took, uint32(time.Since(start).Microseconds()))
	}
	slices.Sort(took)
	return diskTimes{
		p50: time.Duration(percentile(took, 0.50)) * time.Microsecond,
		p99: time.Duration(percentile(took, 0.99)) * time.Microsecond,
	}, nil
}
