package server_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/web"
	"github.com/hufu-id/hufu/simulator"
)

func realProfiles(r *rig) {
	must(r.t, r.sim.SetSwitches(simulator.Switches{ProfileRules: simulator.Profiles2020}))
}

// info is a body for /v1/me/userinfo.
func info(d simulator.OpenData) map[string]string {
	return map[string]string{"raw_data": d.RawData, "signature": d.Signature, "encrypted_data": d.EncryptedData, "iv": d.IV}
}

// sealedBody is a body for /v1/me/decrypt.
func sealedBody(d simulator.OpenData) map[string]string {
	return map[string]string{"encrypted_data": d.EncryptedData, "iv": d.IV}
}

func (r *rig) profile(user string) simulator.OpenData {
	r.t.Helper()
	d, err := r.sim.UserProfile(app1, user, simulator.GetUserInfo)
	must(r.t, err)
	return d
}

func (r *rig) steps(user string) simulator.OpenData {
	r.t.Helper()
	d, err := r.sim.WeRun(app1, user)
	must(r.t, err)
	return d
}

// forge seals a text as somebody could who had forged every byte of it.
func (r *rig) forge(user, text string) simulator.OpenData {
	r.t.Helper()
	key, err := r.sim.SessionKey(app1, user)
	must(r.t, err)
	raw, err := base64.StdEncoding.DecodeString(key)
	must(r.t, err)
	block, err := aes.NewCipher(raw)
	must(r.t, err)
	iv, data := make([]byte, 16), []byte(text)
	pad := 16 - len(data)%16
	data = append(data, strings.Repeat(string(rune(pad)), pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
	return simulator.OpenData{EncryptedData: base64.StdEncoding.EncodeToString(data), IV: base64.StdEncoding.EncodeToString(iv)}
}

func watermark(at time.Time) string {
	return fmt.Sprintf(`"watermark":{"timestamp":%d,"appid":"%s"}}`, at.Unix(), app1)
}

func TestUserInfo(t *testing.T) {
	t.Parallel()
	const picture = "https://thirdwx.qlogo.cn/mmopen/vi_32/alice/132"
	r := newRig(t, realProfiles)
	_, err := r.sim.AddUser(simulator.User{Name: "alice", Nickname: "爱丽丝", AvatarURL: picture})
	must(t, err)
	token := r.login(app1, "alice")
	a := r.call("POST", "/v1/me/userinfo", token, info(r.profile("alice")))
	r.want(a, 200, "")
	if a.body["nickname"] != "爱丽丝" || a.body["avatar_url"] != picture {
		t.Errorf("got %s", a.text)
	}
	var sw simulator.Switches // today's WeChat
	must(t, r.sim.SetSwitches(sw))
	a = r.call("POST", "/v1/me/userinfo", token, info(r.profile("alice")))
	r.want(a, 200, "")
	if a.body["nickname"] != "爱丽丝" || a.body["avatar_url"] != picture {
		t.Errorf("anonymous data overwrote a real profile: %s", a.text)
	}
	bob := r.login(app1, "bob")
	if a = r.call("POST", "/v1/me/userinfo", bob, info(r.profile("bob"))); a.status != 200 || a.body["nickname"] != nil || a.body["avatar_url"] != nil {
		t.Errorf("anonymous data was taken: %s", a.text)
	}

	good := r.profile("alice")
	bad := func(status int, code string, change func(d *simulator.OpenData)) {
		t.Helper()
		d := good
		change(&d)
		r.want(r.call("POST", "/v1/me/userinfo", token, info(d)), status, code)
	}
	bad(422, "signature_mismatch", func(d *simulator.OpenData) { d.RawData += " " })
	bad(422, "signature_mismatch", func(d *simulator.OpenData) { d.Signature = strings.ToUpper(d.Signature) })
	bad(422, "decrypt_failed", func(d *simulator.OpenData) { d.IV = d.IV[1:] })
	bad(422, "decrypt_failed", func(d *simulator.OpenData) { d.EncryptedData = d.EncryptedData[:len(d.EncryptedData)-4] })
	bad(422, "session_key_stale", func(d *simulator.OpenData) { *d = r.profile("bob") })
	bad(422, "decrypt_failed", func(d *simulator.OpenData) { // no profile
		steps := r.steps("alice")
		d.EncryptedData, d.IV = steps.EncryptedData, steps.IV
	})
	bad(200, "", func(d *simulator.OpenData) { d.EncryptedData = strings.ReplaceAll(d.EncryptedData, "+", " ") })
	for _, missing := range []string{"raw_data", "signature", "encrypted_data", "iv"} {
		body := info(good)
		delete(body, missing)
		r.want(r.call("POST", "/v1/me/userinfo", token, body), 400, "invalid_request")
	}
	r.want(r.call("POST", "/v1/me/userinfo", "", info(good)), 401, "invalid_token")
	for _, word := range []string{"padding", "iv_length", "unexpected_shape", "爱丽丝", good.EncryptedData} {
		if strings.Contains(a.text, word) {
			t.Errorf("an answer tells %q", word)
		}
	}
	if log := r.log.String(); !strings.Contains(log, "reason=iv_length") || strings.Contains(log, good.EncryptedData) || strings.Contains(log, good.IV) {
		t.Error("the log lacks the reason, or holds the data")
	}
}

func TestDecrypt(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ exposed, sees bool }{"Exposed": {true, true}, "Hidden": {false, false}}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(r *rig) { r.cfg.Apps[0].ExposeOpenID = tt.exposed })
			token := r.login(app1, "alice")
			before := r.call("GET", "/v1/me", token, nil).text
			a := r.call("POST", "/v1/me/decrypt", token, sealedBody(r.steps("alice")))
			r.want(a, 200, "")
			if days := a.body["data"].(map[string]any)["stepInfoList"].([]any); len(days) != 31 {
				t.Errorf("%d days", len(days))
			}
			share, err := r.sim.ShareInfo(app1, "alice")
			must(t, err)
			if a = r.call("POST", "/v1/me/decrypt", token, sealedBody(share)); !strings.Contains(a.text, `"openGId":"tG`) {
				t.Errorf("got %s", a.text)
			}
			a = r.call("POST", "/v1/me/decrypt", token, sealedBody(r.profile("alice")))
			r.want(a, 200, "")
			data := a.body["data"].(map[string]any)
			if (data["openId"] != nil) != tt.sees || (data["unionId"] != nil) != tt.sees || data["nickName"] != "微信用户" || data["watermark"] == nil {
				t.Errorf("got %s", a.text)
			}
			if after := r.call("GET", "/v1/me", token, nil).text; after != before {
				t.Errorf("decrypting changed %s to %s", before, after)
			}
		})
	}
}

