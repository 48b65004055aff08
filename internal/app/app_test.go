package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hufu-id/hufu/internal/app"
	"github.com/hufu-id/hufu/internal/secret"
)

func TestRegistry(t *testing.T) {
	t.Parallel()
	r := app.NewRegistry([]app.App{{ID: "wx1", Name: "one"}, {ID: "wx2"}})
	if a, ok := r.Find("wx1"); !ok || a.Name != "one" || r.Len() != 2 {
		t.Fatalf("Find = %v, %t of %d", a, ok, r.Len())
	}
	r.Replace([]app.App{{ID: "wx1", Name: "new"}})
	if a, ok := r.Find("wx1"); !ok || a.Name != "new" {
		t.Fatalf("after Replace: %v, %t", a, ok)
	}
	if _, ok := r.Find("wx2"); ok {
		t.Fatal("an app that was taken out is still there")
	}
}

func TestAnAppDoesNotPrintItsSecret(t *testing.T) {
	t.Parallel()
	a := app.App{ID: "wx1", Secret: secret.New("canary")}
	if out := fmt.Sprintf("%v %+v %#v", a, &a, a); strings.Contains(out, "canary") {
		t.Fatal(out)
	}
}
