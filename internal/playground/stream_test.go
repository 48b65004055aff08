package playground_test

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestResume(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	l := r.listen("")
	for i := range 3 {
		r.send(fmt.Sprintf("c%d", i), "GET", r.url+"/healthz", nil)
		l.result(fmt.Sprintf("c%d", i))
	}
	list := l.all()[1:] // without the state at connect
	for i, e := range list {
		if e.id != uint64(i)+1 {
			t.Fatalf("event %d has the id %d", i, e.id)
		}
	}
	middle := list[3]
	resumed := r.listen(strconv.FormatUint(middle.id, 10))
	last := list[len(list)-1]
	resumed.wait("the last event", func(e event) bool { return e.id == last.id })
	got := resumed.all()[1:]
	if len(got) != len(list)-4 || got[0].id != middle.id+1 || got[0].raw != list[4].raw {
		t.Errorf("resumed with %d events from %d on", len(got), got[0].id)
	}
	t.Run("WithoutANumberOnlyWhatComes", func(t *testing.T) {
		fresh, ahead := r.listen(""), r.listen("99999")
		r.send("c9", "GET", r.url+"/healthz", nil)
		for _, each := range []*listener{l, fresh, ahead, resumed} { // all who listen are told
			each.result("c9")
		}
		for _, each := range []*listener{fresh, ahead} {
			if e := each.all()[1]; e.id <= last.id {
				t.Errorf("an old event came: %v", e)
			}
		}
	})
	t.Run("NoNumber", func(t *testing.T) {
		a := r.do("GET", "/playground/v1/events", map[string]string{"X-Playground-Token": r.token(), "Last-Event-ID": "x"}, "")
		if a.status != 400 {
			t.Errorf("%d", a.status)
		}
	})
}

// Shutting down ends streams and calls at once.
func TestShutdown(t *testing.T) {
	t.Parallel()
	own := newBackend(t)
	r := newRig(t, rigOptions{domains: []string{own.URL}})
	l, other := r.listen(""), r.listen("")
	for i := range 12 { // some of them wait
		r.send(fmt.Sprintf("c%d", i), "GET", own.URL+"/hold", nil)
	}
	eventually(t, "they are under way", func() bool { return own.count() == 10 })
	r.stop() // to wait for them would end in an error
	for _, each := range []*listener{l, other} {
		select {
		case <-each.ended:
		case <-time.After(patience):
			t.Error("a stream goes on")
		}
	}
}

// A reader that does not read keeps nobody waiting.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	own := newBackend(t)
	r := newRig(t, rigOptions{domains: []string{own.URL}})
	stuck, err := net.Dial("tcp", r.host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stuck.Close() }()
	if _, err := fmt.Fprintf(stuck, "GET /playground/v1/events HTTP/1.1\r\nHost: %s\r\nX-Playground-Token: %s\r\n\r\n", r.host, r.token()); err != nil {
		t.Fatal(err)
	}
	l := r.listen("")
	long := strings.Repeat("a", 8<<20)
	for i := range 3 { // more than any buffer of the system holds
		id := fmt.Sprintf("c%d", i)
		r.send(id, "POST", own.URL+"/echo", map[string]any{"data": long})
		if got := l.result(id); got["ok"] != true {
			t.Fatalf("%v", got)
		}
	}
	r.stop() // it is not held up either: to wait would end in an error
}
