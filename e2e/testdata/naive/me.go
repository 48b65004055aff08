package main

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

func (s *server) me(w http.ResponseWriter, _ *http.Request, u *user) { answer(w, u.view()) }

func (s *server) changeMe(w http.ResponseWriter, r *http.Request, u *user) {
	var in struct {
		Nickname  string `json:"nickname"`
		AvatarURL string `json:"avatar_url"`
	}
	if err := read(r, &in); err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Bug 19: a path of the phone's, which dies with the page.
	u.Nickname, u.AvatarURL = in.Nickname, in.AvatarURL
	answer(w, u.view())
}

func (s *server) avatar(w http.ResponseWriter, r *http.Request, u *user) {
	_, file, err := r.FormFile("file")
	if err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Bug 19: the name of the picture is kept, not the picture.
	u.AvatarURL = file.Filename
	answer(w, u.view())
}

func (s *server) phone(w http.ResponseWriter, r *http.Request, u *user) {
	var in struct {
		Code string `json:"code"`
	}
	if err := read(r, &in); err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	number, err := s.phoneNumber(in.Code)
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u.Phone = number
	answer(w, u.view())
}

type sealed struct {
	EncryptedData string `json:"encrypted_data"`
	IV            string `json:"iv"`
}

func (s *server) decrypt(w http.ResponseWriter, r *http.Request, u *user) {
	var in sealed
	if err := read(r, &in); err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	plain, err := s.open(u, in)
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	answer(w, map[string]any{"data": json.RawMessage(plain)})
}

func (s *server) userInfo(w http.ResponseWriter, r *http.Request, u *user) {
	var in sealed
	if err := read(r, &in); err != nil {
		fail(w, http.StatusBadRequest, err)
		return
	}
	plain, err := s.open(u, in)
	if err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	var info struct {
		OpenID    string `json:"openId"`
		NickName  string `json:"nickName"`
		AvatarURL string `json:"avatarUrl"`
	}
	if err := json.Unmarshal(plain, &info); err != nil {
		fail(w, http.StatusInternalServerError, err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Bug 17: who stands in the data is believed, and neither the watermark's
	// app nor its time is looked at.
	for _, other := range s.users {
		if other.OpenID == info.OpenID {
			u = other
		}
	}
	// Bug 18: 微信用户 and the grey head are as good as any.
	u.Nickname, u.AvatarURL = info.NickName, info.AvatarURL
	answer(w, u.view())
}

// open decrypts with the one key that is held. Bug 3: each way to fail has an
// error of its own, and lengths are looked at where the library would panic.
func (s *server) open(u *user, in sealed) ([]byte, error) {
	s.mu.Lock()
	sessionKey := u.SessionKey
	s.mu.Unlock()
	key, err := base64.StdEncoding.DecodeString(sessionKey)
	if err != nil || len(key) != aes.BlockSize {
		return nil, errors.New("-41001 illegal aes key") // Bug 4
	}
	// Bug 5: a space is not base64.
	data, err := base64.StdEncoding.DecodeString(in.EncryptedData)
	if err != nil {
		return nil, fmt.Errorf("-41016 base64: %w", err)
	}
	iv, err := base64.StdEncoding.DecodeString(in.IV)
	if err != nil || len(iv) != aes.BlockSize {
		return nil, errors.New("-41002 illegal iv")
	}
	if len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, errors.New("-41004 illegal buffer")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, errors.New("-41003 padding invalid")
	}
	plain := data[:len(data)-pad]
	if !json.Valid(plain) {
		return nil, fmt.Errorf("-41003 no JSON: %q", plain)
	}
	return plain, nil
}
