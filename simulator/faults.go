package simulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// Fault is something to go wrong on a WeChat path. Exactly one of Errcode,
// Status and Drop says what; Latency may come with it or stand alone. The
// first fault of the list that decides an answer decides it; those before it
// that only delay, delay.
type Fault struct {
	// Path is the WeChat path, or a prefix of it and "*": "/cgi-bin/*".
	Path string

	// Errcode is answered instead of making the call, which takes no effect.
	Errcode int

	// Status is an HTTP status to answer with, 300 to 599; the call takes no
	// effect. WeChat itself answers 200 always; what stands before it does not.
	Status int

	// Latency delays the answer. The call takes effect before the wait, so a
	// client that gives up must reckon with it.
	Latency time.Duration

	// Drop cuts the connection instead of answering.
	Drop Drop

	// Times is how often the fault strikes; 0 means until it is replaced.
	Times int

	// Probability that it strikes, in (0, 1]; 0 means always. The dice are
	// seeded by Server.Seed and the fault's place in the list.
	Probability float64
}

// Drop says when the connection is cut.
type Drop string

// The two losses a client must survive.
const (
	DropNone   Drop = ""
	DropBefore Drop = "before" // the request was lost: the call took no effect
	DropAfter  Drop = "after"  // the answer was lost: the call took effect
)

const (
	maxFaults  = 256
	maxLatency = 10 * time.Minute
)

// SetFaults replaces the whole list; none makes the platform well behaved.
// The error is ErrInvalid, and then the list stays as it was.
func (s *Server) SetFaults(faults ...Fault) error {
	s.init()
	if len(faults) > maxFaults {
		return fmt.Errorf("faults: %w: at most %d", ErrInvalid, maxFaults)
	}
	for i, f := range faults {
		if err := f.validate(); err != nil {
			return fmt.Errorf("fault %d: %w", i, err)
		}
	}
	s.faults.set(faults)
	return nil
}

// Faults are the faults that may still strike, with what is left of Times.
func (s *Server) Faults() []Fault {
	s.init()
	return s.faults.list()
}

func (f Fault) validate() error {
	what := 0
	for _, set := range []bool{f.Errcode != 0, f.Status != 0, f.Drop != DropNone} {
		if set {
			what++
		}
	}
	switch {
	case !strings.HasPrefix(f.Path, "/") || len(f.Path) > 256 || isControl(f.Path):
		return fmt.Errorf("%w: path must be a WeChat path, or a prefix and *", ErrInvalid)
	case strings.Contains(strings.TrimSuffix(f.Path, "*"), "*"):
		return fmt.Errorf("%w: * may stand at the end of path only", ErrInvalid)
	case what > 1:
		return fmt.Errorf("%w: only one of errcode, status and drop", ErrInvalid)
	case what == 0 && f.Latency == 0:
		return fmt.Errorf("%w: one of errcode, status, latency_ms and drop is needed", ErrInvalid)
	case f.Status != 0 && (f.Status < 300 || f.Status > 599):
		return fmt.Errorf("%w: status must be 300 to 599", ErrInvalid)
	case f.Latency < 0 || f.Latency > maxLatency:
		return fmt.Errorf("%w: latency must be 0 to %s", ErrInvalid, maxLatency)
	case f.Drop != DropNone && f.Drop != DropBefore && f.Drop != DropAfter:
		return fmt.Errorf("%w: drop must be true, \"after\" or \"before\"", ErrInvalid)
	case f.Times < 0:
		return fmt.Errorf("%w: times must be positive", ErrInvalid)
	case !(f.Probability >= 0 && f.Probability <= 1): // not NaN either
		return fmt.Errorf("%w: probability must be over 0 and at most 1", ErrInvalid)
	}
	return nil
}

// faultBook holds the faults that are set and their dice.
type faultBook struct {
	seed uint64

	mu    sync.Mutex
	rules []*rule
}

type rule struct {
	Fault
	dice *rand.Rand
	left int // of Times; -1: no end
}

// outcome is what goes wrong with one call.
type outcome struct {
	Fault
	latency time.Duration // of all faults that struck
}

func newFaultBook(seed uint64) *faultBook { return &faultBook{seed: seed} }

func (b *faultBook) set(faults []Fault) {
	rules := make([]*rule, len(faults))
	for i, f := range faults {
		// One die per rule: what one path draws does not move another's.
		rules[i] = &rule{Fault: f, dice: rand.New(rand.NewPCG(b.seed, uint64(i))), left: f.Times}
		if f.Times == 0 {
			rules[i].left = -1
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rules = rules
}

func (b *faultBook) list() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Fault, 0, len(b.rules))
	for _, r := range b.rules {
		if r.left == 0 {
			continue
		}
		f := r.Fault
		f.Times = max(0, r.left)
		out = append(out, f)
	}
	return out
}

// strike draws what goes wrong with a call of path.
func (b *faultBook) strike(path string) outcome {
	b.mu.Lock()
	defer b.mu.Unlock()
	var o outcome
	for _, r := range b.rules {
		if r.left == 0 || !r.matches(path) {
			continue
		}
		if r.Probability > 0 && r.dice.Float64() >= r.Probability {
			continue
		}
		if r.left > 0 {
			r.left--
		}
		o.latency += r.Latency
		if r.Errcode != 0 || r.Status != 0 || r.Drop != DropNone {
			o.Fault = r.Fault
			break
		}
	}
	return o
}

func (f Fault) matches(path string) bool {
	if prefix, wild := strings.CutSuffix(f.Path, "*"); wild {
		return strings.HasPrefix(path, prefix)
	}
	return f.Path == path
}

// name is how the journal calls the outcome.
func (o outcome) name() string {
	switch {
	case o.Drop == DropBefore:
		return "drop before"
	case o.Drop == DropAfter:
		return "drop after"
	case o.Errcode != 0:
		return "errcode"
	case o.Status != 0:
		return "status"
	case o.latency != 0:
		return "latency"
	default:
		return ""
	}
}
