package verify_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/verify"
)

func TestHandler(t *testing.T) {
	t.Parallel()
	f, e := feedHouse(t)
	v := f.verifier(t, following(verify.Feed{}))
	good := f.fresh(t)
	bad, sid := f.someone(t)
	e.add(sid, mustClaims(t, f.verifier(t), bad).ExpiresAt)
	var seen []verify.Claims
	h := v.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, ok := verify.FromContext(r.Context())
		if !ok {
			t.Error("no claims")
		}
		seen = append(seen, claims)
		w.WriteHeader(http.StatusTeapot)
	}))
	downHouse := newHouse(t)
	downHouse.breakBy(down)
	unavailable := downHouse.verifier(t).Handler(http.NotFoundHandler())

	const realm = `Bearer realm="` + issuerURL + `"`
	challenge := func(kind, description string) string {
		return realm + `, error="` + kind + `", error_description="` + description + `"`
	}
	expired := changeClaim(t, f.payload, "exp", "1700000000")
	for name, c := range map[string]struct {
		handler       http.Handler
		authorization []string
		status        int
		code          string
		challenge     string
	}{
		"Good":        {h, []string{"Bearer " + good}, 418, "", ""},
		"LowerCase":   {h, []string{"bearer " + good}, 418, "", ""},
		"Spaces":      {h, []string{"BEARER  " + good + " "}, 418, "", ""},
		"None":        {h, nil, 401, "invalid_token", realm},
		"Empty":       {h, []string{""}, 401, "invalid_token", realm},
		"Basic":       {h, []string{"Basic " + good}, 401, "invalid_token", realm},
		"NoScheme":    {h, []string{good}, 401, "invalid_token", realm},
		"Two":         {h, []string{"Bearer " + good, "Bearer " + good}, 400, "invalid_request", challenge("invalid_request", "More than one Authorization header")},
		"NoToken":     {h, []string{"Bearer "}, 401, "invalid_token", challenge("invalid_token", "The access token is invalid")},
		"Garbage":     {h, []string{`Bearer evil"`}, 401, "invalid_token", challenge("invalid_token", "The access token is invalid")},
		"Expired":     {h, []string{"Bearer " + f.sign(f.header, expired)}, 401, "token_expired", challenge("invalid_token", "The access token has expired")},
		"Revoked":     {h, []string{"Bearer " + bad}, 401, "session_revoked", challenge("invalid_token", "The session has been ended")},
		"Unavailable": {unavailable, []string{"Bearer " + good}, 503, "temporarily_unavailable", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/orders?access_token="+good, nil)
			for _, value := range c.authorization {
				r.Header.Add("Authorization", value)
			}
			w := httptest.NewRecorder()
			c.handler.ServeHTTP(w, r)
			resp := w.Result()
			if resp.StatusCode != c.status || resp.Header.Get("WWW-Authenticate") != c.challenge || (resp.Header.Get("Retry-After") != "") != (c.status == 503) {
				t.Errorf("%d %v", resp.StatusCode, resp.Header)
			}
			if c.code == "" {
				return
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			var problem struct {
				Type, Title, Code string
				Status            int
			}
			if err := json.Unmarshal(body, &problem); err != nil || problem.Code != c.code || problem.Status != c.status ||
				problem.Type != "urn:hufu:problem:"+c.code || problem.Title == "" {
				t.Errorf("%v: %s", err, body)
			}
			if resp.Header.Get("Content-Type") != "application/problem+json" || resp.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%v", resp.Header)
			}
		})
	}
	wanted := mustClaims(t, v, good)
	if diff := cmp.Diff([]verify.Claims{wanted, wanted, wanted}, seen); diff != "" {
		t.Errorf("the handler saw (-want +got):\n%s", diff)
	}
	if _, ok := verify.FromContext(t.Context()); ok {
		t.Error("claims out of nothing")
	}
}

func mustClaims(t *testing.T, v *verify.Verifier, text string) verify.Claims {
	t.Helper()
	claims, err := v.Verify(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return claims
}
