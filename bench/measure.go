package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

const (
	// stealLimit is the share of the time of all cores that a hypervisor may
	// take in a slice that counts. What it takes inflates system calls more
	// than arithmetic, and so a ratio of CPU times comes out wrong.
	stealLimit = 0.05
	// foreignLimit is the share that other programs may spend. The kernel's own
	// threads, which write for SQLite, are among them and stay far below it. A
	// slice beyond it is tried again, but the best of them counts after all:
	// the others share the machine for longer than that, perhaps.
	foreignLimit = 0.15
	// attempts is how often a slice is tried until it counts.
	attempts = 3
)

// reading is what the clocks show at one moment.
type reading struct {
	at                      time.Time
	machine                 machineTime
	server, stub, generator time.Duration
	databases               map[int]time.Duration
}

// results are the slices of a scenario, in the order of time, and what was seen
// beside them.
type results struct {
	scenario scenario
	slices   []slice
	rejected int // slices of which the hypervisor, or others, took too much
	memory   map[string]memory
	// stolen and foreign are shares of all the time, also of rejected slices.
	stolen, foreign float64
	note            string
}

// measure runs a scenario: rounds over all its targets, and the floors once
// more at the end, so that each slice lies between two of each floor.
func (b *bench) measure(ctx context.Context, s scenario) (*results, error) {
	out := &results{scenario: s, memory: map[string]memory{}}
	loads := make([]*load, len(s.targets))
	for i, t := range s.targets {
		warmUp := b.options.warmUp
		if s.delayed {
			warmUp += 2 * upstreamDelay
		}
		loads[i] = &load{addr: t.process.addr, connections: s.connections, traffic: t.traffic, warmUp: warmUp, measured: b.options.slice}
		defer loads[i].close()
	}
	var tries int
	for round := range b.options.rounds + 1 {
		for i, t := range s.targets {
			if round == b.options.rounds && t.judged {
				break // only the floors, which stand first
			}
			n, err := b.countingSlice(ctx, out, t, loads[i])
			tries += n
			if errors.Is(err, errExhausted) {
				out.note = "the requests ran out before the last round"
				return out.averaged(tries), nil
			}
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", s.name, t.name, err)
			}
		}
	}
	return out.averaged(tries), nil
}

// averaged turns the sums over all tries into means.
func (r *results) averaged(tries int) *results {
	r.stolen /= float64(max(tries, 1))
	r.foreign /= float64(max(tries, 1))
	return r
}

// countingSlice repeats a slice until it counts, within limits.
func (b *bench) countingSlice(ctx context.Context, out *results, t target, l *load) (tries int, _ error) {
	var best *slice
	for tries < attempts {
		got, failed, err := b.oneSlice(ctx, t, l)
		if err != nil {
			return tries, err
		}
		tries++
		out.stolen += got.stolen
		out.foreign += got.foreign
		if failed.failed > 0 {
			b.problem("%s, %s: %d requests failed, the first with %s", out.scenario.name, t.name, failed.failed, failed.failure)
		}
		if t.process.stdin == nil {
			if m, err := readMemory(t.process.pid()); err == nil {
				out.memory[t.name] = out.memory[t.name].most(m)
			}
		}
		if got.stolen <= stealLimit && (best == nil || got.foreign < best.foreign) {
			best = &got
		}
		if best != nil && best.foreign <= foreignLimit {
			break
		}
	}
	out.rejected += tries
	if best != nil {
		out.slices = append(out.slices, *best)
		out.rejected--
	}
	return tries, nil
}

func (m memory) most(other memory) memory {
	return memory{resident: max(m.resident, other.resident), peak: max(m.peak, other.peak), anonymous: max(m.anonymous, other.anonymous)}
}

// oneSlice puts load on a target for a while and reads the clocks around it.
func (b *bench) oneSlice(ctx context.Context, t target, l *load) (slice, outcome, error) {
	var databases []int
	if t.databases != nil {
		var err error
		if databases, err = t.databases(); err != nil {
			return slice{}, outcome{}, err
		}
	}
	var readings []reading
	got, err := l.slice(ctx, func() error {
		r, err := b.read(t, databases)
		readings = append(readings, r)
		return err
	})
	if err != nil {
		return slice{}, got, err
	}
	if got.answered == 0 {
		return slice{}, got, errors.New("nothing was answered")
	}
	return sliceOf(t.name, readings[0], readings[1], got), got, nil
}

func (b *bench) read(t target, databases []int) (reading, error) {
	r := reading{at: time.Now(), databases: make(map[int]time.Duration, len(databases))}
	var errs [4]error
	r.server, errs[0] = cpuTime(t.process.pid())
	r.stub, errs[1] = cpuTime(b.stub.pid())
	r.generator, errs[2] = cpuTime(os.Getpid())
	r.machine, errs[3] = readMachineTime(b.cores)
	for _, pid := range databases {
		if spent, err := cpuTime(pid); err == nil { // else it has ended
			r.databases[pid] = spent
		}
	}
	return r, errors.Join(errs[:]...)
}

// sliceOf is what happened between two readings.
func sliceOf(variant string, before, after reading, got outcome) slice {
	each := func(spent time.Duration) time.Duration { return spent / time.Duration(got.answered) }
	server, stub, generator := after.server-before.server, after.stub-before.stub, after.generator-before.generator
	var databases time.Duration
	for pid, spent := range after.databases {
		if since, known := before.databases[pid]; known {
			databases += spent - since
		}
	}
	machine := after.machine.since(before.machine)
	all := max(machine.all, kernelTick)
	ours := server + stub + generator + databases
	return slice{
		variant:   variant,
		rate:      float64(got.answered) / after.at.Sub(before.at).Seconds(),
		serverCPU: each(server), databaseCPU: each(databases), stubCPU: each(stub), generatorCPU: each(generator),
		latencies: got.latencies,
		stolen:    float64(machine.stolen) / float64(all),
		foreign:   max(0, float64(machine.busy-ours)/float64(all)),
	}
}

// figuresOf compares a variant with the floors.
func (r *results) figuresOf(name string) figures {
	f := figures{summary: summarize(r.slices, name), memory: r.memory[name]}
	floor := r.scenario.targets[0].name
	f.rateToFloor = median(neighbourRatios(r.slices, name, floor, rateOf))
	f.cpuToFloor = median(neighbourRatios(r.slices, name, floor, cpuOf))
	if second := r.scenario.targets[1]; !second.judged {
		f.rateToSecond = median(neighbourRatios(r.slices, name, second.name, rateOf))
		f.cpuToSecond = median(neighbourRatios(r.slices, name, second.name, cpuOf))
	}
	reference := summarize(r.slices, floor)
	f.addedP50, f.addedP99 = f.p50-reference.p50, f.p99-reference.p99
	return f
}
