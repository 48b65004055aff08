package simulator

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// OpenData is what a client API hands to the page of a mini program.
type OpenData struct {
	RawData       string `json:"rawData,omitempty"`
	Signature     string `json:"signature,omitempty"` // of RawData, under the session key
	EncryptedData string `json:"encryptedData"`
	IV            string `json:"iv"`
}

// watermark says when and for which app data was sealed.
type watermark struct {
	Timestamp int64  `json:"timestamp"`
	AppID     string `json:"appid"`
}

// weRunDays is how many days of steps WeChat tells.
const weRunDays = 31

type steps struct {
	Timestamp int64 `json:"timestamp"` // midnight in Beijing, unix seconds
	Step      int   `json:"step"`
}

// WeRun is wx.getWeRunData: the steps of 31 days, the same for the same seed,
// person and day. Errors as for UserProfile.
func (s *Server) WeRun(appID, user string) (OpenData, error) {
	s.init()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := w.session(appID, user)
	if err != nil {
		return OpenData{}, fmt.Errorf("wx.getWeRunData: %w", err)
	}
	w.touch(m, w.now())
	data := struct {
		StepInfoList []steps   `json:"stepInfoList"`
		Watermark    watermark `json:"watermark"`
	}{make([]steps, weRunDays), w.watermark(m)}
	today := dayOf(w.real())
	for i := range data.StepInfoList {
		day := today - weRunDays + 1 + int64(i)
		sum := derive(w.seed, "steps", m.person.Name, fmt.Sprint(day))
		data.StepInfoList[i] = steps{day*86400 - 8*3600, int(binary.BigEndian.Uint16(sum[:2])) % 20_000}
	}
	d, err := seal(m.key, data)
	if err != nil {
		return OpenData{}, fmt.Errorf("wx.getWeRunData: %w", err)
	}
	return d, nil
}

// watermark carries the real time, wherever the clock was moved to.
func (w *world) watermark(m *member) watermark {
	return watermark{w.real().Unix(), m.app.AppID}
}

// seal encrypts as WeChat does: AES-128-CBC, PKCS#7, the session key decoded.
func seal(sessionKey string, v any) (OpenData, error) {
	plain, err := plainJSON(v)
	if err != nil {
		return OpenData{}, err
	}
	var iv [aes.BlockSize]byte
	rand.Read(iv[:])
	sealed, err := sealBytes(sessionKey, iv, plain)
	if err != nil {
		return OpenData{}, err
	}
	return OpenData{
		EncryptedData: base64.StdEncoding.EncodeToString(sealed),
		IV:            base64.StdEncoding.EncodeToString(iv[:]),
	}, nil
}

func sealBytes(sessionKey string, iv [aes.BlockSize]byte, plain []byte) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(sessionKey)
	if err != nil {
		return nil, fmt.Errorf("decode session key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	padded := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv[:]).CryptBlocks(padded, padded)
	return padded, nil
}

// rawDataSignature is lower-case hex of SHA-1 over rawData and the text of the
// session key.
func rawDataSignature(rawData, sessionKey string) string {
	sum := sha1.Sum([]byte(rawData + sessionKey))
	return hex.EncodeToString(sum[:])
}

// plainJSON leaves <, > and & as they are, as WeChat does.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