// TestDecrypt_Keys goes through the keys held, and past them.
func TestDecrypt_Keys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, r.sim.SetSwitches(simulator.Switches{KeyRotation: simulator.RotateAlways}))
	token := r.login(app1, "alice")
	d := r.steps("alice")
	for i, key := range []string{"newest", "second", "third"} {
		if i > 0 {
			r.login(app1, "alice")
		}
		r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(d)), 200, "")
		if n := r.metric(`hufu_open_data_keys_total{key="` + key + `"}`); n != "1" {
			t.Errorf("%s opened %q", key, n)
		}
	}
	r.login(app1, "alice")
	r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(d)), 422, "session_key_stale")
	if n := r.metric(`hufu_open_data_keys_total{key="none"}`); n != "1" {
		t.Errorf("none opened %q", n)
	}
	malformed := sealedBody(d)
	malformed["iv"] = "AAAA"
	r.want(r.call("POST", "/v1/me/decrypt", token, malformed), 422, "decrypt_failed")
	if n := r.metric(`hufu_open_data_keys_total{key="none"}`); n != "1" {
		t.Errorf("keys were tried on what no key can open: %q", n)
	}
}

func TestDecrypt_Watermark(t *testing.T) {
	t.Parallel()
	c := &clock{}
	r := newRig(t, func(r *rig) { r.now = c.Now })
	token := r.login(app1, "alice")
	now := time.Now()
	for name, tt := range map[string]struct {
		text string
		code string
	}{
		"Now":        {`{"a":1,` + watermark(now), ""},
		"NineMin":    {`{"a":1,` + watermark(now.Add(-9*time.Minute)), ""},
		"ElevenMin":  {`{"a":1,` + watermark(now.Add(-11*time.Minute)), "watermark_mismatch"},
		"Ahead":      {`{"a":1,` + watermark(now.Add(5*time.Minute)), "watermark_mismatch"},
		"None":       {`{"a":1}`, "watermark_mismatch"},
		"OtherApp":   {strings.Replace(`{"a":1,`+watermark(now), app1, app2, 1), "watermark_mismatch"},
		"OtherUnion": {`{"unionId":"oOther",` + watermark(now), "watermark_mismatch"},
		"OtherOpen":  {`{"openid":"oOther",` + watermark(now), "watermark_mismatch"},
		"Duplicate":  {`{"a":1,"a":2,` + watermark(now), "session_key_stale"},
		"NotUTF8":    {"{\"a\":\"\xff\"," + watermark(now), "session_key_stale"},
	} {
		want := 200
		if tt.code != "" {
			want = 422
		}
		if a := r.call("POST", "/v1/me/decrypt", token, sealedBody(r.forge("alice", tt.text))); a.status != want || a.code() != tt.code {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

// TestOpenData_FailuresAreCounted: twenty an hour, on whatever replica, also
// after a restart, and for a burst at once.
func TestOpenData_FailuresAreCounted(t *testing.T) {
	t.Parallel()
	for name, adjust := range map[string]func(*rig){"SQLite": func(*rig) {}, "Postgres": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{}
			r := newRig(t, func(r *rig) { r.now = c.Now }, adjust)
			token, other := r.login(app1, "alice"), r.login(app1, "alice")
			bad := sealedBody(r.forge("alice", "no JSON"))
			replicas := []*replica{r.replica, r.start(), r.start()}
			codes := make(chan string, 60)
			for i := range cap(codes) {
				go func() { codes <- r.callAt(replicas[i%3], "POST", "/v1/me/decrypt", token, bad).code() }()
			}
			seen := map[string]int{}
			for range cap(codes) {
				seen[<-codes]++
			}
			// Each replica may have one more under way when the last one fails.
			if n := seen["session_key_stale"]; n < 20 || n > 22 || n+seen["rate_limited"] != 60 {
				t.Errorf("got %v", seen)
			}
			fresh := r.start()
			good := r.steps("alice")
			for _, path := range []string{"/v1/me/decrypt", "/v1/me/phone"} {
				a := r.callAt(fresh, "POST", path, token, sealedBody(good))
				r.want(a, 429, "rate_limited")
				if wait, _ := a.body["retry_after"].(float64); wait < 3500 || wait > 3600 {
					t.Errorf("retry after %v", wait)
				}
			}
			r.want(r.callAt(fresh, "POST", "/v1/me/userinfo", token, info(r.profile("alice"))), 429, "rate_limited")
			r.want(r.call("POST", "/v1/me/decrypt", other, sealedBody(good)), 200, "")
		})
	}
}

func TestOpenData_FailuresAreForgotten(t *testing.T) {
	t.Parallel()
	c := &clock{}
	r := newRig(t, func(r *rig) { r.now, r.cfg.TokenLife = c.Now, 24*time.Hour })
	token := r.login(app1, "alice")
	bad := map[string]string{"encrypted_data": "AAAA", "iv": "AAAA"}
	fail := func(n int) {
		t.Helper()
		for range n {
			r.want(r.call("POST", "/v1/me/decrypt", token, bad), 422, "decrypt_failed")
		}
	}
	fail(20)
	r.want(r.call("POST", "/v1/me/decrypt", token, bad), 429, "rate_limited")
	c.advance(61 * time.Minute)
	fail(20)
	r.want(r.call("POST", "/v1/me/decrypt", token, bad), 429, "rate_limited")
}

// TestForgery: AES-CBC has no MAC, so somebody who may have many of his own
// ciphertexts opened can write bytes of the JSON. He gets nothing by it.
func TestForgery(t *testing.T) {
	t.Parallel()
	r := newRig(t, realProfiles)
	token := r.login(app1, "alice")
	before := r.call("GET", "/v1/me", token, nil).text
	d := r.profile("alice")
	data, err := base64.StdEncoding.DecodeString(d.EncryptedData)
	must(t, err)
	iv, err := base64.StdEncoding.DecodeString(d.IV)
	must(t, err)

	// By the iv alone: the first letters of the openId become another's.
	iv[12] ^= 1
	flipped := simulator.OpenData{RawData: d.RawData, Signature: d.Signature, EncryptedData: d.EncryptedData, IV: base64.StdEncoding.EncodeToString(iv)}
	r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(flipped)), 422, "watermark_mismatch")
	r.want(r.call("POST", "/v1/me/userinfo", token, info(flipped)), 422, "watermark_mismatch")

	// Chosen ciphertexts: blocks changed one after the other, hoping for one
	// that still reads. The 20 failures are used up long before.
	limited := 0
	for i := range 60 {
		forged := append([]byte(nil), data...)
		forged[16*(2+i%4)+i%16] ^= byte(1 + i)
		a := r.call("POST", "/v1/me/decrypt", token, map[string]string{"encrypted_data": base64.StdEncoding.EncodeToString(forged), "iv": d.IV})
		if a.status == 200 && strings.Contains(a.text, "oForged") {
			t.Errorf("forged: %s", a.text)
		}
		if a.status == 429 {
			limited++
		}
	}
	if limited < 30 {
		t.Errorf("only %d of 60 were not even tried", limited)
	}

	// And had he forged everything: another's unionid, a phone number.
	token = r.login(app1, "alice")
	bob, err := r.sim.UnionID(app1, "bob")
	must(t, err)
	union := r.forge("alice", `{"nickName":"a","avatarUrl":"","unionId":"`+bob+`",`+watermark(time.Now()))
	union.RawData, union.Signature = d.RawData, d.Signature
	r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(union)), 422, "watermark_mismatch")
	r.want(r.call("POST", "/v1/me/userinfo", token, info(union)), 422, "watermark_mismatch")
	phone := r.forge("alice", `{"phoneNumber":"13800138000","purePhoneNumber":"13800138000","countryCode":"86",`+watermark(time.Now()))
	r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(phone)), 400, "invalid_request")
	r.want(r.call("POST", "/v1/me/phone", token, sealedBody(phone)), 422, "watermark_mismatch")
	if !strings.Contains(r.log.String(), "WeChat does not vouch for it") {
		t.Error("the refusal is not in the log")
	}
	var was, is map[string]any
	must(t, json.Unmarshal([]byte(before), &was))
	is = r.call("GET", "/v1/me", token, nil).body
	for _, field := range []string{"id", "openid", "unionid", "phone_number", "nickname"} {
		if was[field] != is[field] {
			t.Errorf("%s was %v and is %v", field, was[field], is[field])
		}
	}
}

