package masterkey_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
)

// open starts a server with a master key.
func (w *world) open(master secret.String) error {
	w.t.Helper()
	sealer, err := masterkey.Read(master, "master.key")
	if err != nil {
		return err
	}
	_, err = w.keeper(w.db, sealer, nil)
	return err
}

func (w *world) mustOpen(master secret.String) {
	w.t.Helper()
	if err := w.open(master); err != nil {
		w.t.Fatalf("the right master key is refused: %v", err)
	}
}

// wantNoKey fails if an error holds a part of a master key.
func wantNoKey(t *testing.T, err error, masters ...secret.String) {
	t.Helper()
	for _, master := range masters {
		text := master.Reveal()
		for i := len("hufu-master-1."); i+8 <= len(text); i++ {
			if strings.Contains(err.Error(), text[i:i+8]) {
				t.Fatalf("the error holds a part of the key: %v", err)
			}
		}
	}
}

func TestLostKey(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		w.mustKeeper()
		w.populate(3)
		w.mustOpen(w.master)
		wrong, err := seal.NewMasterKey()
		must(t, err)
		check := func(what string, master secret.String, want masterkey.LostKeyError) {
			t.Helper()
			err := w.open(master)
			lost, ok := errors.AsType[*masterkey.LostKeyError](err)
			if !ok || lost.Key != want.Key || lost.Differs != want.Differs {
				t.Fatalf("%s: %v", what, err)
			}
			wantNoKey(t, err, master, w.master)
			for _, word := range []string{"master.key", lost.Key.String(), "put back"} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%s: the error lacks %q: %v", what, word, err)
				}
			}
		}
		first := w.sealer.Primary()
		check("a wrong file", wrong, masterkey.LostKeyError{Key: first})
		check("the right id, another key", damaged(t, w.master), masterkey.LostKeyError{Key: first, Differs: true})

		// A database from before keys were noted.
		_, err = w.raw.Exec(`DELETE FROM master_keys`)
		must(t, err)
		check("a wrong file, old database", wrong, masterkey.LostKeyError{Key: first})
		w.mustOpen(w.master)

		before := w.master
		w.rotate()
		w.mustOpen(w.master)
		check("the file as it was before", before, masterkey.LostKeyError{Key: w.newSealer().Primary()})
		for _, bad := range []string{w.master.Reveal()[:40], "hufu-master-1.", "x", w.master.Reveal()[:60] + "!" + w.master.Reveal()[61:]} {
			err := w.open(secret.New(bad))
			if err == nil || !strings.Contains(err.Error(), "master.key: ") {
				t.Fatalf("a damaged file: %v", err)
			}
			wantNoKey(t, err, w.master)
		}
	})
}

// damaged changes the last byte of the key itself, which stands before the id and
// what else follows in the text of a single key.
func damaged(t *testing.T, master secret.String) secret.String {
	t.Helper()
	const prefix = "hufu-master-1."
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(master.Reveal(), prefix))
	must(t, err)
	for i := range raw {
		// Field 3 of AesGcmKey: 32 bytes.
		if raw[i] == 0x1a && i+34 <= len(raw) && raw[i+1] == 32 {
			raw[i+33] ^= 1
			return secret.New(prefix + base64.RawURLEncoding.EncodeToString(raw))
		}
	}
	t.Fatal("no key in the keyset")
	return secret.String{}
}

func TestReplace_Refuses(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		k := w.mustKeeper()
		w.populate(2)
		primary := w.sealer.Primary()
		wrong, err := seal.NewMasterKey()
		must(t, err)
		for what, master := range map[string]secret.String{"wrong": wrong, "damaged": secret.New("hufu-master-1.AAAA"), "empty": {}} {
			if changed, err := k.Replace(t.Context(), master); changed || err == nil {
				t.Errorf("%s: %v, %v", what, changed, err)
			}
		}
		if w.sealer.Primary() != primary {
			t.Error("a refused master key seals")
		}
		w.checkOpens(w.sealer)
	})
}
