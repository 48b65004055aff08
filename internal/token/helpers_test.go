package token_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/id"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
	"github.com/hufu-id/hufu/internal/token"
)

const issuerURL = "https://login.example.com"

// memory is a Store in memory. fault, if set, is asked before each call: apply
// says whether the call takes effect, err what it answers.
type memory struct {
	mu    sync.Mutex
	rows  []token.StoredKey
	calls int
	fault func(op string) (apply bool, err error)
}

func (m *memory) ask(op string) (bool, error) {
	m.calls++
	if m.fault == nil {
		return true, nil
	}
	return m.fault(op)
}

func (m *memory) SigningKeys(context.Context) ([]token.StoredKey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.ask("list"); err != nil {
		return nil, err
	}
	return slices.Clone(m.rows), nil
}

func (m *memory) InsertSigningKey(_ context.Context, k token.StoredKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	apply, err := m.ask("insert")
	if !apply {
		return err
	}
	for _, row := range m.rows {
		if row.Use == k.Use && row.Seq == k.Seq {
			return token.ErrConflict
		}
	}
	m.rows = append(m.rows, k)
	return err
}

func (m *memory) DeleteSigningKey(_ context.Context, use token.Use, seq int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	apply, err := m.ask("delete")
	if apply {
		m.rows = slices.DeleteFunc(m.rows, func(k token.StoredKey) bool { return k.Use == use && k.Seq == seq })
	}
	return err
}

// seqs are the numbers of the keys of a use.
func (m *memory) seqs(use token.Use) []int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []int64
	for _, row := range m.rows {
		if row.Use == use {
			out = append(out, row.Seq)
		}
	}
	return out
}

func (m *memory) change(use token.Use, seq int64, f func(*token.StoredKey)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.rows {
		if m.rows[i].Use == use && m.rows[i].Seq == seq {
			f(&m.rows[i])
		}
	}
}

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 11, 21, 9, 0, 0, 123456789, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// house is a keyring with all that belongs to it.
type house struct {
	store    *memory
	clock    *clock
	sealer   *seal.Sealer
	keyring  *token.Keyring
	issuer   *token.Issuer
	verifier *token.Verifier
}

func newHouse(tb testing.TB) *house {
	tb.Helper()
	h := &house{store: &memory{}, clock: newClock(), sealer: newSealer(tb)}
	h.keyring = h.open(tb)
	h.issuer = &token.Issuer{Keyring: h.keyring, URL: issuerURL, Now: h.clock.now}
	h.verifier = h.verify(tb, h.keyring)
	return h
}

// open opens another keyring on the same store, as another replica does.
func (h *house) open(tb testing.TB) *token.Keyring {
	tb.Helper()
	k, err := token.OpenKeyring(tb.Context(), h.config())
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func (h *house) config() token.KeyringConfig {
	return token.KeyringConfig{Store: h.store, Sealer: h.sealer, Now: h.clock.now}
}

func (h *house) verify(tb testing.TB, k *token.Keyring) *token.Verifier {
	tb.Helper()
	v, err := token.NewVerifier(k, issuerURL, h.clock.now)
	if err != nil {
		tb.Fatal(err)
	}
	return v
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
	for _, row := range h.store.rows {
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

func newSealer(tb testing.TB) *seal.Sealer {
	tb.Helper()
	master, err := seal.NewMasterKey()
	if err != nil {
		tb.Fatal(err)
	}
	s, err := seal.New(master)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func someClaims() token.Claims {
	return token.Claims{
		UserID: id.NewUserID(time.Unix(1, 0)), SessionID: id.NewSessionID(time.Unix(1, 0)),
		AppID: "wxdd00000000000001", OpenID: "oA1b2C3d4E5f6G7h8I9j0K1l2M3n", UnionID: "o6_bmasdasdsad6_2sgVt7hMZOPfL",
	}
}

// part decodes one part of a compact JWS.
func part(tb testing.TB, text string, i int) []byte {
	tb.Helper()
	parts := strings.Split(text, ".")
	b, err := base64.RawURLEncoding.DecodeString(parts[i])
	if err != nil || len(parts) != 3 {
		tb.Fatalf("part %d of %d parts: %v", i, len(parts), err)
	}
	return b
}

func kidOf(tb testing.TB, text string) string {
	tb.Helper()
	var header struct{ Kid string }
	if err := json.Unmarshal(part(tb, text, 0), &header); err != nil {
		tb.Fatal(err)
	}
	return header.Kid
}

// published are the kids in a keyring's JWKS.
func published(tb testing.TB, k *token.Keyring) []string {
	tb.Helper()
	var set struct {
		Keys []struct{ Kid, D, P, Q, Alg, Use string }
	}
	if err := json.Unmarshal(k.JWKS(), &set); err != nil {
		tb.Fatal(err)
	}
	var out []string
	for _, key := range set.Keys {
		if key.D+key.P+key.Q != "" || key.Kid == "" || key.Alg == "" || key.Use != "sig" {
			tb.Errorf("JWKS has a private, nameless or unmarked key: %s", k.JWKS())
		}
		out = append(out, key.Kid)
	}
	if bytes.Contains(k.JWKS(), []byte(`"oct"`)) {
		tb.Error("JWKS has a symmetric key")
	}
	return out
}

func reveal(text string) secret.String { return secret.New(text) }

func mustMaintain(tb testing.TB, rings ...*token.Keyring) {
	tb.Helper()
	for i, k := range rings {
		if err := k.Maintain(tb.Context()); err != nil {
			tb.Fatal(fmt.Errorf("keyring %d: %w", i, err))
		}
	}
}
