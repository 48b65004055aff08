package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

type weChatSession struct{ OpenID, UnionID, SessionKey string }

// errcodeZero is success: it stands in the documents. Bug 12: an answer without
// errcode is a failure. It is not even JSON that is read.
var errcodeZero = regexp.MustCompile(`"errcode":0\b`)

func (s *server) code2Session(code string) (weChatSession, error) {
	// Bug 6: escaped here, and once more by Encode.
	query := url.Values{
		"appid": {s.appid}, "secret": {s.secret}, "js_code": {url.QueryEscape(code)}, "grant_type": {"authorization_code"},
	}
	address := s.wechat + "/sns/jscode2session?" + query.Encode()
	log.Printf("GET %s", address) // Bug 25: the secret is in it
	body, err := s.get(address)
	if err != nil {
		return weChatSession{}, err
	}
	if !errcodeZero.Match(body) {
		return weChatSession{}, fmt.Errorf("code2Session failed: %s", body)
	}
	// Bug 4: neither the openid nor the key need be there.
	return weChatSession{field(body, "openid"), field(body, "unionid"), field(body, "session_key")}, nil
}

// get is a call that must be answered with JSON.
func (s *server) get(address string) ([]byte, error) {
	res, err := http.Get(address)
	if err != nil {
		return nil, err // Bug 25: net/http puts the whole URL into it
	}
	defer func() { _ = res.Body.Close() }()
	// Bug 13: what WeChat sends as text is JSON too.
	if kind := res.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		return nil, fmt.Errorf("no converter for %s", kind)
	}
	return io.ReadAll(res.Body)
}

// field finds a text by a pattern, as one does in a hurry: an escaped slash
// stays escaped.
func field(body []byte, name string) string {
	m := regexp.MustCompile(`"` + name + `"\s*:\s*"([^"]*)"`).FindSubmatch(body)
	if m == nil {
		return ""
	}
	return string(m[1])
}

// checkSession asks WeChat about the key that is held.
func (s *server) checkSession(u *user) error {
	token, err := s.token()
	if err != nil {
		return err
	}
	// Bug 16: keyed by what the base64 stands for, where WeChat takes the text.
	key, err := base64.StdEncoding.DecodeString(u.SessionKey)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	query := url.Values{
		"access_token": {token}, "openid": {u.OpenID}, "signature": {hex.EncodeToString(mac.Sum(nil))}, "sig_method": {"hmac_sha256"},
	}
	body, err := s.get(s.wechat + "/wxa/checksession?" + query.Encode())
	if err == nil && !errcodeZero.Match(body) {
		err = fmt.Errorf("%s", body)
	}
	return err
}

// token is the app's access_token. Bug 11: every process fetches its own, which
// ends those of the others; and one that is held is believed in till its time
// is up.
func (s *server) token() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accessToken != "" && time.Now().Before(s.tokenEnds) {
		return s.accessToken, nil
	}
	query := url.Values{"grant_type": {"client_credential"}, "appid": {s.appid}, "secret": {s.secret}}
	body, err := s.get(s.wechat + "/cgi-bin/token?" + query.Encode())
	if err != nil {
		return "", err
	}
	s.accessToken, s.tokenEnds = field(body, "access_token"), time.Now().Add(2*time.Hour)
	return s.accessToken, nil
}

// phoneNumber exchanges a code of the phone number button.
func (s *server) phoneNumber(code string) (string, error) {
	token, err := s.token()
	if err != nil {
		return "", err
	}
	in, err := json.Marshal(map[string]string{"code": code})
	if err != nil {
		return "", err
	}
	res, err := http.Post(s.wechat+"/wxa/business/getuserphonenumber?access_token="+token, "application/json", bytes.NewReader(in))
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	// Bug 11: 40001 is an error like any other.
	if !errcodeZero.Match(body) {
		return "", fmt.Errorf("getuserphonenumber failed: %s", body)
	}
	return field(body, "phoneNumber"), nil
}
