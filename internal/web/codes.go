package web

import (
	"net/http"

	"github.com/hufu-id/hufu/internal/problem"
)

// CodeInfo is what the wire and the documentation say of a code.
type CodeInfo struct {
	Code   problem.Code
	Status int // may be overridden by problem.Error.Status
	Title  string
	// When says what leads to it, and Client what a client does; English and
	// Chinese, for docs/errors.md and docs/errors.zh.md.
	When, WhenZH, Client, ClientZH string
}

// typePrefix begins the "type" of a problem (RFC 9457 §3.1.1). A URN needs no
// host that would have to answer for ever.
const typePrefix = "urn:hufu:problem:"

// Codes returns the closed list, in the order of the documentation.
func Codes() []CodeInfo { return append([]CodeInfo(nil), codes[:]...) }

// infoOf finds a code's row; one that is not in the list is internal.
func infoOf(code problem.Code) *CodeInfo {
	for i := range codes {
		if codes[i].Code == code {
			return &codes[i]
		}
	}
	return infoOf(problem.Internal)
}

// codes is the one table of codes; it never changes at run time.
var codes = [...]CodeInfo{
	{Code: problem.InvalidRequest, Status: http.StatusBadRequest, Title: "The request is malformed"},
	{Code: problem.InvalidCode, Status: http.StatusBadRequest, Title: "The login code is not valid"},
	{Code: problem.CodeAlreadyUsed, Status: http.StatusConflict, Title: "The login code was used before"},
	{Code: problem.UserBlocked, Status: http.StatusForbidden, Title: "This user may not log in"},
	{Code: problem.InsufficientScope, Status: http.StatusForbidden, Title: "The credentials do not reach that far"},
	{Code: problem.UnknownApp, Status: http.StatusNotFound, Title: "This app is not configured here"},
	{Code: problem.NotFound, Status: http.StatusNotFound, Title: "There is no such thing"},
	{Code: problem.InvalidToken, Status: http.StatusUnauthorized, Title: "The token is not valid"},
	{Code: problem.TokenExpired, Status: http.StatusUnauthorized, Title: "The token has expired"},
	{Code: problem.SessionRevoked, Status: http.StatusUnauthorized, Title: "The session has ended"},
	{Code: problem.TokenReused, Status: http.StatusUnauthorized, Title: "The refresh token was used before"},
	{Code: problem.LoginTooOld, Status: http.StatusConflict, Title: "The login is too old for this step"},
	{Code: problem.IdempotencyConflict, Status: http.StatusConflict, Title: "The same key came with another request"},
	{Code: problem.RateLimited, Status: http.StatusTooManyRequests, Title: "Too many requests"},
	{Code: problem.WeChatQuota, Status: http.StatusTooManyRequests, Title: "WeChat's quota is used up"},
	{Code: problem.WeChatRejected, Status: http.StatusBadGateway, Title: "WeChat refused the call"},
	{Code: problem.WeChatUnavailable, Status: http.StatusServiceUnavailable, Title: "WeChat does not answer"},
	{Code: problem.Internal, Status: http.StatusInternalServerError, Title: "Something went wrong here"},
}
