//go:build !linux

package main

import (
	"errors"
	"os"
	"time"
)

var errLinuxOnly = errors.New("the benchmark reads /proc and wants Linux")

func cpuTime(int) (time.Duration, error) { return 0, errLinuxOnly }

func syncData(*os.File) error { return errLinuxOnly }

func inMemory(string) bool { return false }

func keepToSharedCores() {}
