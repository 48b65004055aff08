package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// programs are the binaries under test.
type programs struct {
	hufu     string
	profiled string // empty unless a profile is wanted
}

// build compiles a command of the module in a directory, without cgo as a
// release is.
func build(ctx context.Context, module, dir, pkg, name string) (string, error) {
	out := filepath.Join(dir, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, text)
	}
	return out, nil
}

// instance is a server with a directory of its own: configuration, master key,
// log and, on SQLite, the database.
type instance struct {
	name, dir, program string
	addr, pprofAddr    string
	store              string // the DSN
}

// newInstance writes what a server needs. An empty store is a SQLite file.
func newInstance(ctx context.Context, name, dir string, p programs, upstream, store string) (*instance, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	i := &instance{name: name, dir: dir, program: p.hufu, store: store}
	if store == "" {
		i.store = "sqlite:" + i.database()
	}
	ports, err := freeAddresses(3)
	if err != nil {
		return nil, err
	}
	i.addr, i.pprofAddr = ports[0], ports[2]
	key := filepath.Join(dir, "master.key")
	if text, err := exec.CommandContext(ctx, p.hufu, "key", "master", key).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("hufu key master: %w: %s", err, text)
	}
	return i, os.WriteFile(i.config(), []byte(configuration(i.addr, ports[1], i.store, key, upstream)), 0o600)
}

func (i *instance) config() string   { return filepath.Join(i.dir, "hufu.yaml") }
func (i *instance) database() string { return filepath.Join(i.dir, "hufu.db") }
func (i *instance) log() string      { return filepath.Join(i.dir, "hufu.log") }

// configuration is that of a server in production, but that it calls the stub,
// and that its limits are so wide that they refuse nobody: off, they would cost
// nothing.
func configuration(addr, admin, store, key, upstream string) string {
	return fmt.Sprintf(`listen: %s
admin_listen: %s
public_url: https://login.example.com
store: %q
master_key_file: %q
simulated: true
wechat: {base_url: %q}
limits: {failed_logins_per_minute_per_ip: 100000000, logins_per_minute_per_ip: 100000000, logins_per_minute_per_app: 100000000}
apps:
  - {appid: %s, secret: %s, name: Bench, open_account: bench}
`, addr, admin, store, key, upstream, benchAppID, benchSecret)
}

// freeAddresses finds free ports. Somebody else may take one before it is used.
func freeAddresses(n int) ([]string, error) {
	var addrs []string
	for range n {
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all at the end, so that none comes twice
		addrs = append(addrs, l.Addr().String())
	}
	return addrs, nil
}

// start starts the server and logs one person in. It returns how long it took
// from the start of the process to that answer, and the size of the answer.
func (i *instance) start(ctx context.Context, code func() loginCode) (_ *process, took time.Duration, answer []byte, _ error) {
	cmd := exec.Command(i.program, "serve", "--config", i.config())
	cmd.Dir = i.dir
	cmd.Env = cleanEnvironment(os.Environ())
	p, took, err := startServer(ctx, i.name, i.addr, i.log(), cmd, func() (err error) {
		answer, err = logInOnce(ctx, i.addr, code())
		return err
	})
	return p, took, answer, err
}

// startProfiled starts the same server in a program that lets itself be
// profiled at pprofAddr.
func (i *instance) startProfiled(ctx context.Context, program string, code func() loginCode) (*process, error) {
	cmd := exec.Command(program, i.config(), i.pprofAddr)
	cmd.Dir = i.dir
	cmd.Env = cleanEnvironment(os.Environ())
	p, _, err := startServer(ctx, i.name, i.addr, i.log(), cmd, func() error {
		_, err := logInOnce(ctx, i.addr, code())
		return err
	})
	return p, err
}

// cleanEnvironment leaves out what would configure the server, or the collector
// of the Go runtime.
func cleanEnvironment(environ []string) []string {
	var out []string
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "HUFU_") && name != "GOGC" && name != "GOMEMLIMIT" && name != "GOMAXPROCS" {
			out = append(out, pair)
		}
	}
	return out
}

// forget deletes the database of an instance that is not running.
func (i *instance) forget() error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(i.database() + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
