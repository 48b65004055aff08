package wechat_test

import (
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/hufu-id/hufu/internal/wechat"
)

// TestTimeout_Connect: a host that swallows connection attempts is given up
// after the shorter time-out, and not tried again.
func TestTimeout_Connect(t *testing.T) {
	t.Parallel()
	l, err := fullListener(t)
	if err != nil {
		t.Skipf("no listener with a full backlog here: %v", err)
	}
	c := newClient(t, "http://"+l, func(cfg *wechat.Config) {
		cfg.ConnectTimeout, cfg.Timeout = beat, 10*patience
	})
	start := time.Now()
	e := failure(t, login(c))
	if e.Reason != wechat.ReasonConnect || e.Ambiguous() {
		t.Errorf("%v: ambiguous %t; nothing was sent", e, e.Ambiguous())
	}
	if took := time.Since(start); took > patience {
		t.Errorf("took %v", took)
	}
}

// fullListener returns the address of a socket that listens with a backlog
// which is used up, so that the kernel leaves further connections hanging.
func fullListener(t *testing.T) (addr string, err error) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", err
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return "", err
	}
	if err := syscall.Listen(fd, 0); err != nil {
		return "", err
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return "", err
	}
	at := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}
	for range 8 {
		// Long, as a dial that merely was slow would pass for a full backlog.
		conn, err := net.DialTimeout("tcp", at.String(), time.Second)
		if err != nil {
			return at.String(), nil
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	return "", errors.New("the backlog did not fill")
}