// TestDecrypt_Phone: no phone reads a whole number here, and to try is no failure
// that is counted.
func TestDecrypt_Phone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	token, number := r.login(app1, "alice"), r.number("alice")
	tapped := r.tap(app1, "alice")
	renamed, err := base64.StdEncoding.DecodeString(tapped.IV)
	must(t, err)
	renamed[2] ^= 1 // "phoneNumber" becomes "qhoneNumber"
	for name, body := range map[string]map[string]string{
		"Sealed":  {"encrypted_data": tapped.EncryptedData, "iv": tapped.IV},
		"Renamed": {"encrypted_data": tapped.EncryptedData, "iv": base64.StdEncoding.EncodeToString(renamed)},
		"Pure":    sealedBody(r.forge("alice", `{"purePhoneNumber":"`+number+`",`+watermark(time.Now()))),
		"Other":   sealedBody(r.forge("alice", `{"PhoneNumber":"`+number+`",`+watermark(time.Now()))),
	} {
		for range 21 {
			a := r.call("POST", "/v1/me/decrypt", token, body)
			r.want(a, 400, "invalid_request")
			if a.body["field"] != "encrypted_data" || a.body["detail"] != "this is a phone number: send it to POST /v1/me/phone" || strings.Contains(a.text, number) {
				t.Fatalf("%s: %s", name, a.text)
			}
		}
	}
	if strings.Contains(r.log.String(), number) {
		t.Error("the log holds the number")
	}
	r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(r.steps("alice"))), 200, "")
}

