package wechat_test

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hufu-id/hufu/internal/wechat"
)

func TestBreaker_Log(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		p := &platform{}
		c := p.client(t, func(cfg *wechat.Config) { cfg.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		p.open(t, c)
		pass(6 * time.Second)
		p.reply = well
		for range 3 {
			_ = login(c)
		}
		for _, want := range []string{"wechat circuit opened", "wechat circuit closed", "api=jscode2session", "appid=" + string(testApp.ID)} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log lacks %q:\n%s", want, log.String())
			}
		}
	})
}

func TestObserve(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got []string
		p := &platform{}
		c := p.client(t, func(cfg *wechat.Config) {
			cfg.Observe = func(api, outcome string, took time.Duration) {
				got = append(got, api+" "+outcome+" "+took.String())
			}
		})
		slowly := func(reply func(*http.Request) (*http.Response, error)) func(*http.Request) (*http.Response, error) {
			return func(r *http.Request) (*http.Response, error) {
				pass(70 * time.Millisecond)
				return reply(r)
			}
		}
		for _, reply := range []func(*http.Request) (*http.Response, error){
			well, says(`{"errcode":40029}`), says(`<`), status(502), swallow,
			fails(&net.OpError{Op: "read", Err: syscall.ECONNRESET}),
		} {
			p.reply = slowly(reply)
			_ = login(c)
		}
		p.reply = slowly(says(`{"errcode":-1}`))
		_ = login(c)
		want := []string{
			"jscode2session 0 70ms", "jscode2session 40029 70ms", "jscode2session malformed 70ms",
			"jscode2session 5xx 70ms", "jscode2session timeout 5s", "jscode2session connection 70ms",
			"jscode2session -1 70ms", "jscode2session -1 70ms", "jscode2session -1 70ms",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("observed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}
