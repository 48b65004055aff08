package sample

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxRequest  = 8 << 10
	maxText     = 500 // characters
	maxClientID = 128
)

// Config is what a Backend is made of.
type Config struct {
	// Issuer is hufu's address, as it stands in its tokens.
	Issuer string
	// Apps are the appids whose tokens are taken.
	Apps []string
	// Now is the clock that tokens are judged by; nil: time.Now.
	Now func() time.Time
	// Transport reaches hufu; nil: one of its own.
	Transport http.RoundTripper
}

// Backend is the sample backend.
type Backend struct {
	verifier verifier
	notes    notebook
	now      func() time.Time
}

// New makes a backend without notes.
func New(cfg Config) *Backend {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Transport == nil {
		cfg.Transport = &http.Transport{}
	}
	apps := map[string]bool{}
	for _, app := range cfg.Apps {
		apps[app] = true
	}
	return &Backend{
		now: cfg.Now,
		verifier: verifier{issuer: cfg.Issuer, apps: apps, now: cfg.Now, client: &http.Client{
			Transport: cfg.Transport,
			// hufu redirects nobody, and the token goes nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}},
	}
}

// Routes are what it answers, by ServeMux pattern; prefix ends in a slash.
func (b *Backend) Routes(prefix string) map[string]http.Handler {
	return map[string]http.Handler{
		"GET " + prefix + "notes":  b.authenticated(b.getNotes),
		"POST " + prefix + "notes": b.authenticated(b.postNote),
	}
}

// authenticated lets nobody through whose token is not good.
func (b *Backend) authenticated(h func(http.ResponseWriter, *http.Request, person)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := b.verifier.check(r.Context(), r.Header.Get("Authorization"))
		var no *refusal
		switch {
		case errors.As(err, &no):
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			fail(w, r, http.StatusUnauthorized, no.code, no.detail)
		case err != nil:
			fail(w, r, http.StatusBadGateway, "internal", "the token could not be checked")
		default:
			h(w, r, who)
		}
	})
}

func (b *Backend) getNotes(w http.ResponseWriter, _ *http.Request, who person) {
	list := b.notes.list(who)
	if list == nil {
		list = []note{}
	}
	answer(w, http.StatusOK, "application/json", struct {
		Data []note `json:"data"`
	}{list})
}

func (b *Backend) postNote(w http.ResponseWriter, r *http.Request, who person) {
	var in struct {
		Text     string `json:"text"`
		ClientID string `json:"client_id"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil || json.Unmarshal(body, &in) != nil {
		fail(w, r, http.StatusBadRequest, "invalid_request", "the body is no JSON, or too long")
		return
	}
	in.Text = strings.TrimSpace(in.Text)
	switch {
	case in.Text == "" || utf8.RuneCountInString(in.Text) > maxText:
		fail(w, r, http.StatusBadRequest, "invalid_request", "text is 1 to 500 characters")
		return
	case in.ClientID == "" || len(in.ClientID) > maxClientID:
		fail(w, r, http.StatusBadRequest, "invalid_request", "client_id is a new text for each new note")
		return
	}
	n := note{ID: "note_" + rand.Text(), Text: in.Text, CreatedAt: b.now().UTC().Truncate(time.Millisecond), clientID: in.ClientID}
	kept, isNew, full := b.notes.add(who, n)
	switch {
	case full:
		fail(w, r, http.StatusTooManyRequests, "rate_limited", "this sample keeps notes of a thousand people")
	case isNew:
		answer(w, http.StatusCreated, "application/json", kept)
	default:
		answer(w, http.StatusOK, "application/json", kept)
	}
}

// fail answers with a problem (RFC 9457), of the form and with the codes that a
// client of hufu knows.
func fail(w http.ResponseWriter, r *http.Request, status int, code, detail string) {
	requestID := w.Header().Get("X-Request-Id")
	if requestID == "" {
		requestID = r.Header.Get("X-Request-Id")
	}
	answer(w, status, "application/problem+json", struct {
		Type      string `json:"type"`
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail"`
		Code      string `json:"code"`
		RequestID string `json:"request_id"`
	}{"about:blank", http.StatusText(status), status, detail, code, requestID})
}

func answer(w http.ResponseWriter, status int, mediaType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{}`)
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client went away; nobody is left to tell
}
