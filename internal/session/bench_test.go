package session_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/wechat"
)

// stubWeChat answers at once, with the code as the person.
type stubWeChat struct{ people uint64 }

func (s stubWeChat) Code2Session(_ context.Context, _ wechat.App, code string) (wechat.Code2SessionResult, error) {
	var n uint64
	_, err := fmt.Sscan(code, &n)
	return wechat.Code2SessionResult{
		OpenID:     id.OpenID(fmt.Sprintf("o%027d", n%s.people)),
		SessionKey: secret.New("tiihtNczf5v6AKRyjwEUhQ=="),
	}, err
}

// BenchmarkLogin is a login without HTTP and without WeChat: rules, store with
// full durability, and signature; from as many goroutines as the name says.
func BenchmarkLogin(b *testing.B) {
	for name, people := range map[string]uint64{"Returning": 10_000, "New": 1 << 62} {
		for _, clients := range []int{16, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, clients), func(b *testing.B) {
				w := newWorld(b, func(c *session.Config) { c.WeChat = stubWeChat{people} })
				var n atomic.Uint64
				login := func() {
					code := fmt.Sprint(n.Add(1))
					_, err := w.manager.Login(context.Background(), session.Call{AppID: app1, Code: code, Key: key1, Client: home})
					if err != nil {
						b.Error(err)
					}
				}
				if people == 10_000 {
					for range people {
						login()
					}
				}
				b.ReportAllocs()
				b.SetParallelism(max(clients/runtime.GOMAXPROCS(0), 1))
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						login()
					}
				})
			})
		}
	}
}

// BenchmarkRefresh is a refresh without HTTP, from 16 goroutines: of sessions in
// random order, each with the token of its last refresh.
func BenchmarkRefresh(b *testing.B) {
	const sessions = 10_000
	w := newWorld(b, func(c *session.Config) { c.WeChat = stubWeChat{sessions} })
	tokens := make(chan secret.String, sessions)
	for n := range sessions {
		granted, err := w.manager.Login(context.Background(), session.Call{AppID: app1, Code: fmt.Sprint(n * 7919), Client: home})
		if err != nil {
			b.Fatal(err)
		}
		tokens <- granted.RefreshToken
	}
	b.ReportAllocs()
	b.SetParallelism(max(16/runtime.GOMAXPROCS(0), 1))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			granted, err := w.manager.Refresh(context.Background(), <-tokens, key1)
			if err != nil {
				b.Error(err)
			}
			tokens <- granted.RefreshToken
		}
	})
}
