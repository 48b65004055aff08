package wechat

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"syscall"
)

// transportError makes an *Error of what a RoundTripper or a body returned.
// Nothing of err's text is kept: a proxy, a redirect or a malformed address may
// have put the URL with its secret in it.
func transportError(ctx, caller context.Context, api string, err error) *Error {
	e := &Error{API: api, Kind: Unavailable, RetryAfter: retryUnavailable, ambiguous: true}
	if gaveUp := caller.Err(); gaveUp != nil {
		e.Kind, e.Reason, e.RetryAfter = Canceled, ReasonCanceled, 0
		e.Detail = "the caller gave up waiting"
		e.cause = gaveUp
		return e
	}
	if ctx.Err() != nil {
		e.Reason, e.Detail = ReasonTimeout, "no whole answer in time"
		return e
	}
	if dialFailed(err) {
		e.Reason, e.Detail = ReasonConnect, describe(err)
		e.ambiguous = false
		// A connection that timed out has used up its share of the time.
		e.again = !timedOut(err)
		return e
	}
	if timedOut(err) {
		e.Reason, e.Detail = ReasonTimeout, describe(err)
		return e
	}
	e.Reason, e.Detail = ReasonConnection, describe(err)
	return e
}

// dialFailed reports whether there never was a connection, to WeChat or to the
// proxy: nothing can have been sent.
func dialFailed(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "dial" || op.Op == "proxyconnect")
}

func timedOut(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

// describe puts the cause of a failed connection in words of our own. What it
// does not know it names by its type.
func describe(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the host's name was not resolved"
	}
	if isTLS(err) {
		return "the TLS handshake failed: certificate or protocol"
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case timedOut(err):
		return "the connection timed out"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "the host is unreachable"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed before the whole answer"
	default:
		return fmt.Sprintf("transport error of type %T", err)
	}
}

func isTLS(err error) bool {
	_, verify := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	return verify || record || alert || authority || host
}

// statusError is an HTTP status other than 200, which WeChat's own API never
// gives: some gateway or proxy speaks, and the request may be through.
func statusError(api string, status int) *Error {
	e := malformed(api, "unexpected HTTP status "+strconv.Itoa(status))
	if status >= 500 {
		e.Reason = ReasonServer
	}
	return e
}

// malformed is an answer that is none of this API.
func malformed(api, what string) *Error {
	return &Error{
		API: api, Kind: Unavailable, Reason: ReasonMalformed, Detail: what,
		RetryAfter: retryUnavailable, ambiguous: true,
	}
}
