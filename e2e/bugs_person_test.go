package e2e_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg" // avatars are served as JPEG
	"image/png"
	"mime/multipart"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/simulator"
)

// bind binds the app to an open account, or with "" to none.
func bind(w *weChat, openAccount string) error {
	return w.AddApp(simulator.App{AppID: app1, Secret: secretOf(w, app1), OpenAccount: openAccount})
}

// TestBug09: an app that is bound to no open account has no unionids, and one
// that is bound later gets them late.
func TestBug09_UnionIDMissing(t *testing.T) {
	exhibit(t, 9, "are one user", func(s *subject) error {
		if err := bind(s.wechat, ""); err != nil {
			return err
		}
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		bob, err := s.login(app1, "bob")
		if err != nil {
			return err
		}
		if alice.User.ID == bob.User.ID {
			return &symptom{9, "two people without unionid are one user"}
		}
		if err := bind(s.wechat, "acme"); err != nil {
			return err
		}
		return sameUser(s, alice, 9, "a unionid that came late")
	})
}

// TestBug10: the app moves to another open account.
func TestBug10_UnionIDChanged(t *testing.T) {
	exhibit(t, 10, "made somebody new", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		before := text(alice.User.UnionID)
		if err := bind(s.wechat, "moved"); err != nil {
			return err
		}
		if union, err := s.wechat.UnionID(app1, "alice"); err != nil || before == "" || union == before {
			return unplayed(err, "the unionid was %q, is %q", before, union)
		}
		return sameUser(s, alice, 10, "a unionid that changed")
	})
}

// sameUser logs somebody in again, who must be who they were, and under the
// unionid that WeChat tells now.
func sameUser(s *subject, before *member, bug int, what string) error {
	after, err := s.login(app1, before.name)
	if err != nil {
		return err
	}
	if after.User.ID != before.User.ID {
		return &symptom{bug, what + " made somebody new of " + before.name}
	}
	union, err := s.wechat.UnionID(app1, before.name)
	if err != nil {
		return err
	}
	if text(after.User.UnionID) != union {
		return &symptom{bug, fmt.Sprintf("%s is not kept: %s", what, text(after.User.UnionID))}
	}
	return nil
}

// TestBug11: two servers with one appid, each with a token of its own.
func TestBug11_TokenNotLatest(t *testing.T) {
	exhibit(t, 11, "40001", func(s *subject) error {
		other := s.another()
		for _, each := range []struct {
			*subject
			name string
		}{{s, "alice"}, {other, "bob"}} {
			a, err := tellPhone(each.subject, each.name)
			if err != nil {
				return err
			}
			if a.status != 200 {
				return a.unlike("200 for the first phone number")
			}
		}
		// What was superseded is good for five minutes more.
		if err := s.wechat.Advance(5*time.Minute + time.Second); err != nil {
			return err
		}
		a, err := tellPhone(s, "carol")
		if err != nil {
			return err
		}
		if a.status != 200 {
			return &symptom{11, fmt.Sprintf("%v: another server's token ended this one's: %s", s.wechat.refusals(phoneNumberPath), a.body)}
		}
		return forcedToken(s)
	})
}

const phoneNumberPath = "/wxa/business/getuserphonenumber"

// tellPhone logs somebody in, who taps the phone number button.
func tellPhone(s *subject, name string) (answer, error) {
	m, err := s.login(app1, name)
	if err != nil {
		return answer{}, err
	}
	d, err := s.wechat.PhoneNumber(app1, name)
	if err != nil {
		return answer{}, err
	}
	return m.do("POST", "/v1/me/phone", map[string]string{"code": d.Code})
}

