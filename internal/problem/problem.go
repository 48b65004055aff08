// Package problem holds the one error type that may reach a client, and the
// closed list of its codes. Rules return a *Error; the edge (package web) turns
// it into an application/problem+json answer, and anything else into an opaque
// "internal".
package problem

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Code is the stable word by which a client decides. The list is closed.
type Code string

// The codes; docs/errors.md says when each occurs and what a client does.
const (
	InvalidRequest      Code = "invalid_request"
	InvalidCode         Code = "invalid_code"
	CodeAlreadyUsed     Code = "code_already_used"
	UserBlocked         Code = "user_blocked"
	InsufficientScope   Code = "insufficient_scope"
	UnknownApp          Code = "unknown_app"
	NotFound            Code = "not_found"
	InvalidToken        Code = "invalid_token"
	TokenExpired        Code = "token_expired"
	SessionRevoked      Code = "session_revoked"
	TokenReused         Code = "token_reused"
	LoginTooOld         Code = "login_too_old"
	SessionKeyStale     Code = "session_key_stale"
	DecryptFailed       Code = "decrypt_failed"
	WatermarkMismatch   Code = "watermark_mismatch"
	SignatureMismatch   Code = "signature_mismatch"
	PhoneCodeInvalid    Code = "phone_code_invalid"
	IdempotencyConflict Code = "idempotency_conflict"
	Conflict            Code = "conflict"
	RateLimited         Code = "rate_limited"
	WeChatQuota         Code = "wechat_quota"
	WeChatRejected      Code = "wechat_rejected"
	WeChatUnavailable   Code = "wechat_unavailable"
	Internal            Code = "internal"
)

// Error is an error with a code for the client, a detail that a developer may
// read, and a cause that only the log sees.
//
// Detail is a fixed text: it never holds a value that was sent, a secret, or
// the text of another error.
type Error struct {
	Code   Code
	Detail string
	// Field names the offending field of the request, if one is to blame.
	Field string
	// WeChatErrcode is WeChat's errcode, where WeChat decided; 0 otherwise.
	WeChatErrcode int
	// RetryAfter says how long a client should wait; 0 leaves it open.
	RetryAfter time.Duration
	// Status overrides the HTTP status that the code stands for (413 for an
	// invalid_request that is too large); 0 takes the code's own.
	Status int

	cause error
}

// New makes an error of code; detail is shown to the client.
func New(code Code, detail string) *Error { return &Error{Code: code, Detail: detail} }

// Wrap is New with a cause for the log.
func Wrap(code Code, cause error, detail string) *Error {
	return &Error{Code: code, Detail: detail, cause: cause}
}

// InField is an invalid_request that blames one field.
func InField(field, detail string) *Error {
	return &Error{Code: InvalidRequest, Field: field, Detail: detail}
}

// Error is for the log: code, detail and cause.
func (e *Error) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("%s: %s", e.Code, e.Detail)
	}
	return fmt.Sprintf("%s: %s: %v", e.Code, e.Detail, e.cause)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Passing is an error that goes by itself, such as that of a store that has too
// much to do: to ask again after RetryAfter helps.
type Passing interface {
	error
	RetryAfter() time.Duration
}

// Of finds the *Error in err's chain; any other error becomes an Internal that
// hides it from the client and keeps it for the log, with status 503 if it is
// Passing.
func Of(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	e := Wrap(Internal, err, "something went wrong on our side")
	if passing, ok := errors.AsType[Passing](err); ok {
		e.Status, e.RetryAfter = http.StatusServiceUnavailable, passing.RetryAfter()
	}
	return e
}

// CodeOf returns the code of the *Error in err's chain, or Internal.
func CodeOf(err error) Code { return Of(err).Code }
