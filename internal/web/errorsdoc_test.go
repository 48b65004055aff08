package web_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hufu-id/hufu/internal/web"
)

var update = flag.Bool("update", false, "write docs/errors.md and docs/errors.zh.md anew")

const errorsHead = `# Errors

[简体中文](errors.zh.md)

<!-- Made from internal/web/codes.go: go test ./internal/web -run ErrorsDocument -update -->

Every error is ` + "`application/problem+json`" + ` (RFC 9457): ` + "`type`, `title`, `status`, `detail`, `code`, `request_id`" + `,
and where they apply ` + "`field`, `wechat_errcode`, `retry_after`" + ` (seconds, also in the ` + "`Retry-After`" + ` header).

A client decides by ` + "`code`" + ` alone: the list is closed, and a word in it never changes its meaning. ` + "`title` and `detail`" + ` are for people and may change.
No error repeats a value that was sent. An answer of 401 carries ` + "`WWW-Authenticate: Bearer`" + ` (RFC 6750).

| code | status | when | what the client does |
| --- | --- | --- | --- |
`

const errorsHeadZH = `# 错误码

[English](errors.md)

<!-- 由 internal/web/codes.go 生成：go test ./internal/web -run ErrorsDocument -update -->

所有错误均为 ` + "`application/problem+json`" + `（RFC 9457）：` + "`type`、`title`、`status`、`detail`、`code`、`request_id`" + `，
以及适用时的 ` + "`field`、`wechat_errcode`、`retry_after`" + `（秒，同时见 ` + "`Retry-After`" + ` 响应头）。

客户端只应依据 ` + "`code`" + ` 判断：列表是封闭的，每个词的含义不会改变。` + "`title` 与 `detail`" + ` 供人阅读，可能变化。
错误中不会出现请求里发送的值。401 响应带有 ` + "`WWW-Authenticate: Bearer`" + `（RFC 6750）。

| code | 状态 | 何时出现 | 客户端应如何处理 |
| --- | --- | --- | --- |
`

func TestErrorsDocument(t *testing.T) {
	t.Parallel()
	en, zh := errorsHead, errorsHeadZH
	for _, c := range web.Codes() {
		if c.Title == "" || c.When == "" || c.Client == "" || c.WhenZH == "" || c.ClientZH == "" {
			t.Errorf("%s is not described", c.Code)
		}
		en += fmt.Sprintf("| `%s` | %d | %s | %s |\n", c.Code, c.Status, c.When, c.Client)
		zh += fmt.Sprintf("| `%s` | %d | %s | %s |\n", c.Code, c.Status, c.WhenZH, c.ClientZH)
	}
	for file, want := range map[string]string{"../../docs/errors.md": en, "../../docs/errors.zh.md": zh} {
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is stale; run this test with -update:\n%s", file, diff)
		}
	}
}

// TestCodesAreComplete reads the constants from the source of package problem:
// each is in the table once, and nothing else is.
func TestCodesAreComplete(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "../problem/problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := v.Type.(*ast.Ident); ok && typ.Name == "Code" {
			word, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, word)
		}
		return true
	})
	var got []string
	for _, c := range web.Codes() {
		got = append(got, string(c.Code))
		if http.StatusText(c.Status) == "" || strings.ContainsAny(c.When+c.Client, "|\n") {
			t.Errorf("%s: bad row", c.Code)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) == 0 || !cmp.Equal(want, got) {
		t.Error(cmp.Diff(want, got))
	}
}
