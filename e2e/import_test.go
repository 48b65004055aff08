package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// importRows is a file of so many rows; every hundredth is none.
func importRows(n int) string {
	var b strings.Builder
	b.WriteString("openid,unionid,phone,nickname,external_id\n")
	for i := range n {
		openid := fmt.Sprintf("imported-%d", i)
		if i%100 == 99 {
			openid = "none of hufu's"
		}
		fmt.Fprintf(&b, "%s,union-%d,138%08d,用户%d,crm-%d\n", openid, i, i, i, i)
	}
	return b.String()
}

// TestImport kills an import at work, beside a server in which people log in the
// while, and has the same command go on: nobody is lost, made twice or counted
// twice, and no reject either.
func TestImport(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		const rows = 10000
		w := newWeChat(t)
		s := newSite(t, w, store)
		s.more = "limits: {logins_per_minute_per_ip: 0}"
		srv := s.serve()
		s.write("people.csv", importRows(rows))
		args := []string{"import", "--config", "hufu.yaml", "--app", app1, "--rejects", "rejects.csv", "people.csv"}
		db := s.database()
		var slowest time.Duration
		for _, until := range []int64{1000, 4000, 7000} {
			p := start(t, s.dir, nil, args...)
			for person := 0; ; person++ {
				before := time.Now()
				code, err := w.Login(app1, w.person(fmt.Sprintf("p-%d-%d", until, person)))
				if err != nil {
					t.Fatal(err)
				}
				if a, err := try("POST", srv.url+"/v1/login", nil, loginBody(app1, code)); err != nil || a.status != 200 {
					t.Fatalf("a login beside an import: %v, %d %s", err, a.status, a.body)
				}
				slowest = max(slowest, time.Since(before))
				if ask[int64](t, db, `SELECT COALESCE(MAX(file_line), 0) FROM imports`) >= until {
					break
				}
			}
			p.kill()
		}
		t.Logf("the slowest login took %s", slowest)
		p := run(t, s.dir, nil, args...)
		out := p.stdout.String()
		if p.code != 3 || !strings.Contains(p.stderr.String(), "Going on at line") {
			t.Errorf("exit code %d\n%s", p.code, p.stderr.String())
		}
		for _, line := range []string{"rows       10000\n", "made       9900\n", "unchanged  0\n", "rejected   100\n"} {
			if !strings.Contains(out, line) {
				t.Errorf("the summary lacks %q:\n%s", line, out)
			}
		}
		for query, want := range map[string]int64{
			`SELECT COUNT(*) FROM identities WHERE openid LIKE 'imported-%'`:                                          9900,
			`SELECT COUNT(*) FROM users WHERE external_id LIKE 'crm-%' AND phone_hash IS NOT NULL AND nickname <> ''`: 9900,
			`SELECT COUNT(*) FROM imports`:                               1,
			`SELECT COUNT(*) FROM audit WHERE action = 'users.imported'`: 1,
		} {
			if n := ask[int64](t, db, query); n != want {
				t.Errorf("%s: %d, want %d", query, n, want)
			}
		}
		rejects := filepath.Join(s.dir, "rejects.csv")
		text, err := os.ReadFile(rejects)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), ",invalid_openid,"); n != 100 || strings.Count(string(text), "\n") != 101 {
			t.Errorf("%d rejects in %d lines, want 100 and a header", n, strings.Count(string(text), "\n"))
		}
		if info, err := os.Stat(rejects); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("rejects may be read by others: %v, %v", info.Mode(), err)
		}
	})
}
