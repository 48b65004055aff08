package id

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestNewUserIDIsATypeID(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1763712000123)
	seen := map[UserID]bool{}
	for range 1000 {
		u := NewUserID(now)
		if _, ok := ParseUserID(string(u)); !ok || seen[u] {
			t.Fatalf("%q is no fresh TypeID", u)
		}
		seen[u] = true
	}
	if _, ok := ParseSessionID(string(NewUserID(now))); ok {
		t.Fatal("a user id passed for a session id")
	}
}

// TestEncode compares with base32 by big.Int and with the UUID library's
// reading of version, variant and time.
func TestEncode(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1763712000123)
	for range 1000 {
		raw := newUUIDv7(now)
		u := uuid.UUID(raw)
		if u.Version() != 7 || u.Variant() != uuid.RFC4122 {
			t.Fatalf("%v: version %d, variant %v", u, u.Version(), u.Variant())
		}
		sec, nsec := u.Time().UnixTime()
		if got := time.Unix(sec, nsec).UnixMilli(); got != now.UnixMilli() {
			t.Fatalf("time is %d", got)
		}
		n := new(big.Int).SetBytes(raw[:])
		want := make([]byte, 26)
		for i := 25; i >= 0; i-- {
			m := new(big.Int)
			n.DivMod(n, big.NewInt(32), m)
			want[i] = crockford[m.Int64()]
		}
		if got := encode(raw); got != string(want) {
			t.Fatalf("encode = %s, want %s", got, want)
		}
	}
	// The maximum from the TypeID specification's test vectors.
	if got := encode([16]byte(slices.Repeat([]byte{0xff}, 16))); got != "7zzzzzzzzzzzzzzzzzzzzzzzzz" {
		t.Fatalf("maximum is %s", got)
	}
}

func TestIDsSortByTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	if NewSessionID(now) >= NewSessionID(now.Add(time.Millisecond)) {
		t.Fatal("a later id sorts first")
	}
}

func TestEarliestSessionID(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1763712000123)
	for range 1000 {
		if s := NewSessionID(now); s < EarliestSessionID(now) || s >= EarliestSessionID(now.Add(time.Millisecond)) {
			t.Fatalf("%s is not between %s and the next millisecond", s, EarliestSessionID(now))
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	good := string(NewSessionID(time.Now()))
	for _, s := range []string{"", "ses_", good + "0", good[:len(good)-1], "SES_" + good[4:], "ses_8" + good[5:], good[:10] + "u" + good[11:], good[:10] + "\x00" + good[11:]} {
		if _, ok := ParseSessionID(s); ok {
			t.Errorf("%q passed", s)
		}
	}
}

func TestSessionIDRoundTrip(t *testing.T) {
	t.Parallel()
	for range 1000 {
		s := NewSessionID(time.Now())
		u, ok := s.UUID()
		if !ok || SessionIDFromUUID(u) != s {
			t.Fatalf("%s → %x, %v → %s", s, u, ok, SessionIDFromUUID(u))
		}
	}
	if _, ok := SessionID("ses_nonsense").UUID(); ok {
		t.Fatal("nonsense has a UUID")
	}
}

func TestFirstUserID(t *testing.T) {
	t.Parallel()
	s := NewSessionID(time.Now())
	u := s.FirstUserID()
	if _, ok := ParseUserID(string(u)); !ok || string(u)[4:] != string(s)[4:] {
		t.Fatalf("%s makes %s", s, u)
	}
}
