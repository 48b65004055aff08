package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/secret"
)

const canary = "canary-7f3a"

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	s := secret.New(canary)
	type holder struct {
		Exported   secret.String
		unexported secret.String
		nested     *secret.String
	}
	h := holder{Exported: s, unexported: s, nested: &s}

	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, s, h, &h)
	}
	for _, v := range []any{s, h, &h, map[string]any{"s": s}} {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "s", s, "h", h, "hp", &h)
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "s", s, "h", h, "hp", &h)
	out.Write(log.Bytes())
	out.WriteString(fmt.Errorf("wrapped: %w %v", fmt.Errorf("%v", s), s).Error())

	got := out.String()
	if strings.Contains(got, canary) || strings.Contains(got, fmt.Sprintf("%x", canary)) {
		t.Fatalf("a secret was printed: %s", got)
	}
	if s.Reveal() != canary {
		t.Fatalf("Reveal() = %q", s.Reveal())
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	if !secret.New("a").Equal(secret.New("a")) || secret.New("a").Equal(secret.New("b")) || secret.New("").Equal(secret.New("b")) {
		t.Fatal("Equal is wrong")
	}
	if !(secret.String{}).Equal(secret.New("")) || !secret.New("").Empty() {
		t.Fatal("the empty secret is not the zero value")
	}
}
