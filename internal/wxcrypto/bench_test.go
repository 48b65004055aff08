package wxcrypto_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/wxcrypto"
)

// BenchmarkOpen is all that is done to open data but for what keeps the keys:
// the official vector, the steps of 31 days, and data that the key does not fit.
func BenchmarkOpen(b *testing.B) {
	key := parseKey(b, sample.SessionKey)
	mark := fmt.Sprintf(`"watermark":{"timestamp":%d,"appid":%q}}`, sampleExpected().Now.Unix(), sample.AppID)
	steps := `{"stepInfoList":[` + strings.TrimSuffix(strings.Repeat(`{"timestamp":1477238400,"step":12345},`, 31), ",") + `],` + mark
	for _, c := range []struct {
		name   string
		sealed wxcrypto.Sealed
	}{
		{"Profile", sample.sealed()},
		{"Steps", seal(b, steps)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				opened, err := key.Open(c.sealed)
				if err == nil {
					_, err = opened.Verify(sampleExpected())
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("WrongKey", func(b *testing.B) {
		wrong := parseKey(b, raw.SessionKey)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := wrong.Open(sample.sealed()); err == nil {
				b.Fatal("a wrong key fits")
			}
		}
	})
}
