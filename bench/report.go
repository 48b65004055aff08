package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// table is text in columns, which is Markdown too.
type table struct{ rows [][]string }

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	line := func(row []string) {
		var b strings.Builder
		for i, width := range widths {
			cell := ""
			if i < len(row) {
				cell = row[i]
			}
			pad := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString("| " + cell + pad + " |")
			} else {
				b.WriteString(" " + pad + cell + " |")
			}
		}
		fmt.Fprintln(w, b.String())
	}
	for i, row := range t.rows {
		line(row)
		if i == 0 {
			rule := "|" + strings.Repeat("-", widths[0]+2) + "|"
			for _, width := range widths[1:] {
				rule += strings.Repeat("-", width+1) + ":|"
			}
			fmt.Fprintln(w, rule)
		}
	}
}

func micros(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d)/float64(time.Microsecond))
}

func millis(d time.Duration) string {
	return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond))
}

func ratio(v float64) string {
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", v)
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/(1<<20)) }

// printScenario prints what a scenario brought.
func (b *bench) printScenario(r *results) {
	fmt.Fprintf(b.out, "\n### %s: %s\n\n", r.scenario.name, r.scenario.title)
	var t table
	t.add("variant", "slices", "rate/s", "÷ floor", "÷ floor 2", "CPU µs", "÷ floor", "÷ floor 2", "database µs", "generator µs", "stub µs", "p50 ms", "p99 ms")
	for _, target := range r.scenario.targets {
		f := r.figuresOf(target.name)
		if target.name == r.scenario.targets[0].name {
			f.rateToFloor, f.cpuToFloor = 1, 1
		}
		database := "–"
		if target.databases != nil {
			database = micros(f.databaseCPU)
		}
		t.add(target.name, fmt.Sprint(f.slices), fmt.Sprintf("%.0f", f.rate), ratio(f.rateToFloor), ratio(f.rateToSecond),
			micros(f.serverCPU), ratio(f.cpuToFloor), ratio(f.cpuToSecond), database,
			micros(f.generatorCPU), micros(f.stubCPU), millis(f.p50), millis(f.p99))
	}
	t.print(b.out)
	fmt.Fprintf(b.out, "\nstolen by the hypervisor %.1f %%, spent by others %.1f %%, slices thrown away %d\n", 100*r.stolen, 100*r.foreign, r.rejected)
	for _, target := range r.scenario.targets {
		if m, seen := r.memory[target.name]; seen {
			fmt.Fprintf(b.out, "%s: RSS up to %s MiB, %s of it anonymous\n", target.name, mebibytes(m.resident), mebibytes(m.anonymous))
		}
	}
	if r.note != "" {
		fmt.Fprintln(b.out, r.note)
	}
	if counted := r.foreignInSlices(); counted > foreignLimit {
		b.warn("%s: other programs spent %.0f %% of the cores in the slices that count: its figures are rough", r.scenario.name, 100*counted)
	}
	for _, target := range r.scenario.targets {
		if target.judged {
			b.judge(r.scenario, r.figuresOf(target.name))
		}
	}
}

// foreignInSlices is the median share that others spent in slices that count.
func (r *results) foreignInSlices() float64 {
	var shares []float64
	for _, s := range r.slices {
		shares = append(shares, s.foreign)
	}
	return median(shares)
}

// verdict is a goal with what was seen.
type verdict struct {
	scenario string
	goal     goal
	value    float64
}

func (b *bench) judge(s scenario, f figures) {
	for _, g := range s.goals {
		value := g.figure(f)
		if f.slices == 0 {
			b.problem("%s: no slice counts", s.name)
			return
		}
		b.verdicts = append(b.verdicts, verdict{scenario: s.name, goal: g, value: value})
	}
}

// printVerdicts prints all goals, and whether they are met.
func (b *bench) printVerdicts() {
	if len(b.verdicts) == 0 {
		return
	}
	fmt.Fprint(b.out, "\n### Goals\n\n")
	var t table
	t.add("scenario", "figure", "seen", "must", "met", "aim", "met")
	for _, v := range b.verdicts {
		bound := "≤ "
		if v.goal.atLeast {
			bound = "≥ "
		}
		aim, aimMet := "", ""
		if v.goal.aimed {
			aim, aimMet = bound+trimmed(v.goal.aim), yes(v.goal.meets(v.value, v.goal.aim))
		}
		t.add(v.scenario, v.goal.what, fmt.Sprintf("%.2f", v.value), bound+trimmed(v.goal.must), yes(v.goal.meets(v.value, v.goal.must)), aim, aimMet)
	}
	t.print(b.out)
}

func trimmed(v float64) string { return fmt.Sprintf("%.4g", v) }

func yes(met bool) string {
	if met {
		return "yes"
	}
	return "NO"
}
