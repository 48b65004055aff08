package wechat_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/wechat"
)

const goodLogin = `{"session_key":"tiihtNczf5v6AKRyjwEUhQ==","openid":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","unionid":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA"}`

var testApp = wechat.App{ID: "wx4f4bc4dec97d474b", Secret: secret.New("5ecre7-app-0123456789abcdef")}

// BenchmarkCode2Session measures a whole exchange over loopback; the floor is
// the same exchange by net/http alone, without time-out or parsing.
func BenchmarkCode2Session(b *testing.B) {
	stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, goodLogin)
	}))
	defer stub.Close()
	b.Run("Client", func(b *testing.B) {
		c, err := wechat.New(wechat.Config{BaseURL: stub.URL})
		if err != nil {
			b.Fatal(err)
		}
		defer c.Close()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Code2Session(context.Background(), testApp, "0a3Xyz000aBcDe1fGh"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Floor", func(b *testing.B) {
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		b.ReportAllocs()
		for b.Loop() {
			req, _ := http.NewRequest(http.MethodGet, stub.URL+"/sns/jscode2session?appid="+string(testApp.ID)+
				"&secret="+testApp.Secret.Reveal()+"&js_code=0a3Xyz000aBcDe1fGh&grant_type=authorization_code", nil)
			res, err := transport.RoundTrip(req)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
}

func BenchmarkParse(b *testing.B) {
	c, err := wechat.New(wechat.Config{})
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(goodLogin)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.ReadLogin(body); err != nil {
			b.Fatal(err)
		}
	}
}
