package token_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/token"
)

// FuzzVerify: no input panics; what is refused is refused as a problem; what is
// taken, go-jose takes too, and it is a token that was made here.
func FuzzVerify(f *testing.F) {
	forge := newForger(f)
	text := forge.h.issue(f, token.ES256)
	made := map[string]bool{string(part(f, text, 1)): true, forge.payload: true}
	rs := forge.h.issue(f, token.RS256)
	made[string(part(f, rs, 1))] = true
	for _, seed := range []string{
		text, rs, "", "..", text + ".", text[:len(text)-1], swapPart(text, 2, ""), swapPart(text, 0, "eyJhbGciOiJub25lIn0"),
		swapPart(text, 1, "e30"), swapPart(text, 2, strings.Repeat("A", 86)), strings.Replace(text, ".", "\n.", 1),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := forge.verifier.Verify(reveal(text))
		if err != nil {
			var p *problem.Error
			if !errors.As(err, &p) || (p.Code != problem.InvalidToken && p.Code != problem.TokenExpired) {
				t.Fatalf("refused as %v", err)
			}
			return
		}
		jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
		if err != nil {
			t.Fatalf("go-jose does not read what was taken: %v", err)
		}
		payload := jws.UnsafePayloadWithoutVerification()
		_, errES := jws.Verify(&forge.es.PublicKey)
		_, errRS := jws.Verify(&forge.rs.PublicKey)
		if (errES != nil && errRS != nil) || !made[string(payload)] {
			t.Fatalf("taken, but never made: %q", text)
		}
	})
}

// FuzzVerifyClaims has every payload signed with the true key.
func FuzzVerifyClaims(f *testing.F) {
	forge := newForger(f)
	for _, seed := range []string{
		forge.payload, "", "{}", "null", "[]", `{"exp":1}`, `{"exp":1e400}`, strings.Replace(forge.payload, `"aud":"`, `"aud":["`, 1),
		strings.Replace(forge.payload, `}`, `,"exp":1}`, 1), strings.Replace(forge.payload, `"exp":1`, `"exp":-1`, 1),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		claims, err := forge.verifier.Verify(reveal(forge.signES(forge.header, payload)))
		if err != nil {
			return
		}
		now := forge.h.clock.now()
		if claims.UserID == "" || claims.SessionID == "" || claims.AppID == "" || claims.TokenID == "" ||
			!now.Before(claims.ExpiresAt) || claims.IssuedAt.After(now.Add(skew)) {
			t.Fatalf("taken with claims %+v from %q", claims, payload)
		}
	})
}
