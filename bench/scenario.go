package main

import (
	"time"
)

// target is what a variant has in a scenario: a server and what is asked of it.
type target struct {
	name      string
	process   *process
	databases func() ([]int, error) // processes that work for the server; nil: none
	traffic   traffic
	judged    bool // whether the goals are for it
}

// scenario compares servers under the same load.
type scenario struct {
	name, title string
	connections int
	targets     []target // the first is the floor, the second may be another
	delayed     bool     // the upstream takes its time
	goals       []goal
}

// figures are what a variant comes to beside the floor.
type figures struct {
	summary
	rateToFloor, cpuToFloor   float64
	rateToSecond, cpuToSecond float64 // to the second floor; 0: there is none
	addedP50, addedP99        time.Duration
	memory                    memory // the most that was seen
}

// goal is a bound that a figure must keep, and one to aim for.
type goal struct {
	what      string
	figure    func(figures) float64
	atLeast   bool // else at most
	must, aim float64
	aimed     bool // whether there is an aim beyond the must
}

func (g goal) meets(value, bound float64) bool {
	if g.atLeast {
		return value >= bound
	}
	return value <= bound
}

func rateAtLeast(must, aim float64) goal {
	return goal{what: "rate/floor", atLeast: true, must: must, aim: aim, aimed: aim > must,
		figure: func(f figures) float64 { return f.rateToFloor }}
}

func cpuAtMost(must, aim float64) goal {
	return goal{what: "CPU/floor", must: must, aim: aim, aimed: aim < must,
		figure: func(f figures) float64 { return f.cpuToFloor }}
}

func addedAtMost(what string, must, aim time.Duration, figure func(figures) time.Duration) goal {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return goal{what: what, must: ms(must), aim: ms(aim), aimed: aim < must,
		figure: func(f figures) float64 { return ms(figure(f)) }}
}

// residentAtMost bounds what the server holds under load, in MiB.
func residentAtMost(must float64) goal {
	return goal{what: "RSS, MiB", must: must, figure: func(f figures) float64 { return float64(f.memory.resident) / (1 << 20) }}
}

// upstreamDelay is how long WeChat's API takes in the scenario of a slow one.
const upstreamDelay = 50 * time.Millisecond

// loginScenarios are those that ask for logins.
func (b *bench) loginScenarios() []scenario {
	return []scenario{
		b.loginScenario(scenario{
			name: "login-64", title: "login, 64 connections, upstream 0 ms, returning people", connections: 64,
			goals: []goal{rateAtLeast(0.42, 0.5), cpuAtMost(3.0, 2.5), residentAtMost(loadRSSLimit)},
		}, logins{people: b.options.people}),
		b.loginScenario(scenario{
			name: "login-16", title: "login, 16 connections, upstream 0 ms, returning people", connections: 16,
			goals: []goal{rateAtLeast(0.33, 0.42), cpuAtMost(4.0, 3.2)},
		}, logins{people: b.options.people}),
		b.loginScenario(scenario{
			name: "login-16-new", title: "login, 16 connections, upstream 0 ms, everybody new", connections: 16,
			goals: []goal{rateAtLeast(0.32, 0.37), cpuAtMost(4.2, 3.6)},
		}, logins{}),
		b.loginScenario(scenario{
			name: "login-64-slow", title: "login, 64 connections, upstream 50 ms, returning people", connections: 64, delayed: true,
			goals: []goal{
				rateAtLeast(0.95, 0.95), cpuAtMost(3.0, 2.6),
				addedAtMost("p50 − floor, ms", time.Millisecond, time.Millisecond, func(f figures) time.Duration { return f.addedP50 }),
				addedAtMost("p99 − floor, ms", 10*time.Millisecond, 5*time.Millisecond, func(f figures) time.Duration { return f.addedP99 }),
			},
		}, logins{people: b.options.people, delay: upstreamDelay}),
	}
}

func (b *bench) loginScenario(s scenario, asked logins) scenario {
	asked.counters, asked.union = &b.counters, b.options.union
	all := &asked
	s.targets = []target{
		{name: "floor", process: b.floor, traffic: all},
		{name: "floor, answer of the contract's size", process: b.floor2, traffic: all},
	}
	for i, server := range b.servers {
		s.targets = append(s.targets, target{
			name: server.name, process: server, traffic: all, databases: b.databases[i], judged: i == 0,
		})
	}
	return s
}

// sessionScenario asks whether a session lives.
func (b *bench) sessionScenario(s scenario, reads *tokenReads) scenario {
	s.connections = 16
	s.targets = []target{
		{name: "floor, constant answer", process: b.bare, traffic: reads},
		{name: b.servers[0].name, process: b.servers[0], traffic: reads, judged: true},
	}
	if reads.once {
		// The floor must not use them up.
		s.targets[0].traffic = &tokenReads{tokens: reads.tokens}
	}
	return s
}