// forcedToken has somebody's tool force a new token: the server must take the
// one that is good now, and force none itself.
func forcedToken(s *subject) error {
	body := fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q,"force_refresh":true}`, app1, secretOf(s.wechat, app1))
	if a, err := try("POST", s.wechat.url+"/cgi-bin/stable_token", nil, body); err != nil || !strings.Contains(string(a.body), "access_token") {
		return unplayed(err, "force a token: %s", a.body)
	}
	a, err := tellPhone(s, "dave")
	if err != nil {
		return err
	}
	if a.status != 200 || !slices.Contains(s.wechat.refusals(phoneNumberPath), 40001) {
		return &symptom{11, fmt.Sprintf("%v: a token that was ended is held on to: %d %s", s.wechat.refusals(phoneNumberPath), a.status, a.body)}
	}
	forced := 0
	for _, r := range s.wechat.Requests() {
		if in, ok := r.Body.(map[string]any); ok && in["force_refresh"] == true {
			forced++
		}
	}
	if n := s.wechat.calls("/cgi-bin/token"); n != 0 || forced != 1 {
		return &symptom{11, fmt.Sprintf("it ended the tokens of others: %d by /cgi-bin/token, %d by force", n, forced-1)}
	}
	return nil
}

// TestBug17: the person writes their own data, with somebody else's openid in
// it. AES-CBC has no MAC, and a key that leaked seals anything.
func TestBug17_ClientIsBelieved(t *testing.T) {
	exhibit(t, 17, "became bob", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		bob, err := s.login(app1, "bob")
		if err != nil {
			return err
		}
		now, openid := time.Now(), text(alice.User.OpenID)
		a, err := alice.userInfo(alice.forge(text(bob.User.OpenID), app1, now))
		if err != nil {
			return err
		}
		var u user
		if a.status == 200 && json.Unmarshal(a.body, &u) == nil && u.ID == bob.User.ID {
			return &symptom{17, "alice became bob, whose openid she wrote into her data"}
		}
		if err := a.want(422, "watermark_mismatch"); err != nil {
			return &symptom{17, "another's openid in the data: " + err.Error()}
		}
		for what, forged := range map[string]simulator.OpenData{
			"another app's":  alice.forge(openid, app2, now),
			"from long ago":  alice.forge(openid, app1, now.Add(-time.Hour)),
			"of nobody knew": alice.forge("oNobodyKnew", app1, now),
		} {
			if a, err = alice.userInfo(forged); err != nil {
				return err
			}
			if err := a.want(422, "watermark_mismatch"); err != nil {
				return &symptom{17, "data that is " + what + ": " + err.Error()}
			}
		}
		if a, err = alice.userInfo(alice.forge(openid, app1, now)); err != nil || a.status != 200 {
			return unplayed(err, "the same about herself: %s", a.body)
		}
		return saysWhoItIs(s, bob)
	})
}

// saysWhoItIs logs in with a code of mallory's, and says to be somebody else.
func saysWhoItIs(s *subject, bob *member) error {
	code := s.wechat.code(app1, s.wechat.person("mallory"))
	a, err := s.do("POST", "/v1/login", nil, map[string]string{"appid": app1, "code": code, "openid": text(bob.User.OpenID)})
	if err != nil {
		return err
	}
	if err := a.want(400, "invalid_request"); err != nil {
		return &symptom{17, "an openid is taken from the client: " + err.Error()}
	}
	return nil
}

// forge seals a profile as who holds the person's key could.
func (m *member) forge(openid, appid string, at time.Time) simulator.OpenData {
	raw := `{"nickName":"forged","avatarUrl":""}`
	plain := fmt.Appendf(nil, `{"openId":%q,"nickName":"forged","avatarUrl":"","watermark":{"timestamp":%d,"appid":%q}}`, openid, at.Unix(), appid)
	key, err := base64.StdEncoding.DecodeString(m.sessionKey())
	if err != nil {
		m.s.wechat.t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		m.s.wechat.t.Fatal(err)
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	iv := make([]byte, aes.BlockSize)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)
	sum := sha1.Sum([]byte(raw + m.sessionKey()))
	return simulator.OpenData{
		RawData: raw, Signature: hex.EncodeToString(sum[:]),
		EncryptedData: base64.StdEncoding.EncodeToString(plain), IV: base64.StdEncoding.EncodeToString(iv),
	}
}

// TestBug18: what WeChat gives in place of a profile since 2022.
func TestBug18_AnonymousProfile(t *testing.T) {
	exhibit(t, 18, "the nickname is 微信用户", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		var u user
		a, err := alice.do("POST", "/v1/me", map[string]string{"nickname": "爱丽丝"})
		if err == nil {
			err = a.good(&u)
		}
		if err != nil || text(u.Nickname) != "爱丽丝" {
			return unplayed(err, "set a nickname: %s", a.body)
		}
		if a, err = alice.userInfo(alice.profile()); err == nil {
			err = a.good(&u)
		}
		if err != nil {
			return err
		}
		if text(u.Nickname) != "爱丽丝" || u.AvatarURL != nil {
			return &symptom{18, fmt.Sprintf("the nickname is %s, the avatar %s", text(u.Nickname), text(u.AvatarURL))}
		}
		return nil
	})
}

// TestBug19: chooseAvatar gives the path of a file that dies with the page.
func TestBug19_AvatarDisappears(t *testing.T) {
	exhibit(t, 19, "leads nowhere", func(s *subject) error {
		alice, err := s.login(app1, "alice")
		if err != nil {
			return err
		}
		form, kind := uploadForm("wxfile://tmp_71b3f2.png")
		h := bearer(alice.AccessToken)
		h.Set("Content-Type", kind)
		a, err := s.send("POST", "/v1/me/avatar", h, form)
		if err != nil {
			return err
		}
		var u user
		if err := a.good(&u); err != nil {
			return err
		}
		address := text(u.AvatarURL)
		path, ok := strings.CutPrefix(address, publicURL)
		if !ok {
			return &symptom{19, "the avatar's address leads nowhere: " + address}
		}
		if a, err = s.send("GET", path, nil, ""); err != nil {
			return err
		}
		if _, _, err := image.DecodeConfig(bytes.NewReader(a.body)); err != nil || a.status != 200 {
			return &symptom{19, fmt.Sprintf("the avatar's address leads nowhere: %s: %d, %v", address, a.status, err)}
		}
		for _, temporary := range []string{"wxfile://tmp_71b3f2.png", "http://tmp/71b3f2.png"} {
			a, err := alice.do("POST", "/v1/me", map[string]string{"nickname": "alice", "avatar_url": temporary})
			if err != nil {
				return err
			}
			if err := a.want(400, "invalid_request"); err != nil {
				return &symptom{19, "a temporary path is taken: " + err.Error()}
			}
		}
		return nil
	})
}

// uploadForm is what wx.uploadFile sends.
func uploadForm(name string) (body, contentType string) {
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	file, err := form.CreateFormFile("file", name)
	if err == nil {
		err = png.Encode(file, image.NewGray(image.Rect(0, 0, 8, 8)))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		panic(err) // nothing here can fail
	}
	return out.String(), form.FormDataContentType()
}
