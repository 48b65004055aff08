package main

import (
	"slices"
	"time"
)

// median of the values; 0 if there is none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// percentile returns the smallest of the sorted values that at least a share p
// of them does not exceed; 0 if there is none.
func percentile(sorted []uint32, p float64) uint32 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(p*float64(len(sorted)) + 0.999999) // rounded up, but for the error of floats
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// slice is what was measured in one slice of one variant.
type slice struct {
	variant string
	// of the variant, per second and per request
	rate                                          float64
	serverCPU, databaseCPU, stubCPU, generatorCPU time.Duration
	latencies                                     []uint32 // µs, sorted
	// shares of the time of all cores: taken by the hypervisor, and by whom
	// this benchmark does not know
	stolen, foreign float64
}

// neighbourRatios divides a figure of each slice of a variant by that of the
// slices of another variant just before and just after it (their mean). The
// slices are in the order of time.
func neighbourRatios(all []slice, variant, reference string, figure func(slice) float64) []float64 {
	var ratios []float64
	for i, s := range all {
		if s.variant != variant {
			continue
		}
		var sum, n float64
		for at := i - 1; at >= 0; at-- {
			if all[at].variant == reference {
				sum, n = sum+figure(all[at]), n+1
				break
			}
		}
		for at := i + 1; at < len(all); at++ {
			if all[at].variant == reference {
				sum, n = sum+figure(all[at]), n+1
				break
			}
		}
		if n > 0 && sum > 0 {
			ratios = append(ratios, figure(s)/(sum/n))
		}
	}
	return ratios
}

// summary is what the slices of a variant come to.
type summary struct {
	variant                                       string
	slices                                        int
	rate                                          float64
	serverCPU, databaseCPU, stubCPU, generatorCPU time.Duration
	p50, p99                                      time.Duration // over all that was answered in them
	requests                                      int
}

func summarize(all []slice, variant string) summary {
	out := summary{variant: variant}
	var latencies []uint32
	column := func(figure func(slice) float64) float64 {
		var values []float64
		for _, s := range all {
			if s.variant == variant {
				values = append(values, figure(s))
			}
		}
		return median(values)
	}
	for _, s := range all {
		if s.variant == variant {
			out.slices++
			latencies = append(latencies, s.latencies...)
		}
	}
	slices.Sort(latencies)
	out.requests = len(latencies)
	out.p50 = time.Duration(percentile(latencies, 0.50)) * time.Microsecond
	out.p99 = time.Duration(percentile(latencies, 0.99)) * time.Microsecond
	out.rate = column(rateOf)
	out.serverCPU = time.Duration(column(cpuOf))
	out.databaseCPU = time.Duration(column(func(s slice) float64 { return float64(s.databaseCPU) }))
	out.stubCPU = time.Duration(column(func(s slice) float64 { return float64(s.stubCPU) }))
	out.generatorCPU = time.Duration(column(func(s slice) float64 { return float64(s.generatorCPU) }))
	return out
}

func rateOf(s slice) float64 { return s.rate }
func cpuOf(s slice) float64  { return float64(s.serverCPU) }
