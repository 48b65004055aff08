package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

// lookups are POST /v1/server/users/lookup by openid, in random order, of as many
// people in any database: fewPeople, spread over all of 0 to people-1. A key that
// sees somebody for the first time in a day makes an entry in the audit; so many
// are known to it after the warm-up, and both databases are asked the same.
type lookups struct {
	counters *counters
	people   uint64
	key      string
}

func (l *lookups) next(dst []byte) ([]byte, bool) {
	const before, after = `{"appid":"` + benchAppID + `","openid":"`, `"}`
	spread := l.people / min(fewPeople, l.people)
	openid := openIDOf(l.counters.code.Add(1) * stride % (l.people / spread) * spread)
	dst = append(dst, "POST /v1/server/users/lookup HTTP/1.1\r\nHost: login.example.com\r\nContent-Type: application/json\r\nAuthorization: Bearer "...)
	dst = append(dst, l.key...)
	dst = append(dst, "\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(before)+len(openid)+len(after)), 10)
	dst = append(dst, "\r\n\r\n"+before...)
	dst = append(dst, openid...)
	return append(dst, after...), true
}

var apiKeyLine = regexp.MustCompile(`(?m)^key\s+(hfk_\S+)$`)

// apiKey makes a key that may look people up, as an operator does.
func (i *instance) apiKey(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, i.program, "key", "create", "--config", i.config(), "--name", "bench", "--scope", "users:read")
	cmd.Dir, cmd.Env = i.dir, cleanEnvironment(os.Environ())
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("hufu key create: %w", err)
	}
	m := apiKeyLine.FindSubmatch(text)
	if m == nil {
		return "", errors.New("hufu key create printed no key")
	}
	return string(m[1]), nil
}
