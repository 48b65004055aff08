package playground

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
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
	if !p.hub.enter() {
		web.Fail(w, problem.New(problem.RateLimited, "too many pages listen already: close some"))
		return
	}
	defer p.hub.leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	rc := http.NewResponseController(w)
	if !p.greet(w, rc) {
		return
	}
	for {
		ready, over := p.hub.next(since)
		if over || !awaitEvent(r.Context(), w, rc, ready) {
			return
		}
		for _, e := range p.hub.after(since) {
			if !push(w, rc, fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", e.seq, e.name, e.data)) {
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

// greet tells how things stand. These events have no id: they are for this
// reader, and no place to resume from.
func (p *Playground) greet(w http.ResponseWriter, rc *http.ResponseController) bool {
	greeting := fmt.Appendf(nil, "event: %s\ndata: %s\n\n", eventState, mustJSON(p.state()))
	if p.cfg.Program != nil {
		// An error is told again to who was not there; a success is not, or each
		// page would load its program twice.
		if last, ok := p.cfg.Program.Last(); ok && last.Error != nil {
			greeting = fmt.Appendf(greeting, "event: %s\ndata: %s\n\n", eventReload, mustJSON(last))
		}
	}
	return push(w, rc, greeting)
}

// push sends bytes at once, and gives up on a reader that does not read.
func push(w http.ResponseWriter, rc *http.ResponseController, b []byte) bool {
	// Not every writer knows deadlines; those that do are kept from blocking,
	// and a server's own WriteTimeout from ending a healthy stream.
	_ = rc.SetWriteDeadline(time.Now().Add(heartbeat))
	_, err := w.Write(b)
	return err == nil && rc.Flush() == nil
}

// awaitEvent sends heartbeats until ready, and reports whether the reader is
// still there.
func awaitEvent(ctx context.Context, w http.ResponseWriter, rc *http.ResponseController, ready <-chan struct{}) bool {
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	for {
		select {
		case <-ready:
			return true
		case <-ctx.Done():
			return false
		case <-t.C:
			if !push(w, rc, []byte(": \n\n")) {
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
