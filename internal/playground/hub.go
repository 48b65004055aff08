package playground

import (
	"encoding/json"
	"sync"
)

const (
	// ringSize is how many events a page can resume from.
	ringSize = 2048
	// maxRingBytes bounds what they take: an answer alone may have some MiB.
	maxRingBytes = 64 << 20
	// maxStreams is how many pages may listen at once; each holds a connection.
	maxStreams = 64
)

// event is one message of the stream.
type event struct {
	seq  uint64
	name string
	data []byte // JSON, in one line
}

// hub keeps the last events and wakes who waits for more. Publishing never
// waits for a reader: one that is too slow misses what fell out, and can see
// that by the numbers. Make it with newHub.
type hub struct {
	mu     sync.Mutex
	ring   []event
	seq    uint64 // of the newest event; the first is 1
	oldest uint64 // the oldest that is kept
	bytes  int
	wake   chan struct{}
	closed bool
	open   map[*stream]bool
}

func newHub() *hub { return &hub{ring: make([]event, ringSize), oldest: 1, open: map[*stream]bool{}} }

// publish adds an event; v always encodes.
func (h *hub) publish(name string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		return // nothing that is published can fail to encode
	}
	h.publishJSON(name, data)
}

func (h *hub) publishJSON(name string, data []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	h.seq++
	h.bytes += len(data)
	for h.oldest < h.seq && (h.seq-h.oldest >= ringSize || h.bytes > maxRingBytes) {
		old := &h.ring[h.oldest%ringSize]
		h.bytes -= len(old.data)
		*old = event{}
		h.oldest++
	}
	h.ring[h.seq%ringSize] = event{seq: h.seq, name: name, data: data}
	h.wakeAll()
}

// close ends all streams, and lets nothing more in.
func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.open {
		s.end()
	}
	h.wakeAll()
}

func (h *hub) wakeAll() {
	if h.wake != nil {
		close(h.wake)
		h.wake = nil
	}
}

// last is the number of the newest event.
func (h *hub) last() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seq
}

// after returns what is kept of the events after seq.
func (h *hub) after(seq uint64) []event {
	h.mu.Lock()
	defer h.mu.Unlock()
	first := max(seq+1, h.oldest)
	if first > h.seq {
		return nil
	}
	out := make([]event, 0, h.seq-first+1)
	for n := first; n <= h.seq; n++ {
		out = append(out, h.ring[n%ringSize])
	}
	return out
}

// next is closed when there is something after seq, or nothing will come;
// over reports the latter.
func (h *hub) next(seq uint64) (ready <-chan struct{}, over bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, true
	}
	if h.seq > seq {
		now := make(chan struct{})
		close(now)
		return now, false
	}
	if h.wake == nil {
		h.wake = make(chan struct{})
	}
	return h.wake, false
}

// enter counts a stream in, unless there are too many, or it is over.
func (h *hub) enter(s *stream) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.open) >= maxStreams {
		return false
	}
	h.open[s] = true
	return true
}

func (h *hub) leave(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.open, s)
}
