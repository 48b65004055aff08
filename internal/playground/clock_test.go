package playground_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/playground"
)

func TestClock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "clock.json")
	c, err := playground.OpenClock(path)
	if err != nil || c.Offset() != 0 {
		t.Fatal(c, err)
	}
	if err := c.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := c.Advance(30 * time.Minute); err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{-time.Second, time.Millisecond, 11 * 365 * 24 * time.Hour, 10 * 365 * 24 * time.Hour} {
		if err := c.Advance(d); err == nil {
			t.Errorf("%s was taken", d)
		}
	}
	if ahead := time.Until(c.Now()); ahead < 89*time.Minute || ahead > 91*time.Minute {
		t.Errorf("it is %s ahead", ahead)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("%v", entries)
	}
	again, err := playground.OpenClock(path)
	if err != nil || again.Offset() != 90*time.Minute {
		t.Errorf("after a restart %v, %v", again, err)
	}
	for _, damaged := range []string{"", "{", `{"offset_seconds":-1}`, `{"offset_seconds":99999999999}`, `{"offset_seconds":"1"}`} {
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := playground.OpenClock(path); err == nil || !strings.Contains(err.Error(), "clock.json") {
			t.Errorf("%q: %v", damaged, err)
		}
	}
}

// Whatever has an age follows the clock: tokens, sessions, and all of that after
// a restart too.
func TestTimePasses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newRig(t, rigOptions{dir: dir})
	l := r.listen("")
	granted := r.granted(r.login(l, "c1", r.code(app1, "alice"), key1))
	me := func(r *rig, l *listener, id string, with map[string]any) map[string]any {
		r.send(id, "GET", r.url+"/v1/me", map[string]any{"header": bearer(with)})
		return l.result(id)
	}
	wants := func(got map[string]any, status float64, code string) {
		t.Helper()
		if text, _ := got["data"].(string); got["status_code"] != status || !strings.Contains(text, code) {
			t.Errorf("%v, want %v %s", got, status, code)
		}
	}
	refresh := func(r *rig, l *listener, id string, with map[string]any) map[string]any {
		r.send(id, "POST", r.url+"/v1/refresh", map[string]any{"data": `{"refresh_token":"` + with["refresh_token"].(string) + `"}`})
		return l.result(id)
	}
	a := r.page("POST", "/clock", `{"advance":960,"what":"hufu"}`, 200)
	if !strings.Contains(string(a.body), `"clock":{"hufu":960,"wechat":0}`) {
		t.Errorf("%s", a.body)
	}
	l.wait("the new state", func(e event) bool { return e.name == "state" && strings.Contains(e.raw, `"hufu":960`) })
	wants(me(r, l, "c2", granted), 401, "token_expired")
	granted = r.granted(refresh(r, l, "c3", granted))
	wants(me(r, l, "c4", granted), 200, "usr_")

	const month = 31 * 24 * 3600
	r.page("POST", "/clock", `{"advance":2678400,"what":"both"}`, 200)
	wants(refresh(r, l, "c5", granted), 401, "token_expired")
	granted = r.granted(r.login(l, "c6", r.code(app1, "alice"), key2))
	wants(me(r, l, "c7", granted), 200, "usr_")
	spent := r.code(app1, "carol")
	unheard := r.granted(r.login(l, "c13", spent, key1))
	r.stop()

	again := newRig(t, rigOptions{dir: dir, listen: r.host})
	l = again.listen("")
	state := l.all()[0]
	if !strings.Contains(state.raw, `"clock":{"hufu":2679360,"wechat":0}`) {
		t.Errorf("after a restart: %s, want %d", state.raw, month+960)
	}
	wants(me(again, l, "c8", granted), 200, "usr_")
	second := again.granted(again.login(l, "c9", again.code(app1, "alice"), key1))
	if second["user"].(map[string]any)["id"] != granted["user"].(map[string]any)["id"] {
		t.Error("another person")
	}
	// A login whose answer was lost before the restart is given again.
	if heard := again.granted(again.login(l, "c14", spent, key1)); heard["session_id"] != unheard["session_id"] {
		t.Error("a login repeated after the restart made another session")
	}
	// The replay of a login looks for codes of the last minutes, by the clock.
	code := again.code(app1, "bob")
	first := again.granted(again.login(l, "c10", code, key1))
	repeated := again.granted(again.login(l, "c11", code, key1))
	if first["session_id"] != repeated["session_id"] {
		t.Error("a repeated login made another session")
	}
	again.page("POST", "/sessions/end", `{"session_id":"`+second["session_id"].(string)+`"}`, 204)
	wants(me(again, l, "c12", second), 401, "session_revoked")
}

func TestClockRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	for _, body := range []string{
		`{"advance":-1,"what":"hufu"}`, `{"advance":1.5,"what":"hufu"}`, `{"what":"hufu"}`, `{"advance":1}`, `{"advance":1,"what":"moon"}`,
		`{"advance":9999999999,"what":"both"}`,
	} {
		r.page("POST", "/clock", body, 400)
	}
	if ahead := r.sim.Advanced(); ahead != 0 {
		t.Errorf("WeChat's clock was moved by %s", ahead)
	}
	r.page("POST", "/sessions/end", `{"session_id":"x"}`, 404)
	r.page("POST", "/sessions/end", `{}`, 404)
}

// Years later, keys were replaced and everybody's session is over; logging in
// works as ever.
func TestYearsPass(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newRig(t, rigOptions{dir: dir})
	l := r.listen("")
	r.granted(r.login(l, "c1", r.code(app1, "alice"), key1))
	r.page("POST", "/clock", `{"advance":283824000,"what":"both"}`, 200)
	granted := r.granted(r.login(l, "c2", r.code(app1, "alice"), key2))
	r.send("c3", "GET", r.url+"/sample/notes", map[string]any{"header": bearer(granted)})
	if got := l.result("c3"); got["status_code"] != 200.0 {
		t.Errorf("%v", got)
	}
	r.stop()
	again := newRig(t, rigOptions{dir: dir, listen: r.host})
	l = again.listen("")
	again.send("c4", "POST", again.url+"/v1/refresh", map[string]any{"data": `{"refresh_token":"` + granted["refresh_token"].(string) + `"}`})
	refreshed := again.granted(l.result("c4"))
	again.send("c5", "GET", again.url+"/sample/notes", map[string]any{"header": bearer(refreshed)})
	if got := l.result("c5"); got["status_code"] != 200.0 {
		t.Errorf("%v", got)
	}
}
