package simulator_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

// told is what a page and its server learn of a person.
type told struct {
	NickName, City, Province, Country, AvatarURL, OpenID, UnionID string
	Gender                                                        int
}

func (r *rig) told(key string, api simulator.ProfileAPI) told {
	r.t.Helper()
	d, err := r.UserProfile(app1, "alice", api)
	if err != nil {
		r.t.Fatal(err)
	}
	var raw, sealed told
	if err := errors.Join(json.Unmarshal([]byte(d.RawData), &raw), json.Unmarshal([]byte(openSealed(r.t, key, d)), &sealed)); err != nil {
		r.t.Fatal(err)
	}
	bare := sealed
	bare.OpenID, bare.UnionID = "", ""
	if raw != bare {
		r.t.Errorf("rawData tells %+v, the sealed data %+v", raw, bare)
	}
	return sealed
}

func TestProfileRules(t *testing.T) {
	t.Parallel()
	const whole, names, anonymous = "whole", "names", "anonymous"
	for _, c := range []struct {
		rules                       simulator.ProfileRules
		getUserInfo, getUserProfile string
	}{
		{"", anonymous, anonymous},
		{simulator.ProfilesToday, anonymous, anonymous},
		{simulator.Profiles2021, anonymous, names},
		{simulator.Profiles2020, whole, whole},
	} {
		t.Run("rules "+string(c.rules), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if _, err := r.AddUser(simulator.User{Name: "alice", Nickname: "爱丽丝"}); err != nil {
				t.Fatal(err)
			}
			if err := r.SetProfileRules(c.rules); err != nil {
				t.Fatal(err)
			}
			a := r.session("alice")
			for api, want := range map[simulator.ProfileAPI]string{simulator.GetUserInfo: c.getUserInfo, simulator.GetUserProfile: c.getUserProfile} {
				got := r.told(a.SessionKey, api)
				grey := strings.Contains(got.AvatarURL, "POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg")
				if real := want != anonymous; (got.NickName == "爱丽丝") != real || grey == real || (got.NickName == "微信用户") == real {
					t.Errorf("%s: %+v, want %s", api, got, want)
				}
				if all := want == whole; (got.Gender != 0) != all || (got.Country != "") != all || (got.Province != "") != all || (got.City != "") != all {
					t.Errorf("%s: %+v, want %s", api, got, want)
				}
				if ids := api == simulator.GetUserInfo; (got.OpenID == a.OpenID) != ids || (got.UnionID == a.UnionID) != ids {
					t.Errorf("%s: ids %q %q", api, got.OpenID, got.UnionID)
				}
			}
		})
	}
	t.Run("ARealAvatarIsTheOneThatWasSet", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, withSwitches(simulator.Switches{ProfileRules: simulator.Profiles2021}))
		a := r.session("alice")
		if first := r.told(a.SessionKey, "").AvatarURL; !strings.HasPrefix(first, "https://thirdwx.qlogo.cn/") {
			t.Errorf("the avatar of who has none set: %q", first)
		}
		if _, err := r.AddUser(simulator.User{Name: "alice", AvatarURL: "https://example.com/a.png"}); err != nil {
			t.Fatal(err)
		}
		if got := r.told(a.SessionKey, "").AvatarURL; got != "https://example.com/a.png" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("UnknownRulesAreRefused", func(t *testing.T) {
		t.Parallel()
		var s simulator.Server
		if err := s.SetProfileRules("2019"); !errors.Is(err, simulator.ErrInvalid) {
			t.Errorf("got %v", err)
		}
		if err := s.SetSwitches(simulator.Switches{ProfileRules: "2019"}); !errors.Is(err, simulator.ErrInvalid) {
			t.Errorf("got %v", err)
		}
		if got := s.ProfileRules(); got != simulator.ProfilesToday {
			t.Errorf("the zero value has %q", got)
		}
	})
}

// The control changes the rules alone, strictly; a reset undoes it.
func TestProfileRulesControl(t *testing.T) {
	t.Parallel()
	s := &simulator.Server{Switches: simulator.Switches{Hints: true}}
	call := func(method, path, body string) (int, string) {
		rec := send(s, method, "localhost", path, body, map[string]string{"Content-Type": "application/json"})
		return rec.Code, strings.TrimSpace(rec.Body.String())
	}
	const path = "/sim/v1/profile-rules"
	for _, c := range []struct {
		method, path, body string
		code               int
		want               string
	}{
		{http.MethodGet, path, "", 200, `{"rules":"today"}`},
		{http.MethodPut, path, `{"rules":"2021"}`, 200, `{"rules":"2021"}`},
		{http.MethodGet, "/sim/v1/switches", "", 200, `"profile_rules":"2021"`},
		{http.MethodGet, "/sim/v1/switches", "", 200, `"hints":true`},
		{http.MethodPut, path, `{}`, 400, "2020, 2021 or today"},
		{http.MethodPut, path, `{"rules":""}`, 400, "2020, 2021 or today"},
		{http.MethodPut, path, `{"rules":"2022"}`, 400, "2020, 2021 or today"},
		{http.MethodPut, path, `{"rules":2021}`, 400, "body"},
		{http.MethodPut, path, `{"rules":"2020","hints":false}`, 400, "unknown field"},
		{http.MethodGet, path, "", 200, `{"rules":"2021"}`},
		{http.MethodPut, "/sim/v1/switches", `{"profile_rules":"2022"}`, 400, "2020, 2021 or today"},
		{http.MethodPut, "/sim/v1/switches", `{"profile_rules":"2020"}`, 200, `"profile_rules":"2020"`},
		{http.MethodPost, "/sim/v1/reset", "", 204, ""},
		{http.MethodGet, path, "", 200, `{"rules":"today"}`},
	} {
		if code, text := call(c.method, c.path, c.body); code != c.code || !strings.Contains(text, c.want) {
			t.Errorf("%s %s %s: %d %s, want %d and %s", c.method, c.path, c.body, code, text, c.code, c.want)
		}
	}
}
