package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	benchAppID  = "wxbe00000000000001"
	benchSecret = "benchbenchbenchbenchbenchbench00"
)

// traffic is what the connections of a variant ask for.
type traffic interface {
	// next appends a request; false: there is none left.
	next(dst []byte) ([]byte, bool)
}

// firstNewPerson is beyond everybody who returns.
const firstNewPerson = 1 << 40

// counters number codes and people over the whole run, so that no code comes
// twice and a new person is new to everybody.
type counters struct{ code, newPerson atomic.Uint64 }

// logins are logins with fresh codes.
type logins struct {
	counters *counters
	people   uint64 // who return, 0 to people-1; 0: everybody is new
	delay    time.Duration
	union    bool
}

// stride is prime, so that its multiples reach everybody equally often, and no
// two who are neighbours in the store follow each other.
const stride = 7_368_787

func (l *logins) next(dst []byte) ([]byte, bool) {
	code := loginCode{nonce: l.counters.code.Add(1), delay: l.delay, union: l.union}
	if l.people == 0 {
		code.person = firstNewPerson + l.counters.newPerson.Add(1)
	} else {
		code.person = code.nonce * stride % l.people
	}
	return appendLogin(dst, code), true
}

// everybody logs in each of the people once, in order.
type everybody struct {
	logins
	at atomic.Uint64
}

func (e *everybody) next(dst []byte) ([]byte, bool) {
	person := e.at.Add(1) - 1
	if person >= e.people {
		return dst, false
	}
	return appendLogin(dst, loginCode{person: person, nonce: e.counters.code.Add(1), union: e.union}), true
}

// appendLogin writes a login as the client SDK sends it, with an
// Idempotency-Key.
func appendLogin(dst []byte, code loginCode) []byte {
	const before = `{"appid":"` + benchAppID + `","code":"`
	const after = `"}`
	dst = append(dst, "POST /v1/login HTTP/1.1\r\nHost: login.example.com\r\nContent-Type: application/json\r\nIdempotency-Key: bench-"...)
	dst = appendHex(dst, code.nonce, 16)
	dst = append(dst, "\r\nContent-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(before)+codeLength+len(after)), 10)
	dst = append(dst, "\r\n\r\n"...)
	dst = append(dst, before...)
	dst = code.append(dst)
	return append(dst, after...)
}

// tokenReads are GET /v1/session with the tokens in turn; once: each a single
// time.
type tokenReads struct {
	tokens []string
	once   bool
	at     atomic.Uint64
}

func (t *tokenReads) next(dst []byte) ([]byte, bool) {
	i := t.at.Add(1) - 1
	if t.once && i >= uint64(len(t.tokens)) {
		return dst, false
	}
	return appendSession(dst, t.tokens[i%uint64(len(t.tokens))]), true
}

func appendSession(dst []byte, token string) []byte {
	dst = append(dst, "GET /v1/session HTTP/1.1\r\nHost: login.example.com\r\nAuthorization: Bearer "...)
	dst = append(dst, token...)
	return append(dst, "\r\n\r\n"...)
}

// accessTokenIn finds the access token in the answer to a login.
func accessTokenIn(body []byte) (string, error) {
	_, rest, found := bytes.Cut(body, []byte(`"access_token":"`))
	token, _, closed := bytes.Cut(rest, []byte(`"`))
	if !found || !closed || len(token) == 0 {
		return "", errors.New("the answer to a login holds no access_token")
	}
	return string(token), nil
}

// logInOnce logs a person in and returns the answer.
func logInOnce(ctx context.Context, addr string, code loginCode) ([]byte, error) {
	answer, err := ask(ctx, addr, appendLogin(nil, code))
	if err != nil {
		return nil, err
	}
	if answer.status != 200 {
		return nil, fmt.Errorf("a login was answered %d: %s", answer.status, answer.body)
	}
	return answer.body, nil
}
