package token_test

import (
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/token"
)

func BenchmarkIssue(b *testing.B) {
	h := newHouse(b)
	claims := someClaims()
	for _, alg := range []token.Use{token.ES256, token.RS256} {
		b.Run(string(alg), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := h.issuer.Issue(claims, alg, token.TypeJWT, time.Time{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	h := newHouse(b)
	for _, alg := range []token.Use{token.ES256, token.RS256} {
		text := reveal(h.issue(b, alg))
		b.Run(string(alg)+"/Seen", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := h.verifier.Verify(text); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(alg)+"/Unseen", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.verifier.Forget()
				if _, err := h.verifier.Verify(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("Refused", func(b *testing.B) {
		text := reveal(h.issue(b, token.ES256)[1:])
		b.ReportAllocs()
		for b.Loop() {
			if _, err := h.verifier.Verify(text); err == nil {
				b.Fatal("taken")
			}
		}
	})
}
