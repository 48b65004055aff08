package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/hufu-id/hufu/internal/problem"
)

// Upload is the In of operations that take a file: as the field file of a
// multipart/form-data body, which is how wx.uploadFile sends it, or as the body
// itself. Operation.MaxBody bounds the file. What type the client says it is
// counts for nothing.
//
// The body is not read before Read is called, so that a handler can first decide
// whether it wants it.
type Upload struct {
	x   *exchange
	max int64
}

const (
	uploadField = "file"
	// multipartFrame is what a multipart body may have beside the file.
	multipartFrame = 16 << 10
)

// Read reads the file. It is called once. Errors are problems: invalid_request
// for what is malformed, has other fields, or is empty; the same with status 413
// for a file that is too large.
func (u *Upload) Read() ([]byte, error) {
	r := u.x.request.http
	if r.Header.Get("Content-Encoding") != "" {
		return nil, problem.New(problem.InvalidRequest, "send the body without Content-Encoding")
	}
	// What claims to be multipart is read so, and what isn't is the file.
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "multipart/form-data" {
		return u.take(r.Body, r.ContentLength)
	}
	if err != nil || params["boundary"] == "" {
		return nil, problem.New(problem.InvalidRequest, "the Content-Type multipart/form-data needs a boundary")
	}
	if r.ContentLength > u.max+multipartFrame {
		return nil, u.tooLarge()
	}
	body := &io.LimitedReader{R: r.Body, N: u.max + multipartFrame + 1}
	file, err := u.form(multipart.NewReader(body, params["boundary"]), r.ContentLength)
	if err != nil && body.N <= 0 {
		return nil, u.tooLarge()
	}
	return file, err
}

// form finds the one field of a multipart body.
func (u *Upload) form(form *multipart.Reader, size int64) (file []byte, _ error) {
	for {
		part, err := form.NextRawPart()
		switch {
		case errors.Is(err, io.EOF) && file == nil:
			return nil, problem.InField(uploadField, "this field is missing")
		case errors.Is(err, io.EOF):
			return file, nil
		case err != nil:
			return nil, u.broken(err)
		case part.FormName() != uploadField:
			return nil, problem.InField(saneName(part.FormName()), "this field is not known here: send the image as the field file, and nothing else")
		case file != nil:
			return nil, problem.InField(uploadField, "this field stands twice")
		}
		if file, err = u.take(part, size); err != nil {
			return nil, err
		}
	}
}

// take reads the file itself; size is what the client said, or negative.
func (u *Upload) take(r io.Reader, size int64) ([]byte, error) {
	if size > u.max+multipartFrame {
		return nil, u.tooLarge()
	}
	var b bytes.Buffer
	b.Grow(int(max(size, 0)) + bytes.MinRead)
	switch n, err := b.ReadFrom(io.LimitReader(r, u.max+1)); {
	case err != nil:
		return nil, u.broken(err)
	case n > u.max:
		return nil, u.tooLarge()
	case n == 0:
		return nil, problem.InField(uploadField, "the image is empty")
	}
	return b.Bytes(), nil
}

// broken answers for a body that ends before it should, or has no form. What is
// left of it is not read.
func (u *Upload) broken(err error) error {
	u.x.Header().Set("Connection", "close")
	return problem.Wrap(problem.InvalidRequest, err, "the body is no well-formed multipart/form-data (RFC 7578), or did not arrive whole and in time")
}

func (u *Upload) tooLarge() error {
	u.x.Header().Set("Connection", "close")
	e := problem.InField(uploadField, fmt.Sprintf("the image is larger than %d bytes", u.max))
	e.Status = http.StatusRequestEntityTooLarge
	return e
}

// uploadContent describes an Upload in the OpenAPI document.
func uploadContent() map[string]*huma.MediaType {
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	return map[string]*huma.MediaType{
		"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{uploadField}, AdditionalProperties: false,
			Properties: map[string]*huma.Schema{uploadField: binary},
		}},
		"application/octet-stream": {Schema: binary},
	}
}
