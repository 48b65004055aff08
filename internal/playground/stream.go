package playground

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// heartbeat keeps half-open connections honest, and is how long a reader may
// leave what was written to it unread.
const heartbeat = 15 * time.Second

// getEvents streams what happens from now on, or from the event after
// Last-Event-ID on. A page that has just been loaded wants no old answers: the
// ids of its calls begin anew.
func (p *Playground) getEvents(w http.ResponseWriter, r *http.Request) {
	since, err := p.resumeFrom(r.Header.Get("Last-Event-ID"))
	if err != nil {
		web.Fail(w, err)
		return
	}
	s := &stream{w: w, rc: http.NewResponseController(w)}
	if !p.hub.enter(s) {
		web.Fail(w, problem.New(problem.RateLimited, "too many pages listen already: close some"))
		return
	}
	defer p.hub.leave(s)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if !p.greet(s, since) {
		return
	}
	for {
		ready, over := p.hub.next(since)
		if over || !s.await(r.Context(), ready) {
			return
		}
		for _, e := range p.hub.after(since) {
			if !s.push(fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", e.seq, e.name, e.data)) {
				return
			}
			since = e.seq
		}
	}
}

// resumeFrom reads Last-Event-ID. A number that was not given yet is that of
// another start, and means nothing here.
func (p *Playground) resumeFrom(header string) (uint64, error) {
	last := p.hub.last()
	if header == "" {
		return last, nil
	}
	n, err := strconv.ParseUint(header, 10, 64)
	if err != nil {
		return 0, problem.InField("Last-Event-ID", "this header is the id of an event")
	}
	return min(n, last), nil
}

// greet tells how things stand, under the id of what this reader need not hear
// again: one that loses the stream before anything happened resumes from there.
func (p *Playground) greet(s *stream, since uint64) bool {
	greeting := fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", since, eventState, mustJSON(p.state()))
	if p.cfg.Program != nil {
		// An error is told again to who was not there; a success is not, or each
		// page would load its program twice.
		if last, ok := p.cfg.Program.Last(); ok && last.Error != nil {
			greeting = fmt.Appendf(greeting, "event: %s\ndata: %s\n\n", eventReload, mustJSON(last))
		}
	}
	return s.push(greeting)
}

// stream is one reader's.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController

	mu   sync.Mutex // of the deadline
	over bool
}

// push sends bytes at once, and gives up on a reader that does not read.
func (s *stream) push(b []byte) bool {
	if !s.deadline(time.Now().Add(heartbeat)) {
		return false
	}
	_, err := s.w.Write(b) //nolint:gosec // an event stream, which no browser takes for HTML
	return err == nil && s.rc.Flush() == nil
}

// deadline says until when the next write may take, unless the stream is over.
// Not every writer knows deadlines; those that do are kept from blocking, and a
// server's own WriteTimeout from ending a healthy stream.
func (s *stream) deadline(t time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return false
	}
	_ = s.rc.SetWriteDeadline(t)
	return true
}

// end ends the stream, also where it waits for a reader that does not read: a
// server that shuts down waits for it.
func (s *stream) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	_ = s.rc.SetWriteDeadline(time.Unix(1, 0))
}

// await sends heartbeats until ready, and reports whether the reader is
// still there.
func (s *stream) await(ctx context.Context, ready <-chan struct{}) bool {
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	for {
		select {
		case <-ready:
			return true
		case <-ctx.Done():
			return false
		case <-t.C:
			if !s.push([]byte(": \n\n")) {
				return false
			}
		}
	}
}

// mustJSON encodes what always encodes.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return b
}
