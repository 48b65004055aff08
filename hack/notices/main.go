// Command notices writes NOTICE: what hufu is, and the licences of every module
// that is linked into its binary, on any platform it is built for.
//
//	go run ./hack/notices          writes NOTICE
//	go run ./hack/notices -check   fails if NOTICE is not what it would write
//
// It needs no network: the texts come from the module cache.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const (
	noticeFile = "NOTICE"
	binary     = "./cmd/hufu"
	ownModule  = "github.com/hufu-id/hufu"
)

// header opens NOTICE.
const header = `hufu
Copyright 2026 The hufu authors

Licensed under the Apache License, Version 2.0: see LICENSE.

"WeChat" and its Chinese name are marks of Tencent. hufu is not made by Tencent
and not endorsed by it.


THIRD-PARTY SOFTWARE

The hufu binary holds the Go standard library (BSD-3-Clause, under the same text
as golang.org/x below) and the modules listed here. Sources of each stand at the
module path and version given. The texts of the licences follow the list; the
Apache License 2.0 stands in LICENSE.

This part is made by ` + "`go run ./hack/notices`" + `: do not edit it.

`

// platforms are those for which the list is made: modules differ between them.
var platforms = []string{"linux", "darwin", "windows"}

func main() {
	check := flag.Bool("check", false, "fail if NOTICE is not current")
	flag.Parse()
	if err := run(context.Background(), *check); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, check bool) error {
	modules, err := linked(ctx)
	if err != nil {
		return err
	}
	notice := write(modules)
	if !check {
		return os.WriteFile(noticeFile, notice, 0o644)
	}
	current, err := os.ReadFile(noticeFile)
	if err != nil {
		return err
	}
	if !bytes.Equal(current, notice) {
		return errors.New("NOTICE is not current: run `go run ./hack/notices`")
	}
	return nil
}

// linkedModule is a module with a package in the binary.
type linkedModule struct {
	path, version, dir string
	folders            map[string]bool // of its linked packages, and those above them
	licences           []string        // their SPDX names
	texts              []text
}

// text is a file of a module that must go along with the binary.
type text struct{ name, content string }

// linked lists the modules in the binary, by path.
func linked(ctx context.Context) ([]*linkedModule, error) {
	byPath := map[string]*linkedModule{}
	for _, platform := range platforms {
		cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f",
			"{{with .Module}}{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{$.Dir}}{{end}}", binary)
		cmd.Env = append(os.Environ(), "GOOS="+platform, "GOARCH=amd64", "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("list packages for %s: %w", platform, err)
		}
		for line := range strings.Lines(string(out)) {
			fields := strings.Split(strings.TrimSpace(line), "\t")
			if len(fields) != 4 || fields[0] == ownModule {
				continue
			}
			m := byPath[fields[0]]
			if m == nil {
				m = &linkedModule{path: fields[0], version: fields[1], dir: fields[2], folders: map[string]bool{}}
				byPath[m.path] = m
			}
			for folder := fields[3]; len(folder) >= len(m.dir); folder = filepath.Dir(folder) {
				m.folders[folder] = true
			}
		}
	}
	list := slices.SortedFunc(maps.Values(byPath), func(a, b *linkedModule) int { return strings.Compare(a.path, b.path) })
	if len(list) == 0 {
		return nil, errors.New("no module is linked, which can't be")
	}
	for _, m := range list {
		if err := m.read(); err != nil {
			return nil, fmt.Errorf("%s: %w", m.path, err)
		}
	}
	return list, nil
}

// read finds the texts of a module and names its licences.
func (m *linkedModule) read() error {
	for _, folder := range slices.Sorted(maps.Keys(m.folders)) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if entry.IsDir() {
				continue
			}
			if err := m.readFile(filepath.Join(folder, entry.Name())); err != nil {
				return err
			}
		}
	}
	if len(m.licences) == 0 {
		return errors.New("it has no licence")
	}
	slices.Sort(m.licences)
	m.licences = slices.Compact(m.licences)
	return nil
}

// skipped are files of licences for what is not in the binary.
var skipped = map[string]string{
	"modernc.org/memory/LICENSE-LOGO":         "a picture",
	"modernc.org/sqlite/LICENSE-SQLITE_VEC":   "an extension that is not linked",
	"modernc.org/sqlite/LICENSE-3RD-PARTY.md": "repeats what modernc.org/libc and the other modules say themselves",
}

// readFile takes a file if it is a licence or a notice.
func (m *linkedModule) readFile(file string) error {
	name, err := filepath.Rel(m.dir, file)
	if err != nil {
		return err
	}
	name = filepath.ToSlash(name)
	base := strings.ToUpper(path.Base(name))
	licence := strings.HasPrefix(base, "LICENSE") || strings.HasPrefix(base, "LICENCE") || strings.HasPrefix(base, "COPYING")
	if skipped[m.path+"/"+name] != "" || strings.HasSuffix(base, ".GO") || !licence && !strings.HasPrefix(base, "NOTICE") {
		return nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if licence && !strings.Contains(base, "3RD-PARTY") { // that one lists parts inside, each under a licence of its own
		kind := identify(string(content))
		if kind == "" {
			return fmt.Errorf("the licence in %s is not known: add it to marks", name)
		}
		m.licences = append(m.licences, kind)
		if kind == "Apache-2.0" {
			return nil // stands in LICENSE
		}
	}
	m.texts = append(m.texts, text{name, normal(string(content))})
	return nil
}

// marks tell licences by words that no other of them has; the first match wins.
var marks = []struct{ name, words string }{
	{"MPL-2.0", "mozilla public license, version 2.0"},
	{"MPL-2.0", "mozilla public license version 2.0"},
	{"MIT, Apache-2.0", "this project is covered by two different licenses: mit and apache"},
	{"Apache-2.0", "apache license version 2.0, january 2004"},
	{"BSD-3-Clause", "neither the name"},
	{"BSD-2-Clause", "redistributions in binary form must reproduce"},
	{"MIT", "permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"public domain", "has been dedicated to the public domain by the authors"},
}

// identify names a licence; empty: it is not known.
func identify(content string) string {
	flat := strings.ToLower(strings.Join(strings.Fields(content), " "))
	for _, mark := range marks {
		if strings.Contains(flat, mark.words) {
			return mark.name
		}
	}
	return ""
}

// normal drops what differs between platforms and editors.
func normal(content string) string {
	lines := strings.Split(strings.ReplaceAll(content, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\f")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// write makes NOTICE: the list, then each text once, with those it is for.
func write(modules []*linkedModule) []byte {
	var out bytes.Buffer
	out.WriteString(header)
	var order []string
	owners := map[string][]string{}
	for _, m := range modules {
		fmt.Fprintf(&out, "  %s %s (%s)\n", m.path, m.version, strings.Join(m.licences, ", "))
		for _, t := range m.texts {
			if owners[t.content] == nil {
				order = append(order, t.content)
			}
			owners[t.content] = append(owners[t.content], m.path+" "+t.name)
		}
	}
	for _, content := range order {
		fmt.Fprintf(&out, "\n%s\n%s\n\n%s\n", strings.Repeat("-", 80), strings.Join(owners[content], "\n"), content)
	}
	return out.Bytes()
}
