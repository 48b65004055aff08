package simulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

func (r *rig) setFaults(f ...simulator.Fault) {
	r.t.Helper()
	if err := r.SetFaults(f...); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) tryExchange(code string) (answer, error) {
	return r.try("GET", "/sns/jscode2session", exchangeQuery(app1, secret1, code), "")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const path = "/sns/jscode2session"
	t.Run("LostAnswerConsumesTheCode", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.setFaults(simulator.Fault{Path: path, Drop: simulator.DropAfter, Times: 1})
		code := r.login(app1, "alice")
		if a, err := r.tryExchange(code); err == nil {
			t.Fatalf("an answer came through: %s", a.text)
		}
		if a := r.exchange(code); a.Errcode != 40163 {
			t.Errorf("the repeat: %s, want 40163", a.text)
		}
		if got := r.Requests()[0]; got.Fault != "drop after" || got.Status != 200 {
			t.Errorf("the journal says %+v", got)
		}
	})
	t.Run("LostRequestDoesNot", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.setFaults(simulator.Fault{Path: path, Drop: simulator.DropBefore, Times: 1})
		code := r.login(app1, "alice")
		if a, err := r.tryExchange(code); err == nil {
			t.Fatalf("an answer came through: %s", a.text)
		}
		if a := r.exchange(code); a.OpenID == "" {
			t.Errorf("the repeat: %s, want a session", a.text)
		}
	})
	t.Run("ErrcodeLeavesTheCode", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.setFaults(simulator.Fault{Path: "/sns/*", Errcode: -1, Times: 2})
		code := r.login(app1, "alice")
		for range 2 {
			if a := r.exchange(code); a.Errcode != -1 {
				t.Errorf("got %s", a.text)
			}
		}
		if a := r.exchange(code); a.OpenID == "" {
			t.Errorf("the third: %s, want a session", a.text)
		}
	})
	t.Run("StatusIsNotWeChats", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.setFaults(simulator.Fault{Path: path, Status: http.StatusBadGateway})
		if a := r.exchange(r.login(app1, "alice")); a.status != 502 || strings.Contains(a.text, "errcode") {
			t.Errorf("%d %s", a.status, a.text)
		}
	})
	t.Run("LatencyDelaysTheAnswerNotTheEffect", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.setFaults(simulator.Fault{Path: path, Latency: 10 * time.Minute, Times: 1})
		code := r.login(app1, "alice")
		ctx, giveUp := context.WithTimeout(t.Context(), patience)
		defer giveUp()
		go func() { // the code is used before the answer is given
			for len(r.Requests()) == 0 && ctx.Err() == nil {
				<-time.After(time.Millisecond)
			}
			giveUp()
		}()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path+"?"+exchangeQuery(app1, secret1, code).Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close()
			t.Fatal("the answer was not delayed")
		}
		if a := r.exchange(code); a.Errcode != 40163 {
			t.Errorf("after the time-out: %s, want 40163", a.text)
		}
	})
	t.Run("LatencyAndThenAnErrcode", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.setFaults(simulator.Fault{Path: "/*", Latency: 20 * time.Millisecond}, simulator.Fault{Path: path, Errcode: 45009})
		start := time.Now()
		if a := r.exchange("x"); a.Errcode != 45009 || time.Since(start) < 20*time.Millisecond {
			t.Errorf("%s after %s", a.text, time.Since(start))
		}
	})
	t.Run("OtherPathsAreLeftAlone", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.setFaults(simulator.Fault{Path: "/cgi-bin/*", Errcode: -1})
		if a := r.exchange(r.login(app1, "alice")); a.OpenID == "" {
			t.Errorf("got %s", a.text)
		}
		if a := r.token(); a.Errcode != -1 {
			t.Errorf("got %s", a.text)
		}
	})
	t.Run("BadOnesAreRefusedAndTheListStays", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.setFaults(simulator.Fault{Path: path, Errcode: 45011})
		for name, f := range map[string]simulator.Fault{
			"no path": {Errcode: -1}, "control": {Path: "/sim/v1/reset", Errcode: -1}, "two": {Path: path, Errcode: -1, Status: 500},
			"nothing": {Path: path}, "status": {Path: path, Status: 200}, "times": {Path: path, Errcode: -1, Times: -1},
			"probability": {Path: path, Errcode: -1, Probability: 1.1}, "star": {Path: "/*/x", Errcode: -1},
			"latency": {Path: path, Latency: time.Hour}, "drop": {Path: path, Drop: "middle"},
		} {
			if err := r.SetFaults(f); !errors.Is(err, simulator.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := r.Faults(); len(got) != 1 || got[0].Errcode != 45011 {
			t.Errorf("the list is now %+v", got)
		}
	})
}

func TestFaultDice(t *testing.T) {
	t.Parallel()
	roll := func(seed uint64, others int) []int {
		r := newRig(t, func(s *simulator.Server) { s.Seed = seed })
		r.setFaults(simulator.Fault{Path: "/sns/*", Errcode: -1, Probability: 0.5}, simulator.Fault{Path: "/cgi-bin/*", Errcode: -1, Probability: 0.5})
		var out []int
		for range 64 {
			for range others {
				r.do("GET", "/cgi-bin/token", nil, "")
			}
			out = append(out, r.do("GET", "/sns/jscode2session", url.Values{}, "").Errcode)
		}
		return out
	}
	first := roll(7, 0)
	if n := len(slices.DeleteFunc(slices.Clone(first), func(c int) bool { return c != -1 })); n < 16 || n > 48 {
		t.Errorf("%d of 64 struck, with a probability of one half", n)
	}
	if second := roll(7, 1); !slices.Equal(first, second) {
		t.Error("the same seed rolled otherwise beside other calls")
	}
	if second := rollSecond(t); slices.Equal(first, second) {
		t.Error("two faults of one list rolled the same")
	}
	if other := roll(8, 0); slices.Equal(first, other) {
		t.Error("another seed rolled the same")
	}
}

// rollSecond rolls the die of a fault's second place in the list.
func rollSecond(t *testing.T) []int {
	t.Helper()
	r := newRig(t, func(s *simulator.Server) { s.Seed = 7 })
	r.setFaults(simulator.Fault{Path: "/cgi-bin/*", Errcode: -1}, simulator.Fault{Path: "/sns/*", Errcode: -1, Probability: 0.5})
	var out []int
	for range 64 {
		out = append(out, r.do("GET", "/sns/jscode2session", url.Values{}, "").Errcode)
	}
	return out
}

func TestFaultTimesAreCountedDown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setFaults(simulator.Fault{Path: "/sns/*", Errcode: -1, Times: 3}, simulator.Fault{Path: "/wxa/*", Errcode: -1, Times: 1})
	r.exchange("x")
	r.do("GET", "/wxa/checksession", nil, "")
	if got := r.Faults(); len(got) != 1 || got[0].Times != 2 {
		t.Errorf("what is left: %+v", got)
	}
}

// A client that keeps connections open sees the cut as well.
func TestDropOnAReusedConnection(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	client := &http.Client{Transport: &http.Transport{}}
	res, err := client.Post(r.url+"/cgi-bin/stable_token", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	r.setFaults(simulator.Fault{Path: "/cgi-bin/*", Drop: simulator.DropAfter})
	if res, err := client.Post(r.url+"/cgi-bin/stable_token", "application/json", strings.NewReader("{}")); err == nil {
		_ = res.Body.Close()
		t.Error("an answer came through")
	}
}
