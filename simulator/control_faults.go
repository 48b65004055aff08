package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// faultView is a fault on the wire.
type faultView struct {
	Path        string          `json:"path"`
	Errcode     *int            `json:"errcode,omitempty"`
	Status      *int            `json:"status,omitempty"`
	LatencyMS   *int64          `json:"latency_ms,omitempty"`
	Drop        json.RawMessage `json:"drop,omitempty"` // true, "after" or "before"
	Times       *int            `json:"times,omitempty"`
	Probability *float64        `json:"probability,omitempty"`
}

func viewFault(f Fault) faultView {
	v := faultView{Path: f.Path}
	if f.Errcode != 0 {
		v.Errcode = &f.Errcode
	}
	if f.Status != 0 {
		v.Status = &f.Status
	}
	if ms := f.Latency.Milliseconds(); ms != 0 {
		v.LatencyMS = &ms
	}
	switch f.Drop {
	case DropAfter:
		v.Drop = json.RawMessage("true")
	case DropBefore:
		v.Drop = json.RawMessage(`"before"`)
	}
	if f.Times != 0 {
		v.Times = &f.Times
	}
	if f.Probability != 0 {
		v.Probability = &f.Probability
	}
	return v
}

// fault refuses the zeroes that in Go mean "not set": on the wire they were
// said.
func (v faultView) fault() (Fault, error) {
	f := Fault{Path: v.Path}
	give(&f.Errcode, v.Errcode)
	give(&f.Status, v.Status)
	give(&f.Times, v.Times)
	give(&f.Probability, v.Probability)
	switch string(v.Drop) {
	case "", "null", "false":
	case "true", `"after"`:
		f.Drop = DropAfter
	case `"before"`:
		f.Drop = DropBefore
	default:
		return Fault{}, fmt.Errorf("%w: drop must be true, \"after\" or \"before\"", ErrInvalid)
	}
	if v.Times != nil && *v.Times < 1 {
		return Fault{}, fmt.Errorf("%w: times must be positive", ErrInvalid)
	}
	if v.Probability != nil && *v.Probability <= 0 {
		return Fault{}, fmt.Errorf("%w: probability must be over 0 and at most 1", ErrInvalid)
	}
	if v.LatencyMS != nil {
		if *v.LatencyMS < 0 || *v.LatencyMS > maxLatency.Milliseconds() {
			return Fault{}, fmt.Errorf("%w: latency_ms must be 0 to %d", ErrInvalid, maxLatency.Milliseconds())
		}
		f.Latency = time.Duration(*v.LatencyMS) * time.Millisecond
	}
	return f, nil
}

func (s *Server) putFaults(w http.ResponseWriter, r *http.Request) {
	var in []faultView
	if !decode(w, r, &in) {
		return
	}
	faults := make([]Fault, len(in))
	for i, v := range in {
		f, err := v.fault()
		if err != nil {
			controlFailure(w, fmt.Errorf("fault %s: %w", strconv.Itoa(i), err))
			return
		}
		faults[i] = f
	}
	if err := s.SetFaults(faults...); err != nil {
		controlFailure(w, err)
		return
	}
	s.getFaults(w, r)
}

func (s *Server) getFaults(w http.ResponseWriter, _ *http.Request) {
	out := list[faultView]{Data: []faultView{}}
	for _, f := range s.Faults() {
		out.Data = append(out.Data, viewFault(f))
	}
	controlJSON(w, http.StatusOK, out)
}

func (s *Server) deleteFaults(w http.ResponseWriter, _ *http.Request) {
	s.faults.set(nil)
	w.WriteHeader(http.StatusNoContent)
}
