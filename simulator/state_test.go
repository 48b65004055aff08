package simulator_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

func TestPeople(t *testing.T) {
	t.Parallel()
	t.Run("ARestartKnowsTheSame", func(t *testing.T) {
		t.Parallel()
		a, b := newRig(t), newRig(t)
		b.addApp(simulator.App{AppID: "wx1111111111111111", Secret: "s", OpenAccount: "other"})
		if _, err := b.AddUser(simulator.User{Name: "dave"}); err != nil {
			t.Fatal(err)
		}
		first, second := a.session("alice"), b.session("alice")
		if first.OpenID != second.OpenID || first.UnionID != second.UnionID {
			t.Errorf("%s and %s", first.text, second.text)
		}
		if x, y := a.Users()[0], b.Users()[0]; x != y {
			t.Errorf("%+v and %+v", x, y)
		}
		if first.SessionKey == second.SessionKey {
			t.Error("session keys must not repeat")
		}
	})
	t.Run("AnotherSeedMakesOthers", func(t *testing.T) {
		t.Parallel()
		a, b := newRig(t), newRig(t, func(s *simulator.Server) { s.Seed = 1 })
		if a.openID(app1, "alice") == b.openID(app1, "alice") || a.Users()[0].PhoneNumber == b.Users()[0].PhoneNumber {
			t.Error("the seed changed nothing")
		}
	})
	t.Run("UnionIDIsPerOpenAccount", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.addApp(simulator.App{AppID: "wx3", Secret: "s", OpenAccount: "other"})
		union := func(app string) string {
			id, err := r.UnionID(app, "alice")
			if err != nil {
				t.Fatal(err)
			}
			return id
		}
		if union(app1) != union(app2) {
			t.Error("two apps of one account differ")
		}
		if union(app1) == union("wx3") {
			t.Error("two accounts share a unionid")
		}
		if r.openID(app1, "alice") == r.openID(app2, "alice") {
			t.Error("two apps share an openid")
		}
	})
	t.Run("MovingAnAppChangesItsUnionIDs", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		before := r.session("alice")
		r.addApp(simulator.App{AppID: app1, Secret: secret1, OpenAccount: "other"})
		after := r.session("alice")
		if before.OpenID != after.OpenID || before.UnionID == after.UnionID {
			t.Errorf("%s and %s", before.text, after.text)
		}
	})
	t.Run("IDsAndNamesBothName", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		a := r.exchange(r.login(app1, r.Users()[1].ID))
		if a.OpenID != r.openID(app1, "bob") {
			t.Errorf("got %s", a.text)
		}
	})
	t.Run("Shapes", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		code, phone := r.login(app1, "alice"), r.Users()[0].PhoneNumber
		if !regexp.MustCompile(`^0[0-9A-Za-z]{31}$`).MatchString(code) {
			t.Errorf("code %q", code)
		}
		if !regexp.MustCompile(`^1[3-9][0-9]{9}$`).MatchString(phone) {
			t.Errorf("phone number %q", phone)
		}
	})
	t.Run("Strangers", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		if _, err := r.Login(app1, "mallory"); !errors.Is(err, simulator.ErrUnknownUser) {
			t.Errorf("got %v", err)
		}
		if _, err := r.Login("wx0", "alice"); !errors.Is(err, simulator.ErrUnknownApp) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("BadOnesAreRefused", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		for name, u := range map[string]simulator.User{
			"no name": {}, "looks like an id": {Name: "psn_0123456789abcdef"}, "control": {Name: "a\nb"}, "long": {Name: strings.Repeat("x", 65)},
			"not UTF-8": {Name: "\xff"}, "phone": {Name: "x", PhoneNumber: "1 2"},
		} {
			if _, err := r.AddUser(u); !errors.Is(err, simulator.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, a := range map[string]simulator.App{
			"no appid": {Secret: "s"}, "no secret": {AppID: "wx1"}, "type": {AppID: "wx1", Secret: "s", Type: "toaster"}, "space": {AppID: "wx 1", Secret: "s"},
		} {
			if err := r.AddApp(a); !errors.Is(err, simulator.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestReset(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	code := r.login(app1, "alice")
	token := r.token().AccessToken
	r.addApp(simulator.App{AppID: "wx9", Secret: "s"})
	r.block("bob")
	r.setFaults(simulator.Fault{Path: "/wxa/*", Errcode: -1})
	if err := r.SetSwitches(simulator.Switches{AnyGrantType: true}); err != nil {
		t.Fatal(err)
	}
	r.advance(time.Hour)
	r.Reset()
	if n := len(r.Requests()); n != 0 {
		t.Errorf("%d calls are still in the journal", n)
	}
	if len(r.Faults()) != 0 || len(r.Apps()) != 2 || len(r.Users()) != 3 || r.Users()[1].Blocked {
		t.Errorf("left: %+v %+v %+v", r.Faults(), r.Apps(), r.Users())
	}
	if a := r.exchange(code); a.Errcode != 40029 {
		t.Errorf("a code outlived the reset: %s", a.text)
	}
	r.wantUse("a token from before", token, 40001)
	if a := sns(without("grant_type"))(r); a.Errcode != 40002 {
		t.Errorf("a switch outlived the reset: %s", a.text)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	r := newRig(t, atNoon)
	for _, d := range []time.Duration{-1, 101 * 365 * 24 * time.Hour} {
		if err := r.Advance(d); !errors.Is(err, simulator.ErrInvalid) {
			t.Errorf("%s: %v", d, err)
		}
	}
	r.advance(60 * 365 * 24 * time.Hour)
	if err := r.Advance(60 * 365 * 24 * time.Hour); !errors.Is(err, simulator.ErrInvalid) {
		t.Errorf("the sum has no bound: %v", err)
	}
	r.exchange("x")
	if got := r.Requests()[0].Time; !got.Equal(noon) {
		t.Errorf("the journal is stamped %s, not with the real time", got)
	}
}

// Fifty phones and servers at once: each code is worth one session.
func TestCodesUnderConcurrency(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	codes := []string{r.login(app1, "alice"), r.login(app1, "bob")}
	var mu sync.Mutex
	got := make(map[string]int)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			a := r.exchange(codes[i%2])
			if _, err := r.Login(app1, "carol"); err != nil {
				t.Error(err)
			}
			_ = r.Requests()
			mu.Lock()
			defer mu.Unlock()
			got[fmt.Sprint(a.Errcode, a.OpenID != "")]++
		})
	}
	wg.Wait()
	if got["0 true"] != 2 || got["40163 false"] != 48 {
		t.Errorf("got %v, want two sessions and 48 refusals", got)
	}
}
