package token_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/internal/web"
)

// newServer serves a house under its own URL and the issuer's path. Real time:
// verifiers written by others have clocks of their own.
func newServer(t *testing.T, base string, strip bool) (*house, string) {
	t.Helper()
	h := newHouse(t)
	h.clock.advance(time.Since(h.clock.now()))
	api := web.New(web.Options{})
	var handler http.Handler = api
	if strip { // as a proxy does
		mux := http.NewServeMux()
		mux.Handle(base+"/", http.StripPrefix(base, api))
		mux.Handle("/.well-known/", api)
		handler = mux
	}
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	issuer := srv.URL + base
	if err := token.Mount(api, h.keyring, issuer, nil); err != nil {
		t.Fatal(err)
	}
	h.issuer.URL, h.issuer.Now = issuer, nil
	return h, issuer
}

func get(t *testing.T, address string, header ...string) (*http.Response, string) {
	t.Helper()
	return send(t, http.MethodGet, address, "", header...)
}

// send makes a call; header holds names and values in turn.
func send(t *testing.T, method, address, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

// go-oidc knows the issuer's URL and nothing else.
func TestDiscovery_GoOIDC(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		base  string
		strip bool
	}{"Root": {"", false}, "PathPassedOn": {"/base/of/it", false}, "PathCutOff": {"/base", true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, issuer := newServer(t, tt.base, tt.strip)
			provider, err := oidc.NewProvider(t.Context(), issuer)
			if err != nil {
				t.Fatal(err)
			}
			app := string(someClaims().AppID)
			verifier := provider.Verifier(&oidc.Config{ClientID: app})
			check := func(alg token.Use, typ token.Type) {
				t.Helper()
				text, want, err := h.issuer.Issue(someClaims(), alg, typ, time.Time{})
				if err != nil {
					t.Fatal(err)
				}
				got, err := verifier.Verify(t.Context(), text)
				if err != nil {
					t.Fatalf("%s: %v", alg, err)
				}
				if got.Subject != string(want.UserID) || !got.Expiry.Equal(want.ExpiresAt) || got.Issuer != issuer {
					t.Errorf("%s: %+v", alg, got)
				}
				if _, err := provider.Verifier(&oidc.Config{ClientID: "wxdd00000000000002"}).Verify(t.Context(), text); err == nil {
					t.Error("taken by another app")
				}
				if _, err := verifier.Verify(t.Context(), swapPart(text, 2, strings.Split(h.issue(t, alg), ".")[2])); err == nil {
					t.Error("a signature of another token was taken")
				}
			}
			for _, alg := range []token.Use{token.ES256, token.RS256} {
				for _, typ := range []token.Type{token.TypeJWT, token.TypeATJWT} {
					check(alg, typ)
				}
			}
			// A key made since is fetched when it is met.
			if err := h.keyring.Rotate(t.Context(), token.ES256, false); err != nil {
				t.Fatal(err)
			}
			h.issuer.Now = func() time.Time { return time.Now().Add(token.DefaultLead) }
			late := provider.Verifier(&oidc.Config{ClientID: app, Now: h.issuer.Now})
			text := h.issue(t, token.ES256)
			if kidOf(t, text) == h.kid(t, token.ES256) {
				t.Fatal("the new key does not sign: the test shows nothing")
			}
			// The first try may still share the fetch of the check before, which
			// began before the rotation: go-oidc hands its result out a moment
			// before it forgets it.
			_, err = late.Verify(t.Context(), text)
			for deadline := time.Now().Add(time.Minute); err != nil && time.Now().Before(deadline); {
				_, err = late.Verify(t.Context(), text)
			}
			if err != nil {
				t.Errorf("after a rotation: %v", err)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	_, issuer := newServer(t, "/base", false)
	u, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	root := "http://" + u.Host
	want := map[string]any{
		"issuer": issuer, "jwks_uri": issuer + "/.well-known/jwks.json",
		"authorization_endpoint": issuer + "/oauth2/authorize", "token_endpoint": issuer + "/oauth2/token",
		"introspection_endpoint": issuer + "/oauth2/introspect", "revocation_endpoint": issuer + "/oauth2/revoke",
		"response_types_supported": []any{"code"}, "grant_types_supported": []any{"authorization_code"},
		"subject_types_supported": []any{"public"}, "id_token_signing_alg_values_supported": []any{"ES256", "RS256"},
		"introspection_endpoint_auth_methods_supported": []any{"client_secret_basic"},
		"revocation_endpoint_auth_methods_supported":    []any{"client_secret_basic"},
	}
	for _, address := range []string{
		issuer + "/.well-known/openid-configuration", issuer + "/.well-known/oauth-authorization-server",
		root + "/.well-known/openid-configuration", root + "/.well-known/oauth-authorization-server",
		root + "/.well-known/openid-configuration/base", root + "/.well-known/oauth-authorization-server/base",
	} {
		resp, body := get(t, address)
		var got map[string]any
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%s: %d %v", address, resp.StatusCode, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
		if resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("Cache-Control") != "public, max-age=300" {
			t.Errorf("%s: %v", address, resp.Header)
		}
	}
	// Every address it tells is served.
	for name, value := range want {
		address, ok := value.(string)
		if !ok || name == "issuer" {
			continue
		}
		if resp, _ := get(t, address); resp.StatusCode == http.StatusNotFound {
			t.Errorf("%s leads nowhere", name)
		}
	}
	if resp, _ := send(t, http.MethodPost, issuer+"/.well-known/jwks.json", "{}"); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST to the JWKS: %d", resp.StatusCode)
	}
}

func TestJWKS(t *testing.T) {
	t.Parallel()
	h, issuer := newServer(t, "", false)
	address := issuer + "/.well-known/jwks.json"
	resp, body := get(t, address)
	tag := resp.Header.Get("ETag")
	if resp.StatusCode != http.StatusOK || body != string(h.keyring.JWKS()) || resp.Header.Get("Content-Type") != "application/json" ||
		resp.Header.Get("Cache-Control") != "public, max-age=300" || tag == "" {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, body)
	}
	if strings.Contains(body, `"d"`) || strings.Contains(body, `"k"`) {
		t.Error("a private key is published")
	}
	if resp, body := get(t, address, "If-None-Match", tag); resp.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("with its tag: %d %q", resp.StatusCode, body)
	}
	if resp, body := send(t, http.MethodHead, address, ""); resp.StatusCode != http.StatusOK || body != "" || resp.Header.Get("ETag") != tag {
		t.Errorf("HEAD: %d %q", resp.StatusCode, body)
	}
	if err := h.keyring.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if resp, _ := get(t, address, "If-None-Match", tag); resp.StatusCode != http.StatusNotModified {
		t.Errorf("the tag changes without the keys: %d", resp.StatusCode)
	}
	if err := h.keyring.Rotate(t.Context(), token.RS256, false); err != nil {
		t.Fatal(err)
	}
	if resp, body := get(t, address, "If-None-Match", tag); resp.StatusCode != http.StatusOK || body != string(h.keyring.JWKS()) {
		t.Errorf("after a rotation: %d", resp.StatusCode)
	}
}

