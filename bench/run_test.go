package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's own program play the roles, as the benchmark does.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "role" {
		os.Exit(runRole(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func TestStub(t *testing.T) {
	t.Parallel()
	stub := httptest.NewServer(stubHandler())
	t.Cleanup(stub.Close)
	ask := func(code string) (answer map[string]any) {
		t.Helper()
		response, err := http.Get(stub.URL + "/sns/jscode2session?appid=a&secret=s&js_code=" + code + "&grant_type=authorization_code")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	if got := ask(string(loginCode{person: 7, nonce: 1}.append(nil))); got["openid"] != openIDOf(7) || got["session_key"] != sessionKeyOf(7) || len(got) != 2 {
		t.Errorf("answer %v", got)
	}
	begin := time.Now()
	got := ask(string(loginCode{person: 7, nonce: 2, union: true, delay: 30 * time.Millisecond}.append(nil)))
	if got["openid"] != openIDOf(7) || got["unionid"] != unionIDOf(7) {
		t.Errorf("answer %v", got)
	}
	if took := time.Since(begin); took < 30*time.Millisecond {
		t.Errorf("answered after %s", took)
	}
	if got := ask("nonsense"); got["errcode"] != 40029.0 {
		t.Errorf("answer %v", got)
	}
}

func TestFloor(t *testing.T) {
	t.Parallel()
	stub := httptest.NewServer(stubHandler())
	t.Cleanup(stub.Close)
	floor := httptest.NewServer(floorHandler(stub.URL, 1000))
	t.Cleanup(floor.Close)
	addr := strings.TrimPrefix(floor.URL, "http://")

	got, err := ask(t.Context(), addr, appendLogin(nil, loginCode{person: 1, nonce: 1}))
	if err != nil || got.status != http.StatusOK || len(got.body) != 1000 || !json.Valid(got.body) {
		t.Errorf("answered %d with %d bytes, %v", got.status, len(got.body), err)
	}
	// It must have asked: what the stub refuses, it refuses.
	bad := bytes.Replace(appendLogin(nil, loginCode{nonce: 2}), []byte(`"code":"p`), []byte(`"code":"x`), 1)
	if got, err := ask(t.Context(), addr, bad); err != nil || got.status != http.StatusBadGateway {
		t.Errorf("a refused code was answered %d, %v", got.status, err)
	}
}

func TestLimitedEndsATraffic(t *testing.T) {
	t.Parallel()
	l := &limited{traffic: &logins{counters: &counters{}}, left: 2}
	for i, want := range []bool{true, true, false, false} {
		if _, more := l.next(nil); more != want {
			t.Errorf("request %d: %v", i, more)
		}
	}
}

// TestMeasure runs the method on processes of its own, without a server of ours:
// a floor, one with a larger answer, and one that fails.
func TestMeasure(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the benchmark reads Linux's /proc")
	}
	b := &bench{out: io.Discard, options: options{rounds: 2, warmUp: 5 * time.Millisecond, slice: 30 * time.Millisecond}}
	var err error
	if b.cores, err = allowedCores(); err != nil {
		t.Fatal(err)
	}
	started := func(p *process, err error) *process {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.kill)
		return p
	}
	b.stub = started(startRole("stub", roleStub))
	asked := &logins{counters: &b.counters, people: 10}
	s := scenario{name: "test", connections: 2, goals: []goal{rateAtLeast(0.0001, 0.0001)}, targets: []target{
		{name: "floor", process: started(startFloor("floor", roleFloor, b.upstream(), 0)), traffic: asked},
		{name: "larger", process: started(startFloor("larger", roleFloor, b.upstream(), 1500)), traffic: asked, judged: true},
	}}
	r := measured(t, b, s)
	if len(b.problems) > 0 {
		t.Errorf("problems: %q", b.problems)
	}
	// The hypervisor may have taken slices away, but then they were noted.
	if len(r.slices)+r.rejected < 5 {
		t.Errorf("%d slices and %d thrown away, want 5 at least", len(r.slices), r.rejected)
	}
	for _, got := range r.slices {
		if got.rate <= 0 || got.serverCPU <= 0 || got.stubCPU <= 0 || got.generatorCPU <= 0 {
			t.Errorf("slice %+v", got)
		}
	}
	var out bytes.Buffer
	b.out = &out
	b.printScenario(r)
	b.printVerdicts()
	if len(r.slices) == 5 && !strings.Contains(out.String(), "| yes |") {
		t.Errorf("no verdict in\n%s", out.String())
	}

	s.targets[1].process = started(startFloor("broken", roleFloor, "http://127.0.0.1:1", 0))
	if measured(t, b, s); len(b.problems) == 0 {
		t.Error("failed requests are no problem")
	}
}

// measured measures s in slices that are long enough for something to be
// answered in each: on a machine under load that is not said of 30 ms.
func measured(t *testing.T, b *bench, s scenario) *results {
	t.Helper()
	for ; ; b.options.slice *= 4 {
		r, err := b.measure(t.Context(), s)
		if err == nil {
			return r
		}
		if !strings.Contains(err.Error(), "nothing was answered") || b.options.slice > 5*time.Second {
			t.Fatal(err)
		}
	}
}

func TestParseOptions(t *testing.T) {
	t.Parallel()
	o, err := parseOptions([]string{"-quick", "-only", "^login-64$"}, io.Discard)
	if err != nil || !o.wants("login-64") || o.wants("login-64-slow") || o.slice >= 500*time.Millisecond {
		t.Errorf("options %+v, %v", o, err)
	}
	for _, args := range [][]string{{"-only", "("}, {"stray"}, {"-nonsense"}} {
		if _, err := parseOptions(args, io.Discard); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}
