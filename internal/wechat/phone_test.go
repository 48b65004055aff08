package wechat_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

func TestPhoneNumber(t *testing.T) {
	t.Parallel()
	ask := func(c *wechat.Client) (wechat.PhoneInfo, error) {
		return c.PhoneNumber(context.Background(), secret.New("68_token+"), testApp.ID, "o_1-2", "e31968a7")
	}
	t.Run("Asks", func(t *testing.T) {
		t.Parallel()
		var sent string
		u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			sent = r.Method + " " + r.URL.RequestURI() + " " + string(body)
			_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":"86",`+
				`"watermark":{"timestamp":1637744274,"appid":"wx4f4bc4dec97d474b"}}}`)
		})
		got, err := ask(newClient(t, u.URL, nil))
		if err != nil || got.PhoneNumber.Reveal() != "13580006666" || got.PurePhoneNumber.Reveal() != "13580006666" || got.CountryCode != "86" {
			t.Errorf("%v, %v", got, err)
		}
		if want := `POST /wxa/business/getuserphonenumber?access_token=68_token%2B {"code":"e31968a7","openid":"o_1-2"}`; sent != want {
			t.Errorf("sent\n%s\nwant\n%s", sent, want)
		}
		if text := fmt.Sprintf("%v %+v %#v", got, got, got); text == "" || strings.Contains(text, "13580006666") {
			t.Errorf("printed as %s", text)
		}
	})
	info := func(number, pure, country, appid string) string {
		return fmt.Sprintf(`{"errcode":0,"phone_info":{"phoneNumber":%q,"purePhoneNumber":%q,"countryCode":%q,"watermark":{"timestamp":1,"appid":%q}}}`, number, pure, country, appid)
	}
	for name, body := range map[string]string{
		"Empty": `{}`, "NoInfo": `{"errcode":0,"errmsg":"ok"}`, "NoNumber": info("", "1", "86", ""), "NoPure": info("1", "", "86", ""),
		"Letters": info("1x", "1", "86", ""), "Country": info("1", "1", "CN", ""), "OtherApp": info("1", "1", "86", "wx0000000000000000"), "HTML": "<html>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(body))
			got, err := ask(newClient(t, u.URL, nil))
			if e := failure(t, err); e.Reason != wechat.ReasonMalformed || !got.PhoneNumber.Empty() || u.calls() != 1 {
				t.Errorf("%v after %d calls", e, u.calls())
			}
		})
	}
	for code, refused := range map[int]bool{40029: true, 40003: true, 40013: true, 45011: false, 40001: false} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(`{"errcode":`+strconv.Itoa(code)+`,"errmsg":"no"}`))
			_, err := ask(newClient(t, u.URL, nil))
			if e := failure(t, err); e.PhoneCodeRefused() != refused || e.TokenRefused() != (code == 40001) {
				t.Errorf("%v", e)
			}
		})
	}
}

func TestCheckEncryptedMsg(t *testing.T) {
	t.Parallel()
	made := time.Unix(1637744274, 0).UTC()
	for name, tt := range map[string]struct {
		body  string
		want  time.Time
		fails bool
	}{
		"Valid":        {`{"errcode":0,"errmsg":"ok","vaild":true,"create_time":1637744274}`, made, false},
		"SpelledRight": {`{"errcode":0,"errmsg":"ok","valid":true,"create_time":1637744274}`, made, false},
		"Invalid":      {`{"errcode":0,"errmsg":"ok","vaild":false,"create_time":1637744274}`, time.Time{}, false},
		"NoTime":       {`{"errcode":0,"errmsg":"ok","vaild":true}`, time.Time{}, false},
		"FarTime":      {`{"errcode":0,"errmsg":"ok","vaild":true,"create_time":9223372036854775807}`, time.Time{}, false},
		"Unknown":      {`{"errcode":1,"errmsg":"data not exist"}`, time.Time{}, false},
		"BadArgs":      {`{"errcode":40097,"errmsg":"invalid args"}`, time.Time{}, true},
		"NoErrcode":    {`{"vaild":true,"create_time":1637744274}`, time.Time{}, true},
		"Empty":        {`{}`, time.Time{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t, answers(tt.body))
			got, err := newClient(t, u.URL, nil).CheckEncryptedMsg(context.Background(), secret.New("token"), testApp.ID, "ab12")
			if !got.Equal(tt.want) || (err != nil) != tt.fails {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}
