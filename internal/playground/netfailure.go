package playground

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
)

// errAborted and errStopped are causes that end a call's context.
var (
	errAborted = errors.New("the page aborted the call")
	errStopped = errors.New("the server stops")
)

// failureOf says why a call ended, in the words of a phone. The error's own text
// is not one of them: it quotes addresses, and what a broken server sent.
func failureOf(ctx context.Context, err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f // a redirect that leaves the list, among others
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errAborted):
		return failAbort()
	case errors.Is(cause, errStopped):
		return &failure{"net::ERR_CONNECTION_CLOSED", errnoNetwork}
	case errors.Is(cause, context.DeadlineExceeded):
		return failTimeout()
	}
	reason := "net::ERR_FAILED"
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &dns):
		reason = "net::ERR_NAME_NOT_RESOLVED"
	case errors.As(err, &cert):
		reason = "net::ERR_CERT_INVALID"
	case errors.Is(err, syscall.ECONNREFUSED):
		reason = "net::ERR_CONNECTION_REFUSED"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		reason = "net::ERR_CONNECTION_RESET"
	}
	return &failure{reason, errnoNetwork}
}
