package token_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/token"
)

// refused checks that a token is refused as code, and that the error tells
// nothing of it.
func refused(t *testing.T, v *token.Verifier, text string, code problem.Code) {
	t.Helper()
	for range 2 { // the second time, what was remembered is asked
		claims, err := v.Verify(reveal(text))
		if err == nil || claims != (token.Claims{}) {
			t.Errorf("accepted as %+v", claims)
			return
		}
		var p *problem.Error
		if !errors.As(err, &p) || p.Code != code {
			t.Errorf("got %v, want %s", err, code)
			return
		}
		for _, shown := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", p.Unwrap())} {
			for _, piece := range strings.FieldsFunc(text, func(r rune) bool { return r == '.' }) {
				if len(piece) >= 8 && strings.Contains(shown, piece) {
					t.Errorf("the error holds a part of the token: %.200s", shown)
				}
			}
			if strings.Contains(shown, "evil") || len(shown) > 300 {
				t.Errorf("the error holds what was sent: %.200s", shown)
			}
		}
	}
}

func TestVerify_Expired(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, alg := range []token.Use{token.ES256, token.RS256} {
		text, want, err := h.issuer.Issue(someClaims(), alg, token.TypeJWT, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		h.clock.advance(want.ExpiresAt.Add(-1).Sub(h.clock.now()))
		if _, err := h.verifier.Verify(reveal(text)); err != nil {
			t.Errorf("in its last nanosecond: %v", err)
		}
		h.clock.advance(1)
		refused(t, h.verifier, text, problem.TokenExpired)               // remembered
		refused(t, h.verify(t, h.keyring), text, problem.TokenExpired)   // seen for the first time
		refused(t, h.verifier, text[:len(text)-3], problem.InvalidToken) // expired is said of ours alone
		refused(t, h.verifier, "x"+text, problem.InvalidToken)           //
		refused(t, h.verifier, swapPart(text, 2, ""), problem.InvalidToken)
	}
}

func TestVerify_DeletedKeyTakesBackWhatItSigned(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	text := h.issue(t, token.ES256)
	if _, err := h.verifier.Verify(reveal(text)); err != nil {
		t.Fatal(err)
	}
	if err := h.store.DeleteSigningKey(t.Context(), token.ES256, 1); err != nil {
		t.Fatal(err)
	}
	if err := h.keyring.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused(t, h.verifier, text, problem.InvalidToken)
	// A new key of the same number is another key.
	mustMaintain(t, h.keyring)
	refused(t, h.verifier, text, problem.InvalidToken)
	if _, err := h.verifier.Verify(reveal(h.issue(t, token.ES256))); err != nil {
		t.Errorf("the new key: %v", err)
	}
}

func TestVerify_AnotherHouse(t *testing.T) {
	t.Parallel()
	h, evil := newHouse(t), newHouse(t)
	for _, alg := range []token.Use{token.ES256, token.RS256} {
		text := evil.issue(t, alg)
		refused(t, h.verifier, text, problem.InvalidToken)
		// Their signature under our header, ours under their payload.
		ours := h.issue(t, alg)
		refused(t, h.verifier, swapPart(text, 0, strings.Split(ours, ".")[0]), problem.InvalidToken)
		refused(t, h.verifier, swapPart(ours, 1, strings.Split(text, ".")[1]), problem.InvalidToken)
	}
	// One of ours, for another issuer.
	v, err := token.NewVerifier(h.keyring, issuerURL+"/", h.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, v, h.issue(t, token.ES256), problem.InvalidToken)
	if v, err = token.NewVerifier(h.keyring, "", h.clock.now); err != nil {
		t.Fatal(err)
	}
	refused(t, v, h.issue(t, token.ES256), problem.InvalidToken)
}

// A token of ours has one spelling. (Of an ECDSA signature anybody can make a
// twin, n−S for S: another token of the same session and jti, by which it can
// be told and revoked.)
func TestVerify_OneSpelling(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, alg := range []token.Use{token.ES256, token.RS256} {
		text := h.issue(t, alg)
		if _, err := h.verifier.Verify(reveal(text)); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			p := strings.Split(text, ".")[i]
			for _, other := range spellings(p) {
				refused(t, h.verifier, swapPart(text, i, other), problem.InvalidToken)
			}
		}
		for _, other := range []string{
			" " + text, text + " ", "\t" + text, text + "\n", text + "\r\n", text + ".", text + "..", "." + text, text + "." + text,
			strings.Replace(text, ".", "..", 1), strings.ReplaceAll(text, ".", ". "), strings.ToLower(text), strings.ToUpper(text),
			"Bearer " + text, `"` + text + `"`, text + "\x00", "\ufeff" + text, text + "%3D",
		} {
			refused(t, h.verifier, other, problem.InvalidToken)
		}
		for n := 0; n < len(text); n += 7 {
			refused(t, h.verifier, text[:n], problem.InvalidToken)
		}
		for n := range len(text) {
			b := []byte(text)
			b[n] ^= 1
			refused(t, h.verifier, string(b), problem.InvalidToken)
		}
	}
}

// spellings are other texts that a lenient decoder reads as the same bytes.
func spellings(p string) []string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	out := []string{p + "=", p + "==", p[:4] + "\n" + p[4:], p[:4] + "\r\n" + p[4:], p + "\n", "\r" + p, p[:4] + " " + p[4:]}
	if len(p)%4 != 0 { // unused bits at the end
		last := strings.IndexByte(alphabet, p[len(p)-1])
		out = append(out, p[:len(p)-1]+string(alphabet[last^1]))
	}
	if s := strings.NewReplacer("-", "+", "_", "/").Replace(p); s != p {
		out = append(out, s)
	}
	return out
}

// swapPart replaces one part of a compact JWS.
func swapPart(text string, i int, with string) string {
	parts := strings.Split(text, ".")
	parts[i] = with
	return strings.Join(parts, ".")
}

func TestVerify_Garbage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	text := h.issue(t, token.ES256)
	header := strings.Split(text, ".")[0]
	for _, bad := range []string{
		"", ".", "..", "...", "....", "a.b.c", "null", "{}", "undefined", "\x00\x00\x00", header, header + ".", header + "..", header + "...",
		header + ".e30.", header + ".e30.AAAA", header + "..AAAA", "." + text[len(header):], "..AAAA", "eyJhbGciOiJub25lIn0..",
		strings.Repeat("A", 1<<20), strings.Repeat(".", 1<<20), header + "." + strings.Repeat("A", 1<<20), text + strings.Repeat("A", 1<<20),
		text + strings.Repeat(" ", 1<<20), header + "." + strings.Repeat("e30", 1000) + "." + strings.Repeat("A", 86),
	} {
		refused(t, h.verifier, bad, problem.InvalidToken)
	}
}