func TestOAuth(t *testing.T) {
	t.Parallel()
	_, issuer := newServer(t, "", false)
	const form = "application/x-www-form-urlencoded"

	for name, tt := range map[string]struct {
		method, path, kind, body string
		status                   int
		code                     string
	}{
		"AuthorizeCode":         {"GET", "/oauth2/authorize?response_type=code&client_id=x&redirect_uri=https://evil.example/cb&state=evil", "", "", 400, "unsupported_response_type"},
		"AuthorizePost":         {"POST", "/oauth2/authorize", form, "response_type=token&redirect_uri=https://evil.example/cb", 400, "unsupported_response_type"},
		"AuthorizeNothing":      {"GET", "/oauth2/authorize", "", "", 400, "invalid_request"},
		"AuthorizeEmpty":        {"GET", "/oauth2/authorize?response_type=", "", "", 400, "invalid_request"},
		"AuthorizeTwice":        {"GET", "/oauth2/authorize?response_type=code&response_type=code", "", "", 400, "invalid_request"},
		"AuthorizeTwiceOther":   {"GET", "/oauth2/authorize?response_type=code&state=evil&state=evil", "", "", 400, "invalid_request"},
		"AuthorizeMalformed":    {"GET", "/oauth2/authorize?response_type=%zz", "", "", 400, "invalid_request"},
		"AuthorizeDelete":       {"DELETE", "/oauth2/authorize", "", "", 405, "invalid_request"},
		"Token":                 {"POST", "/oauth2/token", form, "grant_type=authorization_code&code=evil&client_id=x", 400, "unsupported_grant_type"},
		"TokenCharset":          {"POST", "/oauth2/token", form + "; charset=UTF-8", "grant_type=refresh_token", 400, "unsupported_grant_type"},
		"TokenPassword":         {"POST", "/oauth2/token", form, "grant_type=password&username=evil&password=evil", 400, "unsupported_grant_type"},
		"TokenNothing":          {"POST", "/oauth2/token", form, "", 400, "invalid_request"},
		"TokenEmpty":            {"POST", "/oauth2/token", form, "grant_type=", 400, "invalid_request"},
		"TokenTwice":            {"POST", "/oauth2/token", form, "grant_type=password&grant_type=password", 400, "invalid_request"},
		"TokenInQuery":          {"POST", "/oauth2/token?grant_type=password", form, "", 400, "invalid_request"},
		"TokenJSON":             {"POST", "/oauth2/token", "application/json", `{"grant_type":"evil"}`, 400, "invalid_request"},
		"TokenNoType":           {"POST", "/oauth2/token", "", "grant_type=password", 400, "invalid_request"},
		"TokenMultipart":        {"POST", "/oauth2/token", "multipart/form-data; boundary=x", "--x--", 400, "invalid_request"},
		"TokenMalformed":        {"POST", "/oauth2/token", form, "grant_type=%zz", 400, "invalid_request"},
		"TokenSemicolon":        {"POST", "/oauth2/token", form, "grant_type=a;b=c", 400, "invalid_request"},
		"TokenTooLarge":         {"POST", "/oauth2/token", form, "grant_type=" + strings.Repeat("a", 64<<10), 413, "invalid_request"},
		"TokenGet":              {"GET", "/oauth2/token?grant_type=password", "", "", 405, "invalid_request"},
		"Introspect":            {"POST", "/oauth2/introspect", form, "token=evil", 401, "invalid_client"},
		"IntrospectWithNothing": {"POST", "/oauth2/introspect", "", "", 401, "invalid_client"},
		"IntrospectGet":         {"GET", "/oauth2/introspect?token=evil", "", "", 405, "invalid_request"},
		"Revoke":                {"POST", "/oauth2/revoke", form, "token=evil", 401, "invalid_client"},
		"RevokePut":             {"PUT", "/oauth2/revoke", form, "token=evil", 405, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body := send(t, tt.method, issuer+tt.path, tt.body, "Content-Type", tt.kind, "Authorization", "Basic ZXZpbDpldmls")
			var got struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
			}
			dec := json.NewDecoder(strings.NewReader(body))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&got); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if resp.StatusCode != tt.status || got.Error != tt.code || got.Description == "" {
				t.Errorf("%d %s, want %d %s", resp.StatusCode, body, tt.status, tt.code)
			}
			h := resp.Header
			if h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" || h.Get("Location") != "" {
				t.Errorf("header %v", h)
			}
			if (h.Get("Allow") != "") != (tt.status == 405) {
				t.Errorf("Allow %q", h.Get("Allow"))
			}
			if strings.HasPrefix(h.Get("WWW-Authenticate"), "Basic ") != (tt.status == 401) {
				t.Errorf("WWW-Authenticate %q", h.Get("WWW-Authenticate"))
			}
			if strings.Contains(body, "evil") {
				t.Error("the answer repeats what was sent")
			}
		})
	}
}

func TestMount_Issuer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for issuer, ok := range map[string]bool{
		"https://login.example.com": true, "http://127.0.0.1:8080": true, "https://login.example.com:8443/a/b": true, "http://[::1]:8080/x-y_z~1.2": true,
		"": false, "login.example.com": false, "//login.example.com": false, "ftp://login.example.com": false, "https://": false, "https:///x": false,
		"https://login.example.com/": false, "https://login.example.com/a/": false, "https://login.example.com/a//b": false, "https://login.example.com/a/../b": false,
		"https://login.example.com?x": false, "https://login.example.com?": false, "https://login.example.com#": false, "https://user@login.example.com": false,
		"https://login.example.com/{id}": false, "https://login.example.com/%7Ba": false, "https://login.example.com/a b": false, "https://login.example.com/登录": false,
		"HTTPS://login.example.com/a": false, "https://login.example.com:bad": false, " https://login.example.com": false, "https://login.example.com\n": false,
	} {
		if err := token.Mount(web.New(web.Options{}), h.keyring, issuer, nil); (err == nil) != ok {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}
