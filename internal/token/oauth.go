package token

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// maxForm is the largest form in bytes that is read, as for any other call.
const maxForm = 64 << 10

// oauthError is OAuth's own form of an error (RFC 6749 §5.2). The description
// is a fixed text: nothing that was sent stands in it.
type oauthError struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
	status      int
}

func badRequest(description string) *oauthError {
	return &oauthError{"invalid_request", description, http.StatusBadRequest}
}

func (e *oauthError) write(w http.ResponseWriter) {
	b, err := json.Marshal(e)
	if err != nil { // can't be: two strings
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(e.status)
	_, _ = w.Write(b) // a client that is gone is no fault of ours
}

// handleAuthorize refuses every authorization request. It never redirects:
// no redirect_uri is registered here, and to follow one that is not would make
// this an open redirector (RFC 6749 §4.1.2.1, §10.15).
func handleAuthorize(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead, http.MethodPost) {
		return
	}
	var form url.Values
	var refusal *oauthError
	if r.Method == http.MethodPost {
		form, refusal = readForm(w, r)
	} else {
		form, refusal = parseForm(r.URL.RawQuery)
	}
	switch {
	case refusal != nil:
	case form.Get("response_type") == "":
		refusal = badRequest("response_type is missing")
	default:
		refusal = &oauthError{"unsupported_response_type",
			"this server has no browser login: a mini program logs in by POST /v1/login", http.StatusBadRequest}
	}
	refusal.write(w)
}

// handleToken refuses every grant.
func handleToken(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodPost) {
		return
	}
	form, refusal := readForm(w, r)
	switch {
	case refusal != nil:
	case form.Get("grant_type") == "":
		refusal = badRequest("grant_type is missing")
	default:
		refusal = &oauthError{"unsupported_grant_type",
			"this server has no OAuth grants: a mini program logs in by POST /v1/login", http.StatusBadRequest}
	}
	refusal.write(w)
}

// allow answers calls with any other method.
func allow(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	for _, m := range methods {
		if r.Method == m {
			return true
		}
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	e := badRequest("this endpoint wants another method")
	e.status = http.StatusMethodNotAllowed
	e.write(w)
	return false
}

// readForm reads a form from the body alone: what stands in the query of a
// POST would end up in logs, and is not looked at (RFC 6749 §3.2).
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, *oauthError) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, badRequest("send the parameters as application/x-www-form-urlencoded")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		e := badRequest("the body is too large")
		e.status = http.StatusRequestEntityTooLarge
		return nil, e
	}
	if err != nil {
		return nil, badRequest("the body could not be read")
	}
	return parseForm(string(body))
}

// parseForm refuses a parameter that comes twice (RFC 6749 §3.1, §3.2).
func parseForm(text string) (url.Values, *oauthError) {
	form, err := url.ParseQuery(text)
	if err != nil {
		return nil, badRequest("the parameters are malformed")
	}
	for _, values := range form {
		if len(values) > 1 {
			return nil, badRequest("a parameter stands more than once")
		}
	}
	return form, nil
}
