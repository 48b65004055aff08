package simulator

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxStreams = 64               // at once; each holds a connection
	heartbeat  = 15 * time.Second // keeps proxies and half-open connections honest
)

// getRequests answers with the journal after ?since=, at once as a list, or
// as a stream of events to those who accept that.
func (s *Server) getRequests(w http.ResponseWriter, r *http.Request) {
	since, err := sinceOf(r)
	if err != nil {
		controlFailure(w, err)
		return
	}
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		s.stream(w, r, since)
		return
	}
	records, last := s.journal.after(since)
	controlJSON(w, http.StatusOK, struct {
		Data []Request `json:"data"`
		Last uint64    `json:"last"` // the next ?since=
	}{requestsOf(records), last})
}

// sinceOf prefers what a reconnecting event source has seen last.
func sinceOf(r *http.Request) (uint64, error) {
	v := r.Header.Get("Last-Event-ID")
	if v == "" {
		v = r.URL.Query().Get("since")
	}
	if v == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: since must be the seq of a request", ErrInvalid)
	}
	return n, nil
}

// stream sends what is kept after since and then what comes. A reader too slow
// for the ring misses what fell out of it, and can see that by the numbers.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, since uint64) {
	if !s.journal.enter() {
		controlError(w, http.StatusServiceUnavailable, "too many streams are open")
		return
	}
	defer s.journal.leave()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	rc := http.NewResponseController(w)
	if !push(w, rc, []byte(": journal of a simulator, not of WeChat\n\n")) {
		return
	}
	for {
		ready, over := s.journal.next(since)
		if over {
			return
		}
		if !awaitEvent(r.Context(), w, rc, ready) {
			return
		}
		var records []record
		records, since = s.journal.after(since)
		var events []byte
		for _, rec := range records {
			b, err := json.Marshal(rec.request())
			if err != nil {
				continue // a Request always encodes
			}
			events = fmt.Appendf(events, "id: %d\nevent: request\ndata: %s\n\n", rec.seq, b)
		}
		if !push(w, rc, events) {
			return
		}
	}
}

// push sends events at once, and gives up on a reader that does not read.
func push(w http.ResponseWriter, rc *http.ResponseController, events []byte) bool {
	// Not every writer knows deadlines; those that do are kept from blocking,
	// and a server's own WriteTimeout from ending a healthy stream.
	_ = rc.SetWriteDeadline(time.Now().Add(heartbeat))
	_, err := w.Write(events)
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
