package e2e_test

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func (s *site) read(name string) string {
	s.t.Helper()
	raw, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(raw)
}

// master runs hufu key master; code is the exit code that is wanted.
func (s *site) master(code int, args ...string) string {
	s.t.Helper()
	p := run(s.t, s.dir, nil, append([]string{"key", "master"}, args...)...)
	out := p.stdout.String() + p.stderr.String()
	if p.code != code {
		s.t.Fatalf("hufu key master %v: exit code %d, want %d\n%s", args, p.code, code, out)
	}
	s.wantNoMasterKey(out)
	return out
}

// wantNoMasterKey looks for any part of the master key, as text and as bytes.
func (s *site) wantNoMasterKey(out string) {
	s.t.Helper()
	text := strings.TrimPrefix(strings.TrimSpace(s.read("master.key")), "hufu-master-1.")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+6 <= len(text); i++ {
		if strings.Contains(out, text[i:i+6]) {
			s.t.Fatalf("a part of the master key was written:\n%s", out)
		}
	}
	for i := 0; i+6 <= len(raw); i++ {
		if strings.Contains(out, string(raw[i:i+6])) {
			s.t.Fatal("bytes of the master key were written")
		}
	}
}

func ids(out, state string) (list []string) {
	for _, m := range regexp.MustCompile(`(?m)^([0-9a-f]{8})  `+state).FindAllStringSubmatch(out, -1) {
		list = append(list, m[1])
	}
	return list
}

func TestMasterKey_Rotation(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		w := newWeChat(t)
		s := newSite(t, w, store)
		first := ids(s.master(0, "--show", "master.key"), "primary")
		srv := s.serve()
		in := func() string {
			t.Helper()
			out, err := loginAs(w, srv.url, app1, "alice")
			if err != nil {
				t.Fatal(err)
			}
			return out.AccessToken
		}
		knows := func(token string) {
			t.Helper()
			if a := call(t, "GET", srv.url+"/v1/me", http.Header{"Authorization": {"Bearer " + token}}, ""); a.status != 200 {
				t.Errorf("a token from before: %d %s", a.status, a.body)
			}
		}
		before := in()

		s.master(0, "--stage", "master.key")
		s.master(1, "--stage", "master.key")
		if out := s.master(1, "--rotate", "master.key"); !strings.Contains(out, "activate it first") {
			t.Errorf("rotated over a staged key: %s", out)
		}
		srv.signal(syscall.SIGHUP)
		srv.find(&srv.stderr, `(master key reloaded)`)
		out := s.master(0, "--activate", "master.key")
		fresh := ids(out, "primary")
		if len(fresh) != 1 || fresh[0] == first[0] || ids(out, "old")[0] != first[0] {
			t.Fatalf("first %v, then\n%s", first, out)
		}
		s.master(1, "--activate", "master.key")
		if info, err := os.Stat(filepath.Join(s.dir, "master.key")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		srv.signal(syscall.SIGHUP)
		srv.find(&srv.stderr, `"went through everything that is sealed","key_id":"(`+fresh[0]+`)"`)
		knows(before)
		if out := s.master(1, "--retire", "master.key", "--config", "hufu.yaml"); !strings.Contains(out, "as late as") {
			t.Errorf("retired at once: %s", out)
		}
		srv.kill() // in the middle of it: it is not done before all has settled
		srv = s.serve()
		in()
		knows(before)
		srv.stop()
		s.wantNoMasterKey(srv.stderr.String())
		if out := run(t, s.dir, nil, "doctor", "--config", "hufu.yaml").stdout.String(); !strings.Contains(out, "under the master key "+fresh[0]) {
			t.Errorf("doctor: %s", out)
		}
	})
}

