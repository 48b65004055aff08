package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestImport_Calls: each way in which a file can be given, and each in which that
// can be wrong, with the exit code and what is said.
func TestImport_Calls(t *testing.T) {
	t.Parallel()
	s := newSite(t, newWeChat(t), "sqlite:hufu.db")
	s.configure()
	imports := []string{"import", "--config", "hufu.yaml", "--app", app1}
	try := func(code int, says string, args ...string) {
		t.Helper()
		p := run(t, s.dir, nil, append(imports, args...)...)
		if out := p.stdout.String() + p.stderr.String(); p.code != code || !strings.Contains(out, says) || strings.Count(out, "\nrows ") > 1 {
			t.Errorf("%v: exit code %d, want %d and %q:\n%s", args, p.code, code, says, out)
		}
		if code != 3 && p.code != 0 && strings.Contains(p.stdout.String(), "made ") {
			t.Errorf("%v: a summary of nothing:\n%s", args, p.stdout.String())
		}
	}
	s.write("people.csv", "\uFEFFopenid,nickname\r\no1,\"Zhang, \"\"San\"\"\"\r\no2,\r\n,\r\n")
	try(1, "hufu migrate", "--dry-run", "people.csv")
	if p := run(t, s.dir, nil, "migrate", "--config", "hufu.yaml"); p.code != 0 {
		t.Fatal(p.stderr.String())
	}
	try(0, "made       2", "--dry-run", "people.csv")
	try(0, "made       2", "people.csv")
	s.write("people.jsonl", `{"openid":"o1"}`+"\n"+`{"openid":"o3"}`)
	try(0, "unchanged  1", "people.jsonl")
	s.write("header.csv", "openid")
	try(0, "rows       0", "header.csv")
	s.write("empty.csv", "")
	try(1, "must name the columns", "empty.csv")
	s.write("utf16.csv", "\xff\xfeo\x00")
	try(1, "UTF-16", "utf16.csv")
	s.write("bad.csv", "openid,nickname\no4,\"a\nb\"\no5,"+strings.Repeat("x", 1<<20)+"\no6,\n")
	try(3, "line 4: too_long", "bad.csv")
	try(1, "is a directory", ".")
	try(1, "no such file", "none.csv")
	try(1, "unknown time zone", "--timezone", "Moon/Base", "people.csv")
	for rejects, says := range map[string]string{
		"people.csv": "the file that is to be imported", "header.csv": "not empty", "/dev/null": "is no file", "no/x": "no such file",
	} {
		before := s.read("people.csv")
		try(1, says, "--rejects", rejects, "people.csv")
		if s.read("people.csv") != before {
			t.Fatal("the file was changed")
		}
	}
	p := run(t, s.dir, nil, "import", "--config", "hufu.yaml", "--app", "wx00000000000000ff", "people.csv")
	if p.code != 1 || !strings.Contains(p.stderr.String(), `no app "wx00000000000000ff" is configured`) {
		t.Errorf("another app: %d %s", p.code, p.stderr.String())
	}
	stdin := exec.CommandContext(t.Context(), binary, append(imports, "-")...)
	stdin.Dir, stdin.Env, stdin.Stdin = s.dir, environ(), strings.NewReader("openid\no1\no7\n")
	if out, err := stdin.CombinedOutput(); err != nil || !strings.Contains(string(out), "made       1") {
		t.Errorf("standard input: %v\n%s", err, out)
	}
}

// TestImport_WrongRejects: a run that goes on cuts the file of rejects where it
// was, and no other file.
func TestImport_WrongRejects(t *testing.T) {
	t.Parallel()
	s := newSite(t, newWeChat(t), "sqlite:hufu.db")
	s.configure()
	s.write("people.csv", "openid\n"+strings.Repeat("none of hufu's\n", 1200))
	s.write("notes.txt", strings.Repeat("dear diary\n", 10000))
	s.write("rejects.csv", "")
	if err := os.Chmod(filepath.Join(s.dir, "rejects.csv"), 0o644); err != nil {
		t.Fatal(err)
	}
	imports := func(most, rejects string) *process {
		return run(t, s.dir, nil, "import", "--config", "hufu.yaml", "--app", app1, "--max-rejects", most, "--rejects", rejects, "people.csv")
	}
	if p := imports("1", "rejects.csv"); p.code != 1 || !strings.Contains(p.stderr.String(), "500 rows are done") {
		t.Fatalf("%d %s", p.code, p.stderr.String())
	}
	before := s.read("notes.txt")
	if p := imports("0", "notes.txt"); p.code != 1 || !strings.Contains(p.stderr.String(), "not as it was") || s.read("notes.txt") != before {
		t.Errorf("%d %s", p.code, p.stderr.String())
	}
	if p := imports("0", "rejects.csv"); p.code != 3 || strings.Count(s.read("rejects.csv"), "\n") != 1201 {
		t.Errorf("%d %s", p.code, p.stderr.String())
	}
	if info, err := os.Stat(filepath.Join(s.dir, "rejects.csv")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("rejects may be read by others: %v, %v", info.Mode(), err)
	}
}

// TestImport_Dev imports into the folder of hufu dev, also while that serves.
func TestImport_Dev(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	people := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(people, []byte("openid,phone\no1,13800138000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"import", "--data", dir, "--app", app1, people}
	if p := run(t, t.TempDir(), nil, args...); p.code == 0 {
		t.Error("imported into nothing")
	}
	d := dev(t, dir)
	for _, says := range []string{"made       1", "unchanged  1"} {
		if p := run(t, t.TempDir(), nil, args...); p.code != 0 || !strings.Contains(p.stdout.String(), says) {
			t.Errorf("exit code %d, want %q\n%s%s", p.code, says, p.stdout.String(), p.stderr.String())
		}
		if d.cmd.ProcessState == nil {
			d.stop()
		}
	}
}