// TestOfficialVectors sends WeChat's published data through the whole server.
func TestOfficialVectors(t *testing.T) {
	t.Parallel()
	var data struct {
		AppID         string `json:"app_id"`
		SessionKey    string `json:"session_key"`
		IV            string `json:"iv"`
		EncryptedData string `json:"encrypted_data"`
		Plaintext     string `json:"plaintext"`
	}
	text, err := os.ReadFile("../wxcrypto/testdata/vectors/open_data.json")
	must(t, err)
	must(t, json.Unmarshal(text, &data))
	wechat := httptest.NewServer(answering(`{"openid":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","unionid":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA","session_key":"` + data.SessionKey + `"}`))
	defer wechat.Close()
	then := time.Unix(1477314187, 0).Add(time.Minute)
	r := newRig(t, func(r *rig) {
		r.now, r.cfg.WeChatBaseURL = func() time.Time { return then }, wechat.URL
		r.cfg.Apps = []app.App{{ID: "wx4f4bc4dec97d474b", Secret: secret.New("s"), ExposeOpenID: true, TokenAlg: "ES256", TokenType: "JWT"}}
	})
	a := r.call("POST", "/v1/login", "", map[string]string{"appid": data.AppID, "code": "0a1B2c3D4e5F"})
	r.want(a, 200, "")
	a = r.call("POST", "/v1/me/decrypt", a.body["access_token"].(string), map[string]string{"encrypted_data": data.EncryptedData, "iv": data.IV})
	r.want(a, 200, "")
	if want := `{"data":` + data.Plaintext + `}`; strings.TrimSpace(a.text) != want {
		t.Errorf("got %s", a.text)
	}
}

