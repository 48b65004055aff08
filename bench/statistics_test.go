package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 100, 2}, 3}} {
		if got := median(test.values); got != test.want {
			t.Errorf("median(%v) = %v, want %v", test.values, got, test.want)
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]uint32, 100)
	for i := range hundred {
		hundred[i] = uint32(i + 1)
	}
	for _, test := range []struct {
		sorted []uint32
		p      float64
		want   uint32
	}{
		{nil, 0.5, 0}, {[]uint32{7}, 0.99, 7}, {[]uint32{1, 2}, 0.5, 1}, {[]uint32{1, 2, 3}, 0.5, 2},
		{hundred, 0.5, 50}, {hundred, 0.99, 99}, {hundred, 1, 100}, {hundred, 0, 1},
	} {
		if got := percentile(test.sorted, test.p); got != test.want {
			t.Errorf("percentile(%d values, %v) = %d, want %d", len(test.sorted), test.p, got, test.want)
		}
	}
}

func TestNeighbourRatios(t *testing.T) {
	t.Parallel()
	at := func(variant string, rate float64) slice { return slice{variant: variant, rate: rate} }
	all := []slice{
		at("hufu", 30),                                                    // only a floor after it
		at("floor", 100), at("other", 1), at("hufu", 60), at("floor", 50), // the machine got slower
		at("hufu", 20), at("floor", 30),
		at("hufu", 15), // only a floor before it
	}
	want := []float64{0.3, 0.8, 0.5, 0.5}
	if diff := cmp.Diff(want, neighbourRatios(all, "hufu", "floor", rateOf)); diff != "" {
		t.Errorf("ratios (-want +got):\n%s", diff)
	}
	if got := neighbourRatios(all, "hufu", "missing", rateOf); got != nil {
		t.Errorf("ratios to nothing: %v", got)
	}
}

func TestSummarize(t *testing.T) {
	t.Parallel()
	all := []slice{
		{variant: "a", rate: 1, serverCPU: 30, latencies: []uint32{1, 2, 3}},
		{variant: "b", rate: 100, serverCPU: 1000, latencies: []uint32{9999}},
		{variant: "a", rate: 3, serverCPU: 10, latencies: []uint32{4, 500}},
	}
	got := summarize(all, "a")
	want := summary{
		variant: "a", slices: 2, rate: 2, serverCPU: 20, requests: 5,
		p50: 3 * time.Microsecond, p99: 500 * time.Microsecond,
	}
	if got != want {
		t.Errorf("summarize = %+v\nwant %+v", got, want)
	}
}

func TestSliceOf(t *testing.T) {
	t.Parallel()
	start := time.Now()
	before := reading{at: start, databases: map[int]time.Duration{1: 5 * time.Millisecond, 2: time.Second}}
	after := reading{
		at: start.Add(500 * time.Millisecond), server: 200 * time.Millisecond, stub: 50 * time.Millisecond, generator: 100 * time.Millisecond,
		// One process of the database ended, one began.
		databases: map[int]time.Duration{1: 45 * time.Millisecond, 3: time.Second},
		machine:   machineTime{busy: 490 * time.Millisecond, stolen: 30 * time.Millisecond, all: time.Second},
	}
	got := sliceOf("v", before, after, outcome{answered: 100})
	want := slice{
		variant: "v", rate: 200, serverCPU: 2 * time.Millisecond, stubCPU: 500 * time.Microsecond,
		generatorCPU: time.Millisecond, databaseCPU: 400 * time.Microsecond, stolen: 0.03, foreign: 0.1,
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(slice{})); diff != "" {
		t.Errorf("slice (-want +got):\n%s", diff)
	}
}

func TestGoalMeets(t *testing.T) {
	t.Parallel()
	rate, cpu := rateAtLeast(0.42, 0.5), cpuAtMost(3, 2.5)
	for _, test := range []struct {
		goal  goal
		value float64
		want  bool
	}{{rate, 0.42, true}, {rate, 0.41, false}, {cpu, 3, true}, {cpu, 3.01, false}} {
		if got := test.goal.meets(test.value, test.goal.must); got != test.want {
			t.Errorf("%s of %v met: %v", test.goal.what, test.value, got)
		}
	}
	if !rate.aimed || !cpu.aimed || rateAtLeast(0.8, 0.8).aimed {
		t.Error("an aim is one only beyond the must")
	}
}
