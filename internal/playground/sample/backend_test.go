package sample_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"go.uber.org/goleak"

	"github.com/hufu-id/hufu/internal/playground/sample"
)

// TestMain wants no goroutine left. Those that are about to end get a minute:
// goleak's half a second is short for a machine under load.
func TestMain(m *testing.M) {
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

const app = "wxdd00000000000001"

// issuer stands in for hufu.
type issuer struct {
	*httptest.Server
	key     *ecdsa.PrivateKey
	asked   atomic.Int64 // for keys
	session atomic.Value // what /v1/session answers: a code, or ""
	status  atomic.Int64
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	i.session.Store("")
	i.status.Store(200)
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/.well-known/jwks.json" {
			i.asked.Add(1)
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
			return
		}
		w.WriteHeader(int(i.status.Load()))
		_, _ = fmt.Fprintf(w, `{"code":%q}`, i.session.Load())
	}))
	t.Cleanup(i.Close)
	return i
}

// token signs claims; change may spoil them.
func (i *issuer) token(t *testing.T, kid string, change func(*jwt.Claims)) string {
	t.Helper()
	now := time.Now()
	claims := jwt.Claims{
		Issuer: i.URL, Subject: "usr_1", Audience: jwt.Audience{app}, IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
	}
	if change != nil {
		change(&claims)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: i.key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func ask(b http.Handler, authorization string) (int, string) {
	r := httptest.NewRequest(http.MethodGet, "/sample/notes", nil)
	r.Header.Set("Authorization", authorization)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	body, _ := io.ReadAll(w.Body)
	return w.Code, string(body)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	i, other := newIssuer(t), newIssuer(t)
	transport := &http.Transport{DisableKeepAlives: true}
	b := sample.New(sample.Config{Issuer: i.URL, Apps: []string{app}, Transport: transport}).Routes("/sample/")["GET /sample/notes"]
	encode := base64.RawURLEncoding.EncodeToString
	unsigned := encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode([]byte(`{"iss":"`+i.URL+`","sub":"usr_1","aud":"`+app+`","iat":1,"exp":99999999999}`)) + "."
	symmetric := encode([]byte(`{"alg":"HS256","kid":"k1"}`)) + "." + encode([]byte(`{"sub":"usr_1"}`)) + "." + encode([]byte("x"))
	for name, tt := range map[string]struct {
		authorization string
		status        int
		code          string
	}{
		"Good":          {"Bearer " + i.token(t, "k1", nil), 200, `"data"`},
		"GoodInAnyCase": {"bearer " + i.token(t, "k1", nil), 200, `"data"`},
		"None":          {"", 401, "invalid_token"},
		"Basic":         {"Basic " + i.token(t, "k1", nil), 401, "invalid_token"},
		"Unsigned":      {"Bearer " + unsigned, 401, "invalid_token"},
		"Symmetric":     {"Bearer " + symmetric, 401, "invalid_token"},
		"UnknownKey":    {"Bearer " + i.token(t, "k2", nil), 401, "invalid_token"},
		"ForeignKey":    {"Bearer " + other.token(t, "k1", func(c *jwt.Claims) { c.Issuer = i.URL }), 401, "invalid_token"},
		"OtherIssuer":   {"Bearer " + i.token(t, "k1", func(c *jwt.Claims) { c.Issuer = "https://else" }), 401, "invalid_token"},
		"OtherApp":      {"Bearer " + i.token(t, "k1", func(c *jwt.Claims) { c.Audience = jwt.Audience{"wx2"} }), 401, "invalid_token"},
		"TwoApps":       {"Bearer " + i.token(t, "k1", func(c *jwt.Claims) { c.Audience = jwt.Audience{app, "wx2"} }), 401, "invalid_token"},
		"NoSubject":     {"Bearer " + i.token(t, "k1", func(c *jwt.Claims) { c.Subject = "" }), 401, "invalid_token"},
		"NoEnd":         {"Bearer " + i.token(t, "k1", func(c *jwt.Claims) { c.Expiry = nil }), 401, "invalid_token"},
		"FromTheFuture": {"Bearer " + i.token(t, "k1", func(c *jwt.Claims) { c.IssuedAt = jwt.NewNumericDate(time.Now().Add(time.Hour)) }), 401, "invalid_token"},
		"Expired":       {"Bearer " + i.token(t, "k1", func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(time.Now().Add(-time.Second)) }), 401, "token_expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if status, body := ask(b, tt.authorization); status != tt.status || !strings.Contains(body, tt.code) {
				t.Errorf("%d %s, want %d %s", status, body, tt.status, tt.code)
			}
		})
	}
	t.Cleanup(func() {
		if n := i.asked.Load(); n > 1 {
			t.Errorf("the keys were fetched %d times: whoever invents keys decides how often", n)
		}
	})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		says   string
		want   int
		code   string
	}{
		"Ended":   {401, "session_revoked", 401, "session_revoked"},
		"Expired": {401, "token_expired", 401, "token_expired"},
		"Odd":     {401, "what", 401, "invalid_token"},
		"Broken":  {500, "", 502, "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newIssuer(t)
			i.status.Store(int64(tt.status))
			i.session.Store(tt.says)
			b := sample.New(sample.Config{Issuer: i.URL, Apps: []string{app}, Transport: &http.Transport{DisableKeepAlives: true}}).Routes("/sample/")["GET /sample/notes"]
			if status, body := ask(b, "Bearer "+i.token(t, "k1", nil)); status != tt.want || !strings.Contains(body, `"code":"`+tt.code+`"`) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	t.Run("IssuerAway", func(t *testing.T) {
		t.Parallel()
		i := newIssuer(t)
		token := i.token(t, "k1", nil)
		i.Close()
		b := sample.New(sample.Config{Issuer: i.URL, Apps: []string{app}, Transport: &http.Transport{DisableKeepAlives: true}}).Routes("/sample/")["GET /sample/notes"]
		if status, body := ask(b, "Bearer "+token); status != 502 || strings.Contains(body, i.URL) {
			t.Errorf("%d %s", status, body)
		}
	})
}
