package wechat

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Kind says what an Error means for the caller.
type Kind uint8

const (
	// Refused: WeChat decided against the call; Code says why.
	Refused Kind = iota + 1
	// Unavailable: there is no decision; Reason says why.
	Unavailable
	// Canceled: our caller gave up first. errors.Is finds its context error.
	Canceled
)

// Reason says why there is no decision. The words are labels of metrics.
type Reason string

// The reasons.
const (
	ReasonBusy       Reason = "busy"         // WeChat said -1, in so many words: try again
	ReasonTimeout    Reason = "timeout"      // no whole answer in time
	ReasonConnect    Reason = "connect"      // no connection; nothing was sent
	ReasonConnection Reason = "connection"   // the connection broke; the request may have arrived
	ReasonServer     Reason = "5xx"          // an HTTP status from 500 up
	ReasonMalformed  Reason = "malformed"    // an answer that is none of this API
	ReasonOpen       Reason = "breaker_open" // too many failures of late; nothing was sent
	ReasonCanceled   Reason = "canceled"     // our caller gave up
)

// Error is the failure of one call. No part of it holds a secret, a code, a
// token or a URL, so that it may be logged as it is; Msg is for the log alone.
type Error struct {
	// API is the last word of the path: jscode2session.
	API  string
	Kind Kind
	// Code is WeChat's errcode; 0 where it gave none.
	Code int
	// Msg is WeChat's errmsg, without control characters and what we sent in
	// secret, cut to a bounded length. Never decide by it.
	Msg string
	// RID is the request id that WeChat's support asks for, if errmsg had one.
	RID string
	// Reason is set for every Kind but Refused.
	Reason Reason
	// Detail says more about Reason, in words of our own.
	Detail string
	// RetryAfter says when another try makes sense; 0 where none does.
	RetryAfter time.Duration

	ambiguous bool
	again     bool  // may be sent again at once
	cause     error // the caller's context error, nothing else
}

// Error is for the log.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("wechat ")
	b.WriteString(e.API)
	if e.Reason != "" {
		b.WriteString(": ")
		b.WriteString(string(e.Reason))
	}
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
	}
	if e.Code != 0 {
		fmt.Fprintf(&b, ": errcode %d: %s", e.Code, e.Msg)
	}
	return b.String()
}

// Unwrap returns the caller's context error of a Canceled call, else nil.
func (e *Error) Unwrap() error { return e.cause }

// Temporary reports whether the same call may succeed later without anybody
// mending anything.
func (e *Error) Temporary() bool {
	return e.Kind == Unavailable || e.Code == codeMinuteQuota || e.Code == codeDayQuota
}

// Ambiguous reports whether the request may have taken effect though no answer
// to it was understood: a code may be spent. An errcode is an answer, -1 too.
func (e *Error) Ambiguous() bool { return e.ambiguous }

// TokenRefused reports whether WeChat refused the access_token itself, so that
// a new one and one more try make sense.
func (e *Error) TokenRefused() bool {
	return e.Code == 40001 || e.Code == 40014 || e.Code == 42001
}

// outcome is the label of e for metrics.
func (e *Error) outcome() string {
	if e.Code != 0 {
		return strconv.Itoa(e.Code)
	}
	return string(e.Reason)
}

const (
	maxMsgLen = 256
	maxRIDLen = 64
	hidden    = "[hidden]"
)

// longRun is what a session_key, a token or another secret that we don't know
// looks like; WeChat's own words and request ids are shorter.
var longRun = regexp.MustCompile(`[0-9A-Za-z+/]{20,}(=|%3D){0,2}`)

// cleanMsg makes an errmsg fit for the log: what does not print is taken out,
// then what we sent in secret (also in its query form, should WeChat quote the
// request) and what may be a secret, then what is too long.
func cleanMsg(msg string, secrets []string) string {
	msg = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, msg)
	for _, s := range secrets {
		if s == "" {
			continue
		}
		msg = strings.ReplaceAll(msg, s, hidden)
		msg = strings.ReplaceAll(msg, url.QueryEscape(s), hidden)
	}
	msg = longRun.ReplaceAllString(msg, hidden)
	if len(msg) > maxMsgLen {
		msg = strings.ToValidUTF8(msg[:maxMsgLen], "")
	}
	return msg
}

// ridOf finds WeChat's request id in a cleaned errmsg: "…, rid: 62315303-…" or
// "… rid: 62315303-…".
func ridOf(msg string) string {
	const mark = "rid: "
	at := strings.LastIndex(msg, mark)
	if at < 0 {
		return ""
	}
	rid := msg[at+len(mark):]
	if len(rid) > maxRIDLen || strings.Trim(rid, "0123456789abcdef-") != "" {
		return ""
	}
	return rid
}
