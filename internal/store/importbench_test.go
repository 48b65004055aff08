//go:build unix

package store_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/identity"
	"github.com/hufu-id/hufu/internal/identity/importing"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/store"
)

// writeTable writes a table of people with everything a row may have. Openids and
// unionids come in no order, as WeChat's do.
func writeTable(w io.Writer, people int) error {
	if _, err := io.WriteString(w, "openid,unionid,phone,nickname,external_id,created_at\n"); err != nil {
		return err
	}
	for n := range people {
		random := sha256.Sum256([]byte(fmt.Sprint(n)))
		text := base64.RawURLEncoding.EncodeToString(random[:])
		_, err := fmt.Fprintf(w, "o%.27s,u%.27s,1%010d,用户%d,crm-%d,%d\n", text, text[15:], 3_000_000_000+n, n, n, 1_500_000_000+n)
		if err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkImport imports a row an op, and tells how much longer the
// last tenth took than the first: what grows with the store shows there. By hand, for a million:
//
//	go test -run=NONE -bench=Import/sqlite -benchtime=1000000x ./internal/store
func BenchmarkImport(b *testing.B) {
	for _, backend := range []string{"sqlite", "postgres"} {
		b.Run(backend, func(b *testing.B) {
			db := openBench(b, backend, store.Options{WriteCache: 64 << 20})
			master, err := seal.NewMasterKey()
			if err != nil {
				b.Fatal(err)
			}
			sealer, err := seal.New(master)
			if err != nil {
				b.Fatal(err)
			}
			r, w := io.Pipe()
			go func() {
				buffered := bufio.NewWriterSize(w, 64<<10)
				w.CloseWithError(errors.Join(writeTable(buffered, b.N), buffered.Flush()))
			}()
			var firstTenth, lastTenth time.Duration // of the rows
			last, before := time.Now(), cpuTime()
			b.ResetTimer()
			end, err := importing.Run(b.Context(), importing.Config{
				Store: db, AppID: benchApp, OpenAccount: "acme", Phones: identity.NewPhoneBook(sealer, make([]byte, 32)),
				Input: r, Size: -1, Format: importing.CSV, Zone: time.UTC, MaxRejects: 1, Now: time.Now,
				Begun: func(importing.Progress) {}, Rejected: func(reject importing.Reject) { b.Errorf("%+v", reject) },
				Observe: func(p importing.Progress) {
					now := time.Now()
					switch (p.Counts.Rows() - 1) * 10 / int64(b.N) {
					case 0:
						firstTenth += now.Sub(last)
					case 9:
						lastTenth += now.Sub(last)
					}
					last = now
				},
			})
			b.StopTimer()
			if err != nil || end.Counts.Made != int64(b.N) {
				b.Fatalf("%+v, %v", end.Counts, err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
			b.ReportMetric(lastTenth.Seconds()/firstTenth.Seconds(), "last/first")
		})
	}
}
