package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
)

func newSealer(t testing.TB) *seal.Sealer {
	t.Helper()
	master, err := seal.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	s, err := seal.New(secret.New(" " + master.Reveal() + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealOpens(t *testing.T) {
	t.Parallel()
	s := newSealer(t)
	plain := []byte("tiihtNczf5v6AKRyjwEUhQ==")
	sealed, err := s.Seal(plain, "session_key", "wx1", "o1")
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) != len(plain)+seal.Overhead {
		t.Fatalf("overhead is %d", len(sealed)-len(plain))
	}
	got, err := s.Open(sealed, "session_key", "wx1", "o1")
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("Open = %q, %v", got, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	s := newSealer(t)
	sealed, err := s.Seal([]byte("x"), "session_key", "wx1", "o1")
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.Clone(sealed)
	altered[len(altered)-1] ^= 1
	tests := map[string]func() ([]byte, error){
		"AnotherRow":       func() ([]byte, error) { return s.Open(sealed, "session_key", "wx1", "o2") },
		"AnotherPurpose":   func() ([]byte, error) { return s.Open(sealed, "phone", "wx1", "o1") },
		"BorderMoved":      func() ([]byte, error) { return s.Open(sealed, "session_key", "wx1o", "1") },
		"PartsJoined":      func() ([]byte, error) { return s.Open(sealed, "session_key", "wx1o1") },
		"AlteredBytes":     func() ([]byte, error) { return s.Open(altered, "session_key", "wx1", "o1") },
		"Truncated":        func() ([]byte, error) { return s.Open(sealed[:20], "session_key", "wx1", "o1") },
		"Empty":            func() ([]byte, error) { return s.Open(nil, "session_key", "wx1", "o1") },
		"AnotherMasterKey": func() ([]byte, error) { return newSealer(t).Open(sealed, "session_key", "wx1", "o1") },
	}
	for name, open := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := open(); !errors.Is(err, seal.ErrOpen) {
				t.Fatalf("Open = %q, %v", got, err)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	master, err := seal.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	text := master.Reveal()
	for _, bad := range []string{"", "password", text[:len(text)/2], strings.ToUpper(text), text[:14] + "!!!", "hufu-master-1."} {
		_, err := seal.New(secret.New(bad))
		if err == nil {
			t.Errorf("New(%q) took it", bad)
		} else if len(bad) > 20 && strings.Contains(err.Error(), bad[14:]) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	s := newSealer(b)
	plain := []byte("tiihtNczf5v6AKRyjwEUhQ==")
	for b.Loop() {
		if _, err := s.Seal(plain, "session_key", "wxdd00000000000001", "oGZUI0egBJY1zhBYw2KhdUfwVJJE"); err != nil {
			b.Fatal(err)
		}
	}
}
