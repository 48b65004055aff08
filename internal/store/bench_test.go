//go:build unix

package store_test

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/store"
)

const benchApp id.AppID = "wxaaaaaaaaaaaaaaaa"

// benchLogin is a login as the service makes it, of person n.
func benchLogin(n int) session.Login { return benchLoginAt(n, time.Now()) }

func benchLoginAt(n int, now time.Time) session.Login {
	now = now.UTC().Truncate(time.Millisecond)
	l := session.Login{
		AppID: benchApp, OpenID: id.OpenID(fmt.Sprintf("o%010x-%016x", n*7919%1000003, n)), At: now,
		NewUserID: id.NewUserID(now), SessionID: id.NewSessionID(now),
		ExpiresAt: now.Add(30 * 24 * time.Hour), EndsAt: now.Add(180 * 24 * time.Hour),
		MaxSessions: 20, RevokedUntil: now.Add(15 * time.Minute),
	}
	_, _ = rand.Read(l.Salt[:])
	_, _ = rand.Read(l.Key[:])
	_, _ = rand.Read(l.Replay.CodeHash[:])
	l.Replay.KeyHash, l.Replay.BodyHash = l.Key[20:36], l.Key[40:56]
	return l
}

func openBench(b *testing.B, backend string, o store.Options) *store.DB {
	b.Helper()
	dsn := "sqlite:" + filepath.Join(b.TempDir(), "hufu.db")
	if backend == "postgres" {
		dsn = schemaDSN(b)
	}
	db, err := store.Open(b.Context(), dsn, o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return db
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// crowded runs call b.N times from so many goroutines, and reports the CPU time
// of this process for each.
func crowded(b *testing.B, goroutines int, call func(i int) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	before := cpuTime()
	for range goroutines {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := call(int(i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// seed records a first login of each person, in the days before.
func seed(b *testing.B, db *store.DB, people int) {
	b.Helper()
	var wg sync.WaitGroup
	var next atomic.Int64
	begin := time.Now().Add(-48 * time.Hour)
	for range 128 {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(people); n = next.Add(1) {
				at := begin.Add(time.Duration(n) * 100 * time.Millisecond)
				if _, err := db.RecordLogin(context.Background(), benchLoginAt(int(n), at)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkRecordLogin(b *testing.B) {
	const people = 10_000
	for _, backend := range []string{"sqlite", "postgres"} {
		b.Run(backend, func(b *testing.B) {
			var steps, flushes atomic.Int64
			db := openBench(b, backend, store.Options{OnFlush: func(f store.Flush) {
				steps.Add(int64(f.Steps))
				flushes.Add(1)
			}})
			seed(b, db, people)
			fresh := people
			for _, c := range []struct {
				name   string
				person func(i int) int
			}{
				{"returning", func(int) int { return 1 + mathrand.IntN(people) }},
				{"new", func(i int) int { return fresh + i }},
				// A hundred people who have all their sessions.
				{"full", func(int) int { return 1 + mathrand.IntN(100) }},
			} {
				for _, goroutines := range []int{1, 6, 16, 64} {
					b.Run(fmt.Sprintf("%s/%d", c.name, goroutines), func(b *testing.B) {
						if c.name == "full" {
							for i := range 2000 {
								_, _ = db.RecordLogin(context.Background(), benchLogin(1+i%100))
							}
						}
						steps.Store(0)
						flushes.Store(0)
						crowded(b, goroutines, func(i int) error {
							_, err := db.RecordLogin(context.Background(), benchLogin(c.person(i)))
							return err
						})
						b.ReportMetric(float64(steps.Load())/float64(flushes.Load()), "steps/tx")
						if c.name == "new" {
							fresh += b.N
						}
					})
				}
			}
		})
	}
}

// BenchmarkGrowth compares a returning login among ten thousand people with one
// among a million. It takes minutes to fill; run it by hand:
//
//	go test -run=NONE -bench=Growth/sqlite -benchtime=50000x ./internal/store
func BenchmarkGrowth(b *testing.B) {
	for _, backend := range []string{"sqlite", "postgres"} {
		for _, people := range []int{10_000, 1_000_000} {
			b.Run(backend, func(b *testing.B) {
				db := openBench(b, backend, store.Options{})
				seed(b, db, people)
				b.Run(fmt.Sprint(people), func(b *testing.B) {
					crowded(b, 16, func(int) error {
						_, err := db.RecordLogin(context.Background(), benchLogin(1+mathrand.IntN(people)))
						return err
					})
				})
			})
		}
	}
}
