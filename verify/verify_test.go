package verify_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/verify"
)

// TestMain wants no goroutine left. Those that are about to end get a minute:
// goleak's half a second is short for a machine under load.
func TestMain(m *testing.M) {
	firstKeys() // outside of any bubble
	code := m.Run()
	for began := time.Now(); code == 0; {
		err := goleak.Find()
		if err == nil {
			break
		}
		if time.Since(began) > time.Minute {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// want checks that a token is refused as kind, without a word of it.
func want(t *testing.T, v *verify.Verifier, text string, kind error) {
	t.Helper()
	claims, err := v.Verify(t.Context(), text)
	if !errors.Is(err, kind) || claims != (verify.Claims{}) {
		t.Errorf("got %+v, %v; want %v", claims, err, kind)
		return
	}
	for _, other := range []error{verify.ErrInvalid, verify.ErrExpired, verify.ErrRevoked, verify.ErrUnavailable} {
		if !errors.Is(kind, other) && errors.Is(err, other) {
			t.Errorf("%v is %v as well", err, other)
		}
	}
	for _, piece := range strings.Split(text, ".") {
		if len(piece) >= 8 && strings.Contains(err.Error(), piece) {
			t.Errorf("the error holds a part of the token: %.200s", err)
		}
	}
	if strings.Contains(err.Error(), "evil") || len(err.Error()) > 200 {
		t.Errorf("the error holds what was sent: %.200s", err)
	}
}

func accepted(t *testing.T, v *verify.Verifier, text string) verify.Claims {
	t.Helper()
	claims, err := v.Verify(t.Context(), text)
	if err != nil {
		t.Errorf("refused: %v", err)
	}
	return claims
}

func TestVerify(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.verifier(t)
	if len(h.calls) != 0 {
		t.Errorf("New asked for %v", h.calls)
	}
	for _, alg := range []token.Use{token.ES256, token.RS256} {
		for _, typ := range []token.Type{token.TypeJWT, token.TypeATJWT} {
			text, made, err := h.issuer.Issue(someClaims(), alg, typ, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			wanted := verify.Claims{
				UserID: verify.UserID(made.UserID), AppID: app1, SessionID: verify.SessionID(made.SessionID),
				OpenID: verify.OpenID(made.OpenID), UnionID: verify.UnionID(made.UnionID),
				IssuedAt: made.IssuedAt, ExpiresAt: made.ExpiresAt, ID: made.TokenID,
			}
			if diff := cmp.Diff(wanted, accepted(t, v, text)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", alg, typ, diff)
			}
		}
	}
	if h.count(pathMeta) != 1 || h.count(pathJWKS) != 1 {
		t.Errorf("it asked for %v", h.calls)
	}
	// Without openid and unionid, as hufu makes them by default.
	bare := someClaims()
	bare.OpenID, bare.UnionID = "", ""
	text, _, err := h.issuer.Issue(bare, token.ES256, token.TypeJWT, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if got := accepted(t, v, text); got.OpenID != "" || got.UnionID != "" {
		t.Errorf("%+v", got)
	}
}

func TestVerify_Audience(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	other := someClaims()
	other.AppID = app2
	text, _, err := h.issuer.Issue(other, token.ES256, token.TypeJWT, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	want(t, h.verifier(t), text, verify.ErrInvalid)
	if len(h.calls) != 0 {
		t.Errorf("the token of another app made it ask for %v", h.calls)
	}
	both := h.verifier(t, verify.AlsoFor(app2))
	if got := accepted(t, both, text); got.AppID != app2 {
		t.Errorf("app %s", got.AppID)
	}
	if got := accepted(t, both, h.issue(t, token.ES256)); got.AppID != app1 {
		t.Errorf("app %s", got.AppID)
	}
}

// TestVerify_Times walks over each edge of a token's life.
func TestVerify_Times(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		lax, strict := h.verifier(t, verify.WithLeeway(time.Minute)), h.verifier(t, verify.WithLeeway(0))
		text, made, err := h.issuer.Issue(someClaims(), token.ES256, token.TypeJWT, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		at := func(moment time.Time) {
			time.Sleep(time.Until(moment)) //nolint:forbidigo // the bubble's clock
			synctest.Wait()
		}
		at(made.ExpiresAt.Add(-1))
		accepted(t, strict, text)
		at(made.ExpiresAt)
		want(t, strict, text, verify.ErrExpired)
		accepted(t, lax, text)
		at(made.ExpiresAt.Add(time.Minute - 1))
		accepted(t, lax, text)
		at(made.ExpiresAt.Add(time.Minute))
		want(t, lax, text, verify.ErrExpired)
		want(t, lax, text[:len(text)-3], verify.ErrInvalid) // expired is said of good ones alone

		h.issuer.Now = func() time.Time { return time.Now().Add(time.Minute) }
		ahead := h.issue(t, token.RS256)
		accepted(t, lax, ahead)
		want(t, strict, ahead, verify.ErrInvalid)
		h.issuer.Now = func() time.Time { return time.Now().Add(time.Minute + time.Second) }
		want(t, lax, h.issue(t, token.ES256), verify.ErrInvalid)
	})
}

func TestNew(t *testing.T) {
	t.Parallel()
	for issuer, ok := range map[string]bool{
		"https://login.example.com": true, "https://login.example.com:8443/a/b": true, "http://127.0.0.1:8080": true,
		"http://localhost:8080": true, "http://[::1]:8080/x": true,
		"": false, "login.example.com": false, "http://login.example.com": false, "http://10.0.0.1": false, "http://localhost.evil.example": false,
		"http://127.0.0.1.evil.example": false, "https://": false, "https://login.example.com/": false, "https://login.example.com/a/": false,
		"https://login.example.com?x": false, "https://login.example.com#": false, "https://u:p@login.example.com": false, "ftp://login.example.com": false,
		"https://login.example.com/a/../b": false, " https://login.example.com": false, `https://login.example.com/"`: false, "HTTPS://login.example.com": false,
	} {
		v, err := verify.New(issuer, app1)
		if (err == nil) != ok {
			t.Errorf("%q: %v", issuer, err)
		}
		if v != nil {
			v.Close()
		}
	}
	for name, options := range map[string][]verify.Option{
		"EmptyFurtherAudience": {verify.AlsoFor("")}, "NegativeLeeway": {verify.WithLeeway(-1)}, "GreatLeeway": {verify.WithLeeway(time.Hour)},
		"NegativeTolerance": {verify.WithOutageTolerance(-1)}, "NilClient": {verify.WithHTTPClient(nil)}, "NilLogger": {verify.WithLogger(nil)},
		"EmptyKey": {verify.WithRevocations("", verify.Feed{})}, "BrokenKey": {verify.WithRevocations("hfk_evil\r\nX: y", verify.Feed{})},
		"FastFeed":   {verify.WithRevocations("hfk_evil", verify.Feed{Interval: time.Millisecond})},
		"StaleFirst": {verify.WithRevocations("hfk_evil", verify.Feed{Interval: time.Minute, StaleAfter: time.Second})},
		"NoPolicy":   {verify.WithRevocations("hfk_evil", verify.Feed{WhenStale: 7})},
	} {
		if _, err := verify.New(issuerURL, app1, options...); err == nil || strings.Contains(err.Error(), "evil") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := verify.New(issuerURL, ""); err == nil {
		t.Error("no audience is taken")
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.verifier(t)
	text := h.issue(t, token.ES256)
	accepted(t, v, text)
	v.Close()
	v.Close()
	want(t, v, text, verify.ErrUnavailable)
	if err := v.Ready(t.Context()); !errors.Is(err, verify.ErrUnavailable) {
		t.Errorf("ready: %v", err)
	}
}

// Close does not wait for an issuer that never answers, nor does the caller.
func TestClose_InTheMiddleOfAFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.breakBy(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		v := h.verifier(t)
		text := h.issue(t, token.ES256)
		failed := make(chan error)
		go func() {
			_, err := v.Verify(t.Context(), text)
			failed <- err
		}()
		synctest.Wait()
		began := time.Now()
		go v.Close()
		if err := <-failed; !errors.Is(err, verify.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestReady(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.verifier(t)
	for range 3 {
		if err := v.Ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if h.count(pathJWKS) != 1 {
		t.Errorf("asked for %v", h.calls)
	}
	h.breakBy(down)
	if err := h.verifier(t).Ready(t.Context()); !errors.Is(err, verify.ErrUnavailable) || !errors.Is(err, errDown) {
		t.Errorf("got %v", err)
	}
}
