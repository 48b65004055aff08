package playground

import (
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
)

// mode is what is wrong with the phone's network; it is also the name of the
// fault in the picture.
type mode string

const (
	online      mode = "online"
	offline     mode = "offline"
	slow        mode = "slow"
	loseRequest mode = "lose_request" // the call never arrives
	loseAnswer  mode = "lose_answer"  // it arrives, and takes effect; nobody hears of it
)

// slowBy is what a slow network costs a call.
const slowBy = 3 * time.Second

// maxTimes bounds how many calls in a row may be lost.
const maxTimes = 1000

// network is the phone's. The zero value is online.
type network struct {
	mu   sync.Mutex
	mode mode
	left int // calls that will still be lost
}

// networkState is how a page is told.
type networkState struct {
	Mode mode `json:"mode"`
	Left *int `json:"left"` // null where the mode has no end
}

func (n *network) state() networkState {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := networkState{Mode: n.mode}
	switch n.mode {
	case "":
		s.Mode = online
	case loseRequest, loseAnswer:
		left := n.left
		s.Left = &left
	}
	return s
}

// set changes the mode. times is for the modes that lose calls; 0 stands for 1.
// Errors are problems.
func (n *network) set(m mode, times int) error {
	loses := m == loseRequest || m == loseAnswer
	switch {
	case m != online && m != offline && m != slow && !loses:
		return problem.InField("mode", "the mode is online, offline, slow, lose_request or lose_answer")
	case !loses && times != 0:
		return problem.InField("times", "only lose_request and lose_answer are counted")
	case times < 0 || times > maxTimes:
		return problem.InField("times", "times is a number from 1 to 1000")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mode, n.left = m, max(times, 1)
	return nil
}

// strike tells what happens to a call that is sent now; changed says that the
// state is another after it.
func (n *network) strike() (m mode, changed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m = n.mode
	switch m {
	case "", online:
		return online, false
	case loseRequest, loseAnswer:
		if n.left--; n.left == 0 {
			n.mode = online
		}
		return m, true
	}
	return m, false
}
