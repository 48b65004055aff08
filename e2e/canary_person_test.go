package e2e_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/simulator"
)

// personalLife is all that somebody tells of themselves, rightly and wrongly, and
// a service of the business's that looks at them. It returns their phone number,
// which nobody is ever shown whole.
func (r *canaryRun) personalLife(w *weChat, s *site, appid string) (number string) {
	r.t.Helper()
	const name = "canary-person"
	digits, err := rand.Int(rand.Reader, big.NewInt(1e9))
	if err != nil {
		r.t.Fatal(err)
	}
	number = fmt.Sprintf("19%09d", digits)
	if _, err := w.AddUser(simulator.User{Name: name, PhoneNumber: number}); err != nil {
		r.t.Fatal(err)
	}
	in, a := r.login(appid, w.code(appid, name), "canary-key-of-a-person")
	if a.status != 200 {
		r.t.Fatalf("%d %s", a.status, a.body)
	}
	auth := bearer(in.AccessToken)
	auth.Set("Content-Type", "application/json")
	phone, err := w.PhoneNumber(appid, name)
	if err != nil {
		r.t.Fatal(err)
	}
	steps, err := w.WeRun(appid, name)
	if err != nil {
		r.t.Fatal(err)
	}
	profile, err := w.UserProfile(appid, name, simulator.GetUserInfo)
	if err != nil {
		r.t.Fatal(err)
	}
	sealedNumber := simulator.OpenData{EncryptedData: phone.EncryptedData, IV: phone.IV}
	for _, d := range []simulator.OpenData{sealedNumber, steps, profile} {
		r.c.add(r.c.owners, d.EncryptedData, d.IV)
	}
	r.c.add(r.c.owners, phone.Code, profile.Signature)
	sealed := func(d simulator.OpenData) string {
		return fmt.Sprintf(`"encrypted_data":%q,"iv":%q`, d.EncryptedData, d.IV)
	}
	info := fmt.Sprintf(`{"raw_data":%s,"signature":%q,%s}`, jsonOf(profile.RawData), profile.Signature, sealed(profile))
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/v1/me/phone", `{"code":"` + phone.Code + `"}`, 200},
		{"/v1/me/phone", `{"code":"` + phone.Code + `x"}`, 422},
		{"/v1/me/phone", `{` + sealed(sealedNumber) + `}`, 400}, // this app takes none
		{"/v1/me/decrypt", `{` + sealed(steps) + `}`, 200},
		{"/v1/me/decrypt", `{` + strings.Replace(sealed(steps), `"iv":"`, `"iv":"A`, 1) + `}`, 422},
		{"/v1/me/decrypt", `{` + sealed(steps) + `,"` + steps.IV + `":1}`, 400},
		{"/v1/me/userinfo", info, 200},
		{"/v1/me/userinfo", strings.Replace(info, `"signature":"`, `"signature":"0`, 1), 422},
	} {
		if a := r.call("POST", c.path, auth, c.body); a.status != c.status {
			r.t.Errorf("%s: %d %s, want %d", c.path, a.status, a.body, c.status)
		}
	}

	p := run(r.t, s.dir, nil, "key", "create", "--config", "hufu.yaml", "--name", "canary", "--scope", "users:read,phone:read,tokens:introspect")
	key := p.find(&p.stdout, `key\s+(hfk_\S+)`)
	r.c.add(r.c.never, key, key[len(key)-40:])
	business := bearer(key)
	business.Set("Content-Type", "application/json")
	for body, status := range map[string]int{`{"phone_number":"+8613000000000"}`: 404, `{"external_id":"` + key + `"}`: 404, `{"` + key + `":1}`: 400} {
		if a := r.call("POST", "/v1/server/users/lookup", business, body); a.status != status {
			r.t.Errorf("lookup: %d %s, want %d", a.status, a.body, status)
		}
	}
	r.call("POST", "/v1/server/users/lookup", bearer(key+"x"), `{}`)
	r.call("GET", "/v1/me", bearer(key), "")
	return number
}

// wantNowhere looks for what is too short for search.
func wantNowhere(t *testing.T, places map[string][]byte, what, text string) {
	t.Helper()
	for where, held := range places {
		if bytes.Contains(held, []byte(text)) {
			t.Errorf("%s holds the %s", where, what)
		}
	}
}
