package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/session"
	"github.com/hufu-id/hufu/internal/token"
)

func sessionKeys(t *testing.T, db Database) {
	s := db.open(t)
	if _, err := s.Keys(t.Context(), appA, "a1"); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("keys of nobody: %v, want ErrNotFound", err)
	}
	var held []byte
	var sent []session.KeyRecord
	for i := range 12 {
		l := login(appA, "a1", noon.Add(time.Duration(i)*time.Minute))
		switch i % 4 {
		case 1: // the newest again, sealed anew: same fingerprint, other bytes
			copy(l.Key[:16], sent[len(sent)-1][:16])
		case 3: // the one before the newest again
			copy(l.Key[:16], sent[len(sent)-2][:16])
		}
		sent = append(sent, l.Key)
		record(t, s, l)
		held = session.PushKey(held, l.Key)
		got, err := s.Keys(t.Context(), appA, "a1")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, held) {
			t.Fatalf("login %d: keys differ from what PushKey makes", i)
		}
	}
	if len(held) != session.KeysKept*session.KeyRecordSize {
		t.Errorf("%d bytes held", len(held))
	}
}

func signingKeys(t *testing.T, db Database) {
	s := db.open(t)
	key := func(use token.Use, seq int64) token.StoredKey {
		return token.StoredKey{Use: use, Seq: seq, CreatedAt: noon, ActiveFrom: noon.Add(time.Hour), Sealed: []byte{0, 1, byte(seq), 0xff}}
	}
	want := []token.StoredKey{key(token.ES256, 1), key(token.ES256, 2), key(token.ES256, 10), key(token.RS256, 1), key(token.Refresh, 1)}
	for _, i := range []int{3, 2, 4, 0, 1} {
		if err := s.InsertSigningKey(t.Context(), want[i]); err != nil {
			t.Fatal(err)
		}
	}
	other := key(token.ES256, 2)
	other.Sealed = []byte("other")
	if err := s.InsertSigningKey(t.Context(), other); !errors.Is(err, token.ErrConflict) {
		t.Errorf("the same number again: %v, want ErrConflict", err)
	}
	list := func() []token.StoredKey {
		t.Helper()
		got, err := s.SigningKeys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	equal(t, "keys", list(), want)
	for range 2 { // forgetting what is forgotten is no error
		if err := s.DeleteSigningKey(t.Context(), token.ES256, 2); err != nil {
			t.Error(err)
		}
	}
	equal(t, "keys after one went", list(), slices.Delete(want, 1, 2))
}