func TestMasterKey_Lost(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		s := newSite(t, newWeChat(t), store)
		srv := s.serve()
		srv.stop()
		right := s.read("master.key")
		id := ids(s.master(0, "--show", "master.key"), "primary")[0]
		refused := func(what string, words ...string) {
			t.Helper()
			for _, command := range []string{"serve", "doctor"} {
				p := run(t, s.dir, nil, command, "--config", "hufu.yaml")
				out := p.stdout.String() + p.stderr.String()
				if p.code != 1 {
					t.Fatalf("%s: %s ended with %d\n%s", what, command, p.code, out)
				}
				for _, word := range append(words, "master.key") {
					if !strings.Contains(out, word) {
						t.Errorf("%s: %s does not say %q:\n%s", what, command, word, out)
					}
				}
			}
		}
		if err := os.Remove(filepath.Join(s.dir, "master.key")); err != nil {
			t.Fatal(err)
		}
		refused("no file", "there is no file", "put back")
		s.master(0, "master.key")
		refused("another file", "holds data sealed under the master key "+id, "put back")
		s.write("master.key", right[:60]+"\n")
		refused("half a file", "damaged")
		s.write("master.key", right)
		s.serve().stop()
	})
}

// TestKeyRotate replaces an API key: both are good for a while, or one at once.
func TestKeyRotate(t *testing.T) {
	t.Parallel()
	backends(t, func(t *testing.T, store string) {
		w := newWeChat(t)
		s := newSite(t, w, store)
		srv := s.serve()
		shown := func(args ...string) (id, key string) {
			t.Helper()
			p := run(t, s.dir, nil, append([]string{"key"}, args...)...)
			m := regexp.MustCompile(`id +(key_\S+)\nkey +(hfk_\S+)\nscopes +users:read\napps +` + app1).FindStringSubmatch(p.stdout.String())
			if p.code != 0 || m == nil {
				t.Fatalf("hufu key %v: %d\n%s%s", args, p.code, p.stdout.String(), p.stderr.String())
			}
			return m[1], m[2]
		}
		status := func(key string) int {
			t.Helper()
			return call(t, "GET", srv.url+"/v1/server/users?limit=1", http.Header{"Authorization": {"Bearer " + key}}, "").status
		}
		first, firstKey := shown("create", "--config", "hufu.yaml", "--name", "orders", "--scope", "users:read", "--appid", app1)
		allowed := status(firstKey) // whatever a key with this app and scope gets
		if allowed == 401 {
			t.Fatal("a new key is refused")
		}
		second, secondKey := shown("rotate", first, "--config", "hufu.yaml")
		if status(firstKey) != allowed || status(secondKey) != allowed {
			t.Error("not both keys are good while they overlap")
		}
		if p := run(t, s.dir, nil, "key", "list", "--config", "hufu.yaml"); !strings.Contains(p.stdout.String(), "replaced, good until") {
			t.Errorf("key list: %s", p.stdout.String())
		}
		_, thirdKey := shown("rotate", second, "--overlap", "0s", "--config", "hufu.yaml")
		eventually(t, patience, "the replaced key is refused", func() bool { return status(secondKey) == 401 })
		if status(firstKey) != allowed || status(thirdKey) != allowed {
			t.Error("another key is refused too")
		}
		for _, args := range [][]string{
			{"rotate", second, "--config", "hufu.yaml"}, {"rotate", firstKey, "--config", "hufu.yaml"}, {"rotate"},
			{"rotate", first, "--now", "--config", "hufu.yaml"}, {"rotate", first},
		} {
			p := run(t, s.dir, nil, append([]string{"key"}, args...)...)
			if out := p.stdout.String() + p.stderr.String(); p.code == 0 || strings.Contains(out, firstKey[30:]) {
				t.Errorf("hufu key %v: %d\n%s", args, p.code, out)
			}
		}
		if p := run(t, s.dir, nil, "key", "rotate", "--config", "hufu.yaml"); p.code != 0 || !strings.Contains(p.stdout.String(), "signing") {
			t.Errorf("the keys of tokens: %s", p.stderr.String())
		}
	})
}
