package playground

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// minNode is the oldest Node.js that the compiler runs on.
const minNode = 20

var nodeVersion = regexp.MustCompile(`^v(\d+)\.`)

// findNode finds Node.js and asks for its version.
func findNode(ctx context.Context, node string, env []string) (string, error) {
	const hint = "--miniprogram compiles with Node.js 20 or newer, from https://nodejs.org"
	if node == "" {
		node = "node"
	}
	node, err := exec.LookPath(node)
	if err != nil {
		return "", fmt.Errorf("there is no node in PATH: %s", hint)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	ask := exec.CommandContext(ctx, node, "--version")
	ask.Env = env
	out, err := ask.Output()
	version := strings.TrimSpace(string(out))
	found := nodeVersion.FindStringSubmatch(version)
	if err != nil || found == nil {
		return "", fmt.Errorf("%s does not tell its version: %s", node, hint)
	}
	if major, err := strconv.Atoi(found[1]); err != nil || major < minNode {
		return "", fmt.Errorf("%s is Node.js %s: %s", node, version, hint)
	}
	return node, nil
}

// tail keeps the end of what is written.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if most := maxText; len(t.buf) > most {
		t.buf = append(t.buf[:0], t.buf[len(t.buf)-most:]...)
	}
	return len(b), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if text := bytes.TrimSpace(t.buf); len(text) > 0 {
		return "\n" + strings.ToValidUTF8(string(text), "")
	}
	return ""
}
