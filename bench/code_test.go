package main

import (
	"encoding/base64"
	"regexp"
	"testing"
	"time"
)

func TestLoginCode(t *testing.T) {
	t.Parallel()

	t.Run("ReadsWhatItWrote", func(t *testing.T) {
		t.Parallel()
		for _, want := range []loginCode{
			{},
			{person: 9999, nonce: 1, delay: 50 * time.Millisecond},
			{person: 1<<48 - 1, nonce: 1<<64 - 1, delay: 999 * time.Millisecond, union: true},
		} {
			text := string(want.append(nil))
			got, err := parseLoginCode(text)
			if err != nil || got != want || len(text) != codeLength {
				t.Errorf("parseLoginCode(%q) = %+v, %v; want %+v", text, got, err, want)
			}
		}
	})

	t.Run("RefusesOthers", func(t *testing.T) {
		t.Parallel()
		good := string(loginCode{}.append(nil))
		for _, text := range []string{"", good[1:], good + "0", "x" + good[1:], "p-01" + good[4:], good[:31] + "g"} {
			if got, err := parseLoginCode(text); err == nil {
				t.Errorf("parseLoginCode(%q) = %+v, want an error", text, got)
			}
		}
	})
}

func TestWeChatIDs(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^o[0-9A-Za-z_-]{27}$`)
	seen := map[string]bool{}
	for person := range uint64(10_000) {
		openid := openIDOf(person)
		if !shape.MatchString(openid) || seen[openid] || openid != openIDOf(person) {
			t.Fatalf("openid of %d is %q: seen %v", person, openid, seen[openid])
		}
		seen[openid] = true
		key := sessionKeyOf(person)
		if raw, err := base64.StdEncoding.DecodeString(key); err != nil || len(raw) != 16 || seen[key] {
			t.Fatalf("session_key of %d is %q", person, key)
		}
		seen[key] = true
	}
	if unionIDOf(1)[1:] == openIDOf(1)[1:] {
		t.Error("the unionid is the openid with another letter")
	}
}

func TestStrideReachesEverybodyEquallyOften(t *testing.T) {
	t.Parallel()
	for _, people := range []uint64{fewPeople, manyPeople} {
		seen := make([]bool, people)
		for i := range people {
			person := i * stride % people
			if seen[person] {
				t.Fatalf("of %d people, %d comes twice", people, person)
			}
			seen[person] = true
		}
	}
}
