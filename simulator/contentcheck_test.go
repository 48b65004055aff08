package simulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

// TestMsgSecCheck has the lines of msgSecCheck.
func TestMsgSecCheck(t *testing.T) {
	t.Parallel()
	check := func(text string, version, scene int, openID func(*rig) string) func(r *rig) answer {
		return func(r *rig) answer {
			if _, err := r.Login(app1, "alice"); err != nil {
				r.t.Fatal(err)
			}
			return r.post("/wxa/msg_sec_check", fmt.Sprintf(`{"content":%q,"version":%d,"scene":%d,"openid":%q}`, text, version, scene, openID(r)))
		}
	}
	alice := func(r *rig) string { return r.openID(app1, "alice") }
	suggests := func(want string) func(*rig, answer) {
		return func(r *rig, a answer) {
			if !strings.Contains(a.text, `"suggest":"`+want+`"`) {
				r.t.Errorf("got %s, want %s", a.text, want)
			}
		}
	}
	runRows(t, []row{
		{name: "0 pass", call: check("Alice", 2, 1, alice), check: suggests("pass")},
		{name: "0 risky", call: check("a"+simulator.RiskyWord, 2, 1, alice), check: suggests("risky")},
		{name: "0 review", call: check("a"+simulator.ReviewWord, 2, 4, alice), check: suggests("review")},
		{name: "40129 no scene", call: check("Alice", 2, 0, alice), errcode: 40129},
		{name: "40129 version 1", call: check("Alice", 1, 1, alice), errcode: 40129},
		{name: "40129 too long", call: check(strings.Repeat("a", 2501), 2, 1, alice), errcode: 40129},
		{name: "40003 unknown", call: check("Alice", 2, 1, func(*rig) string { return "oX" }), errcode: 40003},
		{name: "61010 never came", call: check("Alice", 2, 1, func(r *rig) string { return r.openID(app1, "bob") }), errcode: 61010},
		{name: "61010 not since a restart", call: func(r *rig) answer {
			before := newRig(r.t, atNoon).openID(app1, "bob")
			return check("Bob", 2, 1, func(*rig) string { return before })(r)
		}, errcode: 61010},
		{name: "61010 long ago", call: func(r *rig) answer {
			if _, err := r.Login(app1, "bob"); err != nil {
				r.t.Fatal(err)
			}
			if err := r.Advance(2 * time.Hour); err != nil {
				r.t.Fatal(err)
			}
			return check("Bob", 2, 1, func(r *rig) string { return r.openID(app1, "bob") })(r)
		}, errcode: 61010},
	})
}
