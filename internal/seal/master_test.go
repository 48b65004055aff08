package seal_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
)

func states(t *testing.T, master secret.String) (list []seal.State) {
	t.Helper()
	keys, err := seal.List(master)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		list = append(list, key.State)
	}
	return list
}

// TestRotation goes through the life of a key: staged, primary, old, gone.
func TestRotation(t *testing.T) {
	t.Parallel()
	master, err := seal.NewMasterKey()
	if err != nil {
		t.Fatal(err)
	}
	want := func(what string, err, wantErr error, list ...seal.State) {
		t.Helper()
		if got := states(t, master); !errors.Is(err, wantErr) || !slices.Equal(got, list) {
			t.Fatalf("%s: %v, keys %v, want %v, %v", what, err, got, wantErr, list)
		}
	}
	change := func(f func(secret.String) (secret.String, error)) error {
		next, err := f(master)
		if err == nil {
			master = next
		}
		return err
	}
	want("new", nil, nil, seal.Primary)
	want("nothing to activate", change(seal.Activate), seal.ErrNotStaged, seal.Primary)
	first, err := seal.New(master)
	if err != nil {
		t.Fatal(err)
	}
	old, err := first.Seal([]byte("plain"), "p", "r")
	if err != nil {
		t.Fatal(err)
	}
	want("staged", change(seal.Stage), nil, seal.Primary, seal.Staged)
	want("staged twice", change(seal.Stage), seal.ErrStaged, seal.Primary, seal.Staged)

	s, err := seal.New(master)
	if err != nil || s.Primary() != first.Primary() || len(s.Keys()) != 2 {
		t.Fatalf("a staged key seals: %v", err)
	}
	want("activated", change(seal.Activate), nil, seal.Old, seal.Primary)
	if err := s.Replace(master); err != nil || s.Primary() == first.Primary() {
		t.Fatalf("replaced: %v", err)
	}
	fresh, changed, err := s.Reseal(old, "p", "r")
	if key, ok := seal.KeyOf(fresh); err != nil || !changed || !ok || key != s.Primary() {
		t.Fatalf("Reseal: %v, %v, %v", key, changed, err)
	}
	if again, changed, err := s.Reseal(fresh, "p", "r"); err != nil || changed || !slices.Equal(again, fresh) {
		t.Errorf("sealed anew twice: %v, %v", changed, err)
	}
	if _, _, err := s.Reseal(old, "p", "another row"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("of another row: %v", err)
	}
	if _, err := first.Open(fresh, "p", "r"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("the old key opens what the new one sealed: %v", err)
	}
	if err := s.Replace(secret.New("x")); err == nil || s.Primary() == first.Primary() {
		t.Errorf("a bad master key is taken: %v", err)
	}
	if _, err := seal.Drop(master, []seal.KeyID{s.Primary()}); err == nil {
		t.Error("the key that seals is dropped")
	}
	drop := func(m secret.String) (secret.String, error) { return seal.Drop(m, []seal.KeyID{first.Primary()}) }
	want("dropped", change(drop), nil, seal.Primary)
	last, err := seal.New(master)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := last.Open(old, "p", "r"); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("a dropped key opens: %v", err)
	}
	if plain, err := last.Open(fresh, "p", "r"); err != nil || string(plain) != "plain" {
		t.Errorf("the new key: %q, %v", plain, err)
	}
	if text := fmt.Sprint(last.Primary()); len(text) != 8 {
		t.Errorf("a key id prints as %q", text)
	}
	for _, bad := range [][]byte{nil, old[:32], append([]byte{2}, old[1:]...)} {
		if _, ok := seal.KeyOf(bad); ok {
			t.Errorf("%x is taken for a ciphertext", bad)
		}
	}
}
