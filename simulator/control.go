package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// decode reads the JSON body of a control call into dst and answers the call
// itself, with false, if the body is not wholly good.
func decode(w http.ResponseWriter, r *http.Request, dst any) bool {
	if mt, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mt != "application/json" {
		controlError(w, http.StatusUnsupportedMediaType, "control calls are made with Content-Type: application/json")
		return false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var tooLong *http.MaxBytesError
		if errors.As(err, &tooLong) {
			controlError(w, http.StatusRequestEntityTooLarge, "the body is too long")
		}
		return false
	}
	if err := decodeStrict(body, dst); err != nil {
		controlError(w, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}

// decodeStrict refuses unknown fields and whatever follows the value.
func decodeStrict(body []byte, dst any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(dst); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("body: there is more than one JSON value")
	}
	return nil
}

func controlError(w http.ResponseWriter, status int, text string) {
	controlJSON(w, status, struct {
		Error string `json:"error"`
	}{text})
}

// controlFailure answers with the status an error of the Go API stands for.
func controlFailure(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, ErrUnknownApp), errors.Is(err, ErrUnknownUser):
		status = http.StatusNotFound
	case errors.Is(err, ErrNoSession):
		status = http.StatusConflict
	case errors.Is(err, ErrInvalid):
		status = http.StatusBadRequest
	}
	controlError(w, status, err.Error())
}

func controlJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // a client that left wants no answer
}

// list is the shape of every list.
type list[T any] struct {
	Data []T     `json:"data"`
	Next *string `json:"next_cursor"`
}

// maxPage bounds one page of a list.
const maxPage = 1000

// page reads ?cursor= and ?limit=; cursors are indexes.
func page(r *http.Request) (from, limit int, err error) {
	limit = maxPage
	q := r.URL.Query()
	if v := q.Get("cursor"); v != "" {
		if from, err = strconv.Atoi(v); err != nil || from < 0 {
			return 0, 0, fmt.Errorf("%w: cursor", ErrInvalid)
		}
	}
	if v := q.Get("limit"); v != "" {
		if limit, err = strconv.Atoi(v); err != nil || limit < 1 {
			return 0, 0, fmt.Errorf("%w: limit", ErrInvalid)
		}
	}
	return from, min(limit, maxPage), nil
}

func cursor(next int) *string {
	if next < 0 {
		return nil
	}
	s := strconv.Itoa(next)
	return &s
}

func (s *Server) listMerchants(w http.ResponseWriter, _ *http.Request) {
	controlJSON(w, http.StatusOK, list[struct{}]{Data: []struct{}{}})
}

func (s *Server) postClock(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance *int64 `json:"advance"`
	}
	if !decode(w, r, &in) {
		return
	}
	if in.Advance == nil || *in.Advance < 0 || *in.Advance > int64(maxOffset/time.Second) {
		controlError(w, http.StatusBadRequest, "advance must be whole seconds, not negative and at most a hundred years")
		return
	}
	if err := s.Advance(time.Duration(*in.Advance) * time.Second); err != nil {
		controlFailure(w, err)
		return
	}
	controlJSON(w, http.StatusOK, struct {
		Offset int64 `json:"offset"`
	}{int64(s.Advanced() / time.Second)})
}

// postReset takes an empty body too; the content type is asked for all the
// same, because it is what keeps web pages out.
func (s *Server) postReset(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 {
		r.Body = io.NopCloser(bytes.NewReader([]byte("{}")))
	}
	if !decode(w, r, &struct{}{}) {
		return
	}
	s.Reset()
	w.WriteHeader(http.StatusNoContent)
}
