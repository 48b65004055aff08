package simulator_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

const phonePath = "/wxa/business/getuserphonenumber"

// tap taps the phone number button.
func (r *rig) tap(user string) simulator.PhoneData {
	r.t.Helper()
	d, err := r.PhoneNumber(app1, user)
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

func (r *rig) post(path, body string) answer {
	return r.do("POST", path, url.Values{"access_token": {r.stable(false).AccessToken}}, body)
}

// phone exchanges a code of alice, changed as told.
func phone(change func(r *rig, code string) string) func(r *rig) answer {
	return func(r *rig) answer { return r.post(phonePath, change(r, r.tap("alice").Code)) }
}

func code(_ *rig, code string) string { return `{"code":"` + code + `"}` }

// TestPhoneNumber has the lines of getPhoneNumber.
func TestPhoneNumber(t *testing.T) {
	t.Parallel()
	token := func(value string) func(r *rig) answer {
		return func(r *rig) answer {
			return r.do("POST", phonePath, url.Values{"access_token": {value}}, code(r, r.tap("alice").Code))
		}
	}
	runRows(t, []row{
		{name: "0 without any wx.login", call: phone(code), check: func(r *rig, a answer) {
			want := `"purePhoneNumber":"` + r.Users()[0].PhoneNumber + `","countryCode":"86","watermark":{"timestamp":1772424010,"appid":"` + app1 + `"}}`
			if !strings.Contains(a.text, want) {
				r.t.Errorf("got %s, want %s", a.text, want)
			}
		}},
		{name: "0 with the openid", call: phone(func(r *rig, c string) string {
			return `{"code":"` + c + `","openid":"` + r.openID(app1, "alice") + `"}`
		})},
		{name: "0 of a foreign number", call: func(r *rig) answer {
			if _, err := r.AddUser(simulator.User{Name: "hk", PhoneNumber: "+85251234567"}); err != nil {
				r.t.Fatal(err)
			}
			return r.post(phonePath, code(r, r.tap("hk").Code))
		}, check: func(r *rig, a answer) {
			if !strings.Contains(a.text, `"phoneNumber":"+85251234567","purePhoneNumber":"51234567","countryCode":"852"`) {
				r.t.Error(a.text)
			}
		}},
		{name: "40029 used code", call: phone(func(r *rig, c string) string { r.post(phonePath, code(r, c)); return code(r, c) }), errcode: 40029, errmsg: "invalid code"},
		{name: "40029 code of five minutes", call: phone(func(r *rig, c string) string { r.advance(5 * time.Minute); return code(r, c) }), errcode: 40029},
		{name: "0 code of four minutes and 59 seconds", call: phone(func(r *rig, c string) string { r.advance(5*time.Minute - time.Second); return code(r, c) })},
		{name: "40029 code of wx.login", call: phone(func(r *rig, _ string) string { return code(r, r.login(app1, "alice")) }), errcode: 40029},
		{name: "40013 code of another app", call: func(r *rig) answer {
			d, err := r.PhoneNumber(app2, "alice")
			if err != nil {
				r.t.Fatal(err)
			}
			return r.post(phonePath, code(r, d.Code))
		}, errcode: 40013},
		{name: "40003 openid of another person", call: phone(func(r *rig, c string) string { return `{"code":"` + c + `","openid":"` + r.openID(app1, "bob") + `"}` }), errcode: 40003},
		{name: "ForeignPhoneCode", switches: simulator.Switches{ForeignPhoneCode: 40029},
			call: phone(func(r *rig, c string) string { return `{"code":"` + c + `","openid":"` + r.openID(app1, "bob") + `"}` }), errcode: 40029},
		{name: "-1 busy", call: faulty(-1, phonePath, phone(code)), errcode: -1},
		{name: "45011 too often", call: faulty(45011, phonePath, phone(code)), errcode: 45011},
		{name: "44002 no body", call: phone(func(*rig, string) string { return "" }), errcode: 44002},
		{name: "47001 no JSON", call: phone(func(*rig, string) string { return "code=x" }), errcode: 47001},
		{name: "41001 no token", call: token(""), errcode: 41001},
		{name: "40014 malformed token", call: token("x"), errcode: 40014},
		{name: "40001 unknown token", call: token("57_" + strings.Repeat("x", 133)), errcode: 40001},
		{name: "43002 GET", call: func(r *rig) answer {
			return r.do("GET", phonePath, url.Values{"access_token": {r.stable(false).AccessToken}}, "")
		}, errcode: 43002},
	})
}

// TestCheckEncryptedData has the lines of checkEncryptedData.
func TestCheckEncryptedData(t *testing.T) {
	t.Parallel()
	const path = "/wxa/business/checkencryptedmsg"
	hash := func(data []byte) string { sum := sha256.Sum256(data); return hex.EncodeToString(sum[:]) }
	check := func(change func(r *rig, d simulator.PhoneData) string) func(r *rig) answer {
		return func(r *rig) answer {
			r.login(app1, "alice")
			return r.post(path, `{"encrypted_msg_hash":"`+change(r, r.tap("alice"))+`"}`)
		}
	}
	ofText := func(_ *rig, d simulator.PhoneData) string { return hash([]byte(d.EncryptedData)) }
	ofBytes := func(_ *rig, d simulator.PhoneData) string {
		b, _ := base64.StdEncoding.DecodeString(d.EncryptedData)
		return hash(b)
	}
	runRows(t, []row{
		{name: "0 sealed here", call: check(ofText), check: func(r *rig, a answer) {
			if a.text != `{"errcode":0,"errmsg":"ok","vaild":true,"create_time":1772424010}` {
				r.t.Error(a.text)
			}
		}},
		{name: "0 of almost three days", call: check(func(r *rig, d simulator.PhoneData) string {
			r.advance(3*24*time.Hour - time.Second)
			return ofText(r, d)
		})},
		{name: "1 of three days", call: check(func(r *rig, d simulator.PhoneData) string { r.advance(3 * 24 * time.Hour); return ofText(r, d) }), errcode: 1, errmsg: "data not exist"},
		{name: "1 the decoded bytes", call: check(ofBytes), errcode: 1},
		{name: "HashesDecodedMessage", switches: simulator.Switches{HashesDecodedMessage: true}, call: check(ofBytes)},
		{name: "1 other open data", call: check(func(r *rig, _ simulator.PhoneData) string {
			d, err := r.WeRun(app1, "alice")
			if err != nil {
				r.t.Fatal(err)
			}
			return hash([]byte(d.EncryptedData))
		}), errcode: 1},
		{name: "40097 no hash", call: check(func(*rig, simulator.PhoneData) string { return "" }), errcode: 40097},
		{name: "44002 no body", call: func(r *rig) answer { return r.post(path, "") }, errcode: 44002},
		{name: "47001 no JSON", call: func(r *rig) answer { return r.post(path, "x") }, errcode: 47001},
	})
}

func TestPhoneAndShareControls(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if body := control(t, r.Server, "POST", "/sim/v1/wx/phone-number", loginBody, 200, ""); !strings.Contains(body, `"code":"`) || strings.Contains(body, "encryptedData") {
		t.Errorf("before any login: %s", body)
	}
	control(t, r.Server, "POST", "/sim/v1/wx/share-info", loginBody, 409, "")
	key := r.session("alice").SessionKey
	d := r.tap("alice")
	if got := openSealed(t, key, simulator.OpenData{EncryptedData: d.EncryptedData, IV: d.IV}); !strings.HasPrefix(got, `{"phoneNumber":"1`) {
		t.Error(got)
	}
	share, err := r.ShareInfo(app1, "alice")
	if got := openSealed(t, key, share); err != nil || !strings.HasPrefix(got, `{"openGId":"tG`) {
		t.Error(got, err)
	}
	control(t, r.Server, "POST", "/sim/v1/wx/phone-number", `{"appid":"`+app1+`","user":"nobody"}`, 404, "")
}
