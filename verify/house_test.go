package verify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/token"
	"github.com/hufu-id/hufu/internal/web"
	"github.com/hufu-id/hufu/verify"
)

const (
	issuerURL = "https://login.example.com"
	app1      = "wxdd00000000000001"
	app2      = "wxdd00000000000002"
	pathMeta  = "/.well-known/openid-configuration"
	pathJWKS  = "/.well-known/jwks.json"
	pathFeed  = "/v1/server/revocations"
)

// rows keep signing keys in memory.
type rows struct {
	mu   sync.Mutex
	list []token.StoredKey
}

func (r *rows) SigningKeys(context.Context) ([]token.StoredKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.list), nil
}

func (r *rows) InsertSigningKey(_ context.Context, k token.StoredKey) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, k)
	return nil
}

func (r *rows) DeleteSigningKey(_ context.Context, use token.Use, seq int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = slices.DeleteFunc(r.list, func(k token.StoredKey) bool { return k.Use == use && k.Seq == seq })
	return nil
}

// firstKeys are made once, as RSA keys take their time: in 1999, so that they
// sign in a bubble of package synctest, where it is 2000, as well as today.
var firstKeys = sync.OnceValues(func() (*seal.Sealer, []token.StoredKey) {
	master, err := seal.NewMasterKey()
	if err != nil {
		panic(err)
	}
	sealer, err := seal.New(master)
	if err != nil {
		panic(err)
	}
	store := &rows{}
	_, err = token.OpenKeyring(context.Background(), token.KeyringConfig{
		Store: store, Sealer: sealer, MaxAge: -1,
		Now: func() time.Time { return time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		panic(err)
	}
	return sealer, store.list
})

// house is hufu's own token making behind an http.RoundTripper, so that it
// needs no socket: its real keyring, its real JWKS, metadata and tokens.
type house struct {
	store   *rows
	sealer  *seal.Sealer
	keyring *token.Keyring
	issuer  *token.Issuer
	handler http.Handler

	mu    sync.Mutex
	calls []string
	fault func(*http.Request) (*http.Response, error) // nil, nil: none
}

func newHouse(tb testing.TB) *house {
	tb.Helper()
	h, err := buildHouse(issuerURL)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func buildHouse(issuer string) (*house, error) {
	sealer, list := firstKeys()
	h := &house{store: &rows{list: slices.Clone(list)}, sealer: sealer}
	var err error
	h.keyring, err = token.OpenKeyring(context.Background(), token.KeyringConfig{Store: h.store, Sealer: sealer, MaxAge: -1})
	if err != nil {
		return nil, err
	}
	h.issuer = &token.Issuer{Keyring: h.keyring, URL: issuer}
	api := web.New(web.Options{})
	h.handler = api
	return h, token.Mount(api, h.keyring, issuer, nil)
}

// RoundTrip answers a call of the verifier's.
func (h *house) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.calls = append(h.calls, r.URL.Path)
	fault := h.fault
	h.mu.Unlock()
	if fault != nil {
		if resp, err := fault(r); resp != nil || err != nil {
			return resp, err
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

func (h *house) breakBy(fault func(*http.Request) (*http.Response, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fault = fault
}

// count is how often a path was asked for.
func (h *house) count(path string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, call := range h.calls {
		if call == path {
			n++
		}
	}
	return n
}

// verifier makes one that asks the house.
func (h *house) verifier(tb testing.TB, options ...verify.Option) *verify.Verifier {
	tb.Helper()
	options = append([]verify.Option{verify.WithHTTPClient(&http.Client{Transport: h})}, options...)
	v, err := verify.New(issuerURL, app1, options...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(v.Close)
	return v
}

func someClaims() token.Claims {
	return token.Claims{
		UserID: id.NewUserID(time.Unix(1, 0)), SessionID: id.NewSessionID(time.Unix(1, 0)), AppID: app1,
		OpenID: "oA1b2C3d4E5f6G7h8I9j0K1l2M3n", UnionID: "o6_bmasdasdsad6_2sgVt7hMZOPfL",
	}
}

func (h *house) issue(tb testing.TB, alg token.Use) string {
	tb.Helper()
	text, _, err := h.issuer.Issue(someClaims(), alg, token.TypeJWT, time.Time{})
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// private takes a signing key out of the store, as only its owner can.
func (h *house) private(tb testing.TB, use token.Use) crypto.Signer {
	tb.Helper()
	for _, row := range h.store.list {
		if row.Use != use {
			continue
		}
		der, err := h.sealer.Open(row.Sealed, "signing_key", string(use), strconv.FormatInt(row.Seq, 10))
		if err != nil {
			tb.Fatal(err)
		}
		private, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			tb.Fatal(err)
		}
		return private.(crypto.Signer)
	}
	tb.Fatalf("no %s key", use)
	return nil
}

func (h *house) kid(tb testing.TB, use token.Use) string {
	tb.Helper()
	for _, info := range h.keyring.List() {
		if info.Use == use && info.Active {
			return info.KeyID
		}
	}
	tb.Fatalf("no active %s key", use)
	return ""
}

// answer is a response made by hand.
func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

var errDown = errors.New("connection refused")

// down is a fault: nobody answers.
func down(*http.Request) (*http.Response, error) { return nil, errDown }

// on restricts a fault to one path.
func on(path string, resp func() *http.Response) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != path {
			return nil, nil
		}
		return resp(), nil
	}
}

var b64 = base64.RawURLEncoding

func join(header, payload string) string {
	return b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
}

func signES(key *ecdsa.PrivateKey, header, payload string) string {
	input := join(header, payload)
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		panic(err)
	}
	return input + "." + b64.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func signRS(key *rsa.PrivateKey, header, payload string) string {
	input := join(header, payload)
	digest := sha256.Sum256([]byte(input))
	s, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		panic(err)
	}
	return input + "." + b64.EncodeToString(s)
}

// part decodes one part of a compact JWS.
func part(tb testing.TB, text string, i int) string {
	tb.Helper()
	parts := strings.Split(text, ".")
	b, err := b64.DecodeString(parts[i])
	if err != nil || len(parts) != 3 || bytes.IndexByte(b, 0) >= 0 && i < 2 {
		tb.Fatalf("part %d of %d: %v", i, len(parts), err)
	}
	return string(b)
}
