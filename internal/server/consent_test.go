package server_test

import (
	"strings"
	"testing"
	"time"
)

// TestConsent_Refused walks what can't be a consent; none of it costs a code.
func TestConsent_Refused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	code, err := r.sim.Login(app1, "alice")
	must(t, err)
	now := time.Now().UTC()
	ok := now.Format(time.RFC3339)
	login := func(consent any) answer {
		t.Helper()
		return r.call("POST", "/v1/login", "", map[string]any{"appid": app1, "code": code, "consent": consent})
	}
	for name, tt := range map[string]struct {
		consent any
		field   string
	}{
		"NoObject":      {"2026-05", "consent"},
		"List":          {[]any{}, "consent"},
		"Unknown":       {map[string]any{"policy_version": "1", "agreed_at": ok, "ip": "x"}, "consent.ip"},
		"WrongCase":     {map[string]any{"Policy_version": "1", "agreed_at": ok}, "consent.Policy_version"},
		"NoVersion":     {map[string]any{"agreed_at": ok}, "consent.policy_version"},
		"NullVersion":   {map[string]any{"policy_version": nil, "agreed_at": ok}, "consent.policy_version"},
		"NumberVersion": {map[string]any{"policy_version": 2, "agreed_at": ok}, "consent.policy_version"},
		"EmptyVersion":  {map[string]any{"policy_version": "", "agreed_at": ok}, "consent.policy_version"},
		"LongVersion":   {map[string]any{"policy_version": strings.Repeat("版", 65), "agreed_at": ok}, "consent.policy_version"},
		"ControlInside": {map[string]any{"policy_version": "a\nb", "agreed_at": ok}, "consent.policy_version"},
		"BidiInside":    {map[string]any{"policy_version": "a\u202eb", "agreed_at": ok}, "consent.policy_version"},
		"NoTime":        {map[string]any{"policy_version": "1"}, "consent.agreed_at"},
		"NullTime":      {map[string]any{"policy_version": "1", "agreed_at": nil}, "consent.agreed_at"},
		"UnixTime":      {map[string]any{"policy_version": "1", "agreed_at": now.Unix()}, "consent.agreed_at"},
		"DayAlone":      {map[string]any{"policy_version": "1", "agreed_at": "2026-05-01"}, "consent.agreed_at"},
		"NoZone":        {map[string]any{"policy_version": "1", "agreed_at": "2026-05-01T00:00:00"}, "consent.agreed_at"},
		"Before2017":    {map[string]any{"policy_version": "1", "agreed_at": "2016-12-31T23:59:59Z"}, "consent.agreed_at"},
		"Future":        {map[string]any{"policy_version": "1", "agreed_at": now.Add(25 * time.Hour).Format(time.RFC3339)}, "consent.agreed_at"},
	} {
		a := login(tt.consent)
		if a.status != 400 || a.code() != "invalid_request" || a.body["field"] != tt.field {
			t.Errorf("%s: %d, field %v, want %s: %s", name, a.status, a.body["field"], tt.field, a.text)
		}
	}
	if n := r.asked("/sns/jscode2session"); n != 0 {
		t.Errorf("WeChat was asked %d times", n)
	}
	r.want(login(map[string]any{"policy_version": strings.Repeat("版", 64), "agreed_at": "2026-05-01T08:00:00.123+08:00"}), 200, "")
	code, err = r.sim.Login(app1, "bob")
	must(t, err)
	r.want(login(nil), 200, "")
}

// TestConsent_NotAsserted: a business's own service logs in a person who is not
// there to agree.
func TestConsent_NotAsserted(t *testing.T) {
	t.Parallel()
	rig := newBusinessRig(t)
	a := rig.call("POST", "/v1/server/sessions", "Bearer "+rig.key("login:assert").key,
		map[string]any{"appid": shopApp, "openid": "o1", "consent": map[string]any{"policy_version": "1", "agreed_at": "2026-05-01T00:00:00Z"}})
	if a.status != 400 || a.at("field") != "consent" {
		t.Errorf("%d %s", a.status, a.text)
	}
}
