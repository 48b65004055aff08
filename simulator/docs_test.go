package simulator_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/simulator"
)

var update = flag.Bool("update", false, "write the generated parts of docs/simulator*.md")

// The lists in the documents come from the route table and from the comments
// of Switches, so that they cannot fall behind. Run with -update to write them.
func TestDocs(t *testing.T) {
	t.Parallel()
	switches := switchDocs(t)
	for name, parts := range map[string]map[string]string{
		"simulator.md":    {"routes": routeTable(false), "switches": switchTable(switches)},
		"simulator.zh.md": {"routes": routeTable(true)},
	} {
		path := filepath.Join("..", "docs", name)
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(old)
		for marker, body := range parts {
			text = replacePart(t, text, marker, body)
		}
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if diff := cmp.Diff(string(old), text); diff != "" {
			t.Errorf("%s is stale, run: go test ./simulator -run TestDocs -update\n%s", name, diff)
		}
	}
}

// The Chinese text of the switches is written by hand; it must name each, in
// order, with its name on the wire.
func TestDocsChineseSwitches(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("..", "docs", "simulator.zh.md"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, s := range switchDocs(t) {
		want = append(want, fmt.Sprintf("| `%s` | `%s` |", s.wire, s.field))
	}
	got := regexp.MustCompile("(?m)^\\| `[a-z0-9_]+` \\| `[A-Z][A-Za-z0-9]+` \\|").FindAllString(string(b), -1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("switches of simulator.zh.md (-want +got):\n%s", diff)
	}
}

// Every route answers: none is listed that the handler does not know.
func TestRoutesAreServed(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, r := range simulator.Routes() {
		if seen[r.Method+r.Path] || r.Title == "" || r.TitleZH == "" {
			t.Errorf("%s %s: twice, or without a title", r.Method, r.Path)
		}
		seen[r.Method+r.Path] = true
		rec := send(new(simulator.Server), r.Method, "localhost", r.Path, "", map[string]string{"Content-Type": "application/json"})
		if rec.Code == 404 || rec.Code == 405 || (rec.Code == 501) != r.Planned {
			t.Errorf("%s %s: %d", r.Method, r.Path, rec.Code)
		}
	}
}

func replacePart(t *testing.T, text, marker, body string) string {
	t.Helper()
	head, rest, ok1 := strings.Cut(text, "<!-- "+marker+": ")
	comment, rest, ok2 := strings.Cut(rest, "-->\n")
	_, tail, ok3 := strings.Cut(rest, "<!-- /"+marker+" -->")
	if !ok1 || !ok2 || !ok3 {
		t.Fatalf("the markers of %q are not there", marker)
	}
	return head + "<!-- " + marker + ": " + comment + "-->\n" + body + "<!-- /" + marker + " -->" + tail
}

func routeTable(zh bool) string {
	text := []string{"WeChat's own", "call", "what", "WeChat's document", "The simulator's controls", " (not yet)"}
	if zh {
		text = []string{"微信的接口", "调用", "作用", "微信文档", "模拟器的控制接口", "（尚未模拟）"}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s:\n\n| %s | %s | %s |\n|---|---|---|\n", text[0], text[1], text[2], text[3])
	controls := false
	for _, r := range simulator.Routes() {
		title := r.Title
		if zh {
			title = r.TitleZH
		}
		if r.Planned {
			title += text[5]
		}
		if !r.Control() {
			fmt.Fprintf(&b, "| `%s %s` | %s | %s |\n", r.Method, r.Path, title, r.Doc)
			continue
		}
		if !controls {
			controls = true
			fmt.Fprintf(&b, "\n%s:\n\n| %s | %s |\n|---|---|\n", text[4], text[1], text[2])
		}
		fmt.Fprintf(&b, "| `%s %s` | %s |\n", r.Method, r.Path, title)
	}
	return b.String()
}

type switchDoc struct{ field, wire, text string }

// switchDocs reads the comments of the struct.
func switchDocs(t *testing.T) []switchDoc {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "switches.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var out []switchDoc
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "Switches" {
			return true
		}
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			name := field.Names[0].Name
			text := strings.Join(strings.Fields(field.Doc.Text()), " ")
			if !strings.Contains(text, "Default: ") {
				t.Errorf("%s: the comment states no default", name)
			}
			out = append(out, switchDoc{name, simulator.WireName(name), text})
		}
		return false
	})
	if len(out) == 0 {
		t.Fatal("no switches found")
	}
	return out
}

func switchTable(switches []switchDoc) string {
	var b strings.Builder
	b.WriteString("| over HTTP | in Go | meaning and default |\n|---|---|---|\n")
	for _, s := range switches {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", s.wire, s.field, strings.ReplaceAll(s.text, "|", `\|`))
	}
	return b.String()
}