// TestUserInfo_IsChecked: who may not call themself something gets round that by
// open data no more than by saying it.
func TestUserInfo_IsChecked(t *testing.T) {
	t.Parallel()
	r := newRig(t, realProfiles, checking)
	_, err := r.sim.AddUser(simulator.User{Name: "alice", Nickname: "a" + simulator.RiskyWord})
	must(t, err)
	token := r.login(app1, "alice")
	a := r.call("POST", "/v1/me/userinfo", token, info(r.profile("alice")))
	r.want(a, 200, "")
	if a.body["nickname"] != nil {
		t.Errorf("got %s", a.text)
	}
	_, err = r.sim.AddUser(simulator.User{Name: "alice", Nickname: "Alice"})
	must(t, err)
	if a = r.call("POST", "/v1/me/userinfo", token, info(r.profile("alice"))); a.body["nickname"] != "Alice" {
		t.Errorf("got %s", a.text)
	}
}

// TestOpenAPI_ShowsOpenData: what is mounted is documented.
func TestOpenAPI_ShowsOpenData(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	rec := httptest.NewRecorder()
	r.server.AdminHandler().ServeHTTP(rec, httptest.NewRequest("GET", "/openapi.json", nil))
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	must(t, json.Unmarshal(rec.Body.Bytes(), &doc))
	for _, path := range []string{"/v1/me/userinfo", "/v1/me/decrypt", "/v1/me/phone"} {
		if doc.Paths[path]["post"] == nil {
			t.Errorf("%s is not in the OpenAPI document", path)
		}
	}
}

