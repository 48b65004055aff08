package server_test

import (
	"strings"
	"testing"
)

// TestBusiness_Phone looks users up by their number, and shows it whole to a key
// that may read it, and to no other.
func TestBusiness_Phone(t *testing.T) {
	t.Parallel()
	r := newBusinessRig(t)
	alice := r.login(shopApp, "alice")
	r.login(otherApp, "bob")
	tap, err := r.sim.PhoneNumber(shopApp, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if a := r.call("POST", "/v1/me/phone", "Bearer "+alice.at("access_token"), map[string]string{"code": tap.Code}); a.status != 200 {
		t.Fatalf("phone: %d %s", a.status, a.text)
	}
	user := userOf(alice, "id")
	k, plain := bearer(r.key("users:read phone:read")), bearer(r.key("users:read"))
	other := bearer(r.key("users:read phone:read", otherApp))
	whole := r.call("GET", "/v1/server/users/"+user, k, nil).at("phone_number")
	if !strings.HasPrefix(whole, "+861") || len(whole) != 14 {
		t.Fatalf("the number is shown as %q", whole)
	}
	for _, path := range []string{"/v1/server/users/" + user, "/v1/server/users"} {
		if a := r.call("GET", path, plain, nil); !strings.Contains(a.text, "****") || strings.Contains(a.text, whole[3:]) {
			t.Errorf("without phone:read: %s", a.text)
		}
	}
	for what, c := range map[string]struct {
		key, number string
		status      int
		code        string
	}{
		"found":            {k, whole, 200, ""},
		"without country":  {k, whole[3:], 200, ""},
		"nobody's":         {k, "+8613999999990", 404, "not_found"},
		"no number":        {k, "alice", 400, "invalid_request"},
		"no scope":         {plain, whole, 403, "insufficient_scope"},
		"of another app's": {other, whole, 404, "not_found"},
	} {
		a := r.call("POST", "/v1/server/users/lookup", c.key, map[string]string{"phone_number": c.number})
		if a.status != c.status || a.at("code") != c.code || (c.status == 200 && a.at("id") != user) {
			t.Errorf("%s: %d %s", what, a.status, a.text)
		}
	}
	if strings.Contains(r.log.String(), whole[3:]) || strings.Contains(r.files(), whole[3:]) {
		t.Error("the number stands in a log or a file")
	}
}
