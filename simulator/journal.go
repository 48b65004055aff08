package simulator

import (
	"strings"
	"sync"
	"time"
)

// journalSize is how many calls the journal keeps.
const journalSize = 1024

// maxKept is how much of one body the journal keeps.
const maxKept = 4096

// record is a call as it came. Secrets are shortened when it is read, not
// when it is written, since most calls are never read.
type record struct {
	seq     uint64
	time    time.Time
	method  string
	path    string
	query   string
	body    []byte
	status  int // 0: no answer was made
	answer  []byte
	outcome outcome
}

// newRecord keeps no more of what the caller sent than the bounds allow. It
// clones the strings, which are parts of the whole request line and would keep
// all of it alive.
func newRecord(at time.Time, c *call, query string, status int, answer []byte, o outcome) record {
	r := record{time: at, method: strings.Clone(c.method), body: c.body, status: status, answer: answer, outcome: o}
	r.path = strings.Clone(c.path[:min(len(c.path), maxKept)])
	if len(query) <= maxKept {
		r.query = strings.Clone(query)
	}
	if len(r.body) > maxKept {
		r.body = []byte("too long to keep")
	}
	return r
}

// journal is a ring of the last calls. Readers that wait are woken through a
// channel that is closed and made anew; nobody waiting costs nothing.
type journal struct {
	mu     sync.Mutex
	ring   []record
	seq    uint64 // of the newest record; the first is 1
	since  uint64 // records up to this one were cleared
	wake   chan struct{}
	closed bool
	open   int // streams
}

func newJournal(size int) *journal { return &journal{ring: make([]record, size)} }

func (j *journal) add(r record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	r.seq = j.seq
	j.ring[j.seq%uint64(len(j.ring))] = r
	j.wakeAll()
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	clear(j.ring)
	j.since = j.seq
}

func (j *journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	j.wakeAll()
}

func (j *journal) wakeAll() {
	if j.wake != nil {
		close(j.wake)
		j.wake = nil
	}
}

// after copies what is kept of the records after seq, and the newest number.
func (j *journal) after(seq uint64) ([]record, uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	first := max(seq, j.since) + 1
	if oldest := j.seq + 1 - min(j.seq, uint64(len(j.ring))); first < oldest {
		first = oldest
	}
	if first > j.seq {
		return nil, j.seq
	}
	out := make([]record, 0, j.seq-first+1)
	for n := first; n <= j.seq; n++ {
		out = append(out, j.ring[n%uint64(len(j.ring))])
	}
	return out, j.seq
}

// next is closed when there is something after seq, or nothing will come;
// over reports the latter.
func (j *journal) next(seq uint64) (ready <-chan struct{}, over bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, true
	}
	if j.seq > seq {
		now := make(chan struct{})
		close(now)
		return now, false
	}
	if j.wake == nil {
		j.wake = make(chan struct{})
	}
	return j.wake, false
}

// enter counts a stream in, unless there are too many.
func (j *journal) enter() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.open >= maxStreams {
		return false
	}
	j.open++
	return true
}

func (j *journal) leave() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open--
}
