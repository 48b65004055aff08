package verify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/token"
)

// FuzzVerify changes tokens: what is taken must be one that was issued, to the
// byte, but for the twin that anybody can make of an ECDSA signature.
func FuzzVerify(f *testing.F) {
	forge := newForger(f)
	v := forge.verifier(f)
	issued := map[string]bool{}
	for _, alg := range []token.Use{token.ES256, token.RS256} {
		text := forge.issue(f, alg)
		issued[text[:strings.LastIndexByte(text, '.')]] = true
		f.Add(text)
		f.Add(strings.Replace(text, ".", "..", 1))
		f.Add(text[:len(text)/2])
	}
	f.Add(join(`{"alg":"none","typ":"JWT"}`, forge.payload) + ".")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := v.Verify(t.Context(), text); err == nil && !issued[text[:strings.LastIndexByte(text, '.')]] {
			t.Fatalf("taken: %q", text)
		}
	})
}

// FuzzClaims signs whatever comes: what is taken must be complete and in time.
func FuzzClaims(f *testing.F) {
	forge := newForger(f)
	v := forge.verifier(f)
	for _, seed := range []string{
		forge.payload, "{}", "null", `{"exp":1e400}`, strings.Replace(forge.payload, `"aud":"`, `"aud":["`, 1),
		strings.Replace(forge.payload, `}`, `,"exp":1}`, 1),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		claims, err := v.Verify(t.Context(), forge.sign(forge.header, payload))
		if err != nil {
			return
		}
		now := time.Now()
		if claims.AppID != app1 || !strings.HasPrefix(string(claims.UserID), "usr_") || !strings.HasPrefix(string(claims.SessionID), "ses_") || claims.ID == "" ||
			!now.Before(claims.ExpiresAt.Add(time.Minute)) || claims.IssuedAt.After(now.Add(time.Minute)) {
			t.Fatalf("taken with claims %+v from %q", claims, payload)
		}
	})
}