// TestOpenAPI_IsComplete: every call that anybody can reach is in the document.
func TestOpenAPI_IsComplete(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	api := r.server.Handler().(*web.API)
	if missing := api.Undescribed(); len(missing) > 0 {
		t.Errorf("not in the OpenAPI document: %q", missing)
	}
	rec := httptest.NewRecorder()
	r.server.AdminHandler().ServeHTTP(rec, httptest.NewRequest("GET", "/openapi.json", nil))
	var doc struct {
		Paths map[string]map[string]struct {
			Security    []map[string][]string
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
			Responses map[string]struct{ Content map[string]any }
		}
	}
	must(t, json.Unmarshal(rec.Body.Bytes(), &doc))
	for path, method := range map[string]string{
		"/oauth2/introspect": "post", "/oauth2/revoke": "post", "/oauth2/authorize": "get", "/oauth2/token": "post",
		"/avatars/{id}": "get", "/.well-known/jwks.json": "get", "/.well-known/openid-configuration": "get",
		"/.well-known/oauth-authorization-server": "get", "/healthz": "get", "/readyz": "get",
	} {
		op := doc.Paths[path][method]
		if len(op.Responses) == 0 {
			t.Errorf("%s %s is not described", method, path)
		}
		_, form := op.RequestBody.Content["application/x-www-form-urlencoded"]
		if want := method == "post"; form != want || len(op.RequestBody.Content) > 1 {
			t.Errorf("%s %s: body %v", method, path, op.RequestBody.Content)
		}
	}
	for path, scope := range map[string]string{"/oauth2/introspect": "tokens:introspect", "/oauth2/revoke": "sessions:write"} {
		op := doc.Paths[path]["post"]
		if len(op.Security) != 2 || op.Security[0]["apiKey"][0] != scope || op.Security[1]["apiKeyBasic"][0] != scope {
			t.Errorf("%s wants %v", path, op.Security)
		}
	}
}

// TestDecrypt_DamagedKey: a kept key that does not open is as good as none. The
// others are tried, and the next login mends it.
func TestDecrypt_DamagedKey(t *testing.T) { //nolint:paralleltest // databases says so
	databases(t, func(t *testing.T, r *rig) {
		must(t, r.sim.SetSwitches(simulator.Switches{KeyRotation: simulator.RotateAlways}))
		r.login(app1, "alice")
		before := r.steps("alice")
		token := r.login(app1, "alice")
		data := r.steps("alice")
		openid, _ := r.names(app1, "alice")
		var held []byte
		db := r.raw()
		must(t, db.QueryRowContext(t.Context(), `SELECT session_keys FROM identities`).Scan(&held))
		held[session.KeyRecordSize-1] ^= 1 // of the newest
		_, err := db.ExecContext(t.Context(), `UPDATE identities SET session_keys = $1`, held)
		must(t, err)
		r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(before)), 200, "")
		r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(data)), 422, "session_key_stale")
		if log := r.log.String(); !strings.Contains(log, "a kept session_key does not open") || strings.Contains(log, openid) {
			t.Errorf("log:\n%s", log)
		}
		token = r.login(app1, "alice")
		r.want(r.call("POST", "/v1/me/decrypt", token, sealedBody(r.steps("alice"))), 200, "")
	})
}
