package playground

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hufu-id/hufu/internal/problem"
)

const (
	// maxBody bounds what a call sends and what it is answered.
	maxBody = 10 << 20
	// maxCallBytes is a call with the longest body, in base64, and room for the
	// rest.
	maxCallBytes = maxBody/3*4 + 1<<20
	// maxTimeout is WeChat's own.
	maxTimeout = 60 * time.Second
)

// callRequest is a call as the page asks for it.
type callRequest struct {
	ID         string            `json:"id"`
	Kind       string            `json:"kind"`
	AppID      string            `json:"appid"`
	Env        string            `json:"env"`
	URL        string            `json:"url"`
	Method     string            `json:"method"`
	Header     map[string]string `json:"header"`
	Data       *string           `json:"data"`
	DataBase64 *string           `json:"data_base64"`
	Timeout    float64           `json:"timeout"` // ms
	File       *callFile         `json:"file"`
	FormData   map[string]string `json:"form_data"`
}

type callFile struct {
	Name     string `json:"name"`
	Filename string `json:"filename"`
	Type     string `json:"type"`
	Base64   string `json:"base64"`
}

// call is a call that waits or is under way.
type call struct {
	id      string
	upload  bool
	appid   string
	url     string
	method  string
	header  map[string]string
	body    []byte
	file    *callFile // of an upload: described, not shown
	fields  []string
	timeout time.Duration

	cancel context.CancelCauseFunc // set when it is sent
}

var (
	callIDShape = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	appIDShape  = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
)

// newCall checks the form of a call: what no page of ours would send. What a
// mini program may get wrong is answered as the phone would, later. Errors are
// problems.
func newCall(in *callRequest) (*call, error) {
	switch {
	case !callIDShape.MatchString(in.ID):
		return nil, problem.InField("id", "the id is 1 to 64 letters, digits, dots, hyphens or underscores")
	case in.Kind != "request" && in.Kind != "upload":
		return nil, problem.InField("kind", "the kind is request or upload")
	case !appIDShape.MatchString(in.AppID):
		return nil, problem.InField("appid", "this can't be an appid")
	case !slices.Contains([]string{"develop", "trial", "release"}, in.Env):
		return nil, problem.InField("env", "env is develop, trial or release")
	case in.Data != nil && in.DataBase64 != nil:
		return nil, problem.InField("data_base64", "send data or data_base64, not both")
	case (in.Kind == "upload") != (in.File != nil):
		return nil, problem.InField("file", "an upload has a file, a request has none")
	}
	c := &call{
		id: in.ID, upload: in.Kind == "upload", appid: in.AppID, url: in.URL, method: in.Method, header: maps.Clone(in.Header),
		timeout: maxTimeout,
	}
	if in.Timeout > 0 && in.Timeout < float64(maxTimeout/time.Millisecond) {
		c.timeout = max(time.Duration(in.Timeout*float64(time.Millisecond)), time.Millisecond)
	}
	if c.header == nil {
		c.header = map[string]string{}
	}
	err := c.setBody(in)
	if err == nil && len(c.body) > maxBody {
		err = tooLarge()
	}
	return c, err
}

func tooLarge() error {
	p := problem.New(problem.InvalidRequest, "the body of a call is 10 MiB at most")
	p.Status = http.StatusRequestEntityTooLarge
	return p
}

func (c *call) setBody(in *callRequest) (err error) {
	switch {
	case c.upload:
		return c.setForm(in)
	case in.DataBase64 != nil:
		if c.body, err = base64.StdEncoding.DecodeString(*in.DataBase64); err != nil {
			return problem.InField("data_base64", "this is no base64")
		}
	case in.Data != nil:
		c.body = []byte(*in.Data)
	}
	if c.method == http.MethodGet || c.method == http.MethodHead || c.method == http.MethodTrace {
		c.body = nil // the phone puts the data of a GET into the query
	}
	return nil
}

// setForm makes the body of wx.uploadFile: the fields, then the file.
func (c *call) setForm(in *callRequest) error {
	content, err := base64.StdEncoding.DecodeString(in.File.Base64)
	if err != nil {
		return problem.InField("file", "this is no base64")
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	c.fields = slices.Sorted(maps.Keys(in.FormData))
	for _, name := range c.fields {
		if err := form.WriteField(name, in.FormData[name]); err != nil {
			return problem.Wrap(problem.Internal, err, "the form could not be made")
		}
	}
	kind := "application/octet-stream"
	if media, params, err := mime.ParseMediaType(in.File.Type); err == nil {
		kind = mime.FormatMediaType(media, params)
	}
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition(in.File.Name, in.File.Filename)},
		"Content-Type":        {kind},
	})
	if err != nil {
		return problem.Wrap(problem.Internal, err, "the form could not be made")
	}
	_, _ = part.Write(content) // a buffer takes all
	_ = form.Close()
	c.body, c.method, c.file = body.Bytes(), http.MethodPost, &callFile{Name: in.File.Name, Filename: in.File.Filename, Type: kind}
	for name := range c.header {
		if strings.EqualFold(name, "Content-Type") {
			delete(c.header, name)
		}
	}
	c.header["Content-Type"] = form.FormDataContentType()
	return nil
}

// api is the name that failures begin with.
func (c *call) api() string {
	if c.upload {
		return "uploadFile"
	}
	return "request"
}

// describe says what an upload holds, whose bytes are not shown.
func (c *call) describe() string {
	if !c.upload {
		return ""
	}
	return fmt.Sprintf("multipart/form-data: file %q (%s), fields %q", c.file.Filename, c.file.Type, c.fields)
}

// seen is the call as the picture shows it.
func (c *call) seen(u *url.URL, h http.Header) message {
	return message{method: c.method, url: u, header: h, body: c.body, bodyText: c.describe()}
}

// lane is who a call goes to, by its address.
func (p *Playground) lane(u *url.URL) lane {
	switch {
	case p.asksSimulator(u):
		return laneWeChat
	case origin(u) == p.domains[0] && !strings.HasPrefix(u.Path, samplePrefix):
		return laneHufu
	}
	return laneBackend
}
